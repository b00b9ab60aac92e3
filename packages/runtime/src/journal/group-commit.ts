/**
 * One write and one sync for all waiting transactions: the place where a write is made durable. durability.ts says what
 * `fsync`, `interval`, `os` and `memory` may lose; page-log.ts syncs the file.
 *
 * While one batch of frames is being written and synced, the next frame gathers; when the batch is done, all gathered
 * transactions go next. There is no timer: a single transaction waits for no other; under load, frames grow by
 * themselves. A short frame that asks for no sync, and is alone, is written by a call that blocks the loop for microseconds.
 *
 *   append ─▶ gathering frame ─▶ queue ─▶ write … write ─▶ sync (if one asks) ─▶ listener
 *
 * A frame with a transaction that asks for `fsync` is acknowledged as a whole after the sync, so that after a failure
 * no transaction must be taken back that is older than one that must be kept.
 */
import { DatabaseError } from '@nuthatch/model';
import { BatchProbe } from '../diagnostics/batch-probe.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import { errnoOf } from '../file-system/node-call.js';
import { afterTurn, nowMs, soon, turn } from '../time/real-time.js';
import { databaseFailed } from './failed-journal.js';
import type { FrameLog } from './frame-log.js';
import type { FrameWriter } from './frame-writer.js';
import type { JournalListener } from './journal.js';
import { LoneWrites } from './lone-writes.js';
import { ProgressTelling } from './progress-telling.js';

/** Where the frames come from and go back to; file-journal.ts. */
export interface FrameSource {
  /** All frames that hold transactions, oldest first; the next transaction begins a new one. */
  takeFrames(): readonly FrameWriter[];
  /** Whether all that was gathered is one short frame of the page being written, which somebody waits for, and no sync. */
  readonly isShort: boolean;
  /** The frame is on its way out of memory: its buffer may be used again. */
  giveBack(frame: FrameWriter): void;
}

interface Task {
  work(): Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

export class GroupCommit {
  readonly #log: FrameLog;
  readonly #source: FrameSource;
  readonly #telling: ProgressTelling;
  #writtenSeq: number;
  /** A sync is wanted though no transaction asks for one: flush or interval. */
  #isSyncWanted = false;
  #isScheduled = false;
  /** A lone transaction that is scheduled waits for the end of the turn. */
  #isHeld = false;
  #running: Promise<void> | undefined;
  #failure: DatabaseError | undefined;
  readonly #tasks: Task[] = [];
  readonly #loneWrites = new LoneWrites();
  /** In whose name diagnostics are published; none before it is set, and for the journals of tools. */
  database: DatabaseSource | undefined;
  /** Frames written, and fsyncs, since the opening. */
  frameCount = 0;
  fsyncCount = 0;

  constructor(log: FrameLog, source: FrameSource, writtenSeq: number) {
    this.#log = log;
    this.#source = source;
    this.#writtenSeq = writtenSeq;
    this.#telling = new ProgressTelling(writtenSeq);
  }

  /** Seq of the last transaction written to the operating system. */
  get writtenSeq(): number {
    return this.#writtenSeq;
  }

  /** Something is being written, or will be at the end of this turn. */
  get isBusy(): boolean {
    return this.#isScheduled || this.#running !== undefined;
  }

  /** Resolves when the listener has been told of all that was written or synced so far. */
  told(): Promise<void> {
    return this.#telling.done;
  }

  get failure(): DatabaseError | undefined {
    return this.#failure;
  }

  listen(listener: JournalListener): void {
    this.#telling.listen(listener);
  }

  /**
   * Something was gathered. The frame leaves at the end of this turn of the event loop, with all that joins it.
   *
   * @param isLone a lone transaction may leave as soon as the code that runs now has ended: somebody may wait for just
   *   its write.
   */
  schedule(isLone = false): void {
    if (this.#isScheduled || this.#running || this.#failure) return;
    this.#isScheduled = true;
    if (isLone) soon(this.#startLone);
    else afterTurn(this.#startScheduled);
  }

  readonly #startScheduled = (): void => {
    this.#isScheduled = false;
    this.#start();
  };

  readonly #startLone = (): void => {
    this.#isScheduled = false;
    const isHeld = this.#isHeld;
    this.#isHeld = false;
    if (this.#running) return;
    if (!isHeld && this.#tryLone()) return;
    this.#isScheduled = true;
    afterTurn(this.#startScheduled);
  };

  /** What was gathered is not waited for: it leaves at the end of the turn, with all that joins it. */
  hold(): void {
    this.#isHeld = this.#isScheduled;
  }

  /** Asks for a sync after all that is gathered has been written. */
  requestSync(): void {
    this.#isSyncWanted = true;
    this.schedule();
  }

  /**
   * Runs `work` between two batches, when nothing is being written. An error of `work` is the journal's failure.
   *
   * @throws DatabaseError `JOURNAL_WRITE_FAILED`, `DATABASE_FAILED`.
   */
  between(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(databaseFailed(this.#failure, this.#failure.facts));
      this.#tasks.push({ work, resolve, reject });
      this.schedule();
    });
  }

  /** Resolves when the loop has nothing more to do, be it for a failure. */
  async settle(): Promise<void> {
    while (this.#isScheduled || this.#running) {
      if (this.#running) await this.#running;
      else await turn();
    }
  }

  #start(): void {
    this.#isHeld = false;
    if (this.#running || this.#failure || this.#tryLone()) return;
    this.#running = this.#run();
  }

  /** Writes a lone short frame, unless it is none. Its failure is what runs then. @returns whether that is done. */
  #tryLone(): boolean {
    try {
      return this.#writeLone();
    } catch (error) {
      this.#running = this.#fail('write', error).then(() => {
        this.#running = undefined;
      });
      return true;
    }
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#runTasks();
      if (this.#failure) break;
      const frames = this.#source.takeFrames();
      const isSyncWanted = this.#isSyncWanted;
      if (frames.length === 0 && !isSyncWanted) {
        if (this.#tasks.length > 0) continue;
        break;
      }
      this.#isSyncWanted = false;
      await this.#writeBatch(frames, isSyncWanted);
      if (this.#failure) break;
      // Those just answered get to join the frame that goes next.
      await turn();
      try {
        if (this.#writeLone()) break;
      } catch (error) {
        await this.#fail('write', error);
        break;
      }
    }
    // At once behind the last look: what is gathered from now on begins another run.
    this.#running = undefined;
  }

  /**
   * Writes what is gathered by a call that blocks the loop, if it is short and nothing else is to be done.
   *
   * @returns whether it was.
   */
  #writeLone(): boolean {
    if (this.#tasks.length > 0 || this.#isSyncWanted || !this.#source.isShort) return false;
    if (!this.#loneWrites.mayBlock()) return false;
    const frames = this.#source.takeFrames();
    const frame = frames[0]!;
    const { lastSeq } = frame;
    const probe = BatchProbe.begin(this.database, this.#log, frames);
    const beganMs = nowMs();
    this.#log.appendShort(frame);
    this.#loneWrites.blocked(beganMs);
    this.#noteWritten(frame);
    this.#log.requireInPlace(true);
    this.#log.accept();
    // So few transactions are told of in one step.
    void this.#telling.written(lastSeq);
    probe?.tell();
    return true;
  }

  async #runTasks(): Promise<void> {
    for (let task = this.#tasks.shift(); task; task = this.#tasks.shift()) {
      try {
        await task.work();
        task.resolve();
      } catch (error) {
        await this.#fail('rename', error);
        task.reject(this.#failure ?? error);
        return;
      }
    }
  }

  async #writeBatch(frames: readonly FrameWriter[], isSyncWanted: boolean): Promise<void> {
    let isSyncPending = false;
    let operation = 'write';
    const probe = BatchProbe.begin(this.database, this.#log, frames);
    try {
      for (const frame of frames) {
        operation = 'write';
        probe?.step();
        await this.#log.append(frame, frame.needsSync && frames.length === 1);
        probe?.stepped(true);
        isSyncPending ||= frame.needsSync;
        this.#noteWritten(frame);
        const isSynced = this.#log.syncedSeq !== this.#telling.syncedSeq;
        if (!isSyncPending || isSynced) this.#log.requireInPlace(!isSynced);
        const toldSynced = this.#tellSynced();
        if (toldSynced !== undefined) await toldSynced;
        if (!isSyncPending) {
          this.#log.accept();
          const toldWritten = this.#telling.written(this.#writtenSeq);
          if (toldWritten !== undefined) await toldWritten;
        }
      }
      if (isSyncPending || isSyncWanted) {
        operation = 'sync';
        const syncedSeq = this.#log.syncedSeq;
        probe?.step();
        await this.#log.sync();
        probe?.stepped(false);
        // A lone write was durable by itself, and was asked about already.
        if (isSyncWanted || this.#log.syncedSeq !== syncedSeq) this.#log.requireInPlace();
        this.#log.accept();
        const toldSynced = this.#tellSynced();
        if (toldSynced !== undefined) await toldSynced;
      }
      probe?.tell();
    } catch (error) {
      // One call may write and sync.
      const isSync = (error as { readonly syscall?: unknown }).syscall === 'fdatasync';
      await this.#fail(isSync ? 'sync' : operation, error);
    }
  }

  #noteWritten(frame: FrameWriter): void {
    this.frameCount++;
    this.#writtenSeq = frame.lastSeq;
    this.#source.giveBack(frame);
  }

  /** Also when a page was rolled in between: rolling syncs. */
  #tellSynced(): Promise<void> | undefined {
    const { syncedSeq } = this.#log;
    if (syncedSeq === this.#telling.syncedSeq) return undefined;
    this.fsyncCount++;
    return this.#telling.synced(syncedSeq);
  }

  async #fail(operation: string, cause: unknown): Promise<void> {
    const isGone = DatabaseError.is(cause, 'DIRECTORY_GONE');
    // Nobody will find a frame that was written into a directory that is gone: it is not acknowledged.
    const toldSynced = isGone ? undefined : this.#tellSynced();
    if (toldSynced !== undefined) await toldSynced;
    const file = this.#log.file;
    const errno = errnoOf(cause);
    const facts = { file, operation, errno };
    const text = `${operation} of ${file} failed${typeof errno === 'string' ? ` with ${errno}` : ''}`;
    const failure = isGone ? cause : new DatabaseError('JOURNAL_WRITE_FAILED', text, facts, { cause });
    this.#failure = failure;
    try {
      await this.#log.cutBack();
    } catch (error) {
      // The disk refuses this too: what was refused may be found again at the next open. Said in the facts.
      const more = { ...facts, cutBackError: String(error) };
      if (!isGone) this.#failure = new DatabaseError('JOURNAL_WRITE_FAILED', text, more, { cause });
    }
    const failed = this.#failure;
    this.#telling.failed(failed);
    for (const task of this.#tasks.splice(0)) task.reject(databaseFailed(failed, failed.facts));
  }
}
