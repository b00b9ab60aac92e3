/**
 * Reads transactions back from the pages while the journal goes on being written: for readers of changes that go on
 * from a seq, and for followers of the database. Frames: page-frames.ts.
 *
 * Pages that compaction removes meanwhile end the reading with CHANGES_GONE.
 */

import type { FileSystem } from '../file-system/file-system.js';
import type { StoredTransaction } from '../journal/journal.js';
import type { PageEntry } from '../journal/manifest.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { NOT_BEGUN, SLICE_MS, SliceClock } from '../scheduling/slice-clock.js';
import { FrameTransactions } from './frame-transactions.js';
import { PageFrames } from './page-frames.js';
import type { StoredDocuments } from './stored-documents.js';

export class JournalReader {
  readonly #documents: StoredDocuments;
  readonly #transactions: FrameTransactions;
  readonly #frames: PageFrames;
  readonly #clock = new SliceClock(SLICE_MS.writing, 1, NOT_BEGUN);

  /** @param documents what recovery made of the stored models; models met later are added to it. */
  constructor(fileSystem: FileSystem, directory: string, uuid: string, documents: StoredDocuments, codecs: PageCodecs) {
    this.#documents = documents;
    this.#transactions = new FrameTransactions(documents, 'leave', () => this.#pause());
    this.#frames = new PageFrames(fileSystem, directory, uuid, codecs);
  }

  /**
   * The transactions after `afterSeq` up to `uptoSeq`, in order. I/O: the pages that hold them.
   *
   * @param pages live pages now, without holes from the one that holds `afterSeq + 1` on.
   * @throws DatabaseError `CHANGES_GONE` when compaction took a page away, `JOURNAL_DAMAGED`; Node's own errors.
   */
  async *read(pages: readonly PageEntry[], afterSeq: number, uptoSeq: number): AsyncGenerator<StoredTransaction, void> {
    let seq = afterSeq;
    for (const page of pages) {
      if (seq >= uptoSeq) return;
      if (page.sealed !== undefined && page.sealed.lastSeq <= seq) continue;
      for await (const transaction of this.#readPage(page, uptoSeq)) {
        if (transaction.seq <= seq) continue;
        seq = transaction.seq;
        yield transaction;
      }
    }
  }

  async *#readPage(page: PageEntry, uptoSeq: number): AsyncGenerator<StoredTransaction, void> {
    const frames = this.#frames.of(page, uptoSeq, (model) => this.#documents.add(model));
    for await (const { body, firstSeq } of frames)
      for await (const transaction of this.#transactions.of(body, firstSeq)) {
        if (transaction.seq > uptoSeq) return;
        yield transaction;
        await this.#pause();
      }
  }

  /** Gives the event loop a turn when a slice is over. */
  async #pause(): Promise<void> {
    if (this.#clock.isOver()) await this.#clock.rest();
  }
}
