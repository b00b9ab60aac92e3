/**
 * An untyped store of keys and values: for what has no class, such as settings, caches and sessions of any shape.
 *
 * It is a database of one collection, so what holds for collections holds here: values live in memory as frozen
 * objects (`get` parses nothing), every write is in the journal, and a store that is killed reopens with every write
 * that was acknowledged.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Database } from '../database/database.js';
import type { DatabaseOptions } from '../database/database-options.js';
import { openDatabase } from '../database/open-database.js';
import { unknownOption } from '../definition/unknown-option.js';
import { frozenAnyValue } from '../document/frozen-any-value.js';
import type { FileSystem } from '../file-system/file-system.js';
import type { RecoveryReport } from '../recovery/recovery-target.js';
import type { Repository } from '../repository/repository.js';
import { KEY_VALUE_DEFINITION, type KeyValueTypes } from './key-value-definition.js';

export interface KeyValueOptions {
  /** Path of the directory that holds the store; created when missing. Left out: memory only. */
  readonly file?: string;
  /** Milliseconds between fsyncs; a write then does not wait for one. Left out: a write is fsynced before it resolves. */
  readonly flushIntervalMs?: number;
  /** Meeting damage that is no torn tail: `refuse` with JOURNAL_DAMAGED, or `salvage` what can be read. Default `refuse`. */
  readonly recovery?: 'refuse' | 'salvage';
  /** Another file system, for tests and examples. Default: Node's. */
  readonly fileSystem?: FileSystem;
}

export interface KeyValueSetOptions {
  /** The key is deleted this many milliseconds from now, also if the store is closed meanwhile. Left out: never. */
  readonly ttlMs?: number;
}

interface Repositories {
  readonly keyValueEntry: Repository<KeyValueTypes>;
}

const OPTIONS: readonly string[] = [
  'file',
  'flushIntervalMs',
  'recovery',
  'fileSystem',
] satisfies readonly (keyof KeyValueOptions)[];

/** @typeParam T what values are; `unknown` by default, as values of any shape may be mixed. */
export class KeyValueStore<T = unknown> implements AsyncDisposable, Iterable<readonly [string, T]> {
  readonly #database: Database<unknown> & Repositories;

  /** Use `openKeyValue`. */
  constructor(database: Database<unknown> & Repositories) {
    this.#database = database;
  }

  /** Count of keys. O(1). */
  get size(): number {
    return this.#database.keyValueEntry.size;
  }

  /** What opening found on disk; undefined for a store in memory. */
  get recovery(): RecoveryReport | undefined {
    return this.#database.recovery;
  }

  /**
   * Puts a value, in place of the one there and of its expiry. The value is copied and frozen; readers see it at once,
   * the promise resolves when it is durable. O(value).
   *
   * Values: strings, numbers, booleans, bigints, null, dates, Uint8Arrays (a Buffer comes back as one), maps, sets,
   * arrays and plain objects, nested. Rejects with `VALIDATION_FAILED` for anything else (undefined, functions, symbols,
   * class instances, cycles), `INVALID_KEY` for a key that is no string, `INVALID_OPTION`, `DATABASE_CLOSED`,
   * `DATABASE_FAILED`.
   */
  async set(key: string, value: T, options: KeyValueSetOptions = {}): Promise<void> {
    if (value === undefined) {
      const message = 'undefined cannot be stored: use `delete`';
      throw new DatabaseError('VALIDATION_FAILED', message, { violations: [{ path: '', rule: 'type', message }] });
    }
    const { ttlMs } = options;
    await this.#database.keyValueEntry.upsert(
      { key, value: frozenAnyValue(value) },
      ttlMs === undefined ? {} : { ttlMs },
    );
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

  /** Removes all keys in one transaction. O(keys). Rejects as `set`. */
  async clear(): Promise<void> {
    await this.#database.keyValueEntry.deleteMany({});
  }

  /** The keys of this moment, in no order: writes afterwards do not show. O(keys). */
  keys(): IterableIterator<string> {
    return this.#entries()
      .map(({ key }) => key)
      .values();
  }

  /** The values of this moment, in no order. O(keys). */
  values(): IterableIterator<T> {
    return this.#entries()
      .map(({ value }) => value as T)
      .values();
  }

  /** Keys and values of this moment, in no order. O(keys). */
  entries(): IterableIterator<readonly [string, T]> {
    return this.#entries()
      .map(({ key, value }) => [key, value as T] as const)
      .values();
  }

  /** As `entries()`. */
  [Symbol.iterator](): IterableIterator<readonly [string, T]> {
    return this.entries();
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

  #entries(): readonly KeyValueTypes['document'][] {
    return this.#database.keyValueEntry.all().all();
  }
}

/**
 * Opens a key-value store: in memory, or in the directory `file`.
 *
 * @throws DatabaseError `INVALID_OPTION`, `DATABASE_LOCKED`, `DIRECTORY_UNUSABLE`, `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`.
 */
export async function openKeyValue<T = unknown>(options: KeyValueOptions = {}): Promise<KeyValueStore<T>> {
  for (const name of Object.keys(options))
    if (!OPTIONS.includes(name)) throw unknownOption(name, 'openKeyValue', OPTIONS);
  return new KeyValueStore<T>(
    await openDatabase<Repositories, unknown>([KEY_VALUE_DEFINITION], databaseOptions(options)),
  );
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
