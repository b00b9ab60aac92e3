/** Reads one blob from the engine, part by part, and checks each; the hash of all when all is read. Memory: one part. */
import { createHash } from 'node:crypto';
import { type BlobId, blobDamaged, blobMissing, type ReadableBlob } from '@nuthatch/runtime/cluster';
import type { BlobEngine } from './blob-engine.js';
import { decodePart, PART_BYTES } from './blob-parts.js';
import type { BlobRecord } from './blob-records.js';

export class SharedBlob implements ReadableBlob {
  readonly keyId = undefined;
  readonly #engine: BlobEngine;
  readonly #blob: BlobId;
  /** As it is now: the same bytes may have been put again, under another id. */
  readonly #record: () => BlobRecord | undefined;

  constructor(engine: BlobEngine, blob: BlobId, record: () => BlobRecord | undefined) {
    this.#engine = engine;
    this.#blob = blob;
    this.#record = record;
  }

  /** @throws DatabaseError `BLOB_MISSING`, `BLOB_DAMAGED`, `JOURNAL_UNREACHABLE`. */
  async *chunks({ start, end }: { readonly start: number; readonly end: number }): AsyncGenerator<Uint8Array, void> {
    const { size, hash } = this.#blob;
    const all = start === 0 && end === size ? createHash('sha256') : undefined;
    for (let part = Math.floor(start / PART_BYTES); part * PART_BYTES < end; part++) {
      const bytes = await this.#part(part);
      all?.update(bytes);
      const from = part * PART_BYTES;
      // The caller's own: what an engine gives may be part of something larger.
      yield bytes.slice(Math.max(0, start - from), Math.min(bytes.length, end - from));
    }
    if (all !== undefined && all.digest('hex') !== hash) throw this.#damaged('the bytes have another hash');
  }

  async #part(part: number): Promise<Uint8Array> {
    for (let last: string | undefined; ; ) {
      const record = this.#record();
      if (record === undefined) throw blobMissing(this.#blob);
      if (record.id === last) throw this.#damaged(`part ${part} is not there`);
      const stored = await this.#engine.part(record.id, part);
      if (stored !== undefined) {
        const bytes = decodePart(part, stored, this.#blob.size);
        if (typeof bytes === 'string') throw this.#damaged(bytes);
        return bytes;
      }
      last = record.id;
    }
  }

  #damaged(reason: string): Error {
    return blobDamaged(`the blob ${this.#blob.hash} in ${this.#engine.description}`, reason);
  }
}
