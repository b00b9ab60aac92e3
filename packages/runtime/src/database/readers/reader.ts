/**
 * A database in another thread, read only: synchronous reads of one state after the other, each of them exactly what the
 * database had settled at some moment.
 */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import type { Change } from '../../feed/change.js';
import type { ChangeEvent } from '../../feed/change-events.js';
import type { Subscription } from '../../feed/change-feed.js';
import type { ChangeStream } from '../../feed/change-transactions.js';
import type { WholeChangesOptions } from '../../feed/changes-options.js';
import type { KeyValueCollection } from '../../repository/key-value/key-value-collection.js';
import type { Reflection } from '../../repository/reflect/reflection.js';
import type { Database } from '../database.js';
import type { DatabaseSnapshot } from '../database-snapshot.js';
import type { DatabaseStats } from '../database-stats.js';
import type { ReaderProgress, ReaderState } from './reader-progress.js';

/** What repositories write with. At run time these are there, and reject with `READ_ONLY_READER`. */
export type WriteName =
  | 'insert'
  | 'insertMany'
  | 'upsert'
  | 'upsertMany'
  | 'upsertBy'
  | 'insertIfAbsent'
  | 'update'
  | 'updateMany'
  | 'delete'
  | 'deleteMany'
  | 'clear'
  | 'increment'
  | 'addTag'
  | 'removeTag'
  | 'renameTag'
  | 'release'
  | 'revise'
  | 'setLifetime'
  | 'set'
  | 'setIfAbsent'
  | 'transaction';

/** The reads of a repository. */
export type ReadsOf<R> = Omit<R, WriteName>;

/**
 * The reader of a database.
 *
 * @typeParam Repos its repositories, by collection and view.
 * @typeParam Tx the same inside a transaction.
 */
export type Reader<Repos, Tx> = OpenReader<Tx> & { readonly [Name in keyof Repos]: ReadsOf<Repos[Name]> };

export class OpenReader<Tx> implements AsyncDisposable {
  readonly #database: Database<Tx>;
  readonly #progress: ReaderProgress;

  /** Use `openReader` of the generated code. */
  constructor(database: Database<Tx>, progress: ReaderProgress, names: Iterable<string>) {
    this.#database = database;
    this.#progress = progress;
    const repositories = database as unknown as Readonly<Record<string, unknown>>;
    for (const name of names) Object.defineProperty(this, name, { value: repositories[name], enumerable: true });
  }

  /** `open`; `ended`: there will be no more, reads go on over what came; or `closed`. */
  get state(): ReaderState {
    return this.#progress.state;
  }

  /** Resolves when the reader is no longer `open`. */
  get ended(): Promise<void> {
    return this.#progress.end;
  }

  /** Number of the last transaction that reads show. */
  get seq(): bigint {
    return this.#database.seq;
  }

  /** By how many transactions the database is ahead, as of now; those of memory-only collections have no number. O(1). */
  get lag(): bigint {
    return this.#progress.lag;
  }

  /**
   * Shows all that the database has settled by now; between two calls, within one turn of the loop, nothing changes.
   * O(what came); no I/O. Watched queries and subscribers are told in a microtask. Does nothing when there is nothing.
   *
   * @returns the new `seq`.
   * @throws DatabaseError `JOURNAL_DIVERGED`, `READER_ENDED` when something that came could not be applied: the reader has ended.
   */
  advance(): bigint {
    this.#progress.advance();
    return this.seq;
  }

  /**
   * Resolves when reads show everything up to `seq`, the `db.seq` of the database: the reader advances for it, with
   * `advance: 'manual'` too.
   *
   * Rejects with `INVALID_OPTION` for what is no seq; `READER_ENDED` when it will not come any more.
   */
  async caughtUp(seq: bigint): Promise<void> {
    if (typeof seq !== 'bigint' || seq < 0n || seq > BigInt(Number.MAX_SAFE_INTEGER)) {
      const what = `\`caughtUp\` takes a seq such as \`db.seq\`, found ${showValue(seq)}`;
      throw new DatabaseError('INVALID_OPTION', what, { option: 'seq' });
    }
    await this.#progress.caughtUp(Number(seq));
  }

  /** The values of a key-value collection of the database. @throws DatabaseError `INVALID_OPTION` for a name that has none. */
  keyValue<T = unknown>(name: string): ReadsOf<KeyValueCollection<T>> {
    return this.#database.keyValue<T>(name);
  }

  /** A view of everything at the present seq, which stays as it is while the reader advances. Close it. O(collections). */
  snapshot(): DatabaseSnapshot<Tx> {
    return this.#database.snapshot();
  }

  /** Changes of all collections, as the reader comes to show them. @throws DatabaseError `INVALID_OPTION`; `CHANGES_GONE`. */
  changes(options?: WholeChangesOptions): ChangeStream<Change> {
    return this.#database.changes(options);
  }

  /** Calls the listener with each change that the reader comes to show. */
  subscribe(listener: (change: Change) => void): Subscription {
    return this.#database.subscribe(listener);
  }

  /** Listens to changes, or to errors that listeners throw. @throws DatabaseError `INVALID_OPTION`. */
  on(event: ChangeEvent, listener: (change: Change) => void): Subscription;
  on(event: 'listenerError', listener: (error: unknown) => void): Subscription;
  on(event: ChangeEvent | 'listenerError', listener: (value: never) => void): Subscription {
    return this.#database.on(event as ChangeEvent, listener as (change: Change) => void);
  }

  /** Collections and documents as data, for programs that do not know the classes. Its writes are refused. O(1). */
  reflect(): Reflection {
    return this.#database.reflect();
  }

  /** Counts and sizes of this reader, as `db.stats()`. */
  stats(): DatabaseStats {
    return this.#database.stats();
  }

  /** Lets go of the database. Documents in hand, and reads of what is in memory, stay good. Idempotent. */
  async close(): Promise<void> {
    this.#progress.close();
    await this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
