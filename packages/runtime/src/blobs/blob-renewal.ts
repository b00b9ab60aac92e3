/**
 * Writes blobs anew that are not encrypted with the key of today, so that the old key can be destroyed, and that nothing
 * stays in the clear once a database is encrypted. As a blob is replaced by one with the same bytes, a crash in between
 * leaves some of them done; the next compaction goes on.
 */
import { DatabaseError } from '@nuthatch/model';
import type { BlobPlace } from './blob-form.js';
import { BlobStore } from './blob-store.js';

/** A blob that cannot be read stays as it is: reading it says why, and so does `verify`. */
const UNREADABLE = ['BLOB_DAMAGED', 'BLOB_MISSING', 'ENCRYPTION_KEY_REQUIRED', 'ENCRYPTION_KEY_WRONG'] as const;

export class BlobRenewal {
  readonly #store: BlobStore;
  /** Hashes of blobs that are known to have the key of today. */
  #done: ReadonlySet<string> = new Set();

  constructor(store: BlobStore) {
    this.#store = store;
  }

  /**
   * I/O: the header of each blob that was not looked at since the opening, and every byte of those that are renewed; none
   * where blobs are not encrypted. Memory: one chunk.
   *
   * @returns how many were written anew.
   * @throws DatabaseError as `BlobStore.put`; the rest is left to the next call.
   */
  async renew(): Promise<number> {
    const store = this.#store;
    const { keyId } = store;
    if (keyId === undefined) return 0;
    const done = new Set<string>();
    let count = 0;
    try {
      for (const hash of [...store.hashes()]) {
        if (!this.#done.has(hash) && (await this.#renewOne(hash, keyId))) count++;
        done.add(hash);
      }
    } catch (error) {
      // The compaction itself is done.
      if (!DatabaseError.is(error, 'DATABASE_CLOSED')) throw error;
    }
    this.#done = done;
    return count;
  }

  async #renewOne(hash: string, keyId: string): Promise<boolean> {
    const size = this.#store.sizeOf(hash);
    if (size === undefined) return false;
    try {
      const reader = await this.#store.reader({ hash, size });
      if (reader.keyId === keyId) return false;
      await this.#store.renew({ hash, size }, reader.chunks({ start: 0, end: size }));
      return true;
    } catch (error) {
      if (UNREADABLE.some((code) => DatabaseError.is(error, code))) return false;
      throw error;
    }
  }
}

/** Renews the blobs of a directory that nobody has open. @returns how many. @throws DatabaseError as `renew`. */
export async function renewBlobs(place: BlobPlace): Promise<number> {
  const store = new BlobStore();
  await store.open(place);
  try {
    return await new BlobRenewal(store).renew();
  } finally {
    await store.close();
  }
}
