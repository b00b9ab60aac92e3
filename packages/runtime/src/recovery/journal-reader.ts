/**
 * Reads transactions back from the pages while the journal goes on being written: for readers of changes that go on
 * from a seq, and for followers of the database.
 *
 * Reads only what was reported as written before the call, so a frame on its way to the disk is never looked at. Every
 * frame is checked as recovery checks it. Pages that compaction removes meanwhile end the reading with CHANGES_GONE.
 */

import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../file-system/file-system.js';
import { isErrno } from '../file-system/node-call.js';
import { frameCrcSeed, fromHex } from '../journal/chain.js';
import { misplacement } from '../journal/frame-reader.js';
import type { StoredTransaction } from '../journal/journal.js';
import { pageName } from '../journal/journal-format.js';
import type { PageEntry } from '../journal/manifest.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { NOT_BEGUN, SLICE_MS, SliceClock } from '../scheduling/slice-clock.js';
import { FrameTransactions } from './frame-transactions.js';
import { PageScanner } from './page-scanner.js';
import type { StoredDocuments } from './stored-documents.js';

export class JournalReader {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #crcSeed: number;
  readonly #documents: StoredDocuments;
  readonly #transactions: FrameTransactions;
  readonly #codecs: PageCodecs;
  readonly #clock = new SliceClock(SLICE_MS.writing, 1, NOT_BEGUN);

  /** @param documents what recovery made of the stored models; models met later are added to it. */
  constructor(fileSystem: FileSystem, directory: string, uuid: string, documents: StoredDocuments, codecs: PageCodecs) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#crcSeed = frameCrcSeed(fromHex(uuid));
    this.#documents = documents;
    this.#transactions = new FrameTransactions(documents, 'leave', () => this.#pause());
    this.#codecs = codecs;
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
    const file = `${this.#directory}/${pageName(page.number)}`;
    const scanner = await this.#open(page, file);
    try {
      const start = await scanner.pageHeader();
      if (typeof start === 'string') throw await this.#wrong(page, file, 0, start);
      const codec = await this.#codecs.codecOf(start.header, file);
      for (const model of start.header.models) this.#documents.add(model);
      let { chain: previousChain, frameId } = start.header;
      let firstSeq = start.header.firstSeq;
      let offset = start.headerBytes;
      while (firstSeq <= uptoSeq && offset < scanner.byteCount) {
        const found = await scanner.frameAt(offset);
        const due = { pageNumber: page.number, frameId: ++frameId, firstSeq, previousChain };
        const reason = typeof found === 'string' ? found : misplacement(found.header, due);
        if (typeof found === 'string' || reason !== undefined)
          throw await this.#wrong(page, file, offset, reason ?? '');
        for await (const transaction of this.#transactions.of(codec.decode(found.bytes), firstSeq)) {
          if (transaction.seq > uptoSeq) return;
          yield transaction;
          await this.#pause();
        }
        previousChain = found.header.chain;
        firstSeq = found.header.firstSeq + found.header.transactionCount;
        offset += found.header.frameBytes;
      }
    } finally {
      await scanner.close();
    }
  }

  async #open(page: PageEntry, file: string): Promise<PageScanner> {
    try {
      return await PageScanner.open(this.#fileSystem, file, this.#crcSeed);
    } catch (cause) {
      if (!isErrno(cause, 'ENOENT')) throw cause;
      throw gone(page, cause);
    }
  }

  /** The reason why the reading ends here. A page that compaction drops shrinks while it is read: that is no damage. */
  async #wrong(page: PageEntry, file: string, offset: number, reason: string): Promise<DatabaseError> {
    const error = damaged(file, offset, reason);
    return (await this.#fileSystem.stat(file)) === undefined ? gone(page, error) : error;
  }

  /** Gives the event loop a turn when a slice is over. */
  async #pause(): Promise<void> {
    if (this.#clock.isOver()) await this.#clock.rest();
  }
}

function gone(page: PageEntry, cause: unknown): DatabaseError {
  const what = `${pageName(page.number)} was dropped by compaction while its changes were being read`;
  return new DatabaseError('CHANGES_GONE', what, { since: BigInt(page.firstSeq - 1) }, { cause });
}

function damaged(file: string, offset: number, reason: string): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `${file} at ${offset}: ${reason}`, { file, offset, reason });
}
