/** Keys and values inside of a transaction: synchronous; they end with the transaction's function. */
import { DatabaseError } from '@nuthatch/model';
import { optionsObject } from '../../definition/unknown-option.js';
import { frozenAnyValue } from '../../document/frozen-any-value.js';
import type { TransactionRepository } from '../transaction-repository.js';
import { addedTo } from './added-to.js';
import { type KeyValueRange, keyValueEntries } from './key-value-entries.js';
import type { KeyValueTypes } from './key-value-types.js';
import { viewValue } from './view-value.js';

export interface KeyValueSetOptions {
  /** The key is deleted this many milliseconds from now, also if the store is closed meanwhile. Left out: never. */
  readonly ttlMs?: number;
}

/** @typeParam T what values are. */
export class KeyValueTransaction<T = unknown> {
  readonly #entries: TransactionRepository<KeyValueTypes>;
  readonly #toStored: (value: unknown) => unknown;

  /**
   * Use `KeyValueStore.transaction`, or `tx.keyValue(name)`.
   *
   * @param toStored checks, copies and freezes a value, where the collection's definition does not.
   */
  constructor(entries: TransactionRepository<KeyValueTypes>, toStored: (value: unknown) => unknown = frozenAnyValue) {
    this.#entries = entries;
    this.#toStored = toStored;
  }

  /** Count of keys. O(1). */
  get size(): number {
    return this.#entries.size;
  }

  /** The value, or undefined. O(1). @throws DatabaseError `INVALID_KEY`. */
  get(key: string): T | undefined {
    return this.#entries.get(key)?.value as T | undefined;
  }

  /**
   * Calls `fn` with the value of a key and answers what it answers; undefined, without a call, when there is none. As `get`, but
   * a value that is bytes since the opening stays bytes. O(value) for these. @throws DatabaseError `INVALID_KEY`, `INVALID_QUERY`; what `fn` throws.
   */
  view<R>(key: string, fn: (value: T) => R): R | undefined {
    return viewValue(this.#entries, key, fn as (value: unknown) => R);
  }

  /** Whether the key has a value. O(1). @throws DatabaseError `INVALID_KEY`. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Puts a value. @throws DatabaseError as `KeyValueStore.set` rejects, and `TRANSACTION_ENDED`. */
  set(key: string, value: T, options?: KeyValueSetOptions): void {
    this.#entries.upsert(this.#entryOf(key, value), putOptions(options, 'set'));
  }

  /** Puts a value unless the key has one; answers whether it was put. @throws DatabaseError as `set`. */
  setIfAbsent(key: string, value: T, options?: KeyValueSetOptions): boolean {
    const entry = this.#entryOf(key, value);
    const checked = putOptions(options, 'setIfAbsent');
    if (this.#entries.has(key)) return false;
    this.#entries.insert(entry, checked);
    return true;
  }

  /**
   * Adds to a number or bigint; a key without a value counts as 0: to 0; answers the sum. An expiry stays.
   *
   * @throws DatabaseError `VALIDATION_FAILED` when the value is not a number, or of the other kind, or the sum is not exact.
   */
  increment(key: string, by: number | bigint = 1): number | bigint {
    const entry = this.#entries.get(key);
    const value = addedTo(key, entry?.value, by);
    if (entry === undefined) this.#entries.insert({ key, value });
    else this.#entries.update(key, { value });
    return value;
  }

  /** Removes a key; answers whether it had a value. @throws DatabaseError `INVALID_KEY`, `TRANSACTION_ENDED`. */
  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** Removes all keys in one piece, or none; answers their count. O(keys). @throws DatabaseError `TRANSACTION_ENDED`. */
  clear(): number {
    return this.#entries.clear();
  }

  /** As `KeyValueStore.keys`, this transaction's writes included. */
  keys(range?: KeyValueRange): IterableIterator<string> {
    return keyValueEntries(this.#entries, range, 'keys', ({ key }) => key);
  }

  /** As `KeyValueStore.entries`, this transaction's writes included. */
  entries(range?: KeyValueRange): IterableIterator<readonly [string, T]> {
    return keyValueEntries(this.#entries, range, 'entries', ({ key, value }) => [key, value as T] as const);
  }

  /** @throws DatabaseError `VALIDATION_FAILED`. */
  #entryOf(key: string, value: unknown): KeyValueTypes['input'] {
    if (value !== undefined) return { key, value: this.#toStored(value) };
    const message = 'undefined cannot be stored: use `delete`';
    throw new DatabaseError('VALIDATION_FAILED', message, { violations: [{ path: '', rule: 'type', message }] });
  }
}

/** @throws DatabaseError `INVALID_OPTION`. */
function putOptions(options: KeyValueSetOptions | undefined, of: string): KeyValueSetOptions {
  const { ttlMs } = optionsObject(options, of, ['ttlMs']);
  return ttlMs === undefined ? {} : { ttlMs };
}
