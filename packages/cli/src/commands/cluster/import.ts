/** `nuthatch cluster import`: a shared journal of a directory that nobody has open. */
import { resolve } from 'node:path';
import { namedJournal } from '../../cluster/named-journal.js';
import { EXIT } from '../../exit-code.js';
import type { Output } from '../../output.js';
import type { VerbRegistry } from '../../verb.js';
import { print } from '../directory-arguments.js';
import { type ClusterArguments, clusterVerb, imageText, UNSAFE_FLAG } from './cluster-verb.js';

export function addClusterImport(registry: VerbRegistry): void {
  const description = 'make a journal of a directory that nobody has open, and compare the two';
  clusterVerb(registry, 'import <directory>', description)
    .option(...UNSAFE_FLAG)
    .action(registry.runVerb(runImport));
}

async function runImport(given: string, options: ClusterArguments, output: Output, root: string): Promise<number> {
  const { cluster, journal } = await namedJournal(options, root);
  const directory = resolve(root, given);
  const image = await cluster.importDirectory(journal, directory);
  const { position, seq, byteCount, digest } = image;
  const { journal: name, uuid } = await cluster.journalStatus(journal);
  print(output, options, { journal: name, uuid, directory, position, seq, byteCount, digest }, [
    `${name} holds ${directory}: an image ${imageText(image)}`,
    `digest of the documents in both: ${digest}`,
    `Open nodes with it, and remove ${directory} when they run: nobody may write to it any more.`,
  ]);
  return EXIT.done;
}
