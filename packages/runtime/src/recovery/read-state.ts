/** The last state of a directory, read without the user's code, for tools that give it a form of their own. */
import type { FileSystem } from '../file-system/file-system.js';
import { readPages, requireDatabase } from './read-directory.js';
import type { RecoveryTarget } from './recovery-target.js';
import { readSteadily } from './steady-read.js';

/**
 * Reads every document, each by the model that it was written with. Takes no lock: of a database in use it is the state
 * at some moment while it reads.
 *
 * @param newTarget called again when a writer came in between, which makes all that was read worthless.
 * @returns the target, filled, and the number of the last transaction.
 * @throws DatabaseError `DIRECTORY_UNUSABLE`, `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`, `ENCRYPTION_KEY_REQUIRED`.
 */
export async function readState<T extends RecoveryTarget>(
  fileSystem: FileSystem,
  directory: string,
  newTarget: () => T,
): Promise<{ readonly target: T; readonly lastSeq: number }> {
  await requireDatabase(fileSystem, directory);
  return readSteadily(async () => {
    const target = newTarget();
    const { report } = await readPages({ fileSystem, directory, mode: 'refuse', target, isLocking: false });
    return { target, lastSeq: report.lastSeq };
  });
}
