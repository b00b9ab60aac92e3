/** A repository inside `db.transaction`: the same names, synchronous; it ends with the transaction's function. */
import type { Collection } from '../collection/collection.js';
import type { DocumentWrites } from '../collection/writing/document-writes.js';
import type { Transaction } from '../commit/transaction.js';
import type { Query } from './query.js';
import { RepositoryReads } from './repository-reads.js';
import type {
  CollectionTypes,
  Patch,
  PutOptions,
  ReturningEntry,
  RevisionOptions,
  UpsertInput,
  WriteOptions,
  WrittenEntry,
} from './repository-types.js';

export class TransactionRepository<T extends CollectionTypes> extends RepositoryReads<T> {
  readonly #transaction: Transaction;

  constructor(collection: Collection, transaction: Transaction) {
    super(collection);
    this.#transaction = transaction;
  }

  /** The engine's way to a write that this class does not have. @throws DatabaseError `TRANSACTION_ENDED`, `INVALID_OPTION`. */
  static begin(repository: TransactionRepository<CollectionTypes>, options: WriteOptions | undefined): Transaction {
    repository.#running(options);
    return repository.#transaction;
  }

  /** Adds a document. @throws DatabaseError `VALIDATION_FAILED`, `DUPLICATE_KEY`, `INVALID_KEY`, `TRANSACTION_ENDED`. */
  insert(input: T['input'], options: Omit<PutOptions, 'returning'> & ReturningEntry): WrittenEntry<T['document']>;
  insert(input: T['input'], options?: PutOptions): T['document'];
  insert(input: T['input'], options?: object): unknown {
    return this.#running(options).insert(this.#transaction, input, options);
  }

  /** Adds documents: all, or none when one is refused. */
  insertMany(
    inputs: Iterable<T['input']>,
    options: Omit<PutOptions, 'returning'> & ReturningEntry,
  ): WrittenEntry<T['document']>[];
  insertMany(inputs: Iterable<T['input']>, options?: PutOptions): T['document'][];
  insertMany(inputs: Iterable<T['input']>, options?: object): unknown {
    return this.#running(options).insertMany(this.#transaction, inputs, options);
  }

  /** Adds the document, or replaces the one of its key as a whole. */
  upsert(input: T['input'], options: Omit<PutOptions, 'returning'> & ReturningEntry): WrittenEntry<T['document']>;
  upsert(input: T['input'], options?: PutOptions): T['document'];
  upsert(input: T['input'], options?: object): unknown {
    return this.#running(options).upsert(this.#transaction, input, options);
  }

  /** As `upsert` of each, in their order: all, or none when one is refused. */
  upsertMany(
    inputs: Iterable<T['input']>,
    options: Omit<PutOptions, 'returning'> & ReturningEntry,
  ): WrittenEntry<T['document']>[];
  upsertMany(inputs: Iterable<T['input']>, options?: PutOptions): T['document'][];
  upsertMany(inputs: Iterable<T['input']>, options?: object): unknown {
    return this.#running(options).upsertMany(this.#transaction, inputs, options);
  }

  /**
   * Adds the document, or replaces the one that has its value in a unique index (a field, or the index's name): that
   * one keeps its key, which the input may leave out.
   *
   * @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY` when the input has no such value, `KEY_CHANGED` when it
   *   has another key, and those of `insert`.
   */
  upsertBy(
    field: T['unique'],
    input: UpsertInput<T>,
    options: Omit<PutOptions, 'returning'> & ReturningEntry,
  ): WrittenEntry<T['document']>;
  upsertBy(field: T['unique'], input: UpsertInput<T>, options?: PutOptions): T['document'];
  upsertBy(field: string, input: UpsertInput<T>, options?: object): unknown {
    return this.#running(options).upsertBy(this.#transaction, field, input, options);
  }

  /** Adds the document unless its key has one; returns the one that is there afterwards. */
  insertIfAbsent(
    input: T['input'],
    options: Omit<PutOptions, 'returning'> & ReturningEntry,
  ): WrittenEntry<T['document']>;
  insertIfAbsent(input: T['input'], options?: PutOptions): T['document'];
  insertIfAbsent(input: T['input'], options?: object): unknown {
    return this.#running(options).insertIfAbsent(this.#transaction, input, options);
  }

  /** Changes fields of a document. @throws DatabaseError `DOCUMENT_NOT_FOUND`, `REVISION_MISMATCH`, `KEY_CHANGED` and those of `insert`. */
  update(
    key: T['key'],
    patch: Patch<T>,
    options: Omit<PutOptions, 'returning'> & RevisionOptions & ReturningEntry,
  ): WrittenEntry<T['document']>;
  update(key: T['key'], patch: Patch<T>, options?: PutOptions & RevisionOptions): T['document'];
  update(key: T['key'], patch: Patch<T>, options?: object): unknown {
    return this.#running(options).update(this.#transaction, key, patch, options);
  }

  /** Changes every document that meets the conditions; returns their count. All or nothing. */
  updateMany(where: T['where'], patch: Patch<T>): number {
    return this.#running().updateMany(this.#transaction, this.keysToUpdate(this.#transaction, where, patch), patch);
  }

  /** Removes a document; false when there was none. @throws DatabaseError `REVISION_MISMATCH`, `INVALID_KEY`. */
  delete(key: T['key'], options?: RevisionOptions): boolean {
    return this.#running(options).delete(this.#transaction, key, options);
  }

  /** Removes every document that meets the conditions; returns their count. */
  deleteMany(where: T['where']): number {
    return this.#running().deleteMany(this.#transaction, this.#keys(this.find(where)));
  }

  /** Removes all documents; returns their count. In one piece: see `Repository.deleteMany`. */
  clear(): number {
    return this.#running().clear(this.#transaction);
  }

  /** Adds `by` (default 1) to a numeric field. @throws DatabaseError `VALIDATION_FAILED` when the field holds no number. */
  increment(key: T['key'], field: T['numbers'], by: number | bigint = 1): T['document'] {
    return this.#running().increment(this.#transaction, key, field, by) as T['document'];
  }

  /** Adds a tag to a document's tag field; nothing changes when it is there. @throws DatabaseError `UNINDEXED_FIELD`. */
  addTag<F extends keyof T['tags'] & string>(key: T['key'], field: F, tag: T['tags'][F]): T['document'] {
    return this.#running().addTag(this.#transaction, key, field, tag) as T['document'];
  }

  /** Takes a tag off a document; nothing changes when it is not there. @throws DatabaseError `UNINDEXED_FIELD`. */
  removeTag<F extends keyof T['tags'] & string>(key: T['key'], field: F, tag: T['tags'][F]): T['document'] {
    return this.#running().removeTag(this.#transaction, key, field, tag) as T['document'];
  }

  /** Renames a tag on every document that carries it; returns their count. All or nothing. */
  renameTag<F extends keyof T['tags'] & string>(field: F, from: T['tags'][F], to: T['tags'][F]): number {
    return this.#running().renameTag(this.#transaction, field, from, to);
  }

  #running(options?: RevisionOptions & WriteOptions): DocumentWrites {
    this.#transaction.requireRunning();
    if (options != null) this.#transaction.takeJoinedOptions(options);
    return this.collection.writes;
  }

  #keys(query: Query<T>): readonly unknown[] {
    return query.keys();
  }
}
