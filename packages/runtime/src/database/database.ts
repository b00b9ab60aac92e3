/**
 * A database: owns journal, commit path, change feed and collections, and leads them through their life.
 *
 *   opening ─▶ open ─▶ closing ─▶ closed
 *                └──▶ failed ─▶ closed      the journal failed: reads go on, writes are refused
 */
import type { MessagePort } from 'node:worker_threads';
import { DatabaseError } from '@nuthatch/model';
import { BlobRenewal } from '../blobs/blob-renewal.js';
import { Blobs } from '../blobs/blobs.js';
import type { BackupReport } from '../checkpoint/backup.js';
import type { CompactionReport } from '../checkpoint/compaction.js';
import type { Collection } from '../collection/collection.js';
import { keepReferences } from '../collection/relating/reference-guard.js';
import type { Environment } from '../collection/writing/environment.js';
import type { ExpiryQueue } from '../collection/writing/expiry-queue.js';
import { CommitPath } from '../commit/commit-path.js';
import type { MemoryLimit } from '../commit/memory-limit.js';
import { RepeatableWork } from '../commit/repeatable-work.js';
import { checkOptionsOf } from '../commit/write-options.js';
import { showValue } from '../definition/show-value.js';
import type { StorageMark } from '../definition/storage-mark.js';
import type { ViewDefinition } from '../definition/view-definition.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import type { Change } from '../feed/change.js';
import { type ChangeEvent, isChangeEvent, onChange } from '../feed/change-events.js';
import type { ChangeFeed, Subscription } from '../feed/change-feed.js';
import type { ChangeGap } from '../feed/change-gap.js';
import type { ChangeStream } from '../feed/change-transactions.js';
import type { ChangesOptions, DroppingChangesOptions, WholeChangesOptions } from '../feed/changes-options.js';
import { databaseFailed } from '../journal/failed-journal.js';
import type { Journal } from '../journal/journal.js';
import type { RecoveryReport } from '../recovery/recovery-target.js';
import { UnknownCollections } from '../recovery/unknown-collections.js';
import { type KeyValueAccess, requireKeyValue } from '../repository/key-value/key-value-access.js';
import { KeyValueCollection } from '../repository/key-value/key-value-collection.js';
import type { KeyValueTypes } from '../repository/key-value/key-value-types.js';
import { Reflection, type ReflectionParts } from '../repository/reflect/reflection.js';
import type { Repository } from '../repository/repository.js';
import { type RepositoryClasses, repositoryClasses } from '../repository/repository-factory.js';
import type { CollectionTypes, WriteOptions } from '../repository/repository-types.js';
import { type TransactionCollections, transactionCollections } from '../repository/transaction-collections.js';
import { type ViewRepository, viewRepository } from '../repository/view-repository.js';
import { soon } from '../time/real-time.js';
import type { DecodedCache } from '../undecoded/decoded-cache.js';
import { ArrivedTransactions } from './arrived-transactions.js';
import { type BlobParts, blobCollector, isBlobNeeded } from './blob-users.js';
import { closeOnSignals, forgetSignals } from './close-on-signal.js';
import { argumentsJson, type Command, CommandContext, commandName } from './command.js';
import type { DatabaseEventMap, DatabaseEvents } from './database-events.js';
import type { ResolvedOptions } from './database-options.js';
import { type DatabaseSnapshot, openSnapshot } from './database-snapshot.js';
import { cacheStats, collectionStats, type DatabaseStats, memoryStats } from './database-stats.js';
import { traced } from './diagnostics.js';
import { ExpiryTimer } from './expiry-timer.js';
import { type DatabaseFiles, Maintenance } from './maintenance.js';
import { noteNodeImages } from './node-images.js';
import { noteClosed } from './open-databases.js';
import { hostOf } from './readers/database-host.js';
import { NO_READERS, type ReaderHost } from './readers/reader-host.js';
import { maxBehindBytesOf, type ReaderPortOptions } from './readers/reader-port-options.js';
import { isMarked, leaveMark, stateOf } from './reference-mark.js';
import { isKeptOpen, noteClosing } from './shared-databases.js';
import type { NodeJournal } from './shared-journal.js';
import { StorageSwitches } from './storage-switches.js';
import { type DatabaseIdentity, noteSyncPort, SyncPort, syncPortOf } from './sync-port.js';

export type DatabaseState = 'opening' | 'open' | 'failed' | 'closing' | 'closed';

/** The parts that the opening made; the database owns them from now on. */
export interface DatabaseParts {
  readonly options: ResolvedOptions;
  readonly identity: DatabaseIdentity;
  readonly source: DatabaseSource;
  readonly collections: ReadonlyMap<string, Collection>;
  /** The rows of views. */
  readonly views: ReadonlyMap<string, Collection>;
  readonly viewDefinitions: readonly ViewDefinition[];
  /** The records of sync; it has no repository. */
  readonly records: Collection;
  /** Every release; it has no repository. */
  readonly releases: Collection;
  readonly journal: Journal;
  readonly expiry: ExpiryQueue<Collection>;
  readonly feed: ChangeFeed;
  readonly recovery: RecoveryReport | undefined;
  readonly files: DatabaseFiles | undefined;
  readonly marks: ReadonlyMap<string, StorageMark>;
  readonly events: DatabaseEvents;
  readonly environment: Environment;
  readonly blobs: BlobParts;
  /** `journal`, where several nodes share it. */
  readonly node?: NodeJournal;
  /** Documents from other nodes that no class here defines. */
  readonly unknown?: UnknownCollections;
  readonly cache: DecodedCache | undefined;
  readonly memory: MemoryLimit | undefined;
}

/** @typeParam Tx the collections as a transaction function gets them. */
export class Database<Tx> implements AsyncDisposable {
  readonly #parts: DatabaseParts;
  readonly #commitPath: CommitPath;
  readonly #expiryTimer: ExpiryTimer;
  readonly #maintenance: Maintenance;
  readonly #switches: StorageSwitches;
  readonly #blobs: Blobs;
  readonly #TransactionCollections: TransactionCollections<Tx>;
  readonly #keyValues = new Map<string, KeyValueCollection>();
  /** Of readers in other threads; made with the first. */
  #readers: ReaderHost | undefined;
  #state: DatabaseState = 'open';
  #closing: Promise<void> | undefined;
  readonly #trace = (): { readonly database: DatabaseSource } => ({ database: this.#parts.source });

  /** Use `openDatabase`. */
  constructor(parts: DatabaseParts) {
    this.#parts = parts;
    const { options, collections, journal, feed, expiry, events } = parts;
    this.#commitPath = new CommitPath(journal, feed, options.durability, (error) => {
      if (this.#state === 'open') this.#state = 'failed';
      this.#readers?.fail(error);
      events.emit('failed', error);
      for (const collection of [...collections.values(), ...parts.views.values()])
        events.isolate(() => collection.watched.refresh());
    });
    const isLinked = [...collections.values()].some(({ links }) => links !== undefined);
    if (isLinked && options.references !== 'off') this.#commitPath.references = keepReferences;
    const { identity, records, node } = parts;
    if (node !== undefined) this.#commitPath.repeatWith(repeatingWork(parts));
    const lastSeq = (): number => journal.lastSeq;
    noteSyncPort(
      this,
      new SyncPort({
        identity,
        source: parts.source,
        collections,
        records,
        blobs: parts.blobs.store,
        commitPath: this.#commitPath,
        feed,
        lastSeq,
        clock: parts.environment.clock,
      }),
    );
    const classes = new Map<string, RepositoryClasses>();
    for (const [name, collection] of collections) {
      const made = repositoryClasses(collection);
      classes.set(name, made);
      Object.defineProperty(this, name, {
        value: new made.Repository(collection, this.#commitPath, feed),
        enumerable: true,
      });
    }
    const views = new Map<string, ViewRepository<CollectionTypes>>();
    for (const [name, rows] of parts.views) {
      const view = viewRepository(rows, feed);
      views.set(name, view);
      Object.defineProperty(this, name, { value: view, enumerable: true });
    }
    this.#TransactionCollections = transactionCollections<Tx>(collections, classes, views);
    this.#switches = new StorageSwitches(this.#commitPath, journal, parts.marks, parts.files?.unknown);
    this.#blobs = new Blobs(parts.blobs.store, options.directory ?? 'the database in memory');
    const collector = blobCollector(parts, options.blobGraceMs);
    parts.blobs.links.collector = collector;
    if (parts.files === undefined) this.#blobs.beforePut = () => collector.collect();
    if (node !== undefined)
      noteNodeImages(this, {
        compact: () => this.compact(),
        backupTo: (stream) => this.#maintenance.backupTo(stream),
      });
    if (node?.tieBlobs !== undefined)
      node.tieBlobs(parts.blobs.store, { port: syncPortOf(this), isNeeded: (hash) => isBlobNeeded(parts, hash) });
    else if (node !== undefined) this.#blobs.beforePut = refuseBlobs;
    const stored = [...collections.values(), parts.records, parts.releases];
    const renewal = new BlobRenewal(parts.blobs.store);
    this.#maintenance = new Maintenance(
      parts.files,
      stored,
      this.#switches,
      parts.source,
      { collector, renewal },
      node,
    );
    this.#expiryTimer = new ExpiryTimer(
      expiry,
      this.#commitPath,
      (error) => events.emit('listenerError', error),
      parts.environment.clock,
    );
    if (node?.isReadOnly === true) this.#commitPath.refuseWrites();
    else this.#expiryTimer.start();
    if (options.closeOnSignal.length > 0)
      closeOnSignals(
        this,
        options.closeOnSignal,
        () => this.#closeForAll(),
        () => this.#maintenance.giveUp(),
      );
    if (parts.files !== undefined)
      parts.files.journal.clock.onJump = (jump) => soon(() => events.emit('clockJumped', jump));
    if (options.compaction !== undefined) this.#maintenance.startCompacting(options.compaction, options, events);
  }

  get state(): DatabaseState {
    return this.#state;
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
    const cold = [...this.#parts.collections.values()].find(({ isCold }) => isCold);
    const maxBehindBytes = maxBehindBytesOf(options, cold?.name);
    if (this.#state === 'closing' || this.#state === 'closed')
      throw new DatabaseError('DATABASE_CLOSED', 'the database is closed and takes no readers');
    this.#readers ??= hostOf(this.#parts);
    return this.#readers.newPort(maxBehindBytes);
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
    return traced('nuthatch:flush', this.#trace, () => this.#flush(), noResult);
  }

  async #flush(): Promise<void> {
    try {
      await this.#parts.journal.flush();
    } catch (cause) {
      throw this.#refusal(cause);
    }
  }

  /**
   * Resolves when less than `maxPendingBytes` wait for the disk and every reader of changes with `onOverflow: 'wait'` is
   * within its bound: for loops that write without waiting. Not to be awaited inside such a reader's own loop.
   * Rejects with `DATABASE_FAILED`.
   */
  async drained(): Promise<void> {
    try {
      await this.#parts.journal.drained();
      await this.#parts.feed.drained();
    } catch (cause) {
      throw this.#refusal(cause);
    }
  }

  /**
   * Writes a snapshot of everything at one seq, verifies it and drops the pages it replaces, while reads and writes go
   * on: opening is then quicker and the directory smaller. Costs one pass over all documents, in slices of 5 ms.
   *
   * Collections that no class defines are copied byte for byte. Rejects with `INVALID_OPTION` in memory, `DATABASE_FAILED`, `JOURNAL_WRITE_FAILED`, `JOURNAL_DAMAGED`.
   */
  compact(): Promise<CompactionReport> {
    return this.#maintenance.compact();
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
    const found = this.#parts.collections.get(collection);
    const refuse = (option: string, what: string): Promise<void> =>
      Promise.reject(new DatabaseError('INVALID_OPTION', what, { option, collection }));
    if (this.#parts.node !== undefined)
      return refuse('journal', 'the storage of a collection cannot be switched on a node of a shared journal');
    if (found === undefined) return refuse('collection', `there is no collection ${showValue(collection)}`);
    if (found.definition.model.storage === 'cold')
      return refuse('storage', `documents of ${collection} are cold: their storage changes with the class alone`);
    if (storage !== 'memory' && storage !== 'disk')
      return refuse('storage', `\`storage\` must be 'memory' or 'disk', found ${showValue(storage)}`);
    if (storage === 'memory' && found.rules?.released !== undefined)
      return refuse('storage', `documents of ${collection} are released permanently: they are kept on disk`);
    if (this.#commitPath.active !== undefined)
      return refuse('storage', 'the storage of a collection cannot be switched inside a transaction');
    if (this.#parts.files === undefined)
      return refuse('memory', 'a database in memory cannot switch the storage of a collection');
    return this.#switches.set(found, storage);
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
    const { collections, views, journal, feed, files, source, blobs, cache, memory } = this.#parts;
    const { pendingCount, oldestPendingMs } = this.#commitPath;
    return {
      state: this.#state,
      name: source.name,
      collections: Object.fromEntries(
        [...collections].map(([name, collection]) => [name, collectionStats(collection, files !== undefined)]),
      ),
      views: Object.fromEntries([...views].map(([name, rows]) => [name, collectionStats(rows, false)])),
      journal: journal.stats(),
      blobs: { count: blobs.store.count, byteCount: blobs.store.byteCount },
      cache: cacheStats(cache),
      memory: memoryStats(memory),
      compaction: this.#maintenance.stats(),
      pendingTransactionCount: pendingCount,
      // Times of the journal never go back, and so may be ahead of the clock.
      oldestPendingMs: oldestPendingMs === undefined ? 0 : Math.max(0, Date.now() - oldestPendingMs),
      expiringCount: [...collections.values()].reduce((count, { store }) => count + store.expiringCount, 0),
      subscriptionCount: feed.subscriptionCount,
      changes: feed.readerStats(),
      readers: this.#readers?.stats() ?? NO_READERS,
    };
  }

  /**
   * Refuses further writes, makes pending ones durable, releases the directory. Idempotent. Documents in hand and
   * reads of what is in memory stay good. Of a database opened with `shared: true` each opener calls it once: all but
   * the last only make pending writes durable.
   */
  close(): Promise<void> {
    if (this.#closing === undefined && isKeptOpen(this))
      return this.#state === 'open' ? this.flush() : Promise.resolve();
    return this.#closeForAll();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #closeForAll(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = traced('nuthatch:close', this.#trace, () => this.#close(), noResult);
      noteClosing(this, this.#closing);
    }
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { journal, feed, events, options, collections } = this.#parts;
    const wasFailed = this.#state === 'failed';
    this.#state = 'closing';
    this.#expiryTimer.stop();
    this.#parts.memory?.close();
    const marked = this.#markReferences();
    this.#commitPath.close();
    await marked;
    await this.#parts.blobs.store.close();
    await this.#maintenance.finish(wasFailed);
    try {
      await journal.close();
    } catch (error) {
      if (!wasFailed) throw error; // A failure that is known already was reported by it.
    } finally {
      feed.close();
      this.#readers?.close();
      for (const { search } of collections.values()) search?.stop();
      this.#state = 'closed';
      if (options.directory !== undefined) noteClosed(this);
      forgetSignals(this);
      events.emit('closed', undefined);
    }
  }

  /** The last transaction, before any other is refused. What keeps it from the disk, the close itself meets and says. */
  async #markReferences(): Promise<void> {
    const { files, node, records, identity, collections, journal, recovery } = this.#parts;
    const isChecked = this.#commitPath.references !== undefined && recovery?.danglingReferences === undefined;
    if (files === undefined || node !== undefined || !isChecked || this.#commitPath.state !== 'open') return;
    const state = stateOf(identity, collections);
    try {
      await leaveMark(syncPortOf(this), state, isMarked(records, state, journal.lastSeq));
    } catch {
      // Without it the next opening looks at every key.
    }
  }

  /** Of a node they are in the engine. */
  async #withoutBlobs(work: () => Promise<BackupReport>): Promise<BackupReport> {
    if (this.#parts.node !== undefined && this.#parts.blobs.store.count > 0)
      throw notOne('journal', 'a node has the files beside its documents in the engine: export the journal instead');
    return work();
  }

  #refusal(cause: unknown): unknown {
    const { failure } = this.#commitPath;
    if (failure === undefined || DatabaseError.is(cause, 'DATABASE_FAILED')) return cause;
    return databaseFailed(failure, {}, cause);
  }
}

function repeatingWork({ collections, records, releases, unknown }: DatabaseParts): RepeatableWork {
  const stored = new Map([...collections, [records.name, records], [releases.name, releases]]);
  const arrived = new ArrivedTransactions(stored, unknown ?? new UnknownCollections());
  return new RepeatableWork((transaction, transactionOfOther) => arrived.apply(transaction, transactionOfOther));
}

function refuseBlobs(): never {
  throw new DatabaseError('READ_ONLY_READER', 'files beside the documents are put where the database is open');
}

/** Nothing that a trace could show. */
function noResult(): undefined {
  return undefined;
}

function notOne(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}
