/**
 * The bodies of a snapshot's frames that were passed over: read where they stand when they are needed after all, or opened
 * as the file of a cold collection.
 */
import { DatabaseError } from '@nuthatch/model';
import { frameCrcSeed, fromHex, isSameChain } from '../../journal/chain.js';
import { SNAPSHOT_MAGIC, snapshotName } from '../../journal/journal-format.js';
import type { SnapshotEntry } from '../../journal/manifest.js';
import type { PageCodec } from '../../journal/page-codec.js';
import { PageScanner } from '../page-scanner.js';
import type { RecoveryInput } from '../recovery-input.js';
import { ColdFile } from './cold-file.js';
import type { KeptFrame } from './image-frames.js';

export class PassedBodies {
  readonly #input: RecoveryInput;
  readonly #path: string;
  readonly #crcSeed: number;
  readonly #opened: ColdFile[] = [];
  #codec: PageCodec | undefined;

  constructor(input: RecoveryInput, { number }: SnapshotEntry) {
    this.#input = input;
    this.#path = `${input.directory}/${snapshotName(number)}`;
    this.#crcSeed = frameCrcSeed(fromHex(input.manifest.uuid));
  }

  /** @param codec how the file's bodies are stored. */
  storedBy(codec: PageCodec | undefined): this {
    this.#codec = codec;
    return this;
  }

  /**
   * Reads a body. I/O: the frame.
   *
   * @throws DatabaseError `JOURNAL_DAMAGED`; Node's own errors.
   */
  async bodyOf({ offset, header }: KeptFrame): Promise<Uint8Array> {
    const scanner = await PageScanner.open(this.#input.fileSystem, this.#path, this.#crcSeed);
    try {
      // Tells the scanner of the format.
      await scanner.pageHeader(SNAPSHOT_MAGIC);
      const found = await scanner.frameAt(offset);
      const reason = typeof found === 'string' ? found : 'the frame is another one than a moment ago';
      if (typeof found === 'string' || !isSameChain(found.header.chain, header.chain))
        throw this.#damaged(offset, reason);
      // A window is used again.
      return this.#codec!.decode(found.bytes.slice());
    } finally {
      await scanner.close();
    }
  }

  /** Opens the file for the documents of these frames. @throws DatabaseError `INVALID_OPTION`; Node's own errors. */
  async openCold(frames: readonly KeptFrame[], collection: string): Promise<ColdFile> {
    const file = await ColdFile.open({
      held: this.#input.held!,
      path: this.#path,
      codec: this.#codec!,
      crcSeed: this.#crcSeed,
      collection,
      frames: frames.map(({ offset, header: { frameBytes, bodyBytes, chain } }) => ({
        offset,
        frameBytes,
        bodyBytes,
        chain,
      })),
    });
    this.#opened.push(file);
    return file;
  }

  /** The snapshot cannot be used. */
  async closeAll(): Promise<void> {
    await Promise.allSettled(this.#opened.map((file) => file.close()));
  }

  #damaged(offset: number, reason: string): DatabaseError {
    const file = this.#path;
    return new DatabaseError('JOURNAL_DAMAGED', `${file} at ${offset}: ${reason}`, { file, offset, reason });
  }
}
