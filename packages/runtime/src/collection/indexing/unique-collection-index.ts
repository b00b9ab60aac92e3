/** A unique index as queries see it, and the one place that words a duplicate. */
import { DatabaseError, type IndexModel } from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import type { WriteTarget } from '../../commit/write-record.js';
import { showValue } from '../../definition/show-value.js';
import { UniqueIndex } from '../../indexes/unique-index.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { AskedValues } from './asked-values.js';
import type { CollectionIndex, IndexCondition } from './collection-index.js';
import { compositeValue } from './composite-value.js';
import type { ValueExtractor } from './value-extractor.js';

type UniqueValue = NonNullable<ReturnType<UniqueIndex['identity']>>;

export class UniqueCollectionIndex implements CollectionIndex {
  readonly model: IndexModel;
  readonly structure: UniqueIndex;

  readonly #asked: AskedValues;
  readonly #store: ShardedStore;
  readonly #isSingle: boolean;

  constructor(model: IndexModel, asked: AskedValues, extract: ValueExtractor, store: ShardedStore) {
    this.model = model;
    this.#asked = asked;
    this.#store = store;
    this.#isSingle = model.fields.length === 1;
    this.structure = new UniqueIndex({
      source: store,
      name: model.name,
      valueOf: extract,
      caseInsensitive: model.caseInsensitive === true,
    });
  }

  /** The document with a value, or undefined. O(1). @throws DatabaseError `INVALID_QUERY`, `INVALID_INDEX_VALUE`. */
  find(query: unknown): object | undefined {
    const slot = this.structure.find(this.#valueAsked(query));
    return slot === undefined ? undefined : this.#store.documentOf(slot);
  }

  /**
   * Checks that the entry (undefined: one to be made) may take the value; in a deferring transaction a collision is only noted.
   *
   * @throws DatabaseError `DUPLICATE_KEY`.
   */
  check(value: unknown, slot: Slot | undefined, document: object, transaction: Transaction, target: WriteTarget): void {
    const holder = this.structure.conflictOf(value as string, slot);
    if (holder === undefined) return;
    if (!transaction.isDeferring) throw this.#duplicate(document, holder, target);
    transaction.defer(target);
  }

  /** @throws DatabaseError `DUPLICATE_KEY` when a value has two holders. */
  checkDeferred(target: WriteTarget): void {
    if (!this.structure.hasConflicts) return;
    const [conflict] = this.structure.conflicts();
    if (conflict === undefined) return;
    throw this.#duplicate(this.#store.documentOf(conflict.contender), conflict.holder, target);
  }

  condition(query: unknown): IndexCondition {
    return new UniqueCondition(this, this.structure.identity(this.#valueAsked(query)) as UniqueValue);
  }

  #valueAsked(query: unknown): unknown {
    if (!this.#isSingle) return compositeValue(this.model, this.#asked, query);
    this.#asked.require(query);
    return query;
  }

  #duplicate(document: object, holder: Slot, target: WriteTarget): DatabaseError {
    const { fields, name } = this.model;
    const values = fields.map((field) => (document as Record<string, unknown>)[field]);
    const value = fields.length === 1 ? values[0] : values;
    const holderKey = target.publicKey(this.#store.keyOf(holder));
    const what = `${target.name} already holds a document with ${name} ${showValue(value)}: key ${showValue(holderKey)}`;
    return new DatabaseError('DUPLICATE_KEY', what, { collection: target.name, index: name, value, holderKey });
  }
}

/** The document with one value. All is asked of the index each time: a query outlives writes, and the index itself. */
class UniqueCondition implements IndexCondition {
  readonly isExact = true;
  readonly #value: UniqueValue;

  constructor(
    readonly index: UniqueCollectionIndex,
    value: UniqueValue,
  ) {
    this.#value = value;
  }

  get values(): readonly unknown[] {
    return [this.#value];
  }

  get estimate(): number {
    return this.index.structure.get(this.#value) === undefined ? 0 : 1;
  }

  slots(): readonly Slot[] {
    const found = this.index.structure.get(this.#value);
    return found === undefined ? [] : [found];
  }

  slotsNow(): Uint32Array {
    return Uint32Array.from(this.slots());
  }

  matches(document: object): boolean {
    return this.index.structure.valueOf(document) === this.#value;
  }
}
