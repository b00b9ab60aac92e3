/** Blobs of one directory for another of the same database: files as they are, encrypted ones without their key. */
import { copyFile } from '../file-system/copy-file.js';
import { makeDurableDirectory } from '../file-system/durable-directory.js';
import type { FileSystem } from '../file-system/file-system.js';
import { TEMPORARY_SUFFIX } from '../journal/journal-format.js';
import { BLOBS_FOLDER, blobFolder, blobPath } from './blob-name.js';
import { listBlobs } from './list-blobs.js';

/** Whole headers, however long the name of their key, and the first bytes of the first frame. */
const HEAD_BYTES = 1024;

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
 * right length and with the same header is not copied again. Errors are Node's.
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
  const there = await fileSystem.stat(to);
  if (there?.byteCount === byteCount && (await isSameHead(fileSystem, from, to))) return 0;
  const temporary = `${to}${TEMPORARY_SUFFIX}`;
  await copyFile(fileSystem, from, temporary, byteCount);
  await fileSystem.rename(temporary, to);
  return byteCount;
}

/** One that was encrypted anew has another salt: a copy with the old key would be lost with that key. */
async function isSameHead(fileSystem: FileSystem, from: string, to: string): Promise<boolean> {
  const [ours, theirs] = [await headOf(fileSystem, from), await headOf(fileSystem, to)];
  return Buffer.compare(ours, theirs) === 0;
}

async function headOf(fileSystem: FileSystem, file: string): Promise<Uint8Array> {
  const handle = await fileSystem.open(file, 'read');
  try {
    const bytes = new Uint8Array(HEAD_BYTES);
    return bytes.subarray(0, await handle.read(bytes, 0));
  } finally {
    await handle.close();
  }
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
