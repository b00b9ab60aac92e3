import { DatabaseError } from '@nuthatch/model';
import type { BlobId } from './blob-name.js';

/** A file of a blob that is not what it should be. */
export function blobDamaged(file: string, reason: string): DatabaseError {
  return new DatabaseError('BLOB_DAMAGED', `${file}: ${reason}`, { file, reason });
}

/** A blob that a reference names, and that is not there. */
export function blobMissing({ hash, size }: BlobId, what = `there is no blob ${hash}`): DatabaseError {
  return new DatabaseError('BLOB_MISSING', what, { hash, size });
}
