/**
 * Makes a directory whole or not at all: while it is filled it bears a mark that openers refuse (`BACKUP_UNFINISHED`),
 * and what was made is removed when that fails. For import, repair, restore and the unpacking of a backup.
 */
import { BLOBS_FOLDER } from '../blobs/blob-name.js';
import { removeBlobs } from '../blobs/copy-blobs.js';
import { makeDurableDirectory } from '../file-system/durable-directory.js';
import type { FileSystem } from '../file-system/file-system.js';
import { HeldDirectory } from '../file-system/held-directory.js';
import { unfinishedBackupName } from '../journal/journal-format.js';
import { requireEmpty } from './require-empty.js';

/** The name needs some uuid: that it is nobody's says that no backup completes this. */
const UNFINISHED_MARK: string = unfinishedBackupName('0'.repeat(32));

/**
 * Fills a directory that is missing or empty, under its lock. A crash in between leaves the mark.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when it holds anything, `DATABASE_LOCKED`; what `work` throws.
 */
export async function fillDirectory<T>(
  fileSystem: FileSystem,
  directory: string,
  work: (held: HeldDirectory) => Promise<T>,
): Promise<T> {
  await requireEmpty(fileSystem, directory);
  await makeDurableDirectory(fileSystem, directory);
  return HeldDirectory.during(fileSystem, directory, (held) =>
    marked(held, directory, async () => {
      const done = await work(held);
      await removeMark(held, directory);
      return done;
    }),
  );
}

/** Marks an empty directory and does what fills it; when that fails, all that was made is removed. */
export async function marked<T>(held: HeldDirectory, directory: string, work: () => Promise<T>): Promise<T> {
  try {
    await leaveMark(held, directory);
    return await work();
  } catch (error) {
    // Files that cannot be removed stay marked.
    await Promise.allSettled([removeAll(held, directory)]);
    throw error;
  }
}

/** Durable before anything else is made. */
async function leaveMark(fileSystem: FileSystem, directory: string): Promise<void> {
  const handle = await fileSystem.open(`${directory}/${UNFINISHED_MARK}`, 'create-exclusive');
  await handle.close();
  await fileSystem.syncDirectory(directory);
}

/** From here on it is a database. */
export async function removeMark(fileSystem: FileSystem, directory: string): Promise<void> {
  await fileSystem.remove(`${directory}/${UNFINISHED_MARK}`);
  await fileSystem.syncDirectory(directory);
}

/** Takes away what was made, the mark last; the directory was empty before. */
export async function removeAll(held: HeldDirectory, directory: string): Promise<void> {
  const names = (await held.list(directory)).filter((name) => !name.startsWith('lock'));
  await removeBlobs(held, directory);
  for (const name of names)
    if (name !== UNFINISHED_MARK && name !== BLOBS_FOLDER) await held.remove(`${directory}/${name}`);
  if (names.includes(UNFINISHED_MARK)) await held.remove(`${directory}/${UNFINISHED_MARK}`);
}
