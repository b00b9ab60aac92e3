/**
 * The file of a snapshot or a delta while it is written: a header as a page's, then frames, each as part of the chain. Synced on
 * the way, in slices. Format: docs/journal-format.md.
 */
import { ByteWriter } from '../codec/byte-writer.js';
import type { FileHandle, FileSystem } from '../file-system/file-system.js';
import { firstChain, frameCrcSeed, fromHex, toHex } from '../journal/chain.js';
import { CHAIN_BYTES, FRAME_FIELD, FRAME_HEADER_BYTES, RECORD, SNAPSHOT_FRAME } from '../journal/journal-format.js';
import type { Manifest } from '../journal/manifest.js';
import type { StoredModel } from '../journal/model-table.js';
import type { PageCodec } from '../journal/page-codec.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { encodePageHeader } from '../journal/page-header.js';
import { nowMs } from '../time/real-time.js';
import type { Pace } from './pace.js';

/** Length at which a frame is written and the next begun. */
export const FRAME_BYTES = 256 * 1024;
/**
 * Synced whenever this much has been written: all at once at the end, the journal's sync of a few hundred bytes would
 * wait after the whole image.
 */
const SYNC_BYTES = 1024 * 1024;

/** Where the file belongs, and what it is of. */
export interface ImageFilePlace {
  readonly identity: Pick<Manifest, 'uuid' | 'incarnation' | 'epoch'>;
  readonly magic: number;
  readonly formatVersion: number;
  readonly number: number;
  readonly seq: number;
  /** Of a delta: where its changes begin; of a snapshot the seq. */
  readonly afterSeq: number;
  readonly timeMs: number;
  readonly pace: Pace;
}

export interface NewImageFile {
  readonly fileSystem: Pick<FileSystem, 'open' | 'syncDirectory'>;
  readonly directory: string;
  readonly fileName: string;
  readonly codecs: PageCodecs;
  readonly place: ImageFilePlace;
}

/** Makes the file, has it written, and syncs it and its directory. Errors are Node's; then a part of it is left. */
export async function writingImageFile<Result>(
  { fileSystem, directory, fileName, codecs, place }: NewImageFile,
  write: (file: ImageFile) => Promise<Result>,
): Promise<Result> {
  const codec = await codecs.begin(fromHex(place.identity.uuid), place.number, place.magic);
  const handle = await fileSystem.open(`${directory}/${fileName}`, 'create-exclusive');
  try {
    const written = await write(new ImageFile(handle, codec, place));
    await handle.sync();
    await fileSystem.syncDirectory(directory);
    return written;
  } finally {
    await handle.close();
  }
}

export class ImageFile {
  readonly #handle: FileHandle;
  readonly #place: ImageFilePlace;
  readonly codec: PageCodec;
  readonly crcSeed: number;
  /** The body of the frame that is being made, with room for its header before it. */
  readonly writer = new ByteWriter(FRAME_BYTES * 2);
  #offset = 0;
  #syncedOffset = 0;
  #frameCount = 0;
  #chain: Uint8Array;

  /** Use `writingImageFile`. */
  constructor(handle: FileHandle, codec: PageCodec, place: ImageFilePlace) {
    this.#handle = handle;
    this.codec = codec;
    this.#place = place;
    const uuid = fromHex(place.identity.uuid);
    this.crcSeed = frameCrcSeed(uuid);
    this.#chain = firstChain(uuid);
  }

  /** Where the next frame goes. */
  get offset(): number {
    return this.#offset;
  }

  /** Chain value of the last frame. */
  get chain(): Uint8Array {
    return this.#chain;
  }

  /** Length of the body that is being made. */
  get bodyBytes(): number {
    return this.writer.position - FRAME_HEADER_BYTES;
  }

  /** First of all. @param models of the documents in it. */
  async writeHeader(models: readonly StoredModel[]): Promise<void> {
    const { identity, magic, formatVersion, number, seq, timeMs } = this.#place;
    const header = encodePageHeader(
      {
        formatVersion,
        uuid: fromHex(identity.uuid),
        incarnation: identity.incarnation,
        epoch: identity.epoch,
        pageNumber: number,
        codecId: this.codec.codecId,
        encryption: this.codec.encryption,
        firstSeq: seq,
        createdMs: timeMs,
        frameId: 0,
        chain: this.#chain,
        models,
      },
      magic,
    );
    await this.#handle.write(header, 0);
    this.#offset = header.length;
    this.writer.skip(FRAME_HEADER_BYTES);
  }

  /** Writes what was made as a frame, and gives the loop a turn now and then. @returns length of the frame. */
  async endFrame(transactionCount: number, snapshotFrame: number): Promise<number> {
    const { identity, number, seq, afterSeq, timeMs, pace } = this.#place;
    const frame = await this.codec.encode(this.writer.finish(), {
      pageNumber: number,
      firstSeq: seq,
      transactionCount,
      frameId: ++this.#frameCount,
      previousChain: this.#chain,
      syncedSeq: afterSeq,
      epoch: identity.epoch,
      timeMs,
      crcSeed: this.crcSeed,
      snapshotFrame,
    });
    await this.#handle.write(frame, this.#offset);
    this.#chain = frame.slice(FRAME_FIELD.chain, FRAME_FIELD.chain + CHAIN_BYTES);
    this.#offset += frame.length;
    this.writer.reset();
    this.writer.skip(FRAME_HEADER_BYTES);
    if (this.#offset - this.#syncedOffset < SYNC_BYTES) pace.begin();
    else {
      const startMs = nowMs();
      await this.#handle.sync();
      this.#syncedOffset = this.#offset;
      await pace.rest(nowMs() - startMs);
    }
    return frame.length;
  }

  /**
   * Last of all. The end has a frame of its own: a file cut between two frames is not taken for whole.
   *
   * @returns what the manifest says of the file.
   */
  async end(): Promise<{ number: number; seq: number; byteCount: number; frameCount: number; chain: string }> {
    this.writer.byte(RECORD.snapshotEnd);
    this.writer.uint32(0);
    await this.endFrame(0, SNAPSHOT_FRAME.end);
    const { number, seq } = this.#place;
    return { number, seq, byteCount: this.#offset, frameCount: this.#frameCount, chain: toHex(this.#chain) };
  }
}
