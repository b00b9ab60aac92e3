/**
 * Tells the listener of the journal how far it has come: of few transactions at once, of many little by little.
 *
 * Whoever is answered goes on at once, and may write again. With 1,000 who wait for one batch, all of that in one go
 * would hold the event loop for 5 ms and more, and with the collector's work for 40 (docs/decisions/0034-lone-writes.md).
 */
import type { DatabaseError } from '@nuthatch/model';
import { SLICE_MS, SliceClock } from '../scheduling/slice-clock.js';
import { soon } from '../time/real-time.js';
import type { JournalListener } from './journal.js';

/** Transactions that are told of in one step. */
export const TOLD_AT_ONCE = 64;
/** An async function that returns our promise passes it on three microtasks later. */
const HOPS_OF_ANSWERS = 4;

type Saying = (listener: JournalListener, seq: number) => void;

export class ProgressTelling {
  #listener: JournalListener | undefined;
  #writtenSeq: number;
  #syncedSeq: number;
  #telling: Promise<void> | undefined;

  /** @param seq of the last transaction that the listener knows of. */
  constructor(seq: number) {
    this.#writtenSeq = seq;
    this.#syncedSeq = seq;
  }

  /** The last seq that was told as synced, or is being told now. */
  get syncedSeq(): number {
    return this.#syncedSeq;
  }

  /** Resolves when all has been told that is being told now. */
  get done(): Promise<void> {
    return this.#telling ?? Promise.resolve();
  }

  listen(listener: JournalListener): void {
    this.#listener = listener;
  }

  /**
   * Tells that all up to `seq` is written.
   *
   * @returns a promise where that takes more than one step: nothing else may be told before it resolves.
   */
  written(seq: number): Promise<void> | undefined {
    const fromSeq = this.#writtenSeq;
    this.#writtenSeq = seq;
    return this.#tellOfAll(fromSeq, seq, (listener, toldSeq) => listener.written(toldSeq));
  }

  /** As `written`, of what is synced. */
  synced(seq: number): Promise<void> | undefined {
    // Nobody waits any more for what was told as written: what must be synced is told of by this alone.
    const fromSeq = Math.max(this.#syncedSeq, Math.min(this.#writtenSeq, seq));
    this.#syncedSeq = seq;
    this.#writtenSeq = Math.max(this.#writtenSeq, seq);
    return this.#tellOfAll(fromSeq, seq, (listener, toldSeq) => listener.synced(toldSeq));
  }

  failed(error: DatabaseError): void {
    this.#tell((listener) => listener.failed(error));
  }

  #tellOfAll(fromSeq: number, uptoSeq: number, say: Saying): Promise<void> | undefined {
    if (uptoSeq - fromSeq > TOLD_AT_ONCE) {
      this.#telling = this.#tellInSlices(fromSeq, uptoSeq, say);
      return this.#telling;
    }
    this.#tell((listener) => say(listener, uptoSeq));
    return undefined;
  }

  async #tellInSlices(fromSeq: number, uptoSeq: number, say: Saying): Promise<void> {
    const clock = new SliceClock(SLICE_MS.writing);
    for (let seq = fromSeq + TOLD_AT_ONCE; ; seq = Math.min(uptoSeq, seq + TOLD_AT_ONCE)) {
      const toldSeq = seq;
      this.#tell((listener) => say(listener, toldSeq));
      if (seq === uptoSeq) break;
      // Behind what those just answered do next.
      for (let hop = 0; hop < HOPS_OF_ANSWERS; hop++) await undefined;
      if (clock.isOver()) await clock.rest();
    }
    this.#telling = undefined;
  }

  /** An error of the listener is not an error of the disk: it goes to the process. */
  #tell(say: (listener: JournalListener) => void): void {
    if (!this.#listener) return;
    try {
      say(this.#listener);
    } catch (error) {
      soon(() => {
        throw error;
      });
    }
  }
}
