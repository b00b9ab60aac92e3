/** `nuthatch compact`: a new snapshot and no older pages, for a database that nobody has open. */
import { resolve } from 'node:path';
import { compactDirectory } from '@nuthatch/runtime';
import type { Output } from '../output.js';
import { bytesText, counted, type DirectoryArguments, print, storageOptions } from './directory-arguments.js';

export async function runCompact(
  directory: string,
  options: DirectoryArguments,
  output: Output,
  root: string,
): Promise<number> {
  const report = await compactDirectory({ directory: resolve(root, directory), ...storageOptions(options, root) });
  const { seq, snapshotBytes, removedFiles } = report;
  print(output, options, report, [
    `snapshot of seq ${seq}, ${bytesText(snapshotBytes)}; ${counted(removedFiles.length, 'file')} removed`,
  ]);
  return 0;
}
