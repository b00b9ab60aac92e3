/**
 * Transactions on their way to the disk: gathered into frames, and each frame planned for the page it will stand in.
 *
 * Which page that is is known before anything is written, since a frame that begins a page repeats the models. All of
 * it is memory: a crash loses what is here, and nobody was told that it is on the disk.
 */
import { nowMs } from '../time/real-time.js';
import type { JournaledTransaction } from './effect.js';
import type { FileJournalOptions } from './file-journal-options.js';
import { FrameWriter } from './frame-writer.js';
import type { ModelTable, StoredModel } from './model-table.js';
import { TOLD_AT_ONCE } from './progress-telling.js';
import type { ReplayTally } from './replay-tally.js';

/** A frame this long goes its way; the next transaction begins another. Checksum and chain of so much take 1.2 ms. */
const FULL_FRAME_BYTES = 512 * 1024;
/** A frame this short is sealed, written and answered within microseconds. */
const SHORT_FRAME_BYTES = 16 * 1024;
const KEPT_FRAMES = 4;
/** Pages of any age: the clock need not be asked. */
const NO_AGE = Number.MAX_SAFE_INTEGER;

/** The end of the pages. */
interface PlaceToWrite {
  readonly pageNumber: number;
  readonly byteCount: number;
  /** Of the page's first transaction. */
  readonly firstSeq: number;
  /** Of the last transaction in the pages. */
  readonly lastSeq: number;
  /** When the page began, in epoch milliseconds. */
  readonly createdMs: number;
  /** The clock of the journal. */
  now(): number;
}

export class FrameGathering {
  readonly #options: Required<FileJournalOptions>;
  readonly #models: ModelTable;
  #lastSeq: number;
  #gathered: FrameWriter | undefined;
  #queue: FrameWriter[] = [];
  readonly #free: FrameWriter[] = [];
  #pendingBytes = 0;
  /** Where the next frame will come to stand once all before it are written. */
  #plannedPage: number;
  #plannedBytes: number;
  /** First seq of that page; beyond `lastSeq` while it holds no frame. */
  #plannedFirstSeq: number;
  #plannedMs: number;
  /** The same on the clock of durations; of a page that was there, when it was opened. */
  #plannedSinceMs = nowMs();
  readonly #now: () => number;

  constructor(options: Required<FileJournalOptions>, models: ModelTable, place: PlaceToWrite) {
    this.#options = options;
    this.#models = models;
    this.#lastSeq = place.lastSeq;
    this.#plannedPage = place.pageNumber;
    this.#plannedBytes = place.byteCount;
    this.#plannedFirstSeq = place.firstSeq;
    this.#plannedMs = place.createdMs;
    this.#now = () => place.now();
  }

  /** Of the last transaction that was added. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Bytes that were added and that the disk has not taken yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /**
   * Adds a transaction; its seq is `lastSeq` then. O(transaction).
   *
   * @param tally counts what an opening would have to replay.
   * @returns its frame.
   * @throws DatabaseError `TRANSACTION_TOO_LARGE`; nothing was added then.
   */
  add(transaction: JournaledTransaction, tally: ReplayTally): FrameWriter {
    const frame = this.#gathered ?? this.#beginFrame();
    this.#gathered = frame;
    const before = frame.byteCount;
    frame.add(transaction, this.#models, this.#options.maxFrameBytes, tally);
    this.#pendingBytes += frame.byteCount - before;
    this.#lastSeq++;
    const { pageBytes, pageTransactions } = this.#options;
    const isFull = frame.byteCount >= Math.min(FULL_FRAME_BYTES, pageBytes);
    if (isFull || this.#plannedCount >= pageTransactions) this.#endFrame();
    return frame;
  }

  /** The next frame begins a new page, unless the planned one holds nothing yet. O(1). */
  endPage(): void {
    if (this.#plannedFirstSeq > this.#lastSeq) return;
    this.#endFrame();
    this.#plannedBytes = Number.POSITIVE_INFINITY;
  }

  /** Whether `endPage` is still to be followed by a first frame of the next page. @param writtenPage the page being written. */
  isPageEnding(writtenPage: number): boolean {
    return this.#plannedBytes === Number.POSITIVE_INFINITY || writtenPage < this.#plannedPage;
  }

  /** Everything gathered so far, in order; Each of them must be given back with `giveBack`. */
  takeFrames(): readonly FrameWriter[] {
    this.#endFrame();
    const frames = this.#queue;
    this.#queue = [];
    return frames;
  }

  /** Whether all that was gathered is one short frame of few transactions, of this page, that waits for a write alone. */
  isShort(pageNumber: number): boolean {
    const frame = this.#gathered;
    if (frame === undefined || frame.transactionCount === 0 || this.#queue.length > 0) return false;
    if (!frame.isAwaited || frame.needsSync || frame.pageNumber !== pageNumber) return false;
    return frame.byteCount <= SHORT_FRAME_BYTES && frame.transactionCount <= TOLD_AT_ONCE;
  }

  /** The frame is written. */
  giveBack(frame: FrameWriter): void {
    this.#pendingBytes -= frame.byteCount - frame.emptyBytes;
    if (this.#free.length < KEPT_FRAMES) this.#free.push(frame);
  }

  /** Forgets what waits: the journal has failed. */
  clear(): void {
    this.#queue = [];
    this.#gathered = undefined;
    this.#free.length = 0;
    this.#pendingBytes = 0;
  }

  #beginFrame(): FrameWriter {
    const frame = this.#free.pop() ?? new FrameWriter();
    let models: readonly StoredModel[] | undefined;
    if (this.#isPageFull()) {
      this.#plannedPage++;
      this.#plannedBytes = 0;
      this.#plannedFirstSeq = this.#lastSeq + 1;
      models = this.#models.beginPage(this.#plannedPage);
    }
    if (this.#plannedCount === 0 && this.#options.pageAgeMs < NO_AGE) {
      this.#plannedMs = this.#now();
      this.#plannedSinceMs = nowMs();
    }
    frame.begin(this.#plannedPage, this.#lastSeq + 1, models);
    return frame;
  }

  /** Transactions of the planned page, those gathered included. */
  get #plannedCount(): number {
    return this.#lastSeq + 1 - this.#plannedFirstSeq;
  }

  #isPageFull(): boolean {
    const { pageBytes, pageTransactions, pageAgeMs } = this.#options;
    if (this.#plannedBytes >= pageBytes) return true;
    if (this.#plannedCount <= 0) return false;
    if (this.#plannedCount >= pageTransactions) return true;
    if (pageAgeMs === NO_AGE) return false;
    // The clock of the journal stands still while that of the machine is behind it: then the time since counts.
    return Math.max(this.#now() - this.#plannedMs, nowMs() - this.#plannedSinceMs) >= pageAgeMs;
  }

  #endFrame(): void {
    const frame = this.#gathered;
    if (!frame || frame.transactionCount === 0) return;
    this.#queue.push(frame);
    this.#plannedBytes += frame.byteCount;
    this.#gathered = undefined;
  }
}
