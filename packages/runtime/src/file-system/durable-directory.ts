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
    throw new DatabaseError('DIRECTORY_UNUSABLE', `${directory} is not a directory but a ${stat.kind}`, { directory });
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
