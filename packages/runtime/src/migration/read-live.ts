/** Every document of a directory, which another process may be writing. */
import type { FileSystem } from '../file-system/file-system.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { KeepingTarget } from '../recovery/keeping-target.js';
import { type DirectoryReport, readDirectory } from '../recovery/read-directory.js';
import type { RecoveryProgress } from '../recovery/recovery-target.js';
import { readSteadily } from '../recovery/steady-read.js';

export interface LiveDirectory {
  readonly found: KeepingTarget;
  readonly report: DirectoryReport;
}

/**
 * Reads without the lock and changes nothing: what was written so far. I/O: every byte that an open would read, again
 * where a compaction takes a file away meanwhile.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when there is no database, `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`,
 *   `ENCRYPTION_KEY_REQUIRED`, `ENCRYPTION_KEY_WRONG`.
 */
export function readLive(
  fileSystem: FileSystem,
  directory: string,
  codecs: PageCodecs,
  onProgress?: (progress: RecoveryProgress) => void,
): Promise<LiveDirectory> {
  const attempt = async (): Promise<LiveDirectory> => {
    const found = new KeepingTarget();
    const place = { fileSystem, directory, codecs };
    const report = await readDirectory({
      ...place,
      mode: 'refuse',
      target: found,
      isLocking: false,
      ...(onProgress && { onProgress }),
    });
    return { found, report };
  };
  return readSteadily(attempt);
}
