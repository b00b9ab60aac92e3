/** `nuthatch backup`: copies a database, also one that is in use; again to the same place, only what is new. */
import { resolve } from 'node:path';
import type { Output } from '../output.js';
import { tools } from '../packages.js';
import type { VerbRegistry } from '../verb.js';
import { bytesText, counted, type DirectoryArguments, directoryVerb, print } from './directory-arguments.js';

export function addBackup(registry: VerbRegistry): void {
  const usage = 'backup <directory> <destination>';
  directoryVerb(registry, usage, 'copy a database, also one in use; again: only what is new').action(
    registry.runVerb(runBackup),
  );
}

async function runBackup(
  directory: string,
  destination: string,
  options: DirectoryArguments,
  output: Output,
  root: string,
): Promise<number> {
  const { backupDirectory } = tools();
  const report = await backupDirectory({
    directory: resolve(root, directory),
    destination: resolve(root, destination),
  });
  const { lastSeq, copiedBytes, keptFiles, blobCount } = report;
  const blobs = blobCount > 0 ? `, ${counted(blobCount, 'blob')} in all` : '';
  print(output, options, report, [
    `backed up to ${resolve(root, destination)}: seq ${lastSeq}, ${bytesText(copiedBytes)} copied, ${counted(keptFiles.length, 'file')} there already${blobs}`,
  ]);
  return 0;
}
