/** The journal of a reader: what its database settles comes from there, and nothing is written here. */
import { DatabaseError } from '@nuthatch/model';
import type { Journal, JournalStats, SharedJournalListener, StoredTransaction } from '../../journal/journal.js';
import { SeqWaiters } from '../../journal/seq-waiters.js';
import { statsWithoutFiles } from '../../journal/transient-journal.js';
import { DATE_CLOCK } from '../../time/clock.js';
import type { NodeJournal } from '../shared-journal.js';

export class ReaderJournal implements NodeJournal, Journal {
  readonly isReadOnly = true;
  readonly clock = DATE_CLOCK;
  readonly lagMs = 0;
  readonly waiters = new SeqWaiters();
  #listener: SharedJournalListener | undefined;
  #lastSeq: number;

  /** @param lastSeq of the image that the reader began with. */
  constructor(lastSeq: number) {
    this.#lastSeq = lastSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get oldestSince(): number {
    return this.#lastSeq;
  }

  listen(listener: SharedJournalListener): void {
    this.#listener = listener;
  }

  /**
   * Memory shows these too from now on, each of them whole. Subscribers are told in a microtask. O(effects).
   *
   * @throws DatabaseError `JOURNAL_DIVERGED` when one does not fit; those before it were applied, and it was taken back.
   */
  advance(arrived: readonly StoredTransaction[]): void {
    const last = arrived.at(-1);
    if (last === undefined) return;
    this.#lastSeq = last.seq;
    this.#listener!.overtaken(arrived);
    this.waiters.wake(last.seq);
  }

  append(): number {
    throw new DatabaseError('READ_ONLY_READER', 'a reader writes nothing');
  }

  async *read(): AsyncGenerator<StoredTransaction, void> {}

  async start(): Promise<void> {}

  async caughtUp(seq: number): Promise<void> {
    if (seq > this.#lastSeq) await this.waiters.waitFor(seq);
  }

  async barrier(): Promise<void> {}

  async atSettled(work: () => void): Promise<void> {
    work();
  }

  async flush(): Promise<void> {}

  async drained(): Promise<void> {}

  async close(): Promise<void> {}

  stats(): JournalStats {
    return statsWithoutFiles(this.#lastSeq);
  }
}
