/**
 * The foundation of the sync package: documents put at revisions that another database has given, records that are
 * written in the same transaction as documents, and a guard that sees every transaction before it is journaled.
 *
 * A function over an open database, not members of it, so that no collection's name is taken and applications are not
 * shown what can break their data: nothing here is validated.
 */
import { DatabaseError } from '@nuthatch/model';
import type { BlobStore } from '../blobs/blob-store.js';
import type { Collection } from '../collection/collection.js';
import { KeyedRecords } from '../collection/keyed-records.js';
import type { CommitPath } from '../commit/commit-path.js';
import type { Transaction } from '../commit/transaction.js';
import type { CommitOptions } from '../commit/write-options.js';
import type { WriteRecord } from '../commit/write-record.js';
import type { KeyedValue } from '../definition/keyed-values.js';
import { otherCopyHint } from '../definition/other-copies.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import type { DocumentChange } from '../feed/change-batch.js';
import type { ChangeFeed, Subscription } from '../feed/change-feed.js';
import type { PlacedChange } from '../feed/journal-past.js';
import type { Clock } from '../time/clock.js';
import { HistoryMarks } from './history-marks.js';
import { SyncTransaction } from './sync-transaction.js';

/** Which database this is, and which of its histories. */
export interface DatabaseIdentity {
  /** 32 hexadecimal digits; of a database in memory made at opening. */
  readonly uuid: string;
  /** Grows whenever history was given up: by salvage, restore or a migration of the whole database. */
  readonly incarnation: number;
}

/** Looks at a transaction before it is journaled. May add writes through `sync`; throws to refuse the whole. */
export type TransactionGuard = (writes: readonly WriteRecord[], sync: SyncTransaction) => void;

export interface SyncPortParts {
  readonly identity: DatabaseIdentity;
  readonly source: DatabaseSource;
  readonly collections: ReadonlyMap<string, Collection>;
  readonly records: Collection;
  readonly blobs: BlobStore;
  readonly commitPath: CommitPath;
  readonly feed: ChangeFeed;
  readonly lastSeq: () => number;
  readonly clock: Clock;
}

export class SyncPort {
  readonly #parts: SyncPortParts;
  readonly #records: KeyedRecords;
  /** The transaction of `replicate` whose function runs, or has just returned. */
  #replicating: Transaction | undefined;
  /** Looks at all of that transaction's writes at its end. */
  #ending: ((writes: readonly WriteRecord[]) => void) | undefined;
  #wasRefused = false;
  #guard: TransactionGuard | undefined;
  readonly #marks: HistoryMarks;
  /** The first transaction of this opening leaves a mark; until it has, each is looked at. */
  #isMarking: boolean;

  constructor(parts: SyncPortParts) {
    this.#parts = parts;
    this.#records = new KeyedRecords(parts.records);
    this.#marks = new HistoryMarks(this.#records);
    this.#isMarking = this.#marks.isKept;
    this.#lookAtTransactions();
  }

  get identity(): DatabaseIdentity {
    return this.#parts.identity;
  }

  /** In whose name diagnostics are published. */
  get source(): DatabaseSource {
    return this.#parts.source;
  }

  /** Seq of the last transaction that memory shows. */
  get lastSeq(): number {
    return this.#parts.lastSeq();
  }

  /** Epoch milliseconds by the clock of the database's data. */
  nowMs(): number {
    return this.#parts.clock.now();
  }

  /** Seq of the last settled transaction that `subscribe` has told of. */
  get deliveredSeq(): number {
    return this.#parts.feed.deliveredSeq;
  }

  /** The mark of this opening, 32 hexadecimal digits; part of the history once `beginHistory` has resolved. */
  get historyId(): string {
    return this.#marks.id;
  }

  /** From now on this history can be told from others of the same database. Resolves when that is on the disk. */
  async beginHistory(): Promise<void> {
    if (this.#marks.isSet) return;
    await this.replicate((sync) => this.#mark(sync), { durability: 'fsync' });
  }

  /** Whether what was told of with this mark, up to this seq, is part of this history. O(1). */
  hasHistory(id: string, seq: number): boolean {
    return this.#marks.holds(id, seq);
  }

  /**
   * The changes of the settled transactions after `afterSeq` up to `uptoSeq` (at most `deliveredSeq`), one by one.
   *
   * @throws DatabaseError `CHANGES_GONE` when the journal does not reach back so far.
   */
  changesBetween(afterSeq: number, uptoSeq: number): AsyncIterable<readonly PlacedChange[]> {
    return this.#parts.feed.between(afterSeq, uptoSeq);
  }

  /** The files beside the documents, also those that no document refers to yet. */
  get blobs(): BlobStore {
    return this.#parts.blobs;
  }

  /** By name; hidden ones left out. */
  get collections(): ReadonlyMap<string, Collection> {
    return this.#parts.collections;
  }

  /** The record of a name; undefined when there is none. O(1). */
  record(name: string): unknown {
    return this.#records.get(name);
  }

  /** How many records there are. O(1). */
  get recordCount(): number {
    return this.#parts.records.store.size;
  }

  /** Every record whose name begins so. O(records). */
  *records(prefix: string): IterableIterator<readonly [string, unknown]> {
    const { store } = this.#parts.records;
    for (const slot of store.slots()) {
      const { key, value } = store.documentOf(slot) as KeyedValue;
      if (key.startsWith(prefix)) yield [key, value];
    }
  }

  /**
   * Runs one transaction that the guard does not see: what comes from another database. Unique values may collide
   * until it returns; what it throws takes everything back.
   *
   * @param atEnd sees every write of callers, those that references brought along too; throws to refuse the whole.
   */
  replicate<T>(
    work: (sync: SyncTransaction) => T,
    options?: CommitOptions,
    atEnd?: (writes: readonly WriteRecord[]) => void,
  ): Promise<T> {
    let ran: Transaction | undefined;
    const settled = this.#parts.commitPath.run(
      (transaction) => {
        ran = transaction;
        this.#replicating = transaction;
        if (atEnd !== this.#ending) {
          // One whose function threw before has left its own here.
          this.#ending = atEnd;
          this.#lookAtTransactions();
        }
        return work(new SyncTransaction(transaction, this.#records));
      },
      true,
      options,
    );
    // A transaction that is taken back ends without a time.
    this.#wasRefused = ran === undefined || ran.timeMs === 0;
    return settled;
  }

  /**
   * Whether the last call of `replicate` was refused before it returned: nothing of it is in memory, and its promise
   * rejects with why. Otherwise memory shows it already, and only a journal that fails can take it back. O(1).
   */
  get wasRefused(): boolean {
    return this.#wasRefused;
  }

  /** Lets the guard see every transaction but those of `replicate`, from now on. @throws DatabaseError `INVALID_OPTION`. */
  guard(guard: TransactionGuard): Subscription {
    if (this.#guard !== undefined)
      throw new DatabaseError('INVALID_OPTION', 'the database is already served, or is a replica', { option: 'db' });
    this.#guard = guard;
    this.#lookAtTransactions();
    const unsubscribe = (): void => {
      if (this.#guard !== guard) return;
      this.#guard = undefined;
      this.#lookAtTransactions();
    };
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /** The commit path calls nobody where there is nothing to look for. */
  #lookAtTransactions(): void {
    const isLooking = this.#isMarking || this.#guard !== undefined || this.#ending !== undefined;
    this.#parts.commitPath.guard = isLooking ? this.#look : undefined;
  }

  /** At the end of each transaction. */
  readonly #look = (transaction: Transaction): void => {
    const isReplicated = transaction === this.#replicating;
    this.#replicating = undefined;
    const ending = this.#ending;
    if (ending !== undefined) {
      // It is about this transaction alone: those that follow pay nothing.
      this.#ending = undefined;
      this.#lookAtTransactions();
    }
    if (transaction.isEmpty) return;
    const sync = new SyncTransaction(transaction, this.#records);
    if (isReplicated) ending?.(transaction.ownRecords);
    else this.#guard?.(transaction.ownRecords, sync);
    if (this.#isMarking) this.#markOnce(sync);
  };

  /** A mark that is there was written by a transaction before this one: no later one loses it. */
  #markOnce(sync: SyncTransaction): void {
    if (!this.#marks.isSet) {
      this.#mark(sync);
      return;
    }
    this.#isMarking = false;
    this.#lookAtTransactions();
  }

  /** Numbered by the call itself: the next seq is this transaction's. */
  #mark(sync: SyncTransaction): void {
    this.#marks.set((name, value) => sync.setRecord(name, value), this.lastSeq + 1);
  }

  /** Calls the listener with the settled changes of each transaction, hidden ones left out. */
  subscribe(listener: (changes: readonly DocumentChange[]) => void): Subscription {
    return this.#parts.feed.subscribeBatches(undefined, listener);
  }
}

const ports = new WeakMap<object, SyncPort>();

/** Called once by `openDatabase`. */
export function noteSyncPort(database: object, port: SyncPort): void {
  ports.set(database, port);
}

/** The port of an open database. O(1). @throws DatabaseError `INVALID_OPTION` for anything else. */
export function syncPortOf(database: object): SyncPort {
  const port = ports.get(database);
  if (port !== undefined) return port;
  const what = `expected a database from \`openDatabase\`${otherCopyHint(database)}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'db' });
}
