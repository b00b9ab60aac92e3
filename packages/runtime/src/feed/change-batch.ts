/**
 * The changes of one settled transaction, made from its write records when somebody asks for them.
 *
 * Several writes of one document become one change: from the first `before` to the last `after`. What was inserted
 * and deleted in the same transaction never was.
 */

import type { WriteRecord, WriteTarget, Written } from '../commit/write-record.js';
import type { ChangeOrigin } from '../journal/effect.js';
import type { StoreKey } from '../structures/store-key.js';
import type { Change } from './change.js';

export class ChangeBatch {
  #written: Written;
  #changes: readonly DocumentChange[] | undefined;

  constructor(
    readonly seq: number,
    readonly timeMs: number,
    readonly origin: ChangeOrigin,
    written: Written,
    /** 0 for a journaled transaction; else which one it is of those that share its seq. */
    readonly unjournaledNumber: number = 0,
  ) {
    this.#written = written;
  }

  /** Every change in order of writing. O(writes), once. */
  changes(): readonly DocumentChange[] {
    this.#changes ??= this.#coalesce();
    return this.#changes;
  }

  #coalesce(): readonly DocumentChange[] {
    const written = this.#written;
    this.#written = [];
    const only = Array.isArray(written) ? undefined : (written as WriteRecord);
    if (only !== undefined) return [new DocumentChange(this, only, only.before)];
    const records = written as readonly WriteRecord[];
    const byTarget = new Map<WriteTarget, Map<StoreKey, DocumentChange>>();
    for (const record of records) {
      let byKey = byTarget.get(record.target);
      if (byKey === undefined) {
        byKey = new Map<StoreKey, DocumentChange>();
        byTarget.set(record.target, byKey);
      }
      const earlier = byKey.get(record.key);
      byKey.set(record.key, new DocumentChange(this, record, earlier === undefined ? record.before : earlier.before));
    }
    return [...byTarget.values()].flatMap((byKey) =>
      [...byKey.values()].filter((change) => change.before !== change.after),
    );
  }
}

/** A change whose costly parts are worked out when they are looked at. */
export class DocumentChange implements Change {
  readonly seq: bigint;
  readonly collection: string;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly storeKey: StoreKey;
  readonly before: object | undefined;
  readonly after: object | undefined;
  readonly revision: number;
  readonly origin: ChangeOrigin;
  readonly timeMs: number;
  readonly isFromJournal = false;
  readonly #unjournaledNumber: number;
  readonly #target: WriteTarget;

  constructor(batch: ChangeBatch, last: WriteRecord, before: object | undefined) {
    this.seq = BigInt(batch.seq);
    this.collection = last.target.name;
    this.storeKey = last.key;
    this.before = before;
    this.after = last.document;
    this.kind = this.after === undefined ? 'delete' : before === undefined ? 'insert' : 'update';
    this.revision = last.kind === 'put' ? last.revision : last.beforeRevision;
    this.origin = batch.origin;
    this.timeMs = batch.timeMs;
    this.#unjournaledNumber = batch.unjournaledNumber;
    this.#target = last.target;
  }

  get target(): WriteTarget {
    return this.#target;
  }

  get transactionId(): string {
    return this.#unjournaledNumber === 0 ? `${this.seq}` : `${this.seq}+${this.#unjournaledNumber}`;
  }

  get key(): unknown {
    return this.#target.publicKey(this.storeKey);
  }

  get changedFields(): readonly string[] {
    return this.#target.changedFields(this.before, this.after);
  }
}
