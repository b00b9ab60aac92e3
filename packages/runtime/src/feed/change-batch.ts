/**
 * The changes of one settled transaction, made from its write records when somebody asks for them.
 *
 * Several writes of one document become one change: from the first `before` to the last `after`. A document that was
 * inserted and deleted in the same transaction is no change.
 */

import type { WriteRecord, WriteTarget, Written } from '../commit/write-record.js';
import type { ReleaseStep } from '../definition/release-records.js';
import { INSPECT } from '../document/shown-getters.js';
import type { ChangeOrigin } from '../journal/effect.js';
import type { StoreKey } from '../structures/store-key.js';
import type { Change, ChangeJson } from './change.js';
import { behindTransaction, type ChangePosition, cursorText } from './change-cursor.js';
import { changeJson, shownChange } from './change-json.js';
import { noteStep } from './noted-step.js';

export class ChangeBatch {
  #written: Written;
  #changes: readonly DocumentChange[] | undefined;
  #rows: readonly WriteRecord[];
  #changesOfRows: readonly DocumentChange[] | undefined;

  constructor(
    readonly seq: number,
    readonly timeMs: number,
    readonly origin: ChangeOrigin,
    written: Written,
    /** 0 for a journaled transaction; else which one it is of those that share its seq. */
    readonly unjournaledNumber: number = 0,
    /** Which opening of the database numbered it, for cursors. */
    readonly opening: string = '0',
    /** How many transactions were published up to this one; 0 for one that was published before anybody listened. */
    readonly publishedNumber: number = 0,
    rows: readonly WriteRecord[] = [],
  ) {
    this.#written = written;
    this.#rows = rows;
  }

  /** Every change in the order in which its document was first written. O(writes), once. */
  changes(): readonly DocumentChange[] {
    this.#changes ??= this.#coalesce();
    return this.#changes;
  }

  /** The same of the rows of views. O(writes to rows), once. */
  changesOfRows(): readonly DocumentChange[] {
    this.#changesOfRows ??= this.#inOrder(this.#rows).filter((change) => change.before !== change.after);
    this.#rows = [];
    return this.#changesOfRows;
  }

  /** Of the documents it holds, as estimated. */
  bytes(): number {
    return this.changes().reduce((bytes, change) => bytes + change.bytes, 0);
  }

  #coalesce(): readonly DocumentChange[] {
    const written = this.#written;
    this.#written = [];
    const only = Array.isArray(written) ? undefined : (written as WriteRecord);
    if (only?.target.isHidden === true) return [];
    if (only !== undefined) {
      const { seq, unjournaledNumber } = this;
      const isVolatile = only.target.isMemoryOnly;
      const place = { seq, unjournaledNumber, writeCount: isVolatile ? 0 : 1, volatileCount: isVolatile ? 1 : 0 };
      const change = new DocumentChange(this, only, only.before, place);
      change.comeLast();
      return [change];
    }
    const changes = this.#inOrder(written as readonly WriteRecord[]).filter((change) => change.before !== change.after);
    changes.at(-1)?.comeLast();
    return changes;
  }

  /** One change for each document, where it was written first. */
  #inOrder(records: readonly WriteRecord[]): DocumentChange[] {
    const changes: DocumentChange[] = [];
    const byTarget = new Map<WriteTarget, Map<StoreKey, number>>();
    let writeCount = 0;
    let volatileCount = 0;
    for (const record of records) {
      // Journaled writes are counted by themselves: a reader of the journal numbers them in the same way.
      if (record.target.isMemoryOnly) volatileCount++;
      else {
        writeCount++;
        volatileCount = 0;
      }
      if (record.target.isHidden) {
        noteStep(record.definition, record.document, changes, byTarget);
        continue;
      }
      let byKey = byTarget.get(record.target);
      if (byKey === undefined) {
        byKey = new Map<StoreKey, number>();
        byTarget.set(record.target, byKey);
      }
      const index = byKey.get(record.key);
      if (index === undefined) {
        byKey.set(record.key, changes.length);
        const { seq, unjournaledNumber } = this;
        changes.push(
          new DocumentChange(this, record, record.before, { seq, unjournaledNumber, writeCount, volatileCount }),
        );
      } else {
        const { before, position, step } = changes[index]!;
        changes[index] = new DocumentChange(this, record, before, position);
        if (step !== undefined) changes[index].comeBy(step);
      }
    }
    return changes;
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
  /** Epoch milliseconds at which the document expires; undefined: never, or deleted. */
  readonly expiresAt: number | undefined;
  readonly origin: ChangeOrigin;
  readonly timeMs: number;
  readonly isFromJournal = false;
  readonly #batch: ChangeBatch;
  readonly #target: WriteTarget;
  readonly position: ChangePosition;
  #isLast = false;
  #step: ReleaseStep | undefined;

  constructor(batch: ChangeBatch, last: WriteRecord, before: object | undefined, position: ChangePosition) {
    this.seq = BigInt(batch.seq);
    this.collection = last.target.name;
    this.storeKey = last.key;
    this.expiresAt = last.expiresAt;
    this.before = before;
    this.after = last.document;
    this.kind = this.after === undefined ? 'delete' : before === undefined ? 'insert' : 'update';
    this.revision = last.kind === 'put' ? last.revision : last.beforeRevision;
    this.origin = batch.origin;
    this.timeMs = batch.timeMs;
    this.#batch = batch;
    this.#target = last.target;
    this.position = position;
  }

  get step(): ReleaseStep | undefined {
    return this.#step;
  }

  comeBy(step: ReleaseStep): void {
    this.#step = step;
  }

  /** Behind it nothing of its transaction is left. */
  comeLast(): void {
    this.#isLast = true;
  }

  get cursor(): string {
    return this.#isLast ? this.wholeCursor : cursorText(this.position, this.#batch.opening);
  }

  /** Behind all of its transaction. */
  get wholeCursor(): string {
    const { seq, unjournaledNumber, opening } = this.#batch;
    return cursorText(behindTransaction(seq, unjournaledNumber), opening);
  }

  /** Of the documents it holds, as estimated. */
  get bytes(): number {
    const { before, after } = this;
    return (
      (before === undefined ? 0 : this.#target.bytesOf(before)) +
      (after === undefined ? 0 : this.#target.bytesOf(after))
    );
  }

  get target(): WriteTarget {
    return this.#target;
  }

  get transactionId(): string {
    const { seq, unjournaledNumber } = this.#batch;
    return unjournaledNumber === 0 ? `${seq}` : `${seq}+${unjournaledNumber}`;
  }

  get key(): unknown {
    return this.#target.publicKey(this.storeKey);
  }

  get changedFields(): readonly string[] {
    return this.#target.changedFields(this.before, this.after);
  }

  toJSON(): ChangeJson {
    return changeJson(this);
  }

  [INSPECT](): object {
    return shownChange(this);
  }
}
