/** The key-value collections of a transaction: `tx.keyValue('sessions')`. */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { showValue } from '../../definition/show-value.js';
import type { TransactionRepository } from '../transaction-repository.js';
import { KeyValueTransaction } from './key-value-transaction.js';
import type { KeyValueTypes } from './key-value-types.js';

export interface KeyValueAccess {
  /**
   * Keys and values inside of the transaction.
   *
   * @throws DatabaseError `INVALID_OPTION` for a name that does not stand in `keyValues` of the options.
   */
  keyValue<T = unknown>(name: string): KeyValueTransaction<T>;
}

/** The definition freezes what comes in. */
export function keyValueTransaction(entries: unknown): KeyValueTransaction {
  return new KeyValueTransaction(entries as TransactionRepository<KeyValueTypes>, (value) => value);
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requireKeyValue(definition: CollectionDefinition | undefined, name: unknown): void {
  if (definition?.isKeyValue === true) return;
  const what = `there is no key-value collection ${showValue(name)}: open the database with it in \`keyValues\``;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'keyValues', collection: name });
}
