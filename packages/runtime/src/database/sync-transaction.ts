import type { Collection } from '../collection/collection.js';
import type { KeyedRecords } from '../collection/keyed-records.js';
import type { Transaction } from '../commit/transaction.js';
import type { StoreKey } from '../structures/store-key.js';

/** The low-level writes of one transaction. */
export class SyncTransaction {
  readonly #transaction: Transaction;
  readonly #records: KeyedRecords;

  constructor(transaction: Transaction, records: KeyedRecords) {
    this.#transaction = transaction;
    this.#records = records;
  }

  /** For the checked writes of `collection.writes`. */
  get transaction(): Transaction {
    return this.#transaction;
  }

  /**
   * Puts a frozen document at a revision of another database.
   *
   * @throws DatabaseError `DUPLICATE_KEY`, `INVALID_INDEX_VALUE`.
   */
  putAt(
    collection: Collection,
    key: StoreKey,
    document: object,
    revision: number,
    expiresAt: number | undefined,
  ): void {
    const slot = collection.store.get(key);
    collection.put(this.#transaction, slot, key, document, expiresAt, undefined, revision, true);
  }

  /**
   * Removes a document as the application would: by the rules of its class.
   *
   * @returns whether there was a document. @throws DatabaseError `DOCUMENT_RELEASED`.
   */
  remove(collection: Collection, key: StoreKey): boolean {
    const slot = collection.store.get(key);
    if (slot === undefined) return false;
    collection.remove(this.#transaction, slot);
    return true;
  }

  /** Removes a document whatever the rules of its class say. @returns whether there was one. */
  forget(collection: Collection, key: StoreKey): boolean {
    const slot = collection.store.get(key);
    if (slot === undefined) return false;
    collection.forget(this.#transaction, slot);
    return true;
  }

  /** Writes a record, or takes it away with undefined. Values as `openKeyValue` takes them. O(size of the value). */
  setRecord(name: string, value: unknown): void {
    this.#records.set(this.#transaction, name, value);
  }
}
