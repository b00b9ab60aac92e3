/** Blobs of one database for another: read, checked, and written anew. */
import { DatabaseError } from '@nuthatch/model';
import type { BlobPlace } from './blob-form.js';
import { type BlobId, blobPath } from './blob-name.js';
import { BlobReader } from './blob-reader.js';
import { BlobStore } from './blob-store.js';
import { listBlobs } from './list-blobs.js';
import type { BlobDamage } from './verify-blobs.js';

/** Writes every blob that is whole. @returns those that are not. @throws DatabaseError as `BlobStore.put` and `BlobReader.open`. */
export async function transferBlobs(from: BlobPlace, to: BlobPlace): Promise<readonly BlobDamage[]> {
  const { blobs } = await listBlobs(from.fileSystem, from.directory);
  const store = new BlobStore();
  await store.open(to);
  const damage: BlobDamage[] = [];
  for (const blob of blobs) {
    try {
      await transfer(from, blob, store);
    } catch (error) {
      if (!DatabaseError.is(error, 'BLOB_DAMAGED')) throw error;
      const file = `${from.directory}/${blobPath(blob)}`;
      damage.push({ file, offset: 0, byteCount: blob.size, reason: String(error.facts.reason ?? error.message) });
    }
  }
  await store.close();
  return damage;
}

async function transfer(from: BlobPlace, blob: BlobId, store: BlobStore): Promise<void> {
  const reader = await BlobReader.open(from, blob);
  await store.put(reader.chunks({ start: 0, end: blob.size }), blob);
}
