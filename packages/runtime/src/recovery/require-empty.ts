import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../file-system/file-system.js';

/** A destination that holds anything is never written to. @throws DatabaseError `DIRECTORY_UNUSABLE`. */
export async function requireEmpty(fileSystem: FileSystem, destination: string): Promise<void> {
  const stat = await fileSystem.stat(destination);
  if (!stat) return;
  const names = stat.kind === 'directory' ? await fileSystem.list(destination) : [];
  if (stat.kind === 'directory' && names.length === 0) return;
  const what = `${destination} is not an empty directory`;
  throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: destination });
}
