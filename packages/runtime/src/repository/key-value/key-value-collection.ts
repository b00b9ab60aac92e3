/**
 * Keys with values of any shape, as one collection of a database: `db.keyValue('sessions')`. Values live in memory as frozen
 * objects (`get` parses nothing); what holds for documents holds for them: journal, transactions, expiry, changes.
 */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import type { Subscription } from '../../feed/change-feed.js';
import type { Repository } from '../repository.js';
import { type KeyValueRange, keyValueEntries } from './key-value-entries.js';
import { type KeyValueChange, type KeyValueEvent, onKeyValue } from './key-value-events.js';
import type { KeyValueSetOptions, KeyValueTransaction } from './key-value-transaction.js';
import type { KeyValueTypes } from './key-value-types.js';
import { viewValue } from './view-value.js';

/** Runs a function as one transaction, with the keys and values inside of it. */
export type KeyValueTransact = <R>(work: (store: KeyValueTransaction<never>) => R) => Promise<R>;

/** @typeParam T what values are; `unknown` by default, as values of any shape may be mixed. */
export class KeyValueCollection<T = unknown> implements Iterable<readonly [string, T]> {
  readonly #entries: Repository<KeyValueTypes>;
  readonly #transact: KeyValueTransact;

  /** Use `db.keyValue(name)`. */
  constructor(entries: Repository<KeyValueTypes>, transact: KeyValueTransact) {
    this.#entries = entries;
    this.#transact = transact;
  }

  /** Count of keys. O(1). */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Puts a value, in place of the one there and of its expiry. The value is copied and frozen; readers see it at once,
   * the promise resolves when it is durable. O(value).
   *
   * Values: strings, numbers, booleans, bigints, null, dates, Uint8Arrays (a Buffer comes back as one), maps, sets,
   * arrays and plain objects, nested. Rejects with `VALIDATION_FAILED` for anything else (undefined, functions, symbols,
   * class instances, cycles), `INVALID_KEY` for a key that is not a string, `INVALID_OPTION`, `DATABASE_CLOSED`,
   * `DATABASE_FAILED`.
   */
  set(key: string, value: T, options?: KeyValueSetOptions): Promise<void> {
    return this.transaction((store) => store.set(key, value, options));
  }

  /**
   * Puts a value unless the key has one; resolves to whether it was put, once that is durable. Of many who try at once one
   * succeeds. O(value). Rejects as `set`.
   */
  setIfAbsent(key: string, value: T, options?: KeyValueSetOptions): Promise<boolean> {
    return this.transaction((store) => store.setIfAbsent(key, value, options));
  }

  /**
   * Adds to a number or bigint (a key without a value counts as 0), atomically; resolves to the sum. An expiry stays.
   *
   * Rejects with `VALIDATION_FAILED` when the value is not a number, or of the other kind, or the sum is not exact;
   * `INVALID_OPTION` when `by` is not a number; and as `set`.
   */
  increment(key: string, by?: number): Promise<number>;
  increment(key: string, by: bigint): Promise<bigint>;
  increment(key: string, by: number | bigint = 1): Promise<number | bigint> {
    return this.transaction((store) => store.increment(key, by));
  }

  /**
   * Runs `work` as one transaction: all its writes or none. `work` is synchronous, sees its own writes, and may throw to
   * take everything back. Resolves to what it answers, once that is durable; rejects with what it threw.
   */
  transaction<R>(work: (store: KeyValueTransaction<T>) => R): Promise<R> {
    // All that is refused is refused inside: within another transaction's function it then fails the whole, as any write.
    return this.#transact((store) => {
      if (typeof work === 'function') return work(store as unknown as KeyValueTransaction<T>);
      const what = `a transaction must be a function, found ${showValue(work)}`;
      throw new DatabaseError('INVALID_OPTION', what, { option: 'work' });
    });
  }

  /**
   * Calls `listener` with each durable `set` or `delete`, or with every `change`. One that throws, or whose promise rejects, is
   * reported to `listenerError`. `unsubscribe()` of what it returns ends it.
   *
   * @throws DatabaseError `INVALID_OPTION` for another event, or a listener that is not a function.
   */
  on(event: KeyValueEvent, listener: (change: KeyValueChange<T>) => unknown): Subscription;
  on(event: string, listener: (value: never) => unknown): Subscription {
    return onKeyValue(this.#entries, event, listener);
  }

  /** The value, deeply frozen and shared (treat bytes as read-only), or undefined. O(1). @throws DatabaseError `INVALID_KEY`. */
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

  /** When the key expires, or undefined: never, or it has no value. O(1). @throws DatabaseError `INVALID_KEY`. */
  expiresAt(key: string): Date | undefined {
    return this.#entries.expiresAt(key);
  }

  /** Removes a key; resolves to whether it had a value, once that is durable. O(1). Rejects with `INVALID_KEY` and as `set`. */
  delete(key: string): Promise<boolean> {
    return this.#entries.delete(key);
  }

  /**
   * Removes all keys; resolves to their count, once that is durable. In slices of a few milliseconds, each a transaction of
   * its own: other reads and writes go on meanwhile, and a crash may leave a part. O(keys). Rejects as `set`.
   */
  clear(): Promise<number> {
    return this.#entries.clear();
  }

  /**
   * The keys of this moment: writes afterwards do not show. In no order; with `{ prefix }` those that begin with it, in order
   * of their UTF-16 code units. O(keys). @throws DatabaseError `INVALID_OPTION`.
   */
  keys(range?: KeyValueRange): IterableIterator<string> {
    return keyValueEntries(this.#entries, range, 'keys', ({ key }) => key);
  }

  /** The values of this moment, in the order of `keys`. O(keys). @throws DatabaseError `INVALID_OPTION`. */
  values(range?: KeyValueRange): IterableIterator<T> {
    return keyValueEntries(this.#entries, range, 'values', ({ value }) => value as T);
  }

  /** Keys and values of this moment, in the order of `keys`. O(keys). @throws DatabaseError `INVALID_OPTION`. */
  entries(range?: KeyValueRange): IterableIterator<readonly [string, T]> {
    const toPair = ({ key, value }: KeyValueTypes['document']) => [key, value as T] as const;
    return keyValueEntries(this.#entries, range, 'entries', toPair);
  }

  /** As `entries()`. */
  [Symbol.iterator](): IterableIterator<readonly [string, T]> {
    return this.entries();
  }
}
