/** The reads every repository has: synchronous, on memory alone, showing each write as soon as it is applied. */
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import { type FindOptions, isIgnoringUndefined, withoutUndefined } from '../collection/indexing/without-undefined.js';
import type { MaybeUndefined } from '../collection/query-types.js';
import type { PatchSource } from '../collection/writing/document-writes.js';
import type { Transaction } from '../commit/transaction.js';
import { showValue } from '../definition/show-value.js';
import type { ShardedStore } from '../store/sharded-store.js';
import type { StoreKey } from '../structures/store-key.js';
import { type LooseNearestOptions, type NearestOptions, NearestQuery, type VectorOf } from './nearest-query.js';
import { Query } from './query.js';
import type { CollectionTypes } from './repository-types.js';

type RangeField<T extends CollectionTypes> = keyof T['ranges'] & string;
type SumOf<T extends CollectionTypes, F extends RangeField<T>> = T['ranges'][F] extends bigint ? bigint : number;
/** The options with which conditions may be undefined. */
type LooseFindOptions = FindOptions & { readonly ignoreUndefined: true };
type TagField<T extends CollectionTypes> = keyof T['tags'] & string;

/** Conditions as they were given, or none. */
type Given<T extends CollectionTypes> = readonly [
  where?: T['where'] | MaybeUndefined<T['where']>,
  options?: FindOptions,
];

export class RepositoryReads<T extends CollectionTypes>
  implements Iterable<T['document']>, AsyncIterable<T['document']>
{
  readonly #collection: Collection;
  /** The store, where keys need not be encoded for it. */
  readonly #byKey: ShardedStore | undefined;

  constructor(collection: Collection) {
    this.#collection = collection;
    this.#byKey = collection.keys.isPlain ? collection.store : undefined;
  }

  /** The engine's side; not part of the public face. */
  protected get collection(): Collection {
    return this.#collection;
  }

  /** Count of documents. O(1). */
  get size(): number {
    return this.collection.size;
  }

  /**
   * The document of a key, frozen and shared, or undefined. O(1).
   *
   * @throws DatabaseError `INVALID_KEY` for a key of the wrong type.
   */
  get(key: T['key']): T['document'] | undefined {
    // A key that is found is of the right type, so only a miss has to be checked.
    return (this.#byKey?.find(key as StoreKey) ?? this.#collection.get(key)) as T['document'] | undefined;
  }

  /**
   * Calls `fn` with the document of a key and answers what it answers; `undefined`, without a call, when there is none. A
   * document that is bytes since the opening stays bytes: each field that `fn` asks for is read alone, O(bytes up to it). What
   * `fn` is given reads like the document as it was at the call, getters and methods of the class included, and ends with the call.
   *
   * @throws DatabaseError `INVALID_KEY`; `INVALID_QUERY` when `fn` is not a function; `VIEW_ENDED` for a use after `fn` has
   *   returned, by an async function after its first `await`, too; `READ_ONLY_VALUE` for an assignment; what `fn` throws.
   */
  view<R>(key: T['key'], fn: (document: T['document']) => R): R | undefined {
    return this.#collection.faces.view(this.#collection.slotOf(key), fn as (document: never) => R);
  }

  /** Whether the key has a document. O(1). @throws DatabaseError `INVALID_KEY`. */
  has(key: T['key']): boolean {
    return this.#collection.slotOf(key) !== undefined;
  }

  /**
   * The documents of the keys, in their order, undefined where there is none. O(keys).
   *
   * @throws DatabaseError `INVALID_KEY`; `INVALID_QUERY` when `keys` is not an iterable.
   */
  getMany(keys: Iterable<T['key']>): (T['document'] | undefined)[] {
    // A text is an iterable of its letters: hardly the keys that were meant.
    if (
      typeof keys === 'string' ||
      typeof (keys as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function'
    )
      throw new DatabaseError(
        'INVALID_QUERY',
        `getMany takes an array of keys or another iterable, found ${showValue(keys)}`,
      );
    return Array.from(keys, (key) => this.get(key));
  }

  /** The document of a key. O(1). @throws DatabaseError `DOCUMENT_NOT_FOUND`, `INVALID_KEY`. */
  require(key: T['key']): T['document'] {
    return this.#collection.store.documentOf(this.#collection.require(key)) as T['document'];
  }

  /** The document's revision, 1 at insert, or undefined when there is none. O(1). @throws DatabaseError `INVALID_KEY`. */
  revision(key: T['key']): number | undefined {
    const slot = this.#collection.slotOf(key);
    return slot === undefined ? undefined : this.#collection.store.revisionOf(slot);
  }

  /** When the document expires, or undefined: never, or there is none. O(1). @throws DatabaseError `INVALID_KEY`. */
  expiresAt(key: T['key']): Date | undefined {
    const slot = this.#collection.slotOf(key);
    const expiresAt = slot === undefined ? undefined : this.#collection.store.expiresAtOf(slot);
    return expiresAt === undefined ? undefined : new Date(expiresAt);
  }

  /**
   * Documents that meet all conditions; lazy: nothing is looked up before the query is asked.
   *
   * @param options `{ ignoreUndefined: true }` leaves out conditions that are undefined, which are refused otherwise.
   * @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_INDEX_VALUE`, `INVALID_KEY`; `INVALID_OPTION`.
   */
  find(where: MaybeUndefined<T['where']>, options: LooseFindOptions): Query<T>;
  find(where: T['where'], options?: FindOptions): Query<T>;
  find(where: object, options?: FindOptions): Query<T> {
    return Query.where<T>(this.collection, isIgnoringUndefined(options) ? withoutUndefined(where) : where);
  }

  /**
   * The documents whose vectors are nearest to the given one, exactly: a query ordered by distance, of the class's field
   * with `@Vector`. 100,000 vectors of 384 numbers take about 30 ms.
   *
   * @throws DatabaseError `INVALID_INDEX_VALUE` for a vector of another length, with NaN or an infinite number, or of zeros
   *   where the metric is `cosine`; `UNINDEXED_FIELD`, `INVALID_QUERY`; of `where` as `find`.
   */
  nearest(vector: VectorOf<T>, options: LooseNearestOptions<T>): NearestQuery<T>;
  nearest(vector: VectorOf<T>, options?: NearestOptions<T>): NearestQuery<T>;
  nearest(vector: VectorOf<T>, options?: NearestOptions<T> | LooseNearestOptions<T>): NearestQuery<T> {
    return NearestQuery.to<T>(this.collection, vector, options);
  }

  /** Every document, in no order unless `orderBy` gives one. */
  all(): Query<T> {
    return Query.where<T>(this.collection, {});
  }

  /** The first document that meets the conditions, or of all, or undefined; in no order. @throws DatabaseError as `count`. */
  first(): T['document'] | undefined;
  first(where: MaybeUndefined<T['where']>, options: LooseFindOptions): T['document'] | undefined;
  first(where: T['where'], options?: FindOptions): T['document'] | undefined;
  first(...given: Given<T>): T['document'] | undefined {
    return this.#asked(given).first();
  }

  /** Whether any document meets the conditions, or is there at all. @throws DatabaseError as `count`. */
  exists(): boolean;
  exists(where: MaybeUndefined<T['where']>, options: LooseFindOptions): boolean;
  exists(where: T['where'], options?: FindOptions): boolean;
  exists(...given: Given<T>): boolean {
    return given.length === 0 ? this.size > 0 : this.#asked(given).exists();
  }

  /** Iterates over all documents as they are now: writes meanwhile do not disturb the loop. O(documents) before the first. */
  [Symbol.iterator](): IterableIterator<T['document']> {
    return this.all()[Symbol.iterator]();
  }

  /** As the synchronous iteration, in slices: other work has its turn meanwhile. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T['document']> {
    return this.all()[Symbol.asyncIterator]();
  }

  /** The keys of documents that are to be updated in one transaction. @throws DatabaseError as `find`; `TRANSACTION_TOO_LARGE`. */
  protected keysToUpdate(transaction: Transaction, where: T['where'], patch: PatchSource): readonly unknown[] {
    const { store, writes } = this.#collection;
    const slots = Query.slotsOf(this.find(where));
    writes.requireRoomForUpdates(transaction, slots, patch);
    return slots.map((slot) => this.#collection.publicKey(store.keyOf(slot)));
  }

  /** A condition that was named and is undefined is not taken for none. */
  #asked(given: Given<T>): Query<T> {
    return given.length === 0 ? this.all() : this.find(given[0] as T['where'], given[1]);
  }

  /** Each tag of a field with the count of documents that carry it. O(tags). @throws DatabaseError `UNINDEXED_FIELD`. */
  tags<F extends TagField<T>>(field: F): Map<T['tags'][F], number> {
    return this.collection.indexes.tag(field).counts() as Map<T['tags'][F], number>;
  }

  /** The least value of a range field, or undefined when no document has one. O(log n). @throws DatabaseError `UNINDEXED_FIELD`. */
  min<F extends RangeField<T>>(field: F): T['ranges'][F] | undefined {
    return this.collection.indexes.range(field).end('asc') as T['ranges'][F] | undefined;
  }

  /** The greatest value of a range field, or undefined. O(log n). @throws DatabaseError `UNINDEXED_FIELD`. */
  max<F extends RangeField<T>>(field: F): T['ranges'][F] | undefined {
    return this.collection.indexes.range(field).end('desc') as T['ranges'][F] | undefined;
  }

  /**
   * Count of documents, of all or of those that meet the conditions. See `Query.count`.
   *
   * @throws DatabaseError as `find`; for a condition that is undefined, too: it is not taken for none.
   */
  count(): number;
  count(where: MaybeUndefined<T['where']>, options: LooseFindOptions): number;
  count(where: T['where'], options?: FindOptions): number;
  count(...given: Given<T>): number {
    return given.length === 0 ? this.size : this.#asked(given).count();
  }

  /**
   * Sum of a range field over all documents, or over those that meet the conditions; 0 when there are none.
   * O(documents). A bigint field gives a bigint.
   *
   * @throws DatabaseError `UNINDEXED_FIELD`; `INVALID_QUERY` when the field is neither number nor bigint; as `count`.
   */
  sum<F extends RangeField<T> & T['sums']>(field: F): SumOf<T, F>;
  sum<F extends RangeField<T> & T['sums']>(
    field: F,
    where: MaybeUndefined<T['where']>,
    options: LooseFindOptions,
  ): SumOf<T, F>;
  sum<F extends RangeField<T> & T['sums']>(field: F, where: T['where'], options?: FindOptions): SumOf<T, F>;
  sum<F extends RangeField<T> & T['sums']>(field: F, ...given: Given<T>): SumOf<T, F> {
    const { name, fields } = this.collection.indexes.range(field).model;
    if (fields.length > 1)
      throw new DatabaseError(
        'INVALID_QUERY',
        `index ${name} has several fields: only an index with one field has a sum`,
        { field: name },
      );
    const asked = { sum: fields[0] as never };
    return this.#asked(given).aggregate(asked).sum as unknown as SumOf<T, F>;
  }
}
