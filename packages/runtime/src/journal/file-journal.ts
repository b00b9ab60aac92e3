/**
 * The journal in files: which transaction waits for which step, and how all of them end when the disk fails or the
 * journal closes.
 *
 *   append ─▶ FrameGathering ─▶ GroupCommit ─▶ PageLog ─▶ FileHandle
 *
 * Made by recovery/open-file-journal.ts once everything on disk has been read: it is complete from the start. Memory:
 * the bytes that `append` has accepted and the disk has not taken yet (`pendingBytes`). `drained()` makes callers wait;
 * writes of callers that never await it are refused.
 */
import { DatabaseError } from '@nuthatch/model';
import { LAST_SEQ, rangeExhausted } from '../codec/storable.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import type { HeldDirectory } from '../file-system/held-directory.js';
import { errnoOf } from '../file-system/node-call.js';
import { every, later, type Timer } from '../time/real-time.js';
import type { Durability } from './durability.js';
import type { JournaledTransaction } from './effect.js';
import { databaseFailed } from './failed-journal.js';
import type { FileJournalOptions } from './file-journal-options.js';
import { FrameGathering } from './frame-gathering.js';
import type { FrameWriter } from './frame-writer.js';
import { GroupCommit } from './group-commit.js';
import type { Journal, JournalListener, JournalStats, StoredTransaction } from './journal.js';
import type { JournalClock } from './journal-clock.js';
import type { PageEntry } from './manifest.js';
import type { ModelTable } from './model-table.js';
import type { PageLog } from './page-log.js';
import { SeqWaiters } from './seq-waiters.js';

/** While nothing is written, somebody else may take the directory away: a later reader gets this error soon. */
const LOOK_INTERVAL_MS = 500;
/** Writes are refused when this many times `maxPendingBytes` wait: a caller of `drained()` still waits. */
const MAX_PENDING = 16;

/** Reads transactions back from pages; recovery/journal-reader.ts. */
export interface PageReading {
  read(pages: readonly PageEntry[], afterSeq: number, uptoSeq: number): AsyncIterable<StoredTransaction>;
}

/** The journal's inner parts that a snapshot is made with; used by checkpoint/ only. */
export interface CheckpointPort {
  readonly log: PageLog;
  readonly models: ModelTable;
  /** Keeps files open until the journal is closed. */
  readonly held: HeldDirectory;
  /**
   * To be asked before any file is touched: after a failed switch of the manifest nobody knows which files it names.
   *
   * @throws DatabaseError `DATABASE_FAILED`, `DATABASE_CLOSED`, `DIRECTORY_GONE`.
   */
  requireOpen(): void;
  /** Runs work while nothing is being written; its error ends the journal. */
  between(work: () => Promise<void>): Promise<void>;
}

/** The state that recovery has prepared for appending. */
export interface FileJournalInput {
  readonly options: Required<FileJournalOptions>;
  /** The end of the pages. */
  readonly log: PageLog;
  readonly models: ModelTable;
  /** Held until the journal is closed. */
  readonly held: HeldDirectory;
  /** Seq of the last transaction in the pages. */
  readonly lastSeq: number;
  readonly reading: PageReading;
}

export class FileJournal implements Journal {
  readonly #options: Required<FileJournalOptions>;
  readonly #gathering: FrameGathering;
  readonly #log: PageLog;
  readonly #group: GroupCommit;
  readonly #held: HeldDirectory;
  readonly #lookTimer: Timer;
  readonly #reading: PageReading;
  /** The parts of the journal that compaction and backup need. */
  readonly checkpointPort: CheckpointPort;
  #listener: JournalListener | undefined;
  #onBatch: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  #intervalTimer: Timer | undefined;
  readonly #flushing = new SeqWaiters();
  /** They wait for room, not for a seq: all have 0. */
  readonly #draining = new SeqWaiters();

  constructor({ options, log, models, held, lastSeq, reading }: FileJournalInput) {
    this.#options = options;
    this.#log = log;
    this.#held = held;
    this.#reading = reading;
    this.#gathering = new FrameGathering(options, models, {
      pageNumber: log.pageNumber,
      byteCount: log.byteCount,
      firstSeq: log.manifest.pages.at(-1)?.firstSeq ?? 1,
      lastSeq,
      createdMs: log.pageCreatedMs,
      now: () => log.clock.now(),
    });
    const { snapshot, deltas = [] } = log.manifest.current;
    // The compaction before the last close ended the page, and nobody has written since.
    if (snapshot !== null && Math.max(snapshot.seq, deltas.at(-1)?.seq ?? 0) >= lastSeq) this.endPage();
    log.prepareUpTo(options.pageBytes);
    this.#group = new GroupCommit(log, this, lastSeq);
    this.#group.listen({
      written: (seq) => {
        this.#listener?.written(seq);
        if (seq === this.#group.writtenSeq) this.#onBatch?.();
      },
      synced: (seq) => {
        this.#listener?.synced(seq);
        this.#flushing.wake(seq);
        if (seq === log.syncedSeq) this.#onBatch?.();
      },
      failed: (error) => this.#fail(error),
    });
    // Asked again each time: once closing has begun nothing may touch the manifest after it.
    const requireOpen = (): void => {
      this.#requireOpen();
      log.requireInPlace();
    };
    const between = async (work: () => Promise<void>): Promise<void> => {
      requireOpen();
      await this.#group.between(work);
    };
    this.checkpointPort = { log, models, held: this.#held, requireOpen, between };
    this.#lookTimer = every(() => this.#lookAtPlace(), LOOK_INTERVAL_MS);
  }

  get clock(): JournalClock {
    return this.#log.clock;
  }

  get lastSeq(): number {
    return this.#gathering.lastSeq;
  }

  /** Path of the page being written; for error texts. */
  get file(): string {
    return this.#log.file;
  }

  listen(listener: JournalListener): void {
    this.#listener = listener;
  }

  /** Publishes diagnostics in the name of a database from now on. */
  publishAs(database: DatabaseSource): void {
    this.#group.database = database;
  }

  /** Calls `look` whenever more has been written; it must be quick. One at most. */
  onBatch(look: () => void): void {
    this.#onBatch = look;
  }

  append(transaction: JournaledTransaction, durability: Durability): number {
    this.#requireOpen();
    const gathering = this.#gathering;
    if (gathering.pendingBytes > MAX_PENDING * this.#options.maxPendingBytes)
      throw tooMuchPending(gathering.pendingBytes, this.#options);
    if (gathering.lastSeq >= LAST_SEQ) throw rangeExhausted('the seq of the last transaction', LAST_SEQ);
    const frame = gathering.add(transaction, this.#log.backlog.tally);
    if (durability === 'fsync') frame.needsSync = true;
    else if (durability === 'interval') this.#startInterval();
    const isAwaited = durability === 'os' || durability === 'interval';
    frame.isAwaited ||= isAwaited;
    this.#group.schedule(isAwaited);
    return gathering.lastSeq;
  }

  get maxTransactionBytes(): number {
    return this.#options.maxFrameBytes;
  }

  get oldestSince(): number {
    return this.#log.oldestSince;
  }

  read(afterSeq: number, uptoSeq: number): AsyncIterable<StoredTransaction> {
    return this.#reading.read(this.#log.manifest.pages, afterSeq, uptoSeq);
  }

  flush(): Promise<void> {
    this.#requireOpen();
    if (this.#log.syncedSeq === this.lastSeq && this.#isInPlace()) return this.#group.told();
    const flushed = this.#flushing.waitFor(this.lastSeq);
    this.#group.requestSync();
    return flushed;
  }

  drained(): Promise<void> {
    const { failure } = this.#group;
    if (failure) return Promise.reject(databaseFailed(failure, failure.facts));
    // Whoever asks this goes on writing without waiting for each write.
    this.#group.hold();
    if (this.#gathering.pendingBytes <= this.#options.maxPendingBytes) return Promise.resolve();
    return this.#draining.waitFor(0);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  stats(): JournalStats {
    const { manifest, diskBytes, syncedSeq, writtenBytes, backlog, oldestSince } = this.#log;
    const { frameCount, fsyncCount, writtenSeq } = this.#group;
    return {
      pageCount: manifest.pages.length,
      diskBytes,
      pendingBytes: this.#gathering.pendingBytes,
      lastSeq: this.lastSeq,
      writtenSeq,
      syncedSeq,
      frameCount,
      writtenBytes,
      fsyncCount,
      replayBytes: backlog.byteCount + backlog.deltaBytes,
      replayFromMs: backlog.fromMs,
      snapshotSeq: manifest.snapshot?.seq ?? 0,
      snapshotBytes: manifest.snapshot?.byteCount ?? 0,
      oldestSince,
    };
  }

  /** Whether transactions are on their way to the disk. O(1). */
  get isBusy(): boolean {
    return this.#group.isBusy;
  }

  /**
   * The next frame begins a new page, however short this one is: a snapshot of this moment covers it whole, so that it
   * goes once there is a later snapshot, and what was deleted with it. O(1), no I/O.
   */
  endPage(): void {
    this.#gathering.endPage();
  }

  /** Whether `endPage` is still to be followed by a first frame of the next page. O(1). */
  get isPageEnding(): boolean {
    return this.#gathering.isPageEnding(this.#log.pageNumber);
  }

  /** For the group commit: everything gathered so far. */
  takeFrames(): readonly FrameWriter[] {
    return this.#gathering.takeFrames();
  }

  /** For the group commit: whether what was gathered is one short frame that a single write takes. */
  get isShort(): boolean {
    return this.#gathering.isShort(this.#log.pageNumber);
  }

  /** For the group commit: the frame is written. */
  giveBack(frame: FrameWriter): void {
    this.#gathering.giveBack(frame);
    if (this.#gathering.pendingBytes <= this.#options.maxPendingBytes) this.#draining.wake(0);
  }

  #startInterval(): void {
    if (this.#intervalTimer) return;
    this.#intervalTimer = later(() => {
      this.#intervalTimer = undefined;
      this.#group.requestSync();
    }, this.#options.flushIntervalMs);
  }

  /** Fails the journal when its directory is gone: asked again between two batches, for the page may be changing now. */
  #lookAtPlace(): void {
    if (!this.#isInPlace()) this.#group.between(async () => this.#log.requireInPlace()).catch(() => undefined);
  }

  #isInPlace(): boolean {
    try {
      this.#log.requireInPlace();
      return true;
    } catch {
      return false;
    }
  }

  #fail(error: DatabaseError): void {
    this.#lookTimer.cancel();
    this.#intervalTimer?.cancel();
    this.#intervalTimer = undefined;
    this.#gathering.clear();
    this.#listener?.failed(error);
    this.#flushing.reject(error);
    this.#draining.reject(error);
  }

  #requireOpen(): void {
    if (this.#closing) throw new DatabaseError('DATABASE_CLOSED', 'the journal is closed');
    const { failure } = this.#group;
    if (failure) throw databaseFailed(failure, failure.facts);
  }

  async #close(): Promise<void> {
    this.#lookTimer.cancel();
    this.#intervalTimer?.cancel();
    const { file } = this.#log;
    try {
      await this.#finishLog();
    } catch (cause) {
      if (DatabaseError.is(cause)) throw cause;
      const errno = errnoOf(cause);
      const what = `closing ${file} failed${typeof errno === 'string' ? ` with ${errno}` : ''}`;
      throw new DatabaseError('JOURNAL_WRITE_FAILED', what, { file, operation: 'close', errno }, { cause });
    } finally {
      await this.#held.release();
    }
  }

  /** Writes and syncs what is gathered and leaves the clean mark; a failed journal is only let go of. */
  async #finishLog(): Promise<void> {
    const failedBefore = this.#group.failure;
    if (!failedBefore) this.#group.requestSync();
    await this.#group.settle();
    const { failure } = this.#group;
    if (!failure) return this.#log.closeClean();
    await this.#log.closeFailed();
    // One that was known before has been reported.
    if (!failedBefore) throw failure;
  }
}

function tooMuchPending(
  pendingBytes: number,
  { maxPendingBytes }: { readonly maxPendingBytes: number },
): DatabaseError {
  const mostBytes = MAX_PENDING * maxPendingBytes;
  const what = `${pendingBytes} bytes wait for the disk; the limit is ${mostBytes} (${MAX_PENDING} times \`maxPendingBytes\`)`;
  return new DatabaseError('TOO_MUCH_PENDING', what, { pendingBytes, mostBytes });
}
