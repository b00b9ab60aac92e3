/** `nuthatch backup`: copies a database, also one that is in use; again to the same place, only what is new. */
import { resolve } from 'node:path';
import { backupDirectory } from '@nuthatch/runtime';
import type { Output } from '../output.js';
import { bytesText, counted, type DirectoryArguments, print } from './directory-arguments.js';

export async function runBackup(
  directory: string,
  destination: string,
  options: DirectoryArguments,
  output: Output,
  root: string,
): Promise<number> {
  const report = await backupDirectory({
    directory: resolve(root, directory),
    destination: resolve(root, destination),
  });
  const { lastSeq, copiedBytes, keptFiles } = report;
  print(output, options, report, [
    `backed up to ${resolve(root, destination)}: seq ${lastSeq}, ${bytesText(copiedBytes)} copied, ${counted(keptFiles.length, 'file')} there already`,
  ]);
  return 0;
}
