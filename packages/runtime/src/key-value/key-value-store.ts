/**
 * An untyped store of keys and values: for what has no class, such as settings, caches and sessions of any shape.
 *
 * It is a database of one collection, so what holds for collections holds here: values live in memory as frozen
 * objects (`get` parses nothing), every write is in the journal, and a store that is killed reopens with every write
 * that was acknowledged.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Database } from '../database/database.js';
import { describeDatabase, noteDescription } from '../database/database-description.js';
import type { DatabaseEventMap } from '../database/database-events.js';
import type { DatabaseOptions } from '../database/database-options.js';
import type { DatabaseStats } from '../database/database-stats.js';
import { openDatabase } from '../database/open-database.js';
import { showValue } from '../definition/show-value.js';
import { optionsObject } from '../definition/unknown-option.js';
import type { Subscription } from '../feed/change-feed.js';
import type { FileSystem } from '../file-system/file-system.js';
import type { RecoveryReport } from '../recovery/recovery-target.js';
import type { Repository } from '../repository/repository.js';
import type { TransactionRepository } from '../repository/transaction-repository.js';
import { KEY_VALUE_DEFINITION, type KeyValueTypes } from './key-value-definition.js';
import { type KeyValueRange, keyValueEntries } from './key-value-entries.js';
import { type KeyValueChange, type KeyValueEvent, onKeyValue } from './key-value-events.js';
import { type KeyValueSetOptions, KeyValueTransaction } from './key-value-transaction.js';

export interface KeyValueOptions {
  /** Path of the directory that holds the store; created when missing. Left out: memory only. */
  readonly file?: string;
  /** Milliseconds between fsyncs; a write then does not wait for one. Left out: a write is fsynced before it resolves. */
  readonly flushIntervalMs?: number;
  /** Meeting damage that is not a torn tail: `refuse` with JOURNAL_DAMAGED, or `salvage` what can be read. Default `refuse`. */
  readonly recovery?: 'refuse' | 'salvage';
  /** Another file system, for tests and examples. Default: Node's. */
  readonly fileSystem?: FileSystem;
}

interface Repositories {
  readonly keyValueEntry: Repository<KeyValueTypes>;
}

interface TransactionRepositories {
  readonly keyValueEntry: TransactionRepository<KeyValueTypes>;
}

type KeyValueDatabase = Database<TransactionRepositories> & Repositories;

const OPTIONS: readonly string[] = [
  'file',
  'flushIntervalMs',
  'recovery',
  'fileSystem',
] satisfies readonly (keyof KeyValueOptions)[];

/** @typeParam T what values are; `unknown` by default, as values of any shape may be mixed. */
export class KeyValueStore<T = unknown> implements AsyncDisposable, Iterable<readonly [string, T]> {
  readonly #database: KeyValueDatabase;

  /** Use `openKeyValue`. */
  constructor(database: KeyValueDatabase) {
    this.#database = database;
  }

  /** Count of keys. O(1). */
  get size(): number {
    return this.#database.keyValueEntry.size;
  }

  /** The findings of the opening on disk; undefined for a store in memory. */
  get recovery(): RecoveryReport | undefined {
    return this.#database.recovery;
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
    return this.#database.transaction(({ keyValueEntry }) => {
      if (typeof work === 'function') return work(new KeyValueTransaction<T>(keyValueEntry));
      const what = `a transaction must be a function, found ${showValue(work)}`;
      throw new DatabaseError('INVALID_OPTION', what, { option: 'work' });
    });
  }

  /**
   * Calls `listener` with each durable `set` or `delete`, or with every `change`; or with what happens to the store: `failed`,
   * `closed`, `compacted`, `compactionFailed`, `listenerError`. One that throws, or whose promise rejects, is reported to
   * `listenerError`. `unsubscribe()` of what it returns ends it.
   *
   * @throws DatabaseError `INVALID_OPTION` for another event, or a listener that is not a function.
   */
  on(event: KeyValueEvent, listener: (change: KeyValueChange<T>) => unknown): Subscription;
  on<E extends keyof DatabaseEventMap>(event: E, listener: (value: DatabaseEventMap[E]) => unknown): Subscription;
  on(event: string, listener: (value: never) => unknown): Subscription {
    return onKeyValue(this.#database as Database<unknown>, this.#database.keyValueEntry, event, listener);
  }

  /** The value, deeply frozen and shared (treat bytes as read-only), or undefined. O(1). @throws DatabaseError `INVALID_KEY`. */
  get(key: string): T | undefined {
    return this.#database.keyValueEntry.get(key)?.value as T | undefined;
  }

  /** Whether the key has a value. O(1). @throws DatabaseError `INVALID_KEY`. */
  has(key: string): boolean {
    return this.#database.keyValueEntry.has(key);
  }

  /** When the key expires, or undefined: never, or it has no value. O(1). @throws DatabaseError `INVALID_KEY`. */
  expiresAt(key: string): Date | undefined {
    return this.#database.keyValueEntry.expiresAt(key);
  }

  /** Removes a key; resolves to whether it had a value, once that is durable. O(1). Rejects with `INVALID_KEY` and as `set`. */
  delete(key: string): Promise<boolean> {
    return this.#database.keyValueEntry.delete(key);
  }

  /**
   * Removes all keys; resolves to their count, once that is durable. In slices of a few milliseconds, each a transaction of
   * its own: other reads and writes go on meanwhile, and a crash may leave a part. O(keys). Rejects as `set`.
   */
  clear(): Promise<number> {
    return this.#database.keyValueEntry.clear();
  }

  /**
   * The keys of this moment: writes afterwards do not show. In no order; with `{ prefix }` those that begin with it, in order
   * of their UTF-16 code units. O(keys). @throws DatabaseError `INVALID_OPTION`.
   */
  keys(range?: KeyValueRange): IterableIterator<string> {
    return keyValueEntries(this.#database.keyValueEntry, range, 'keys', ({ key }) => key);
  }

  /** The values of this moment, in the order of `keys`. O(keys). @throws DatabaseError `INVALID_OPTION`. */
  values(range?: KeyValueRange): IterableIterator<T> {
    return keyValueEntries(this.#database.keyValueEntry, range, 'values', ({ value }) => value as T);
  }

  /** Keys and values of this moment, in the order of `keys`. O(keys). @throws DatabaseError `INVALID_OPTION`. */
  entries(range?: KeyValueRange): IterableIterator<readonly [string, T]> {
    const toPair = ({ key, value }: KeyValueTypes['document']) => [key, value as T] as const;
    return keyValueEntries(this.#database.keyValueEntry, range, 'entries', toPair);
  }

  /** As `entries()`. */
  [Symbol.iterator](): IterableIterator<readonly [string, T]> {
    return this.entries();
  }

  /** Counts and sizes of the database behind the store: docs/stats.md. O(1). */
  stats(): DatabaseStats {
    return this.#database.stats();
  }

  /** Resolves when everything written before the call is on the disk. Rejects with `DATABASE_FAILED`. */
  flush(): Promise<void> {
    return this.#database.flush();
  }

  /** Refuses further writes, makes pending ones durable, releases the directory. Idempotent; reads go on. */
  close(): Promise<void> {
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens a key-value store: in memory, or in the directory `file`.
 *
 * @throws DatabaseError `INVALID_OPTION`, `DATABASE_LOCKED`, `DIRECTORY_UNUSABLE`, `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`.
 */
export async function openKeyValue<T = unknown>(options?: KeyValueOptions): Promise<KeyValueStore<T>> {
  const checked = optionsObject(options, 'openKeyValue', OPTIONS);
  const { file } = checked;
  // Said by the name it has here: after it stands `directory`.
  if (file !== undefined && (typeof file !== 'string' || file === '' || file.includes('\0'))) {
    const what = `\`file\` of openKeyValue must be a path, found ${showValue(file)}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'file' });
  }
  const definitions = [KEY_VALUE_DEFINITION];
  const database = await openDatabase<Repositories, TransactionRepositories>(definitions, databaseOptions(checked));
  const store = new KeyValueStore<T>(database);
  noteDescription(store, describeDatabase(database));
  return store;
}

function databaseOptions({ file, flushIntervalMs, recovery, fileSystem }: KeyValueOptions): DatabaseOptions {
  const common = {
    durability: flushIntervalMs === undefined ? ('fsync' as const) : ('interval' as const),
    historyChangeCount: 0,
    ...(flushIntervalMs !== undefined && { flushIntervalMs }),
    ...(recovery !== undefined && { recovery }),
    ...(fileSystem !== undefined && { fileSystem }),
  };
  return file === undefined ? { ...common, memory: true } : { ...common, directory: file };
}
