/** `nuthatch compact`: a new snapshot and no older pages, for a database that nobody has open. */
import { resolve } from 'node:path';
import type { Output } from '../output.js';
import { tools } from '../packages.js';
import type { VerbRegistry } from '../verb.js';
import {
  bytesText,
  counted,
  type DirectoryArguments,
  print,
  storageOptions,
  writingVerb,
} from './directory-arguments.js';

export function addCompact(registry: VerbRegistry): void {
  const description = 'write a new snapshot and drop old pages of a database nobody has open';
  writingVerb(registry, 'compact <directory>', description).action(registry.runVerb(runCompact));
}

async function runCompact(
  directory: string,
  options: DirectoryArguments,
  output: Output,
  root: string,
): Promise<number> {
  const { compactDirectory } = tools();
  const report = await compactDirectory({ directory: resolve(root, directory), ...storageOptions(options, root) });
  const { seq, snapshotBytes, removedFiles } = report;
  print(output, options, report, [
    `snapshot of seq ${seq}, ${bytesText(snapshotBytes)}; ${counted(removedFiles.length, 'file')} removed`,
  ]);
  return 0;
}
