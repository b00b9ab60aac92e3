/** `nuthatch repair`: salvages what can be read of a damaged database into a new directory, and says what was lost. */
import { resolve } from 'node:path';
import type { Output } from '../output.js';
import { tools } from '../packages.js';
import type { VerbRegistry } from '../verb.js';
import {
  counted,
  type DirectoryArguments,
  damageLines,
  print,
  storageOptions,
  writingVerb,
} from './directory-arguments.js';

export function addRepair(registry: VerbRegistry): void {
  const description = 'salvage a damaged database; exit 1 when anything was lost';
  writingVerb(registry, 'repair <directory> <destination>', description).action(registry.runVerb(runRepair));
}

/** Exit code 0 when nothing was lost, 1 when something was: the new directory is there in both cases. */
async function runRepair(
  directory: string,
  destination: string,
  options: DirectoryArguments,
  output: Output,
  root: string,
): Promise<number> {
  const { repairDirectory } = tools();
  const report = await repairDirectory({
    directory: resolve(root, directory),
    destination: resolve(root, destination),
    ...storageOptions(options, root),
  });
  const { documentCount, lost, damagedSnapshots, cutBytes, lastSeq } = report;
  const lines = [`${counted(documentCount, 'document')} up to seq ${lastSeq} written to ${resolve(root, destination)}`];
  if (cutBytes > 0) lines.push(`left out: a torn tail of ${counted(cutBytes, 'byte')}`);
  if (damagedSnapshots.length > 0) lines.push('snapshots that could not be read:', ...damageLines(damagedSnapshots));
  lines.push(...(lost.length === 0 ? ['nothing was lost'] : ['lost:', ...damageLines(lost)]));
  print(output, options, { documentCount, lastSeq, cutBytes, damagedSnapshots, lost }, lines);
  return lost.length === 0 ? 0 : 1;
}
