/** Blobs of one directory for another of the same database: files as they are, encrypted ones without their key. */
import { copyFile } from '../file-system/copy-file.js';
import { makeDurableDirectory } from '../file-system/durable-directory.js';
import type { FileSystem } from '../file-system/file-system.js';
import { TEMPORARY_SUFFIX } from '../journal/journal-format.js';
import { BLOBS_FOLDER, blobFolder, blobPath } from './blob-name.js';
import { listBlobs } from './list-blobs.js';

export interface CopyBlobsInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly destination: string;
}

export interface CopiedBlobs {
  readonly count: number;
  readonly copiedBytes: number;
  /** Takes away what the destination has beyond these, and what a crash has left there. */
  removeOthers(): Promise<void>;
}

/**
 * Copies every blob that the destination has not. A blob has its name only when it is whole and synced, so one of the
 * right length is not copied again. Errors are Node's.
 */
export async function copyBlobs({ fileSystem, directory, destination }: CopyBlobsInput): Promise<CopiedBlobs> {
  const { blobs } = await listBlobs(fileSystem, directory);
  const paths = new Set(blobs.map(blobPath));
  const folders = new Set(blobs.map(({ hash }) => blobFolder(hash)));
  for (const folder of folders) await makeDurableDirectory(fileSystem, `${destination}/${folder}`);
  let copiedBytes = 0;
  for (const path of paths) copiedBytes += await copyBlob(fileSystem, `${directory}/${path}`, `${destination}/${path}`);
  for (const folder of folders) await fileSystem.syncDirectory(`${destination}/${folder}`);
  const removeOthers = async (): Promise<void> => {
    const there = await listBlobs(fileSystem, destination);
    const others = there.blobs.map(blobPath).filter((path) => !paths.has(path));
    for (const path of [...others, ...there.leftOver]) await fileSystem.remove(`${destination}/${path}`);
  };
  return { count: blobs.length, copiedBytes, removeOthers };
}

async function copyBlob(fileSystem: FileSystem, from: string, to: string): Promise<number> {
  const byteCount = (await fileSystem.stat(from))?.byteCount ?? 0;
  if ((await fileSystem.stat(to))?.byteCount === byteCount) return 0;
  const temporary = `${to}${TEMPORARY_SUFFIX}`;
  await copyFile(fileSystem, from, temporary, byteCount);
  await fileSystem.rename(temporary, to);
  return byteCount;
}

/** Removes every blob and every folder of blobs of a directory that is being given up. Errors are Node's. */
export async function removeBlobs(fileSystem: FileSystem, directory: string): Promise<void> {
  const root = `${directory}/${BLOBS_FOLDER}`;
  if ((await fileSystem.stat(root))?.kind !== 'directory') return;
  for (const name of await fileSystem.list(root)) {
    const path = `${root}/${name}`;
    if ((await fileSystem.stat(path))?.kind !== 'directory') await fileSystem.remove(path);
    else {
      for (const file of await fileSystem.list(path)) await fileSystem.remove(`${path}/${file}`);
      await fileSystem.removeDirectory?.(path);
    }
  }
  await fileSystem.removeDirectory?.(root);
}
