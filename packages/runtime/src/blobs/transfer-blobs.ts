/** Blobs of one database for another: read, checked, and written anew. */
import type { BlobPlace } from './blob-form.js';
import type { BlobId } from './blob-name.js';
import { BlobReader } from './blob-reader.js';
import { BlobStore } from './blob-store.js';
import { listBlobs } from './list-blobs.js';
import { type BlobDamage, damageOf } from './verify-blobs.js';

/** Writes every blob that is whole. @returns those that are not. @throws DatabaseError as `BlobStore.put` and `BlobReader.open`. */
export async function transferBlobs(from: BlobPlace, to: BlobPlace): Promise<readonly BlobDamage[]> {
  const { blobs } = await listBlobs(from.fileSystem, from.directory);
  const store = new BlobStore();
  await store.open(to);
  const damage: BlobDamage[] = [];
  for (const blob of blobs) {
    const source = new Source(from, blob);
    try {
      await store.put(source.bytes(), blob);
    } catch (error) {
      if (error !== source.failure) throw error;
      damage.push(damageOf(from, blob, error));
    }
  }
  await store.close();
  return damage;
}

/** One blob to read: what goes wrong with it is told from what goes wrong with the place it is written to. */
class Source {
  readonly #place: BlobPlace;
  readonly #blob: BlobId;
  failure: unknown;

  constructor(place: BlobPlace, blob: BlobId) {
    this.#place = place;
    this.#blob = blob;
  }

  async *bytes(): AsyncGenerator<Uint8Array, void> {
    try {
      const reader = await BlobReader.open(this.#place, this.#blob);
      yield* reader.chunks({ start: 0, end: this.#blob.size });
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
