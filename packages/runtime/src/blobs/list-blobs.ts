/** The blobs of a directory, by the names of their files. */
import type { FileSystem } from '../file-system/file-system.js';
import { TEMPORARY_SUFFIX } from '../journal/journal-format.js';
import { BLOBS_FOLDER, type BlobId, blobOfPath, isBlobFolder } from './blob-name.js';

export interface FoundBlobs {
  readonly blobs: readonly BlobId[];
  /** Paths of what a crash has left, from the directory of the database. */
  readonly leftOver: readonly string[];
}

/**
 * Lists. I/O: one list for each folder that is there, 256 at most; none where no blob was ever put. Errors are Node's.
 * Files with other names are strays, and are not touched.
 */
export async function listBlobs(fileSystem: FileSystem, directory: string): Promise<FoundBlobs> {
  const root = `${directory}/${BLOBS_FOLDER}`;
  if ((await fileSystem.stat(root))?.kind !== 'directory') return { blobs: [], leftOver: [] };
  const blobs: BlobId[] = [];
  const leftOver: string[] = [];
  for (const folder of await fileSystem.list(root)) {
    if (folder.endsWith(TEMPORARY_SUFFIX)) leftOver.push(`${BLOBS_FOLDER}/${folder}`);
    if (!isBlobFolder(folder) || (await fileSystem.stat(`${root}/${folder}`))?.kind !== 'directory') continue;
    for (const name of await fileSystem.list(`${root}/${folder}`)) {
      const blob = blobOfPath(`${BLOBS_FOLDER}/${folder}/${name}`);
      if (blob !== undefined) blobs.push(blob);
      else if (name.endsWith(TEMPORARY_SUFFIX)) leftOver.push(`${BLOBS_FOLDER}/${folder}/${name}`);
    }
  }
  return { blobs, leftOver };
}
