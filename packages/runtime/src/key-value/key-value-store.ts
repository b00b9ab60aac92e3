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
import { KeyValueCollection } from '../repository/key-value/key-value-collection.js';
import { type KeyValueChange, type KeyValueEvent, onKeyValue } from '../repository/key-value/key-value-events.js';
import { KeyValueTransaction } from '../repository/key-value/key-value-transaction.js';
import type { KeyValueTypes } from '../repository/key-value/key-value-types.js';
import type { Repository } from '../repository/repository.js';
import type { TransactionRepository } from '../repository/transaction-repository.js';
import { KEY_VALUE_DEFINITION } from './key-value-definition.js';

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

/** Of the database behind the store. */
const LIFE: readonly unknown[] = [
  'failed',
  'closed',
  'compacted',
  'compactionFailed',
  'imageLeft',
  'listenerError',
] satisfies readonly (keyof DatabaseEventMap)[];

/** @typeParam T what values are; `unknown` by default, as values of any shape may be mixed. */
export class KeyValueStore<T = unknown> extends KeyValueCollection<T> implements AsyncDisposable {
  readonly #database: KeyValueDatabase;

  /** Use `openKeyValue`. */
  constructor(database: KeyValueDatabase) {
    super(database.keyValueEntry, (work) =>
      database.transaction(({ keyValueEntry }) => work(new KeyValueTransaction<never>(keyValueEntry))),
    );
    this.#database = database;
  }

  /** The findings of the opening on disk; undefined for a store in memory. */
  get recovery(): RecoveryReport | undefined {
    return this.#database.recovery;
  }

  /**
   * Calls `listener` with each durable `set` or `delete`, or with every `change`; or with what happens to the store: `failed`,
   * `closed`, `compacted`, `compactionFailed`, `imageLeft`, `listenerError`. One that throws, or whose promise rejects, is reported to
   * `listenerError`. `unsubscribe()` of what it returns ends it.
   *
   * @throws DatabaseError `INVALID_OPTION` for another event, or a listener that is not a function.
   */
  override on(event: KeyValueEvent, listener: (change: KeyValueChange<T>) => unknown): Subscription;
  override on<E extends keyof DatabaseEventMap>(
    event: E,
    listener: (value: DatabaseEventMap[E]) => unknown,
  ): Subscription;
  override on(event: string, listener: (value: never) => unknown): Subscription {
    if (LIFE.includes(event)) return this.#database.on(event as 'closed', listener as (value: undefined) => void);
    return onKeyValue(this.#database.keyValueEntry, event, listener, LIFE);
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
