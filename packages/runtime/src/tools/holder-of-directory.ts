/** The process that has a directory open, as its lock file names it. Takes no lock. */
import { join } from 'node:path';
import type { FileSystem } from '../file-system/file-system.js';
import { isAlive, readHolder } from '../file-system/lock-holder.js';
import { NodeFileSystem } from '../file-system/node-file-system.js';
import { OpenedDirectory } from '../file-system/opened-directory.js';
import { requireDatabase } from '../recovery/read-directory.js';

export interface HolderInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
}

/** The holder as `lock.nut` names it. */
export interface DirectoryHolder {
  readonly pid: number;
  /** False: it has ended without closing the database; the next opening takes the lock over. */
  readonly isAlive: boolean;
}

/**
 * Looks who has the directory. I/O: one small file. Answers undefined for any other
 * file system than Node's.
 *
 * @returns undefined when nobody has it, as far as the files say.
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when there is no database.
 */
export async function holderOfDirectory({ fileSystem, directory }: HolderInput): Promise<DirectoryHolder | undefined> {
  await requireDatabase(fileSystem, directory);
  if (!(fileSystem instanceof NodeFileSystem)) return undefined;
  const opened = await OpenedDirectory.open(directory);
  try {
    const holder = await readHolder(join(opened.path, 'lock.nut'), opened.identity);
    return holder && { pid: holder.pid, isAlive: await isAlive(holder) };
  } finally {
    await opened.close();
  }
}
