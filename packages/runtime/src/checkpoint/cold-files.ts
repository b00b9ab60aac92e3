/**
 * The file of an image that was written, opened for each cold collection before the manifest names it, and their documents
 * moved to it afterwards. An error while it is opened leaves everything as it was.
 */
import { DatabaseError } from '@nuthatch/model';
import { frameCrcSeed, fromHex } from '../journal/chain.js';
import type { CheckpointPort } from '../journal/file-journal.js';
import { SNAPSHOT_MAGIC } from '../journal/journal-format.js';
import { PageScanner } from '../recovery/page-scanner.js';
import { readableCodec } from '../recovery/readable-codec.js';
import { ColdFile } from '../recovery/tables/cold-file.js';
import type { ColdMoves } from './snapshot-source.js';
import type { WrittenCold } from './written-cold.js';

export class ColdFiles {
  readonly #moves: ColdMoves | undefined;
  #opened: { readonly written: WrittenCold; readonly file: ColdFile }[] = [];

  constructor(moves: ColdMoves | undefined) {
    this.#moves = moves;
  }

  /** Opens it. Errors are Node's. @throws DatabaseError `INVALID_OPTION`. */
  async open(
    path: string,
    { held, log: { identity, codecs } }: CheckpointPort,
    cold: readonly WrittenCold[],
  ): Promise<void> {
    if (this.#moves === undefined || cold.length === 0) return;
    const crcSeed = frameCrcSeed(fromHex(identity.uuid));
    const scanner = await PageScanner.open(held, path, crcSeed);
    try {
      const start = await scanner.pageHeader(SNAPSHOT_MAGIC);
      // It was read back a moment ago.
      if (typeof start === 'string') throw damaged(path, start);
      const codec = (await readableCodec({ codecs }, start.header, path, SNAPSHOT_MAGIC))!;
      for (const written of cold) {
        const { collection } = written.definition.model;
        const file = await ColdFile.open({ held, path, codec, crcSeed, collection, frames: written.frames });
        this.#opened.push({ written, file });
      }
    } finally {
      await scanner.close();
    }
  }

  /** The manifest names the file: documents are read from it from now on. */
  async move(): Promise<void> {
    const opened = this.#opened;
    this.#opened = [];
    for (const { written, file } of opened) await this.#moves!.moved(written, file);
  }

  /** Closes what was not used. */
  async end(): Promise<void> {
    this.#moves?.end();
    await Promise.allSettled(this.#opened.map(({ file }) => file.close()));
  }
}

function damaged(file: string, reason: string): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `${file} at 0: ${reason}`, { file, offset: 0, reason });
}
