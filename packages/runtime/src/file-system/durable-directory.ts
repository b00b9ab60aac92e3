/** Directories that outlive a power cut. */
import { dirname } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from './file-system.js';

/**
 * Makes a directory that is missing, with its missing parents, and syncs the names of all that were made: without, a
 * power cut takes away a whole database whose every file was synced.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when something else has its name; Node's own errors.
 */
export async function makeDurableDirectory(fileSystem: FileSystem, directory: string): Promise<void> {
  const stat = await fileSystem.stat(directory);
  if (stat && stat.kind !== 'directory') {
    throw new DatabaseError(
      'DIRECTORY_UNUSABLE',
      `${directory} ${stat.kind === 'file' ? 'is a file, not a directory' : 'is neither a directory nor a link to one'}`,
      { directory },
    );
  }
  if (stat) return;
  const parents: string[] = [];
  for (let path = dirname(directory); ; path = dirname(path)) {
    parents.push(path);
    if ((await fileSystem.stat(path)) !== undefined || path === dirname(path)) break;
  }
  await fileSystem.makeDirectory(directory);
  for (const parent of parents) await fileSystem.syncDirectory(parent);
}

/**
 * Does what may make a directory. When it fails, the directories that were missing before and are empty now go again:
 * what is refused leaves nothing. A crash leaves them.
 */
export async function leavingNoDirectory<T>(
  fileSystem: FileSystem,
  directory: string,
  work: () => Promise<T>,
): Promise<T> {
  const missing = await missingDirectories(fileSystem, directory);
  try {
    return await work();
  } catch (error) {
    await removeEmpty(fileSystem, missing);
    throw error;
  }
}

/** The directory and its parents that are not there, the deepest first. */
async function missingDirectories(fileSystem: FileSystem, directory: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let path = directory; (await fileSystem.stat(path)) === undefined; path = dirname(path)) missing.push(path);
  return missing;
}

/** Never rejects: one that holds anything, or cannot be removed, stays, and so do those around it. */
async function removeEmpty(fileSystem: FileSystem, directories: readonly string[]): Promise<void> {
  for (const path of directories) {
    try {
      await fileSystem.removeDirectory?.(path);
    } catch {
      return;
    }
  }
}
