/**
 * The journal kept in files: gathers transactions into frames, frames into pages.
 *
 *   append ─▶ FrameWriter ─▶ GroupCommit ─▶ PageLog ─▶ FileHandle
 *
 * Opened by recovery/open-file-journal.ts, which reads what is there before anything is appended. Memory: what
 * `append` has accepted and the disk has not taken yet (`pendingBytes`); `drained()` holds callers back.
 */
import { DatabaseError } from '@nuthatch/model';
import type { DirectoryLock } from '../file-system/file-system.js';
import type { Durability } from './durability.js';
import type { JournaledTransaction } from './effect.js';
import { FrameWriter } from './frame-writer.js';
import { GroupCommit } from './group-commit.js';
import type { Journal, JournalListener, JournalStats, StoredTransaction } from './journal.js';
import type { PageEntry } from './manifest.js';
import type { ModelTable, StoredModel } from './model-table.js';
import type { PageLog } from './page-log.js';

export interface FileJournalOptions {
  /** A new page is begun when the last one is this long. Default 16 MiB; may differ at every open. */
  readonly pageBytes?: number;
  /** The longest transaction accepted, encoded. Default 64 MiB. */
  readonly maxFrameBytes?: number;
  /** `drained()` waits while more than this is pending. Default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** Time from a write at level `interval` to its sync. Default 100 ms. */
  readonly flushIntervalMs?: number;
}

const DEFAULTS = {
  pageBytes: 16 * 1024 * 1024,
  maxFrameBytes: 64 * 1024 * 1024,
  maxPendingBytes: 64 * 1024 * 1024,
  flushIntervalMs: 100,
};
const LEAST = { pageBytes: 4096, maxFrameBytes: 4096, maxPendingBytes: 1, flushIntervalMs: 1 };
const MOST = {
  pageBytes: 2 ** 32 - 1,
  maxFrameBytes: 2 ** 30,
  maxPendingBytes: Number.MAX_SAFE_INTEGER,
  flushIntervalMs: 2 ** 31 - 1,
};
/** A frame this long goes its way; the next transaction begins another. Checksum and chain of so much take 1.2 ms. */
const FULL_FRAME_BYTES = 512 * 1024;
const KEPT_FRAMES = 4;

/** Reads transactions back from pages; recovery/journal-reader.ts. */
export interface PageReading {
  read(pages: readonly PageEntry[], afterSeq: number, uptoSeq: number): AsyncIterable<StoredTransaction>;
}

/** The journal's inner parts that a snapshot is made with; used by checkpoint/ only. */
export interface CheckpointPort {
  readonly log: PageLog;
  readonly models: ModelTable;
  /**
   * To be asked before any file is touched: after a failed switch of the manifest nobody knows which files it names.
   *
   * @throws DatabaseError `DATABASE_FAILED`, `DATABASE_CLOSED`.
   */
  requireOpen(): void;
  /** Runs work while nothing is being written; its error ends the journal. */
  between(work: () => Promise<void>): Promise<void>;
}

type State = 'opening' | 'open' | 'closed';

interface Waiter {
  readonly seq: number;
  resolve(): void;
  reject(error: DatabaseError): void;
}

export class FileJournal implements Journal {
  readonly #options: Required<FileJournalOptions>;
  readonly #models: ModelTable;
  #state: State = 'opening';
  #listener: JournalListener | undefined;
  #onBatch: (() => void) | undefined;
  #log: PageLog | undefined;
  #group: GroupCommit | undefined;
  #lock: DirectoryLock | undefined;
  #reading: PageReading | undefined;
  #closing: Promise<void> | undefined;

  #lastSeq = 0;
  #gathering: FrameWriter | undefined;
  #queue: FrameWriter[] = [];
  readonly #free: FrameWriter[] = [];
  #pendingBytes = 0;
  /** Where the next frame will come to stand once all before it are written. */
  #plannedPage = 0;
  #plannedBytes = 0;
  /** First seq of that page; beyond `lastSeq` while it holds no frame. */
  #plannedFirstSeq = 1;
  #intervalTimer: NodeJS.Timeout | undefined;
  #flushWaiters: Waiter[] = [];
  #drainWaiters: Waiter[] = [];

  /** @throws DatabaseError `INVALID_OPTION`. */
  constructor(options: FileJournalOptions, models: ModelTable) {
    this.#options = checkOptions(options);
    this.#models = models;
  }

  /** Recovery is done: appending may begin where it ended. Called once by open-file-journal.ts. */
  begin(log: PageLog, lock: DirectoryLock, lastSeq: number, reading?: PageReading): void {
    this.#log = log;
    this.#lock = lock;
    this.#reading = reading;
    this.#lastSeq = lastSeq;
    this.#plannedPage = log.pageNumber;
    this.#plannedBytes = log.byteCount;
    this.#plannedFirstSeq = log.pages.at(-1)?.firstSeq ?? 1;
    // The compaction before the last close ended the page, and nobody has written since.
    if (log.snapshot !== null && log.snapshot.seq >= lastSeq) this.endPage();
    log.prepareUpTo(this.#options.pageBytes);
    this.#group = new GroupCommit(log, this, lastSeq);
    this.#group.listen({
      written: (seq) => {
        this.#listener?.written(seq);
        this.#onBatch?.();
      },
      synced: (seq) => {
        this.#listener?.synced(seq);
        this.#wakeFlushers(seq);
        this.#onBatch?.();
      },
      failed: (error) => this.#fail(error),
    });
    this.#state = 'open';
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Path of the page being written; for error texts. */
  get file(): string | undefined {
    return this.#log?.file;
  }

  listen(listener: JournalListener): void {
    this.#listener = listener;
  }

  /** Calls `look` whenever more has been written; it must be quick. One at most. */
  onBatch(look: () => void): void {
    this.#onBatch = look;
  }

  append(transaction: JournaledTransaction, durability: Durability): number {
    const group = this.#requireOpen();
    const { tally } = this.#log as PageLog;
    const frame = this.#gathering ?? this.#beginFrame();
    this.#gathering = frame;
    const before = frame.byteCount;
    frame.add(transaction, this.#models, this.#options.maxFrameBytes, tally);
    this.#pendingBytes += frame.byteCount - before;
    if (durability === 'fsync') frame.needsSync = true;
    else if (durability === 'interval') this.#startInterval();
    this.#lastSeq++;
    if (frame.byteCount >= Math.min(FULL_FRAME_BYTES, this.#options.pageBytes)) this.#endFrame();
    group.schedule();
    return this.#lastSeq;
  }

  get oldestSince(): number {
    return this.#reading === undefined ? this.#lastSeq : (this.#log?.oldestSince ?? this.#lastSeq);
  }

  read(afterSeq: number, uptoSeq: number): AsyncIterable<StoredTransaction> {
    const log = this.#log;
    if (log === undefined || this.#reading === undefined)
      throw new DatabaseError('DATABASE_CLOSED', 'the journal is not recovered yet');
    return this.#reading.read(log.pages, afterSeq, uptoSeq);
  }

  flush(): Promise<void> {
    const group = this.#requireOpen();
    if (this.#log?.syncedSeq === this.#lastSeq) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#flushWaiters.push({ seq: this.#lastSeq, resolve, reject });
      group.requestSync();
    });
  }

  drained(): Promise<void> {
    const failure = this.#group?.failure;
    if (failure) return Promise.reject(failedJournal(failure));
    if (this.#pendingBytes <= this.#options.maxPendingBytes) return Promise.resolve();
    return new Promise((resolve, reject) => this.#drainWaiters.push({ seq: 0, resolve, reject }));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  stats(): JournalStats {
    return {
      pageCount: this.#log?.pageCount ?? 0,
      diskBytes: this.#log?.diskBytes ?? 0,
      pendingBytes: this.#pendingBytes,
      lastSeq: this.#lastSeq,
      writtenSeq: this.#group?.writtenSeq ?? 0,
      syncedSeq: this.#log?.syncedSeq ?? 0,
    };
  }

  /** Whether transactions are on their way to the disk. O(1). */
  get isBusy(): boolean {
    return this.#group?.isBusy ?? false;
  }

  /** What compaction needs of the journal; undefined before recovery. */
  get checkpointPort(): CheckpointPort | undefined {
    const log = this.#log;
    const group = this.#group;
    if (!log || !group) return undefined;
    // Asked anew each time: once closing has begun nothing may touch the manifest behind it.
    return {
      log,
      models: this.#models,
      requireOpen: () => void this.#requireOpen(),
      between: async (work) => this.#requireOpen().between(work),
    };
  }

  /**
   * What comes next begins a new page, however short this one is: a snapshot of this moment covers it whole, so that it
   * goes once there is a later snapshot, and what was deleted with it. O(1), no I/O.
   */
  endPage(): void {
    if (this.#plannedFirstSeq > this.#lastSeq) return;
    this.#endFrame();
    this.#plannedBytes = Number.POSITIVE_INFINITY;
  }

  /** Whether `endPage` is still to be followed by a first frame of the next page. O(1). */
  get isPageEnding(): boolean {
    return this.#plannedBytes === Number.POSITIVE_INFINITY || (this.#log?.pageNumber ?? 0) < this.#plannedPage;
  }

  /** For the group commit: everything gathered so far. */
  takeFrames(): readonly FrameWriter[] {
    this.#endFrame();
    const frames = this.#queue;
    this.#queue = [];
    return frames;
  }

  /** For the group commit: the frame is written. */
  giveBack(frame: FrameWriter): void {
    this.#pendingBytes -= frame.byteCount - frame.emptyBytes;
    if (this.#free.length < KEPT_FRAMES) this.#free.push(frame);
    if (this.#drainWaiters.length > 0 && this.#pendingBytes <= this.#options.maxPendingBytes) {
      for (const waiter of this.#drainWaiters.splice(0)) waiter.resolve();
    }
  }

  #beginFrame(): FrameWriter {
    const frame = this.#free.pop() ?? new FrameWriter();
    let models: readonly StoredModel[] | undefined;
    if (this.#plannedBytes >= this.#options.pageBytes) {
      this.#plannedPage++;
      this.#plannedBytes = 0;
      this.#plannedFirstSeq = this.#lastSeq + 1;
      models = this.#models.beginPage(this.#plannedPage);
    }
    frame.begin(this.#plannedPage, this.#lastSeq + 1, models);
    return frame;
  }

  #endFrame(): void {
    const frame = this.#gathering;
    if (!frame || frame.transactionCount === 0) return;
    this.#queue.push(frame);
    this.#plannedBytes += frame.byteCount;
    this.#gathering = undefined;
  }

  #startInterval(): void {
    if (this.#intervalTimer) return;
    this.#intervalTimer = setTimeout(() => {
      this.#intervalTimer = undefined;
      this.#group?.requestSync();
    }, this.#options.flushIntervalMs);
    this.#intervalTimer.unref();
  }

  #wakeFlushers(syncedSeq: number): void {
    const waiters = this.#flushWaiters;
    if (waiters.length === 0) return;
    this.#flushWaiters = waiters.filter((waiter) => waiter.seq > syncedSeq);
    for (const waiter of waiters) if (waiter.seq <= syncedSeq) waiter.resolve();
  }

  #fail(error: DatabaseError): void {
    clearTimeout(this.#intervalTimer);
    this.#intervalTimer = undefined;
    this.#queue = [];
    this.#gathering = undefined;
    this.#free.length = 0;
    this.#pendingBytes = 0;
    this.#listener?.failed(error);
    for (const waiter of [...this.#flushWaiters.splice(0), ...this.#drainWaiters.splice(0)]) waiter.reject(error);
  }

  #requireOpen(): GroupCommit {
    const group = this.#group;
    if (this.#state !== 'open' || !group || this.#closing) {
      const what = this.#state === 'opening' ? 'the journal is not recovered yet' : 'the journal is closed';
      throw new DatabaseError('DATABASE_CLOSED', what);
    }
    const { failure } = group;
    if (failure) throw failedJournal(failure);
    return group;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#intervalTimer);
    const file = this.#log?.file;
    try {
      await this.#finishLog();
    } catch (cause) {
      const errno = (cause as { readonly code?: unknown }).code;
      const what = `closing ${file} failed${typeof errno === 'string' ? ` with ${errno}` : ''}`;
      throw new DatabaseError('JOURNAL_WRITE_FAILED', what, { file, operation: 'close', errno }, { cause });
    } finally {
      this.#state = 'closed';
      await this.#lock?.release();
    }
  }

  /** Writes and syncs what is gathered and leaves the clean mark; a failed journal is only let go of. */
  async #finishLog(): Promise<void> {
    const log = this.#log;
    const group = this.#group;
    if (!log || !group) return;
    if (!group.failure) group.requestSync();
    await group.settle();
    if (group.failure) await log.closeFailed();
    else await log.closeClean();
  }
}

function failedJournal(failure: DatabaseError): DatabaseError {
  return new DatabaseError('DATABASE_FAILED', 'the journal has failed', failure.facts, { cause: failure });
}

function checkOptions(options: FileJournalOptions): Required<FileJournalOptions> {
  const checked = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value = options[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < LEAST[name] || value > MOST[name]) {
      const what = `${name} is ${String(value)}, it must be a whole number from ${LEAST[name]} to ${MOST[name]}`;
      throw new DatabaseError('INVALID_OPTION', what, { option: name, value });
    }
    checked[name] = value;
  }
  return checked;
}
