/** `nuthatch cluster export`: a database directory of a shared journal, as it is now. */
import { resolve } from 'node:path';
import { namedJournal } from '../../cluster/named-journal.js';
import { EXIT } from '../../exit-code.js';
import type { Output } from '../../output.js';
import type { VerbRegistry } from '../../verb.js';
import { print } from '../directory-arguments.js';
import { type ClusterArguments, clusterVerb, UNSAFE_FLAG } from './cluster-verb.js';

export function addClusterExport(registry: VerbRegistry): void {
  const description = 'make a new directory of a journal, and compare the two; nodes may go on';
  clusterVerb(registry, 'export <directory>', description)
    .option(...UNSAFE_FLAG)
    .action(registry.runVerb(runExport));
}

async function runExport(given: string, options: ClusterArguments, output: Output, root: string): Promise<number> {
  const { cluster, journal } = await namedJournal(options, root);
  const directory = resolve(root, given);
  const { seq, position, digest } = await cluster.exportJournal(journal, directory);
  print(output, options, { directory, seq: Number(seq), position, digest }, [
    `${directory} holds the journal up to frame ${position}, seq ${seq}`,
    `digest of the documents in both: ${digest}`,
  ]);
  return EXIT.done;
}
