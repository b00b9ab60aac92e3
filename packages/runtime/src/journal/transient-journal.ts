/**
 * The journal of a database in memory: numbers transactions and keeps none. "Memory only" is this class, not an `if`.
 */
import { DatabaseError } from '@nuthatch/model';
import { DATE_CLOCK } from '../time/clock.js';
import type { Durability } from './durability.js';
import type { JournaledTransaction } from './effect.js';
import type { Journal, JournalListener, JournalStats, StoredTransaction } from './journal.js';

export class TransientJournal implements Journal {
  /** Asked as it is: nothing is kept that could be out of order. */
  readonly clock: { now(): number };
  #listener: JournalListener | undefined;
  #lastSeq: number;
  #isClosed = false;

  /** @param lastSeq the transaction that the next one follows. */
  constructor(clock: { now(): number } = DATE_CLOCK, lastSeq = 0) {
    this.clock = clock;
    this.#lastSeq = lastSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  listen(listener: JournalListener): void {
    this.#listener = listener;
  }

  /** Reports the transaction as synced before it returns: nothing could make it any safer. O(1). */
  append(_transaction: JournaledTransaction, _durability: Durability): number {
    if (this.#isClosed) throw new DatabaseError('DATABASE_CLOSED', 'the journal is closed');
    this.#lastSeq++;
    this.#listener?.synced(this.#lastSeq);
    return this.#lastSeq;
  }

  get oldestSince(): number {
    return this.#lastSeq;
  }

  /** Nothing: no transaction is kept. */
  async *read(): AsyncGenerator<StoredTransaction, void> {}

  async flush(): Promise<void> {}

  async drained(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  stats(): JournalStats {
    return statsWithoutFiles(this.#lastSeq);
  }
}

/** Of a journal that keeps nothing. */
export function statsWithoutFiles(lastSeq: number): JournalStats {
  return {
    pageCount: 0,
    diskBytes: 0,
    pendingBytes: 0,
    lastSeq,
    writtenSeq: lastSeq,
    syncedSeq: lastSeq,
    frameCount: 0,
    writtenBytes: 0,
    fsyncCount: 0,
    replayBytes: 0,
    replayFromMs: undefined,
    snapshotSeq: 0,
    snapshotBytes: 0,
    oldestSince: lastSeq,
  };
}
