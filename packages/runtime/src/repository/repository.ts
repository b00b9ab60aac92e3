/**
 * The typed face of one collection. Writes are applied at once and answer with a promise that resolves when they are as
 * durable as asked. Every refusal rejects the promise, does not throw, and leaves everything as it was.
 */
import { DatabaseError, type IndexKind } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { PluginIndex } from '../collection/indexing/plugin-index.js';
import { areDeletedTogether } from '../collection/relating/deletes-together.js';
import type { DocumentWrites, PatchSource } from '../collection/writing/document-writes.js';
import type { CommitPath, Statement } from '../commit/commit-path.js';
import type { Transaction } from '../commit/transaction.js';
import { checkOptionsOf } from '../commit/write-options.js';
import { showValue } from '../definition/show-value.js';
import type { Change } from '../feed/change.js';
import { type ChangeEvent, onChange } from '../feed/change-events.js';
import type { ChangeFeed, Subscription } from '../feed/change-feed.js';
import type { ChangeGap } from '../feed/change-gap.js';
import type { ChangeStream } from '../feed/change-transactions.js';
import type { ChangesOptions, DroppingChangesOptions, WholeChangesOptions } from '../feed/changes-options.js';
import { type ApproximateVectors, requireLibrary } from '../indexes/approximate-vectors.js';
import { deleteInSlices } from './delete-in-slices.js';
import { type CompositeIndex, type FieldIndex, type IndexQuery, LiveIndex, liveIndexModel } from './live-index.js';
import type { VectorField } from './nearest-query.js';
import { Query } from './query.js';
import { RepositoryReads } from './repository-reads.js';
import type {
  CollectionTypes,
  Patch,
  PutOptions,
  ReturningEntry,
  UpdateOptions,
  UpsertInput,
  WriteOptions,
  WrittenEntry,
} from './repository-types.js';

type ChangeOf<T extends CollectionTypes> = Change<T['document'], T['key']>;

// The writes most often called, for `runStatement`.
const insert: Statement<DocumentWrites, object, undefined, PutOptions> = (transaction, writes, input, _, options) =>
  writes.insert(transaction, input, options);
const upsert: Statement<DocumentWrites, object, undefined, PutOptions> = (transaction, writes, input, _, options) =>
  writes.upsert(transaction, input, options);
const update: Statement<DocumentWrites, unknown, PatchSource, PutOptions & UpdateOptions> = (
  transaction,
  writes,
  key,
  patch,
  options,
) => writes.update(transaction, key, patch, options);
const remove: Statement<DocumentWrites, unknown, undefined, UpdateOptions, boolean> = (
  transaction,
  writes,
  key,
  _,
  options,
) => writes.delete(transaction, key, options);

export class Repository<T extends CollectionTypes> extends RepositoryReads<T> {
  readonly #commitPath: CommitPath;
  readonly #feed: ChangeFeed;

  constructor(collection: Collection, commitPath: CommitPath, feed: ChangeFeed) {
    super(collection);
    this.#commitPath = commitPath;
    this.#feed = feed;
  }

  /** The engine's way to a write that this class does not have. */
  static run<R>(
    repository: Repository<CollectionTypes>,
    statement: (transaction: Transaction) => R,
    options: WriteOptions | undefined,
  ): Promise<R> {
    return repository.#write(statement, options);
  }

  /** Runs one statement as a transaction of its own: a unique value may not collide even for a moment. */
  #write<R>(statement: (transaction: Transaction) => R, options: WriteOptions | undefined): Promise<R> {
    return this.#commitPath.run(statement, false, options);
  }

  /** As `#write`, for writes that have the options of every write and no others. */
  #writePlainly<R>(statement: (transaction: Transaction) => R, options: WriteOptions | undefined): Promise<R> {
    return this.#write((transaction) => {
      if (options != null) checkOptionsOf('write', options);
      return statement(transaction);
    }, options);
  }

  /** Adds a document. Rejects with `VALIDATION_FAILED`, `DUPLICATE_KEY`, `INVALID_KEY`, `INVALID_INDEX_VALUE`. */
  insert(
    input: T['input'],
    options: Omit<PutOptions, 'returning'> & ReturningEntry,
  ): Promise<WrittenEntry<T['document']>>;
  insert(input: T['input'], options?: PutOptions): Promise<T['document']>;
  insert(input: T['input'], options?: object): Promise<unknown> {
    return this.#commitPath.runStatement(insert, this.collection.writes, input, undefined, options);
  }

  /** Adds documents in one transaction: all, or none when one is refused. */
  insertMany(
    inputs: Iterable<T['input']>,
    options: Omit<PutOptions, 'returning'> & ReturningEntry,
  ): Promise<WrittenEntry<T['document']>[]>;
  insertMany(inputs: Iterable<T['input']>, options?: PutOptions): Promise<T['document'][]>;
  insertMany(inputs: Iterable<T['input']>, options?: object): Promise<unknown> {
    return this.#write((transaction) => this.collection.writes.insertMany(transaction, inputs, options), options);
  }

  /** Adds the document, or replaces the one of its key as a whole; what the input leaves out gets its default. */
  upsert(
    input: T['input'],
    options: Omit<PutOptions, 'returning'> & ReturningEntry,
  ): Promise<WrittenEntry<T['document']>>;
  upsert(input: T['input'], options?: PutOptions): Promise<T['document']>;
  upsert(input: T['input'], options?: object): Promise<unknown> {
    return this.#commitPath.runStatement(upsert, this.collection.writes, input, undefined, options);
  }

  /** As `upsert` of each, in their order, in one transaction: all, or none when one is refused. */
  upsertMany(
    inputs: Iterable<T['input']>,
    options: Omit<PutOptions, 'returning'> & ReturningEntry,
  ): Promise<WrittenEntry<T['document']>[]>;
  upsertMany(inputs: Iterable<T['input']>, options?: PutOptions): Promise<T['document'][]>;
  upsertMany(inputs: Iterable<T['input']>, options?: object): Promise<unknown> {
    return this.#write((transaction) => this.collection.writes.upsertMany(transaction, inputs, options), options);
  }

  /**
   * Adds the document, or replaces as a whole the one that has its value in a unique index (a field, or the index's
   * name): that one keeps its key, which the input may leave out. `upsertBy('email', { email, name })`.
   *
   * Rejects with `UNINDEXED_FIELD`, `INVALID_QUERY` when the input has no such value, `KEY_CHANGED` when it has
   * another key than the document found, and what `insert` rejects with.
   */
  upsertBy(
    field: T['unique'],
    input: UpsertInput<T>,
    options: Omit<PutOptions, 'returning'> & ReturningEntry,
  ): Promise<WrittenEntry<T['document']>>;
  upsertBy(field: T['unique'], input: UpsertInput<T>, options?: PutOptions): Promise<T['document']>;
  upsertBy(field: string, input: UpsertInput<T>, options?: object): Promise<unknown> {
    return this.#write((transaction) => this.collection.writes.upsertBy(transaction, field, input, options), options);
  }

  /** Adds the document unless its key has one; resolves to the one that is there afterwards. */
  insertIfAbsent(
    input: T['input'],
    options: Omit<PutOptions, 'returning'> & ReturningEntry,
  ): Promise<WrittenEntry<T['document']>>;
  insertIfAbsent(input: T['input'], options?: PutOptions): Promise<T['document']>;
  insertIfAbsent(input: T['input'], options?: object): Promise<unknown> {
    return this.#write((transaction) => this.collection.writes.insertIfAbsent(transaction, input, options), options);
  }

  /**
   * Changes fields of a document: those own in the patch; undefined removes an optional one.
   * Rejects with `DOCUMENT_NOT_FOUND`, `REVISION_MISMATCH`, `KEY_CHANGED` and what `insert` rejects with.
   */
  update(
    key: T['key'],
    patch: Patch<T>,
    options: Omit<PutOptions, 'returning'> & UpdateOptions & ReturningEntry,
  ): Promise<WrittenEntry<T['document']>>;
  update(key: T['key'], patch: Patch<T>, options?: PutOptions & UpdateOptions): Promise<T['document']>;
  update(key: T['key'], patch: Patch<T>, options?: object): Promise<unknown> {
    return this.#commitPath.runStatement(update, this.collection.writes, key, patch, options);
  }

  /** Changes every document that meets the conditions; resolves to their count. All or nothing. */
  updateMany(where: T['where'], patch: Patch<T>, options?: WriteOptions): Promise<number> {
    return this.#commitPath.run(
      (transaction) => {
        if (options != null) checkOptionsOf('write', options);
        return this.collection.writes.updateMany(transaction, this.keysToUpdate(transaction, where, patch), patch);
      },
      true,
      options,
    );
  }

  /** Removes a document; resolves to false when there was none. Rejects with `REVISION_MISMATCH`, `INVALID_KEY`. */
  delete(key: T['key'], options?: UpdateOptions): Promise<boolean> {
    return this.#commitPath.runStatement(remove, this.collection.writes, key, undefined, options);
  }

  /**
   * Removes every document that meets the conditions; resolves to their count. Outside of a transaction in slices of a
   * few milliseconds, each a transaction of its own: other reads and writes go on meanwhile, and after a failure or a
   * crash a part may be deleted. Inside of `db.transaction`, and where others refer to the class with `restrict`, in one piece, all or nothing: 100,000 documents hold the event
   * loop for some tenths of a second.
   */
  deleteMany(where: T['where'], options?: WriteOptions): Promise<number> {
    const { collection } = this;
    if (this.#isOnePiece)
      return this.#writePlainly(
        (transaction) => collection.writes.deleteMany(transaction, this.find(where).keys()),
        options,
      );
    return this.#checked(options, () => {
      const conditions = collection.indexes.conditions(where);
      if (conditions.length === 0) return this.#deleteAll(options);
      if (areDeletedTogether(collection, conditions))
        return this.#writePlainly(
          (transaction) => collection.writes.deleteMany(transaction, Query.ofConditions(collection, conditions).keys()),
          options,
        );
      const slots = Query.slotsOf(Query.ofConditions(collection, conditions));
      const keys = Array.from(slots, (slot) => collection.store.keyOf(slot));
      return deleteInSlices(this.#commitPath, collection, keys.values(), conditions, options);
    });
  }

  /** Removes all documents; resolves to their count. In slices, as `deleteMany({})`. */
  clear(options?: WriteOptions): Promise<number> {
    if (this.#isOnePiece)
      return this.#writePlainly((transaction) => this.collection.writes.clear(transaction), options);
    return this.#checked(options, () => this.#deleteAll(options));
  }

  /** Documents that refer to each other, and must not be deleted before each other, can only go together. */
  get #isOnePiece(): boolean {
    return this.#commitPath.active !== undefined || this.collection.links?.isRestricted === true;
  }

  /** Those that are there now: what is inserted meanwhile stays, unless it takes a place that became free. */
  #deleteAll(options: WriteOptions | undefined): Promise<number> {
    const { store } = this.collection;
    return deleteInSlices(this.#commitPath, this.collection, store.keysUpTo(store.end), [], options);
  }

  /** Runs what may throw for its arguments; whatever is wrong rejects. */
  #checked<R>(options: WriteOptions | undefined, work: () => Promise<R>): Promise<R> {
    try {
      if (options != null) checkOptionsOf('write', options);
      return work();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** Adds `by` (default 1) to a numeric field, atomically. Rejects with `VALIDATION_FAILED` when it holds no number. */
  increment(
    key: T['key'],
    field: T['numbers'],
    by: number | bigint = 1,
    options?: WriteOptions,
  ): Promise<T['document']> {
    return this.#writePlainly((transaction) => this.collection.writes.increment(transaction, key, field, by), options);
  }

  /** Adds a tag to a document; nothing changes when it is there. Rejects with `UNINDEXED_FIELD`, `DOCUMENT_NOT_FOUND`. */
  addTag<F extends keyof T['tags'] & string>(
    key: T['key'],
    field: F,
    tag: T['tags'][F],
    options?: WriteOptions,
  ): Promise<T['document']> {
    return this.#writePlainly((transaction) => this.collection.writes.addTag(transaction, key, field, tag), options);
  }

  /** Takes a tag off a document; nothing changes when it is not there. */
  removeTag<F extends keyof T['tags'] & string>(
    key: T['key'],
    field: F,
    tag: T['tags'][F],
    options?: WriteOptions,
  ): Promise<T['document']> {
    return this.#writePlainly((transaction) => this.collection.writes.removeTag(transaction, key, field, tag), options);
  }

  /** Renames a tag on every document that carries it; resolves to their count. All or nothing. */
  renameTag<F extends keyof T['tags'] & string>(
    field: F,
    from: T['tags'][F],
    to: T['tags'][F],
    options?: WriteOptions,
  ): Promise<number> {
    return this.#writePlainly((transaction) => this.collection.writes.renameTag(transaction, field, from, to), options);
  }

  /**
   * Adds an index while the database is open: one of your own (see PluginIndex), or one of the engine's over any field
   * or getter. It is filled in slices of at most 5 ms; reads and writes go on meanwhile, and what they write is seen.
   * It lasts until the database is closed: decorate the field to keep it. O(documents · log documents).
   *
   * @returns an index to ask; `find` and `orderBy` know it by its field or name, too.
   * Rejects with `INVALID_OPTION`; `DUPLICATE_KEY` when two documents have one value of a unique index;
   * `INVALID_INDEX_VALUE` for values it cannot hold, or when a plug-in throws. Nothing has changed then.
   */
  addIndex(plugin: PluginIndex<T['document'], T['key']>): Promise<void>;
  addIndex<K extends IndexKind, F extends keyof T['document'] & string>(
    index: FieldIndex<T, K, F>,
  ): Promise<LiveIndex<T, IndexQuery<K, T['document'][F]>>>;
  addIndex(index: CompositeIndex<T>): Promise<LiveIndex<T, object>>;
  async addIndex(
    index: PluginIndex<T['document'], T['key']> | FieldIndex<T, IndexKind, string> | CompositeIndex<T>,
  ): Promise<unknown> {
    const { collection } = this;
    if ((typeof index !== 'object' && typeof index !== 'function') || index === null) {
      const what = `addIndex takes a plug-in or an object with the \`kind\` of the index, found ${showValue(index)}`;
      throw new DatabaseError('INVALID_OPTION', what, { collection: collection.name, option: 'index' });
    }
    if (!('kind' in index)) {
      await collection.liveIndexes.addPlugin(index as PluginIndex);
      return undefined;
    }
    const model = liveIndexModel(collection.definition, index);
    return new LiveIndex<T>(collection, await collection.liveIndexes.add(model, index.where));
  }

  /**
   * Drops an index that was added with `addIndex`, at once. Queries made of it throw `UNINDEXED_FIELD` from then on.
   *
   * @throws DatabaseError `UNINDEXED_FIELD` when there is none of that name; `INVALID_OPTION` for one of the class.
   */
  dropIndex(name: string): void {
    this.collection.liveIndexes.drop(name);
  }

  /**
   * Gives a library that approximates the neighbours of a field's vectors: fills it in slices, and keeps it up to date until
   * the database is closed, or another one is given. Queries ask it with `{ approximate: true }`.
   *
   * Rejects with `INVALID_INDEX_VALUE` when the library throws, `UNINDEXED_FIELD`, `INVALID_OPTION`.
   */
  async approximate(field: VectorField<T>, library: ApproximateVectors): Promise<void> {
    const index = this.collection.indexes.vector(field);
    requireLibrary(library);
    await index.approximate(library);
  }

  /**
   * Reads the collection's durable changes one by one, from now on or after `since`: a seq, or the
   * `cursor` of a change. With `onOverflow: 'drop'` a
   * ChangeGap stands for what a slow reader missed.
   *
   * @throws DatabaseError `INVALID_OPTION`; from the iterator `CHANGES_GONE`.
   */
  changes(options?: WholeChangesOptions<ChangeOf<T>>): ChangeStream<ChangeOf<T>, ChangeOf<T>>;
  changes(options: DroppingChangesOptions<ChangeOf<T>>): ChangeStream<ChangeOf<T> | ChangeGap, ChangeOf<T>>;
  changes(options?: ChangesOptions<ChangeOf<T>>): unknown {
    return this.#feed.changes(this.collection, options as ChangesOptions | undefined);
  }

  /** Calls the listener with each durable change of the collection. A listener that throws is reported, not removed. */
  subscribe(listener: (change: ChangeOf<T>) => void): Subscription {
    return this.#feed.subscribe(this.collection, listener as (change: Change) => void);
  }

  /**
   * Calls the listener with each durable `insert`, `update` or `delete`, or with every `change`; `unsubscribe()` of what
   * it returns ends it. A listener that throws is reported, not removed.
   *
   * @throws DatabaseError `INVALID_OPTION` for another event, or a listener that is not a function.
   */
  on(event: ChangeEvent, listener: (change: ChangeOf<T>) => void): Subscription {
    return onChange(this.#feed, this.collection, event, listener as (change: Change) => void);
  }

  /** Keeps the listener up to date with all documents: `all().watch(listener)`. */
  watch(listener: Parameters<ReturnType<this['all']>['watch']>[0]): Subscription {
    return this.all().watch(listener);
  }
}
