/**
 * Changes that are no longer in memory, made of what the journal keeps.
 *
 * The journal holds effects, not former documents: `before` is unknown, so every set field counts as changed, and a
 * deleted document's revision is known only when the same transaction wrote it. Several effects on one document in a
 * transaction become one change, as they do live.
 */

import type { WriteTarget } from '../commit/write-record.js';
import type { ReleaseStep } from '../definition/release-records.js';
import { INSPECT } from '../document/shown-getters.js';
import type { ChangeOrigin, DeleteEffect, PutEffect } from '../journal/effect.js';
import type { Journal, StoredTransaction } from '../journal/journal.js';
import type { StoreKey } from '../structures/store-key.js';
import type { Change, ChangeJson } from './change.js';
import { behindTransaction, type ChangePosition, cursorText } from './change-cursor.js';
import { changeJson, shownChange } from './change-json.js';
import { noteStep } from './noted-step.js';

/** A change that knows where it stands in the order of all. */
export interface PlacedChange extends Change {
  readonly position: ChangePosition;
  readonly storeKey: StoreKey;
  readonly expiresAt: number | undefined;
}

/** Where a feed reads what it no longer has. */
export interface ChangePast {
  /** Changes after this seq can be read. */
  readonly oldestSince: number;
  /** Seq of the newest transaction, settled or not. */
  readonly lastSeq: number;
  /** The changes of each transaction after `afterSeq` up to `uptoSeq` that has some in `target` (undefined: in any). */
  read(target: WriteTarget | undefined, afterSeq: number, uptoSeq: number): AsyncIterator<readonly PlacedChange[]>;
}

export class JournalPast implements ChangePast {
  readonly #journal: Journal;
  readonly #targets: ReadonlyMap<string, WriteTarget>;

  /** @param targets collections by name; changes of others are left out. */
  constructor(journal: Journal, targets: ReadonlyMap<string, WriteTarget>) {
    this.#journal = journal;
    this.#targets = targets;
  }

  get oldestSince(): number {
    return this.#journal.oldestSince;
  }

  get lastSeq(): number {
    return this.#journal.lastSeq;
  }

  async *read(
    target: WriteTarget | undefined,
    afterSeq: number,
    uptoSeq: number,
  ): AsyncGenerator<readonly PlacedChange[], void> {
    for await (const transaction of this.#journal.read(afterSeq, uptoSeq)) {
      const changes = this.#changesOf(transaction, target);
      if (changes.length > 0) yield changes;
    }
  }

  /** In the order in which the documents were first written, as they came live. */
  #changesOf(transaction: StoredTransaction, only: WriteTarget | undefined): readonly PlacedChange[] {
    const changes: StoredChange[] = [];
    const byTarget = new Map<WriteTarget, Map<StoreKey, number>>();
    transaction.effects.forEach((effect, at) => {
      if (effect.kind === 'sequence') return;
      const target = this.#targets.get(effect.definition.model.collection);
      if (target === undefined) {
        if (effect.kind === 'put') noteStep(effect.definition, effect.document, changes, byTarget);
        return;
      }
      let byKey = byTarget.get(target);
      if (byKey === undefined) {
        byKey = new Map();
        byTarget.set(target, byKey);
      }
      const index = byKey.get(effect.key);
      const writeCount = transaction.writeCounts[at]!;
      if (index === undefined) {
        byKey.set(effect.key, changes.length);
        const position = { seq: transaction.seq, unjournaledNumber: 0, writeCount, volatileCount: 0 };
        changes.push(new StoredChange(transaction, target, effect, position, undefined));
      } else {
        const earlier = changes[index]!;
        changes[index] = new StoredChange(transaction, target, effect, earlier.position, earlier);
        if (earlier.step !== undefined) changes[index].comeBy(earlier.step);
      }
    });
    const told = changes.filter((change) => change.hadDocument || change.after !== undefined);
    told.at(-1)?.comeLast();
    return only === undefined ? told : told.filter(({ target }) => target === only);
  }
}

class StoredChange implements Change {
  readonly seq: bigint;
  readonly transactionId: string;
  readonly collection: string;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly key: unknown;
  readonly storeKey: StoreKey;
  readonly expiresAt: number | undefined;
  readonly before = undefined;
  readonly after: object | undefined;
  readonly revision: number;
  readonly origin: ChangeOrigin;
  readonly timeMs: number;
  readonly isFromJournal = true;
  /** There was a document before the transaction. */
  readonly hadDocument: boolean;
  readonly target: WriteTarget;
  readonly position: ChangePosition;
  #isLast = false;
  #step: ReleaseStep | undefined;

  constructor(
    transaction: StoredTransaction,
    target: WriteTarget,
    effect: PutEffect | DeleteEffect,
    position: ChangePosition,
    earlier: StoredChange | undefined,
  ) {
    this.seq = BigInt(transaction.seq);
    this.transactionId = String(transaction.seq);
    this.collection = target.name;
    this.key = target.publicKey(effect.key);
    this.storeKey = effect.key;
    this.expiresAt = effect.kind === 'put' ? effect.expiresAt : undefined;
    this.after = effect.kind === 'put' ? effect.document : undefined;
    this.hadDocument = earlier?.hadDocument ?? (effect.kind === 'delete' || effect.revision > 1);
    this.kind = this.after === undefined ? 'delete' : this.hadDocument ? 'update' : 'insert';
    this.revision = effect.kind === 'put' ? effect.revision : (earlier?.revision ?? 0);
    this.origin = transaction.origin ?? 'live';
    this.timeMs = transaction.timeMs;
    this.target = target;
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

  /** No opening stands in it: what is journaled is numbered by the journal. */
  get cursor(): string {
    const { position } = this;
    return cursorText(this.#isLast ? behindTransaction(position.seq) : position, '');
  }

  get changedFields(): readonly string[] {
    return this.target.changedFields(undefined, this.after);
  }

  toJSON(): ChangeJson {
    return changeJson(this);
  }

  [INSPECT](): object {
    return shownChange(this);
  }
}
