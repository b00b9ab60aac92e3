/** A journal whose progress the test decides: nothing is written, synced or failed before it says so. */
import { DatabaseError } from '@nuthatch/model';
import type { Effect, JournaledTransaction } from '../../src/journal/effect.js';
import type { Journal, JournalListener, JournalStats, StoredTransaction } from '../../src/journal/journal.js';
import { statsWithoutFiles } from '../../src/journal/transient-journal.js';

export class HeldJournal implements Journal {
  readonly clock = { now: () => Date.now() };
  lastSeq = 0;
  readonly appended: (JournaledTransaction & { readonly effects: readonly Effect[] })[] = [];
  refusal: DatabaseError | undefined;
  #listener: JournalListener | undefined;

  listen(listener: JournalListener): void {
    this.#listener = listener;
  }

  append(transaction: JournaledTransaction): number {
    if (this.refusal !== undefined) throw this.refusal;
    this.appended.push({ ...transaction, effects: [transaction.effects].flat() });
    return ++this.lastSeq;
  }

  write(seq = this.lastSeq): void {
    this.#listener?.written(seq);
  }

  sync(seq = this.lastSeq): void {
    this.#listener?.synced(seq);
  }

  fail(): void {
    this.#listener?.failed(
      new DatabaseError('JOURNAL_WRITE_FAILED', 'writing the page failed with ENOSPC', { errno: 'ENOSPC' }),
    );
  }

  get oldestSince(): number {
    return this.lastSeq;
  }

  async *read(): AsyncGenerator<StoredTransaction, void> {}

  async flush(): Promise<void> {}

  async drained(): Promise<void> {}

  async close(): Promise<void> {}

  stats(): JournalStats {
    return { ...statsWithoutFiles(this.lastSeq), writtenSeq: 0, syncedSeq: 0 };
  }
}
