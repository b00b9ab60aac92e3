/** Reads every blob of a directory and says which are not what their names say. */
import { DatabaseError } from '@nuthatch/model';
import type { BlobPlace } from './blob-form.js';
import { type BlobId, blobPath } from './blob-name.js';
import { BlobReader } from './blob-reader.js';
import { listBlobs } from './list-blobs.js';

/** A blob that cannot be read as a whole. */
export interface BlobDamage {
  readonly file: string;
  readonly offset: number;
  /** Bytes of the blob. */
  readonly byteCount: number;
  readonly reason: string;
}

export interface VerifiedBlobs {
  readonly blobs: readonly BlobId[];
  /** Encrypted blobs whose key was not given: checksums and chain were checked, the hash was not. */
  readonly undecodedCount: number;
  readonly damage: readonly BlobDamage[];
}

/** I/O: every byte of every blob. Memory: one chunk. @throws DatabaseError `ENCRYPTION_KEY_WRONG`; Node's own errors. */
export async function verifyBlobs(place: BlobPlace): Promise<VerifiedBlobs> {
  const { blobs } = await listBlobs(place.fileSystem, place.directory);
  const damage: BlobDamage[] = [];
  let undecodedCount = 0;
  for (const blob of blobs) {
    try {
      const reader = await BlobReader.open(place, blob, true);
      if (!(await reader.verify())) undecodedCount++;
    } catch (error) {
      // One that is gone was removed by the process that has the database open.
      if (DatabaseError.is(error, 'BLOB_MISSING')) continue;
      if (!DatabaseError.is(error, 'BLOB_DAMAGED')) throw error;
      const file = `${place.directory}/${blobPath(blob)}`;
      damage.push({ file, offset: 0, byteCount: blob.size, reason: String(error.facts.reason) });
    }
  }
  return { blobs, undecodedCount, damage };
}
