/** Reads every blob of a directory and says which are not what their names say. */
import { DatabaseError } from '@nuthatch/model';
import { isErrno } from '../file-system/node-call.js';
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
      damage.push(damageOf(place, blob, error));
    }
  }
  return { blobs, undecodedCount, damage };
}

/**
 * What is wrong with a blob that could not be read: its bytes, the disk under it, or what has its name. One bad sector must
 * not keep everything else from being verified and salvaged.
 *
 * @throws the error, when it is not the blob's.
 */
export function damageOf({ directory }: BlobPlace, blob: BlobId, error: unknown): BlobDamage {
  const reason = reasonOf(error);
  if (reason === undefined) throw error;
  return { file: `${directory}/${blobPath(blob)}`, offset: 0, byteCount: blob.size, reason };
}

function reasonOf(error: unknown): string | undefined {
  if (DatabaseError.is(error, 'BLOB_DAMAGED')) return String(error.facts.reason ?? error.message);
  if (DatabaseError.is(error, 'DIRECTORY_UNUSABLE') && error.facts.kind !== undefined)
    return `it is a ${String(error.facts.kind)}`;
  const cause = DatabaseError.is(error, 'DIRECTORY_UNUSABLE') ? error.cause : error;
  return isErrno(cause, 'EIO') ? 'the disk cannot read it (EIO)' : undefined;
}
