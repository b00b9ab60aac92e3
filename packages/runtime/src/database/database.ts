/**
 * An open database as programs have it: its members by the names of collections, transactions, and what concerns all of them.
 *
 * This is the face. How it lives and ends stands in database-life.ts; what goes on meanwhile is made in database-work.ts, of the
 * parts that the opening made (database-parts.ts).
 */
import type { MessagePort } from 'node:worker_threads';
import { DatabaseError } from '@nuthatch/model';
import type { Blobs } from '../blobs/blobs.js';
import type { BackupReport } from '../checkpoint/backup.js';
import type { CompactionReport } from '../checkpoint/compaction.js';
import type { CommitPath } from '../commit/commit-path.js';
import { checkOptionsOf } from '../commit/write-options.js';
import { showValue } from '../definition/show-value.js';
import type { Change } from '../feed/change.js';
import { type ChangeEvent, isChangeEvent, onChange } from '../feed/change-events.js';
import type { Subscription } from '../feed/change-feed.js';
import type { ChangeGap } from '../feed/change-gap.js';
import type { ChangeStream } from '../feed/change-transactions.js';
import type { ChangesOptions, DroppingChangesOptions, WholeChangesOptions } from '../feed/changes-options.js';
import type { RecoveryReport } from '../recovery/recovery-target.js';
import { type KeyValueAccess, requireKeyValue } from '../repository/key-value/key-value-access.js';
import { KeyValueCollection } from '../repository/key-value/key-value-collection.js';
import type { KeyValueTypes } from '../repository/key-value/key-value-types.js';
import { Reflection, type ReflectionParts } from '../repository/reflect/reflection.js';
import type { Repository } from '../repository/repository.js';
import type { WriteOptions } from '../repository/repository-types.js';
import type { TransactionCollections } from '../repository/transaction-collections.js';
import { argumentsJson, type Command, CommandContext, commandName } from './command.js';
import type { DatabaseEventMap } from './database-events.js';
import { DatabaseLife, type DatabaseState } from './database-life.js';
import type { DatabaseParts } from './database-parts.js';
import { type DatabaseSnapshot, openSnapshot } from './database-snapshot.js';
import { type DatabaseStats, databaseStats } from './database-stats.js';
import { beginWork } from './database-work.js';
import type { CompactOptions, Maintenance } from './maintenance.js';
import { DatabaseReaders } from './readers/database-readers.js';
import type { ReaderPortOptions } from './readers/reader-port-options.js';
import { switchable } from './storage-request.js';
import type { StorageSwitches } from './storage-switches.js';

/** @typeParam Tx the collections as a transaction function gets them. */
export class Database<Tx> implements AsyncDisposable {
  readonly #parts: DatabaseParts;
  readonly #readers: DatabaseReaders;
  readonly #life: DatabaseLife;
  readonly #commitPath: CommitPath;
  readonly #maintenance: Maintenance;
  readonly #switches: StorageSwitches;
  readonly #blobs: Blobs;
  readonly #TransactionCollections: TransactionCollections<Tx>;
  readonly #keyValues = new Map<string, KeyValueCollection>();

  /** Use `openDatabase`. */
  constructor(parts: DatabaseParts) {
    this.#parts = parts;
    this.#readers = new DatabaseReaders(parts);
    this.#life = new DatabaseLife(this, parts, this.#readers);
    const work = beginWork<Tx>(this, parts, this.#life);
    this.#commitPath = work.commitPath;
    this.#maintenance = work.maintenance;
    this.#switches = work.switches;
    this.#blobs = work.blobs;
    this.#TransactionCollections = work.TransactionCollections;
  }

  get state(): DatabaseState {
    return this.#life.state;
  }

  /** The findings of the opening on disk; undefined for a database in memory. */
  get recovery(): RecoveryReport | undefined {
    return this.#parts.recovery;
  }

  /** Files beside the documents: put and read as streams, and referred to by fields of type `BlobRef`. */
  get blobs(): Blobs {
    return this.#blobs;
  }

  /**
   * Keys with values of any shape, as one collection beside those of the classes. Its name stands in `keyValues` of the options.
   * Inside a transaction `tx.keyValue(name)`.
   *
   * @typeParam T what values are; `unknown` by default.
   * @throws DatabaseError `INVALID_OPTION` for a name that does not.
   */
  keyValue<T = unknown>(name: string): KeyValueCollection<T> {
    requireKeyValue(this.#parts.collections.get(name)?.definition, name);
    const known = this.#keyValues.get(name);
    if (known !== undefined) return known as KeyValueCollection<T>;
    const entries = (this as unknown as Readonly<Record<string, Repository<KeyValueTypes>>>)[name]!;
    const made = new KeyValueCollection(entries, (work) =>
      this.transaction((collections) => work(collections.keyValue(name))),
    );
    this.#keyValues.set(name, made);
    return made as unknown as KeyValueCollection<T>;
  }

  /**
   * A port for one reader in another thread, to be transferred to it: `openReader(port)` of the generated code there answers
   * reads from shared memory, and follows what is written here. O(1); the first reader that opens costs one pass over all
   * documents, in slices of 2 ms.
   *
   * @throws DatabaseError `INVALID_OPTION`, `SHARED_MEMORY_MISSING`, `DATABASE_CLOSED`.
   */
  readerPort(options?: ReaderPortOptions): MessagePort {
    return this.#readers.newPort(options, () => this.#requireOpen());
  }

  #requireOpen(): void {
    if (this.state === 'closing' || this.state === 'closed')
      throw new DatabaseError('DATABASE_CLOSED', 'the database is closed and takes no readers');
  }

  /** Number of the last transaction; 0 before the first. */
  get seq(): bigint {
    return BigInt(this.#parts.journal.lastSeq);
  }

  /**
   * Milliseconds for which this node has heard nothing of the shared journal: reads may be that old. 0 where the journal is
   * this process's own.
   */
  get lagMs(): number {
    return this.#parts.node?.lagMs ?? 0;
  }

  /**
   * Resolves when reads show everything up to `seq`, the `db.seq` of another node: to read there what was written here.
   * At once where the journal is this process's own.
   *
   * Rejects with `INVALID_OPTION` for what is no seq, or one that a database without other nodes does not have;
   * `DATABASE_FAILED`, `DATABASE_CLOSED`.
   */
  async caughtUp(seq: bigint): Promise<void> {
    if (typeof seq !== 'bigint' || seq < 0n || seq > BigInt(Number.MAX_SAFE_INTEGER))
      throw notOne('seq', `\`caughtUp\` takes a seq such as \`db.seq\`, found ${showValue(seq)}`);
    if (this.#parts.node !== undefined) return this.#parts.node.caughtUp(Number(seq));
    if (seq > this.seq) throw notOne('seq', `there is no transaction ${seq}: the last one is ${this.seq}`);
  }

  /**
   * Resolves when reads show everything that any node had acknowledged when it was called. Asks the engine: about as
   * long as a round trip. At once where the journal is this process's own.
   *
   * Rejects with `JOURNAL_UNREACHABLE`, `DATABASE_FAILED`, `DATABASE_CLOSED`.
   */
  async barrier(): Promise<void> {
    await this.#parts.node?.barrier();
  }

  /**
   * Runs `work` as one transaction over any collections: all its writes or none. `work` is synchronous, sees its own
   * writes, and may throw to take everything back. Unique values may collide until it returns. Nested calls, and
   * writes through `db` inside it, join: they share its fate.
   *
   * @returns the result of `work`, once as durable as asked. Rejects with what `work` threw, `DUPLICATE_KEY`,
   *   `TRANSACTION_ENDED` when it returned a promise, `ABORTED`, `TRANSACTION_TOO_LARGE`, `DATABASE_FAILED`.
   */
  transaction<T>(work: (collections: Tx & KeyValueAccess) => T, options?: WriteOptions): Promise<T> {
    return this.#commitPath.run(
      (transaction) => {
        if (options != null) checkOptionsOf('write', options);
        if (typeof work !== 'function')
          throw notOne('work', `a transaction must be a function of the collections, found ${showValue(work)}`);
        return work(new this.#TransactionCollections(transaction));
      },
      true,
      options,
    );
  }

  /**
   * Runs a command as a transaction; its name and arguments are journaled beside its effects for the audit trail.
   * The command gets clock, ids and random numbers from its context. Replaying the journal never runs it again.
   */
  commit<T>(command: Command<Tx, T>, options?: WriteOptions): Promise<T> {
    return this.#commitPath.run(
      (transaction) => {
        if (options != null) checkOptionsOf('write', options);
        if (typeof (command as Partial<Command<Tx, T>> | null | undefined)?.execute !== 'function')
          throw notOne('command', `a command must have a method \`execute\`, found ${showValue(command)}`);
        transaction.command ??= { name: commandName(command), argumentsJson: argumentsJson(command) };
        return command.execute(
          new this.#TransactionCollections(transaction),
          new CommandContext(this.#parts.environment),
        );
      },
      true,
      options,
    );
  }

  /** Resolves when everything written before the call is on the disk. Rejects with `DATABASE_FAILED`. */
  flush(): Promise<void> {
    return this.#life.flush();
  }

  /**
   * Resolves when less than `maxPendingBytes` wait for the disk and every reader of changes with `onOverflow: 'wait'` is
   * within its bound: for loops that write without waiting. Not to be awaited inside such a reader's own loop.
   * Rejects with `DATABASE_FAILED`.
   */
  drained(): Promise<void> {
    return this.#life.drained();
  }

  /**
   * Writes a snapshot of everything at one seq, verifies it and drops the pages it replaces, while reads and writes go
   * on: opening is then quicker and the directory smaller. Costs one pass over all documents, in slices of 5 ms. Where little
   * changed since the last snapshot, only that is written (the report's `isWhole` is false): one pass over what was written since.
   *
   * Collections that no class defines are copied byte for byte. With `{ whole: true }` all is written in any case. Rejects with `INVALID_OPTION` in memory, `DATABASE_FAILED`, `JOURNAL_WRITE_FAILED`, `JOURNAL_DAMAGED`.
   */
  compact(options?: CompactOptions): Promise<CompactionReport> {
    return this.#maintenance.compact(options);
  }

  /**
   * Copies the database to another directory while it is open, consistent at one seq; it opens like any directory. A
   * later backup to the same place copies only what is new.
   *
   * Rejects with `INVALID_OPTION` in memory, `DIRECTORY_UNUSABLE` for a place with other things in it.
   */
  backup(destination: string): Promise<BackupReport> {
    return this.#withoutBlobs(() => this.#maintenance.backup(destination));
  }

  /**
   * Keeps a collection in memory only, or on disk, from now on, while reads and writes go on; its documents, its
   * repository and its events stay the same. To disk: every document is journaled, in slices of 5 ms. To memory: at
   * once; documents then end with the process, and those on disk are forgotten. Resolves when the switch is durable; a
   * crash before leaves the collection as it was. It holds at the next open too, until its class says something else.
   *
   * Rejects with `INVALID_OPTION` for a database in memory, an unknown collection or storage, or inside a transaction;
   * `TRANSACTION_TOO_LARGE` for a document that no frame holds; `DATABASE_FAILED`, `DATABASE_CLOSED`.
   */
  setStorage(collection: keyof Tx & string, storage: 'memory' | 'disk'): Promise<void> {
    try {
      return this.#switches.set(switchable(this.#parts, this.#commitPath, collection, storage), storage);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /**
   * Writes a backup, consistent at one seq, to a stream as a tar archive, and ends the stream; `unpackBackup` makes a
   * directory of it again, as any tar program does. Goes as fast as the stream takes it; compaction waits meanwhile. Closing
   * ends it: it rejects with `DATABASE_CLOSED`, and the stream is destroyed.
   *
   * Rejects with `INVALID_OPTION` in memory, `DATABASE_FAILED`, and with the stream's own error.
   */
  backupTo(stream: NodeJS.WritableStream): Promise<BackupReport> {
    return this.#withoutBlobs(() => this.#maintenance.backupTo(stream));
  }

  /**
   * A read-only view of everything at the present seq, while writes go on: `snapshot.player.get(key)`. O(collections);
   * each write from now on keeps the document it replaces until the snapshot is closed, so close it (`using` does).
   * It holds what reads show now, writes on their way to the disk included: `await db.flush()` first to wait for them.
   *
   * @throws DatabaseError `INVALID_QUERY` inside a transaction: a snapshot holds whole transactions.
   */
  snapshot(): DatabaseSnapshot<Tx> {
    if (this.#commitPath.active !== undefined)
      throw new DatabaseError(
        'INVALID_QUERY',
        '`snapshot` was called inside a transaction: the snapshot would hold half of its writes',
      );
    return openSnapshot<Tx>(this.seq, new Map([...this.#parts.collections, ...this.#parts.views]));
  }

  /**
   * Durable changes of all collections, one by one, from now on or after `since`: a seq, or the `cursor` of
   * a change. With `onOverflow: 'drop'` a
   * ChangeGap stands for what a slow reader missed.
   *
   * @throws DatabaseError `INVALID_OPTION`; from the iterator `CHANGES_GONE`.
   */
  changes(options?: WholeChangesOptions): ChangeStream<Change>;
  changes(options: DroppingChangesOptions): ChangeStream<Change | ChangeGap, Change>;
  changes(options?: ChangesOptions): ChangeStream<Change | ChangeGap, Change> {
    return this.#parts.feed.changes(undefined, options);
  }

  /** Calls the listener with each durable change of any collection. */
  subscribe(listener: (change: Change) => void): Subscription {
    return this.#parts.feed.subscribe(undefined, listener);
  }

  /**
   * Listens to durable changes of all collections (`insert`, `update`, `delete`, or `change` for every one), or to the
   * life of the database: `failed`, `closed`, `compacted`, `compactionFailed`, `imageLeft`, `listenerError`. `unsubscribe()` of what it
   * returns ends it.
   *
   * @throws DatabaseError `INVALID_OPTION` for another event, or a listener that is not a function.
   */
  on(event: ChangeEvent, listener: (change: Change) => void): Subscription;
  on<E extends keyof DatabaseEventMap>(event: E, listener: (value: DatabaseEventMap[E]) => void): Subscription;
  on(event: ChangeEvent | keyof DatabaseEventMap, listener: (value: never) => void): Subscription {
    const { events, feed } = this.#parts;
    if (isChangeEvent(event)) return onChange(feed, undefined, event, listener as (change: Change) => void);
    return events.on(event, listener as (value: unknown) => void);
  }

  /**
   * The database for programs that do not know its classes: collections and models as data, documents as JSON, edits
   * validated by the model. `db.reflect().collection('player').get('p1')`. O(1).
   */
  reflect(): Reflection {
    const { collections, views, files } = this.#parts;
    const repositories = this as unknown as ReflectionParts['repositories'];
    return new Reflection({ collections, views, repositories, isOnDisk: files !== undefined });
  }

  /** Counts and sizes, described one by one in docs/stats.md. O(indexes, open loops over changes, pages). */
  stats(): DatabaseStats {
    return databaseStats(this.state, this.#parts, this.#commitPath, this.#maintenance, this.#readers);
  }

  /**
   * Refuses further writes, makes pending ones durable, releases the directory. Idempotent. Documents in hand and
   * reads of what is in memory stay good. Of a database opened with `shared: true` each opener calls it once: all but
   * the last only make pending writes durable.
   */
  close(): Promise<void> {
    return this.#life.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Of a node they are in the engine. */
  async #withoutBlobs(work: () => Promise<BackupReport>): Promise<BackupReport> {
    if (this.#parts.node !== undefined && this.#parts.blobs.store.count > 0)
      throw notOne('journal', 'a node has the files beside its documents in the engine: export the journal instead');
    return work();
  }
}

function notOne(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}
