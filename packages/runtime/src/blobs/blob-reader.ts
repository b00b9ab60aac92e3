/**
 * Reads one blob, chunk by chunk, and checks what it reads: each frame's checksum, chain and place, and the hash of all
 * when all is read. Memory: one chunk.
 *
 * The file is open only while a chunk is read: a stream that nobody reads to its end holds nothing.
 */
import { createHash } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import type { FileHandle } from '../file-system/file-system.js';
import { isErrno } from '../file-system/node-call.js';
import { frameCrcSeed, isSameChain, toHex } from '../journal/chain.js';
import { frameBytesOf, readFrameHeader } from '../journal/frame-reader.js';
import { BLOB_MAGIC, PAGE_HEADER_FIXED_BYTES } from '../journal/journal-format.js';
import type { PageCodec } from '../journal/page-codec.js';
import { decodePageHeader, type PageEncryption, type PageHeader, pageHeaderBytesOf } from '../journal/page-header.js';
import { blobDamaged, blobMissing } from './blob-errors.js';
import {
  type BlobPlace,
  CHUNK_BYTES,
  type ChunkLayout,
  chunkCount,
  chunkLayout,
  chunkOffset,
  fileBytes,
  isMarkOf,
  uuidBytes,
} from './blob-form.js';
import { type BlobId, blobPath } from './blob-name.js';

/** Which bytes of a blob: from `start` up to and without `end`. */
export interface BlobRange {
  readonly start: number;
  readonly end: number;
}

/** A blob that is there, to be read in pieces. */
export interface ReadableBlob {
  /** The key that it is encrypted with; undefined where it is not. */
  readonly keyId: string | undefined;
  /** The bytes of the range, in pieces of at most 1 MiB, each the caller's own and checked. */
  chunks(range: BlobRange): AsyncGenerator<Uint8Array, void>;
}

export class BlobReader implements ReadableBlob {
  readonly #place: BlobPlace;
  readonly #id: BlobId;
  readonly #file: string;
  readonly #uuid: Uint8Array;
  readonly #mayLackKey: boolean;
  #header!: Uint8Array;
  #encryption: PageEncryption | undefined;
  #codec: PageCodec | undefined;
  #layout!: ChunkLayout;
  /** Chain value of the frame read last, and its index. */
  #last: { readonly index: number; readonly chain: Uint8Array } | undefined;

  private constructor(place: BlobPlace, id: BlobId, mayLackKey: boolean) {
    this.#place = place;
    this.#mayLackKey = mayLackKey;
    this.#id = id;
    this.#file = `${place.directory}/${blobPath(id)}`;
    this.#uuid = uuidBytes(place);
  }

  /**
   * Reads the header and compares the length. I/O: the header.
   *
   * @param mayLackKey without the key it can be verified, and not read.
   * @throws DatabaseError `BLOB_DAMAGED`, `BLOB_MISSING`, `ENCRYPTION_KEY_REQUIRED`, `ENCRYPTION_KEY_WRONG`; Node's own errors.
   */
  static async open(place: BlobPlace, id: BlobId, mayLackKey = false): Promise<BlobReader> {
    const reader = new BlobReader(place, id, mayLackKey);
    await reader.#readHeader();
    return reader;
  }

  /** The key that the file is encrypted with; undefined where it is not. */
  get keyId(): string | undefined {
    return this.#encryption?.keyId;
  }

  /** Reads all. @returns false when only checksums and chain could be checked, without the key. @throws DatabaseError as `open`. */
  async verify(): Promise<boolean> {
    if (this.#codec === undefined) {
      for (let index = 0; index < chunkCount(this.#id.size); index++)
        await this.#inThisFile(index, () => this.#frame(index));
      return false;
    }
    for await (const _ of this.chunks({ start: 0, end: this.#id.size }));
    return true;
  }

  /** The bytes of the range, in pieces of at most one chunk, each the caller's own. @throws DatabaseError as `open`. */
  async *chunks({ start, end }: BlobRange): AsyncGenerator<Uint8Array, void> {
    const isAll = start === 0 && end === this.#id.size;
    const hash = isAll ? createHash('sha256') : undefined;
    for (let index = Math.floor(start / CHUNK_BYTES); index * CHUNK_BYTES < end; index++) {
      const chunk = await this.#inThisFile(index, () => this.#chunk(index));
      hash?.update(chunk);
      const from = index * CHUNK_BYTES;
      yield chunk.subarray(Math.max(0, start - from), Math.min(chunk.length, end - from));
    }
    if (hash !== undefined && hash.digest('hex') !== this.#id.hash)
      throw blobDamaged(this.#file, 'the bytes have another hash');
  }

  /**
   * What `read` gives. When the same bytes were put again meanwhile, another file has the name, with a key and a chain of its
   * own: the read is repeated in that one.
   */
  async #inThisFile<T>(index: number, read: () => Promise<T>): Promise<T> {
    const { header, last } = { header: this.#header, last: this.#last };
    try {
      return await read();
    } catch (error) {
      if (!DatabaseError.is(error, 'BLOB_DAMAGED')) throw error;
      await this.#readHeader();
      if (Buffer.compare(header, this.#header) === 0) throw error;
    }
    this.#last = undefined;
    if (last?.index === index - 1) await this.#frame(index - 1);
    return read();
  }

  async #chunk(index: number): Promise<Uint8Array> {
    const frame = await this.#frame(index);
    const at = chunkOffset(this.#layout, index);
    const body = this.#decoded(frame, at);
    const bodyBytes = this.#bodyBytes(index);
    if (body.length !== bodyBytes) throw blobDamaged(this.#file, `a chunk of ${body.length} bytes at byte ${at}`);
    return body;
  }

  #bodyBytes(index: number): number {
    return Math.min(CHUNK_BYTES, this.#id.size - index * CHUNK_BYTES);
  }

  /** The frame of a chunk, as stored; checked. */
  async #frame(index: number): Promise<Uint8Array> {
    const bodyBytes = this.#bodyBytes(index);
    const at = chunkOffset(this.#layout, index);
    const frame = await this.#read(at, this.#layout.overheadBytes + bodyBytes);
    const length = frameBytesOf(frame, frame.length);
    const header = typeof length === 'string' ? length : readFrameHeader(frame, frameCrcSeed(this.#uuid));
    if (typeof header === 'string') throw blobDamaged(this.#file, `${header} at byte ${at}`);
    const isNext = this.#last?.index === index - 1;
    const isInPlace =
      header.frameBytes === frame.length &&
      header.frameId === index + 1 &&
      (!isNext || isSameChain(this.#last!.chain, header.previousChain));
    if (!isInPlace) throw blobDamaged(this.#file, `a chunk of another place at byte ${at}`);
    this.#last = { index, chain: header.chain };
    return frame;
  }

  #decoded(frame: Uint8Array, at: number): Uint8Array {
    try {
      return this.#codec!.decode(frame);
    } catch (error) {
      throw DatabaseError.is(error) ? blobDamaged(this.#file, `${error.message} at byte ${at}`) : error;
    }
  }

  async #readHeader(): Promise<void> {
    const file = this.#file;
    const { byteCount, bytes } = await this.#within((handle) => this.#headerBytes(handle));
    const header = decodePageHeader(bytes);
    if (typeof header === 'string') throw blobDamaged(file, header);
    if (toHex(header.uuid) !== this.#place.uuid) throw blobDamaged(file, 'it is of another database');
    if (!isMarkOf(header.chain, this.#id.hash, header.uuid)) throw blobDamaged(file, 'it is the file of another blob');
    this.#codec = await this.#codecOf(header);
    this.#encryption = header.encryption;
    this.#layout = chunkLayout(bytes.length, header);
    const due = fileBytes(this.#layout, this.#id.size);
    if (byteCount !== due) throw blobDamaged(file, `expected ${due} bytes, found ${byteCount}`);
    this.#header = bytes;
  }

  async #headerBytes(handle: FileHandle): Promise<{ readonly byteCount: number; readonly bytes: Uint8Array }> {
    const file = this.#file;
    const byteCount = await handle.size();
    if (byteCount < PAGE_HEADER_FIXED_BYTES) throw blobDamaged(file, `it has ${byteCount} bytes, too few for a header`);
    const length = pageHeaderBytesOf(await this.#readOf(handle, 0, PAGE_HEADER_FIXED_BYTES), byteCount, BLOB_MAGIC);
    if (typeof length === 'string') throw blobDamaged(file, length);
    return { byteCount, bytes: await this.#readOf(handle, 0, length) };
  }

  async #codecOf(header: PageHeader): Promise<PageCodec | undefined> {
    try {
      return await this.#place.codecs.codecOf(header, this.#file, BLOB_MAGIC);
    } catch (error) {
      if (this.#mayLackKey && DatabaseError.is(error, 'ENCRYPTION_KEY_REQUIRED')) return undefined;
      throw error;
    }
  }

  /** That many bytes from `offset`, in memory of their own. */
  #read(offset: number, byteCount: number): Promise<Uint8Array> {
    return this.#within((handle) => this.#readOf(handle, offset, byteCount));
  }

  async #readOf(handle: FileHandle, offset: number, byteCount: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(byteCount);
    for (let done = 0; done < byteCount; ) {
      const count = await handle.read(bytes.subarray(done), offset + done);
      if (count === 0) throw blobDamaged(this.#file, `it ends at byte ${offset + done}`);
      done += count;
    }
    return bytes;
  }

  /** Runs `work` with the file open. */
  async #within<T>(work: (handle: FileHandle) => Promise<T>): Promise<T> {
    let handle: FileHandle;
    try {
      handle = await this.#place.fileSystem.open(this.#file, 'read');
    } catch (error) {
      if (isErrno(error, 'ENOENT')) throw blobMissing(this.#id, `${this.#file} is not there`);
      throw error;
    }
    try {
      return await work(handle);
    } finally {
      await handle.close();
    }
  }
}
