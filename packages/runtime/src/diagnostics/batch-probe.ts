/**
 * Measures one group commit for those who listen. Without a listener there is no probe: the batch reads no clock and
 * allocates nothing for it.
 */
import { nowMs } from '../time/real-time.js';
import type { DatabaseSource } from './database-source.js';
import { COMMIT, FSYNC, type FsyncMessage } from './journal-messages.js';

/** How far the log has come. */
interface Progress {
  readonly syncedSeq: number;
  /** Bytes of all frames since the opening. */
  readonly writtenBytes: number;
}

/** The transactions of a frame. */
interface FrameSpan {
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export class BatchProbe {
  readonly #database: DatabaseSource;
  readonly #log: Progress;
  readonly #beganMs = nowMs();
  readonly #beganBytes: number;
  /** Noted before the first write: a frame that is written is used again at once. */
  readonly #firstSeq: number;
  readonly #lastSeq: number;
  readonly #frameCount: number;
  readonly #fsyncs: FsyncMessage[] = [];
  #stepMs = 0;
  #syncedSeq: number;

  /** A probe when somebody listens and the journal has a name. @param log as it is before the batch. */
  static begin(
    database: DatabaseSource | undefined,
    log: Progress,
    frames: readonly FrameSpan[],
  ): BatchProbe | undefined {
    if (database === undefined || !(COMMIT.hasSubscribers || FSYNC.hasSubscribers)) return undefined;
    return new BatchProbe(database, log, frames);
  }

  private constructor(database: DatabaseSource, log: Progress, frames: readonly FrameSpan[]) {
    this.#database = database;
    this.#log = log;
    this.#beganBytes = log.writtenBytes;
    this.#syncedSeq = log.syncedSeq;
    this.#firstSeq = frames[0]?.firstSeq ?? 0;
    this.#lastSeq = frames.at(-1)?.lastSeq ?? 0;
    this.#frameCount = frames.length;
  }

  /** A call to the disk begins. */
  step(): void {
    this.#stepMs = nowMs();
  }

  /** The call is over; if it fsynced, that is noted. @param isWithWrite it wrote, too. */
  stepped(isWithWrite: boolean): void {
    const { syncedSeq } = this.#log;
    if (syncedSeq === this.#syncedSeq) return;
    const transactionCount = syncedSeq - this.#syncedSeq;
    this.#syncedSeq = syncedSeq;
    const durationMs = nowMs() - this.#stepMs;
    this.#fsyncs.push({ database: this.#database, syncedSeq, transactionCount, isWithWrite, durationMs });
  }

  /** All of the batch is answered: only now, so that no subscriber delays a writer of it. */
  tell(): void {
    const durationMs = nowMs() - this.#beganMs;
    for (const message of this.#fsyncs) FSYNC.publish(message);
    if (this.#frameCount === 0 || !COMMIT.hasSubscribers) return;
    COMMIT.publish({
      database: this.#database,
      firstSeq: this.#firstSeq,
      lastSeq: this.#lastSeq,
      transactionCount: this.#lastSeq - this.#firstSeq + 1,
      frameCount: this.#frameCount,
      byteCount: this.#log.writtenBytes - this.#beganBytes,
      isSynced: this.#syncedSeq >= this.#lastSeq,
      durationMs,
    });
  }
}
