/**
 * From append to settlement: which transactions wait, how far the journal has come, and the answers, in order of seq.
 *
 * A transaction is settled when it is as durable as it asked and so is every one before it: so no settled transaction can
 * rest on one that is taken back.
 */
import type { StoredTransaction } from '../journal/journal.js';
import { type Pending, PendingQueue } from './pending-queue.js';
import type { PublishPort } from './publish-port.js';
import type { RepeatableWork } from './repeatable-work.js';
import type { Written } from './write-record.js';

export class Settlement {
  readonly pending = new PendingQueue();
  readonly #feed: PublishPort;
  #writtenSeq: number;
  #syncedSeq: number;
  /** Set where the journal is shared with other nodes. */
  repeating: RepeatableWork | undefined;

  /** @param lastSeq of the journal. */
  constructor(feed: PublishPort, lastSeq: number) {
    this.#feed = feed;
    this.#writtenSeq = lastSeq;
    this.#syncedSeq = lastSeq;
  }

  written(seq: number): void {
    if (seq > this.#writtenSeq) this.#writtenSeq = seq;
    this.settle();
  }

  synced(seq: number): void {
    if (seq > this.#syncedSeq) this.#syncedSeq = seq;
    if (seq > this.#writtenSeq) this.#writtenSeq = seq;
    this.settle();
  }

  /** A transaction of another node is in the journal, and applied. */
  adopted({ seq, timeMs, origin }: StoredTransaction, written: Written): void {
    this.#writtenSeq = seq;
    this.#syncedSeq = seq;
    this.#feed.publish(seq, timeMs, origin ?? 'live', written);
  }

  /** Nothing waits before it and nothing is left to wait for: in memory that is every write. */
  isSettled(seq: number, needsSync: boolean): boolean {
    return this.pending.count === 0 && seq <= (needsSync ? this.#syncedSeq : this.#writtenSeq);
  }

  /** Settles from the oldest on, as far as the journal has come. */
  settle(): void {
    const { pending, repeating } = this;
    for (let oldest = pending.oldest; oldest !== undefined; oldest = pending.oldest) {
      if (oldest.seq > (oldest.needsSync ? this.#syncedSeq : this.#writtenSeq)) return;
      pending.shift();
      if (repeating !== undefined) {
        repeating.take(oldest);
        if (!oldest.isMemoryOnly) repeating.won();
      }
      this.#feed.publish(oldest.seq, oldest.timeMs, oldest.origin, oldest.written);
      oldest.resolve?.(oldest.result as never);
    }
  }

  /**
   * The journal failed: the transactions to take back, which are all that is pending but writes to memory-only collections that
   * rest on nothing lost. Those are settled.
   */
  takeLost(): readonly Pending[] {
    const lost: Pending[] = [];
    let hasLostMemoryWrite = false;
    for (const pending of this.pending.takeAll()) {
      const { seq, timeMs, origin, written, records } = pending;
      if (pending.isMemoryOnly && pending.isAnswered && !hasLostMemoryWrite) {
        this.#feed.publish(seq, timeMs, origin, written);
        continue;
      }
      // A collection that was switched to memory since counts too: what was written later rests on what is lost.
      hasLostMemoryWrite ||=
        pending.hasMemoryOnly || records.some(({ target }) => target.isMemoryOnly && !target.isDerived);
      lost.push(pending);
    }
    return lost;
  }
}
