/**
 * The file of an image, open for as long as a cold collection reads its documents there. Each document is checked when it
 * is read: an opening reads the headers of these frames and not their bodies.
 *
 *   plain                     the put alone is read, or 64 KiB when puts are read in turn; CRC of the put
 *   compressed or encrypted   its whole frame is read, checked and decoded, and a few frames stay decoded; CRC of the put
 *
 * The file is open by its descriptor: a name that is moved or removed makes no difference. A crash leaves nothing.
 */
import { crc32 } from 'node:zlib';
import { DatabaseError } from '@nuthatch/model';
import { ByteReader } from '../../codec/byte-reader.js';
import type { FileHandle } from '../../file-system/file-system.js';
import type { HeldDirectory } from '../../file-system/held-directory.js';
import { errnoOf } from '../../file-system/node-call.js';
import type { ColdBytes } from '../../image/image-tables.js';
import { isSameChain } from '../../journal/chain.js';
import { readFrameHeader } from '../../journal/frame-reader.js';
import { FRAME_HEADER_BYTES, PAGE_CODEC } from '../../journal/journal-format.js';
import type { PageCodec } from '../../journal/page-codec.js';
import { partOfPlace } from '../../structures/part-of-place.js';

/** Read at once when documents are read in turn. */
const WINDOW_BYTES = 64 * 1024;
/** A document that begins so near behind the one before is read in turn. */
const NEAR_BYTES = 4 * 1024;
/** Frames that stay decoded. */
const MOST_FRAMES = 4;

/** A frame of documents whose body was not read. */
export interface ColdFrame {
  readonly offset: number;
  readonly frameBytes: number;
  /** Before the codec. */
  readonly bodyBytes: number;
  readonly chain: Uint8Array;
}

export interface ColdFileInput {
  /** Closes the file when it is released. */
  readonly held: HeldDirectory;
  readonly path: string;
  readonly codec: PageCodec;
  /** Of the CRCs of the database. */
  readonly crcSeed: number;
  readonly collection: string;
  readonly frames: readonly ColdFrame[];
}

export class ColdFile implements ColdBytes {
  readonly #input: ColdFileInput;
  readonly #handle: FileHandle;
  /** Where the body of each frame begins in the row of all bodies. */
  readonly #starts: readonly number[];
  readonly #base = new ByteReader(new Uint8Array(WINDOW_BYTES));
  /** The part of the file that was read last. */
  #window = this.#base;
  #windowStart = 0;
  #windowBytes = 0;
  #lastEnd = -1;
  #lastFrame = 0;
  /** The one used last is the last. */
  readonly #decoded = new Map<number, ByteReader>();
  #isClosed = false;

  private constructor(input: ColdFileInput, handle: FileHandle) {
    this.#input = input;
    this.#handle = handle;
    let start = 0;
    this.#starts = input.frames.map(({ bodyBytes }) => {
      start += bodyBytes;
      return start - bodyBytes;
    });
  }

  /**
   * Opens the file. Errors are Node's.
   *
   * @throws DatabaseError `INVALID_OPTION` where the file system has no synchronous read.
   */
  static async open(input: ColdFileInput): Promise<ColdFile> {
    const handle = await input.held.open(input.path, 'read');
    if (handle.readSync === undefined) {
      await handle.close();
      throw noSynchronousRead(input.collection);
    }
    const file = new ColdFile(input, handle);
    input.held.keep(file);
    return file;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input.held.forget(this);
    // Nothing was written to it: an error loses nothing.
    await this.#handle.close().catch(() => undefined);
  }

  readerAt(start: number, byteCount: number, checksum: number): ByteReader {
    if (this.#isClosed)
      throw new DatabaseError('DATABASE_CLOSED', 'the database is closed, and with it the file of its cold documents');
    this.#lastFrame = partOfPlace(this.#starts, start, this.#lastFrame);
    const { frames, codec } = this.#input;
    const frame = frames[this.#lastFrame];
    const within = start - this.#starts[this.#lastFrame]!;
    const isPlain = codec.codecId === PAGE_CODEC.plain;
    // What a header says of a body that was not read is believed as far as the frame goes.
    const mostBytes = isPlain ? (frame?.frameBytes ?? 0) - FRAME_HEADER_BYTES : frame?.bodyBytes;
    if (frame === undefined || within + byteCount > mostBytes!)
      throw this.#damaged(
        frame?.offset ?? 0,
        `a document of ${byteCount} bytes at ${within} of a frame, behind its end`,
      );
    const offset = frame.offset + FRAME_HEADER_BYTES + within;
    if (isPlain) return this.#plainAt(offset, byteCount, checksum);
    const reader = this.#bodyOf(this.#lastFrame, frame);
    this.#check(reader.data, within, byteCount, checksum, frame.offset);
    reader.seek(within, within + byteCount);
    return reader;
  }

  #plainAt(offset: number, byteCount: number, checksum: number): ByteReader {
    let from = offset - this.#windowStart;
    if (from < 0 || from + byteCount > this.#windowBytes) {
      const isInTurn = offset >= this.#lastEnd && offset - this.#lastEnd < NEAR_BYTES;
      this.#load(offset, byteCount, isInTurn ? WINDOW_BYTES : byteCount);
      from = 0;
    }
    this.#lastEnd = offset + byteCount;
    const window = this.#window;
    this.#check(window.data, from, byteCount, checksum, offset);
    window.seek(from, from + byteCount);
    return window;
  }

  #check(data: Uint8Array, from: number, byteCount: number, checksum: number, offset: number): void {
    if (crc32(data.subarray(from, from + byteCount), this.#input.crcSeed) === checksum) return;
    // What is in memory of the file is not asked again.
    this.#windowBytes = 0;
    this.#decoded.clear();
    throw this.#damaged(offset, 'wrong checksum of a document');
  }

  /** Reads at least `byteCount` bytes, and up to `wantedBytes`. */
  #load(offset: number, byteCount: number, wantedBytes: number): void {
    const bytes = Math.max(byteCount, wantedBytes);
    this.#windowBytes = 0;
    this.#window = bytes <= WINDOW_BYTES ? this.#base : new ByteReader(new Uint8Array(bytes));
    this.#windowStart = offset;
    const count = this.#read(this.#window.data.subarray(0, bytes), offset);
    if (count < byteCount) throw this.#damaged(offset, `the file ends: expected ${byteCount} bytes, found ${count}`);
    this.#windowBytes = count;
  }

  /** The decoded body of a frame. */
  #bodyOf(number: number, frame: ColdFrame): ByteReader {
    const known = this.#decoded.get(number);
    if (known !== undefined) {
      this.#decoded.delete(number);
      this.#decoded.set(number, known);
      return known;
    }
    const bytes = new Uint8Array(frame.frameBytes);
    const count = this.#read(bytes, frame.offset);
    if (count < bytes.length)
      throw this.#damaged(frame.offset, `the file ends: expected ${bytes.length} bytes, found ${count}`);
    const { crcSeed, codec } = this.#input;
    const header = readFrameHeader(bytes, crcSeed, true);
    if (typeof header === 'string') throw this.#damaged(frame.offset, header);
    if (!isSameChain(header.chain, frame.chain))
      throw this.#damaged(frame.offset, 'the frame is another one than at opening');
    const reader = new ByteReader(this.#decode(codec, bytes, frame.offset));
    for (const oldest of this.#decoded.keys()) {
      if (this.#decoded.size < MOST_FRAMES) break;
      this.#decoded.delete(oldest);
    }
    this.#decoded.set(number, reader);
    return reader;
  }

  #decode(codec: PageCodec, bytes: Uint8Array, offset: number): Uint8Array {
    try {
      return codec.decode(bytes);
    } catch (cause) {
      throw this.#damaged(offset, 'a frame that cannot be decoded', cause);
    }
  }

  /** @returns how many bytes were read: fewer at the end of the file. */
  #read(into: Uint8Array, offset: number): number {
    let count = 0;
    try {
      while (count < into.length) {
        const read = this.#handle.readSync!(into.subarray(count), offset + count);
        if (read === 0) break;
        count += read;
      }
    } catch (cause) {
      const { collection, path: file } = this.#input;
      const errno = errnoOf(cause);
      const what = `reading a document of ${collection} from ${file} at ${offset} failed${typeof errno === 'string' ? ` with ${errno}` : ''}`;
      throw new DatabaseError('DOCUMENT_UNREADABLE', what, { collection, file, offset, errno }, { cause });
    }
    return count;
  }

  #damaged(offset: number, reason: string, cause?: unknown): DatabaseError {
    const { collection, path: file } = this.#input;
    const facts = { collection, file, offset, reason };
    const what = `a document of ${collection} in ${file} at ${offset}: ${reason}`;
    return new DatabaseError('DOCUMENT_DAMAGED', what, facts, cause === undefined ? {} : { cause });
  }
}

/** The error of a file system that cannot read while the loop waits. */
export function noSynchronousRead(collection: string): DatabaseError {
  const what = `documents of ${collection} are cold, and the file system has no synchronous read (readSync): give the class \`storage: 'disk'\` there`;
  return new DatabaseError('INVALID_OPTION', what, { option: 'fileSystem', collection });
}
