/**
 * The frames of live pages while the journal goes on being written. Reads only what was reported as written before the call, so
 * a frame on its way to the disk is never looked at. Every frame is checked as recovery checks it.
 */
import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../file-system/file-system.js';
import { isErrno } from '../file-system/node-call.js';
import { frameCrcSeed, fromHex } from '../journal/chain.js';
import { misplacement } from '../journal/frame-reader.js';
import { pageName } from '../journal/journal-format.js';
import type { PageEntry } from '../journal/manifest.js';
import type { StoredModel } from '../journal/model-table.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { PageScanner } from './page-scanner.js';

/** A good frame of a page. */
export interface PageFrame {
  /** Good until the next frame is asked for. */
  readonly body: Uint8Array;
  readonly firstSeq: number;
}

export class PageFrames {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #crcSeed: number;
  readonly #codecs: PageCodecs;

  constructor(fileSystem: FileSystem, directory: string, uuid: string, codecs: PageCodecs) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#crcSeed = frameCrcSeed(fromHex(uuid));
    this.#codecs = codecs;
  }

  /**
   * Frames of a page up to the one that holds a seq. I/O: the page.
   *
   * @param onModel told of each model in the page's header.
   * @throws DatabaseError `CHANGES_GONE` when compaction took the page away, `JOURNAL_DAMAGED`; Node's own errors.
   */
  async *of(page: PageEntry, uptoSeq: number, onModel: (model: StoredModel) => void): AsyncGenerator<PageFrame, void> {
    const file = `${this.#directory}/${pageName(page.number)}`;
    const scanner = await this.#open(page, file);
    try {
      const start = await scanner.pageHeader();
      if (typeof start === 'string') throw await this.#wrong(page, file, 0, start);
      const codec = await this.#codecs.codecOf(start.header, file);
      for (const model of start.header.models) onModel(model);
      let { chain: previousChain, frameId, firstSeq } = start.header;
      let offset = start.headerBytes;
      while (firstSeq <= uptoSeq && offset < scanner.byteCount) {
        const found = await scanner.frameAt(offset);
        const due = { pageNumber: page.number, frameId: ++frameId, firstSeq, previousChain };
        const reason = typeof found === 'string' ? found : misplacement(found.header, due);
        if (typeof found === 'string' || reason !== undefined)
          throw await this.#wrong(page, file, offset, reason ?? '');
        yield { body: codec.decode(found.bytes), firstSeq };
        previousChain = found.header.chain;
        firstSeq = found.header.firstSeq + found.header.transactionCount;
        offset += found.header.frameBytes;
      }
      // A page that was cut between two frames has only good ones.
      const dueSeq = Math.min(uptoSeq, page.sealed?.lastSeq ?? 0);
      if (firstSeq <= dueSeq)
        throw await this.#wrong(page, file, offset, `page ends with seq ${firstSeq - 1}, expected seq ${dueSeq}`);
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
}

function gone(page: PageEntry, cause: unknown): DatabaseError {
  const what = `${pageName(page.number)} was dropped by compaction while its changes were being read`;
  return new DatabaseError('CHANGES_GONE', what, { since: BigInt(page.firstSeq - 1) }, { cause });
}

function damaged(file: string, offset: number, reason: string): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `${file} at ${offset}: ${reason}`, { file, offset, reason });
}
