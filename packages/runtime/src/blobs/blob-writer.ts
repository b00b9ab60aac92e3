/**
 * Writes one blob into a temporary file, chunk by chunk, and hashes it on the way. Memory: one chunk.
 *
 * Until the file is renamed to its name (blob-store.ts) it is nobody's: a crash leaves a temporary file, which the next
 * opening removes.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from '../file-system/file-system.js';
import { firstChain } from '../journal/chain.js';
import { BLOB_MAGIC, CHAIN_BYTES, FRAME_FIELD, FRAME_HEADER_BYTES } from '../journal/journal-format.js';
import type { PageCodec } from '../journal/page-codec.js';
import { type BlobPlace, blobMark, CHUNK_BYTES, chunkPlace, encodeBlobHeader, uuidBytes } from './blob-form.js';
import type { BlobId } from './blob-name.js';

export class BlobWriter {
  /** Path of the temporary file. */
  readonly path: string;
  readonly #place: BlobPlace;
  readonly #handle: FileHandle;
  readonly #codec: PageCodec;
  readonly #uuid: Uint8Array;
  readonly #hash = createHash('sha256');
  /** Room for a frame's header, then the chunk that is being gathered. */
  readonly #frame = new Uint8Array(FRAME_HEADER_BYTES + CHUNK_BYTES);
  #gatheredBytes = 0;
  #chunkCount = 0;
  #offset: number;
  #chain: Uint8Array;

  private constructor(place: BlobPlace, path: string, handle: FileHandle, codec: PageCodec, headerBytes: number) {
    this.#place = place;
    this.path = path;
    this.#handle = handle;
    this.#codec = codec;
    this.#uuid = uuidBytes(place);
    this.#offset = headerBytes;
    this.#chain = firstChain(this.#uuid);
  }

  /** Makes the file. Its folder must be there. Errors are Node's. */
  static async create(place: BlobPlace, path: string): Promise<BlobWriter> {
    const uuid = uuidBytes(place);
    // Photos and films are compressed as they are: deflating them again would cost a core and save nothing.
    const codec = await place.codecs.begin(uuid, 0, BLOB_MAGIC, false);
    const header = encodeBlobHeader(uuid, codec, firstChain(uuid));
    const handle = await place.fileSystem.open(path, 'create-exclusive');
    try {
      await handle.write(header, 0);
    } catch (error) {
      await Promise.allSettled([handle.close(), place.fileSystem.remove(path)]);
      throw error;
    }
    return new BlobWriter(place, path, handle, codec, header.length);
  }

  /** Bytes of the blob so far. */
  get size(): number {
    return this.#chunkCount * CHUNK_BYTES + this.#gatheredBytes;
  }

  /** Adds bytes of any count, which are the caller's again once it resolves. About 2 ns per byte. */
  async append(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + CHUNK_BYTES - this.#gatheredBytes);
      this.#frame.set(part, FRAME_HEADER_BYTES + this.#gatheredBytes);
      this.#gatheredBytes += part.length;
      done += part.length;
      if (this.#gatheredBytes === CHUNK_BYTES) await this.#endChunk();
    }
  }

  /** Writes and syncs the rest; the file stays under its temporary name. What is known of the blob now. */
  async finish(): Promise<BlobId> {
    const { size } = this;
    if (this.#gatheredBytes > 0) await this.#endChunk();
    const hash = this.#hash.digest('hex');
    await this.#handle.write(encodeBlobHeader(this.#uuid, this.#codec, blobMark(hash)), 0);
    await this.#handle.sync();
    await this.#handle.close();
    return { hash, size };
  }

  /** Closes and removes the file. Never rejects: what cannot be removed the next opening removes. */
  async abandon(): Promise<void> {
    await Promise.allSettled([this.#handle.close()]);
    await Promise.allSettled([this.#place.fileSystem.remove(this.path)]);
  }

  async #endChunk(): Promise<void> {
    const plain = this.#frame.subarray(0, FRAME_HEADER_BYTES + this.#gatheredBytes);
    this.#hash.update(plain.subarray(FRAME_HEADER_BYTES));
    const place = chunkPlace(this.#uuid, this.#chunkCount, this.#chain);
    const frame = await this.#codec.encode(plain, place);
    await this.#handle.write(frame, this.#offset);
    this.#offset += frame.length;
    this.#chain = frame.slice(FRAME_FIELD.chain, FRAME_FIELD.chain + CHAIN_BYTES);
    // The count of whole chunks: a shorter one is the last.
    this.#chunkCount++;
    this.#gatheredBytes = 0;
  }
}
