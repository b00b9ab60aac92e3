/**
 * The transactions that the pages of a directory still hold, and how far they go: for comparing it with another history
 * of the same database. Takes no lock and reads no snapshot; of a database in use it is what had been written.
 */
import type { FileSystem } from '../file-system/file-system.js';
import { frameCrcSeed, fromHex } from '../journal/chain.js';
import { pagesSince } from '../journal/deltas.js';
import { misplacement } from '../journal/frame-reader.js';
import type { StoredTransaction } from '../journal/journal.js';
import { pageName } from '../journal/journal-format.js';
import { type Manifest, type PageEntry, readManifest } from '../journal/manifest.js';
import type { StoredModel } from '../journal/model-table.js';
import { PLAIN_CODECS } from '../journal/page-codecs.js';
import { JournalReader } from './journal-reader.js';
import { PageScanner } from './page-scanner.js';
import { noDatabase, requireDatabase } from './read-directory.js';
import { readSteadily } from './steady-read.js';
import { storedDefinition } from './stored-definition.js';
import { StoredDocuments } from './stored-documents.js';

export class DirectoryHistory {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #manifest: Manifest;
  /** Number of the last transaction; 0: there is none. */
  readonly lastSeq: number;

  private constructor(fileSystem: FileSystem, directory: string, manifest: Manifest, lastSeq: number) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#manifest = manifest;
    this.lastSeq = lastSeq;
  }

  /**
   * I/O: the manifest, and the last page if the directory was not closed properly.
   *
   * @throws DatabaseError `DIRECTORY_UNUSABLE` when there is no database, `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`.
   */
  static async of(fileSystem: FileSystem, directory: string): Promise<DirectoryHistory> {
    await requireDatabase(fileSystem, directory);
    return readSteadily(async () => {
      const manifest = await readManifest(fileSystem, directory);
      if (manifest === undefined) throw noDatabase(directory);
      return new DirectoryHistory(fileSystem, directory, manifest, await lastSeqOf(fileSystem, directory, manifest));
    });
  }

  /** Transactions up to here are in a snapshot only. */
  get oldestSince(): number {
    return pagesSince(this.#manifest.pages);
  }

  /**
   * Those after a seq, in order, each document by the model that it was written with. I/O: the pages that hold them.
   *
   * @param afterSeq not below `oldestSince`.
   * @throws DatabaseError `CHANGES_GONE` when compaction takes a page away meanwhile, `JOURNAL_DAMAGED`.
   */
  transactions(afterSeq: number): AsyncGenerator<StoredTransaction, void> {
    const { uuid, pages } = this.#manifest;
    const reader = new JournalReader(this.#fileSystem, this.#directory, uuid, documentsOfAnyClass(), PLAIN_CODECS);
    return reader.read(pages, afterSeq, this.lastSeq);
  }
}

/** Documents as their stored models say, for tools that know no class. @param models that nothing which is read holds. */
export function documentsOfAnyClass(models: readonly StoredModel[] = []): StoredDocuments {
  const documents = new StoredDocuments([], { define: storedDefinition });
  for (const model of models) documents.add(model);
  return documents;
}

async function lastSeqOf(fileSystem: FileSystem, directory: string, { clean, pages, uuid }: Manifest): Promise<number> {
  const last = pages.at(-1);
  if (clean !== undefined) return clean.lastSeq;
  if (last === undefined) return 0;
  return last.sealed?.lastSeq ?? lastSeqIn(fileSystem, directory, last, frameCrcSeed(fromHex(uuid)));
}

/** Up to the first thing that is no frame of the page: a torn tail, room for more, what is being written. */
async function lastSeqIn(fileSystem: FileSystem, directory: string, page: PageEntry, crcSeed: number): Promise<number> {
  const scanner = await PageScanner.open(fileSystem, `${directory}/${pageName(page.number)}`, crcSeed);
  try {
    const start = await scanner.pageHeader();
    if (typeof start === 'string') return page.firstSeq - 1;
    let { chain: previousChain, frameId, firstSeq } = start.header;
    for (let offset = start.headerBytes; offset < scanner.byteCount; ) {
      const found = await scanner.frameAt(offset);
      const due = { pageNumber: page.number, frameId: frameId + 1, firstSeq, previousChain };
      if (typeof found === 'string' || misplacement(found.header, due) !== undefined) break;
      previousChain = found.header.chain;
      frameId++;
      firstSeq = found.header.firstSeq + found.header.transactionCount;
      offset += found.header.frameBytes;
    }
    return firstSeq - 1;
  } finally {
    await scanner.close();
  }
}
