/**
 * The argument of a transaction function: `tx.player`, `tx.club` … One class for a database and one object for a
 * transaction, whose repositories are made when they are first asked for, so that a transaction costs nothing for
 * collections that it does not use.
 */
import type { Collection } from '../collection/collection.js';
import type { Transaction } from '../commit/transaction.js';
import { type KeyValueAccess, keyValueTransaction, requireKeyValue } from './key-value/key-value-access.js';
import type { RepositoryClasses } from './repository-factory.js';

/** @typeParam Tx the collections as the generated code types them. */
export type TransactionCollections<Tx> = new (transaction: Transaction) => Tx & KeyValueAccess;

/**
 * Makes the class. O(collections), once for a database.
 *
 * @param classes of every collection, by name.
 * @param views as they are read outside of a transaction: what it wrote shows in them at once.
 */
export function transactionCollections<Tx>(
  collections: ReadonlyMap<string, Collection>,
  classes: ReadonlyMap<string, RepositoryClasses>,
  views: ReadonlyMap<string, object> = new Map(),
): TransactionCollections<Tx> {
  class CollectionsOfTransaction {
    readonly #transaction: Transaction;

    constructor(transaction: Transaction) {
      this.#transaction = transaction;
    }

    keyValue(name: string): unknown {
      requireKeyValue(collections.get(name)?.definition, name);
      return keyValueTransaction((this as unknown as Readonly<Record<string, unknown>>)[name]);
    }

    static transactionOf(collections: CollectionsOfTransaction): Transaction {
      return collections.#transaction;
    }
  }
  for (const [name, collection] of collections) {
    const { TransactionRepository } = classes.get(name)!;
    Object.defineProperty(CollectionsOfTransaction.prototype, name, {
      get(this: CollectionsOfTransaction): unknown {
        const value = new TransactionRepository(collection, CollectionsOfTransaction.transactionOf(this));
        Object.defineProperty(this, name, { value });
        return value;
      },
      enumerable: true,
      configurable: true,
    });
  }
  for (const [name, value] of views)
    Object.defineProperty(CollectionsOfTransaction.prototype, name, { value, enumerable: true });
  return CollectionsOfTransaction as unknown as TransactionCollections<Tx>;
}
