/**
 * `nuthatch cluster adopt`: a node whose directory and journal came to be two histories goes on, from the journal as it is,
 * or with a new journal made of the directory. Nothing is deleted: the directory is renamed.
 */
import { resolve } from 'node:path';
import { namedJournal } from '../../cluster/named-journal.js';
import { EXIT, UsageError } from '../../exit-code.js';
import type { Output } from '../../output.js';
import type { VerbRegistry } from '../../verb.js';
import { print } from '../directory-arguments.js';
import { type ClusterArguments, clusterVerb, UNSAFE_FLAG } from './cluster-verb.js';

interface AdoptArguments extends ClusterArguments {
  readonly fromCopy?: boolean;
  readonly blobsOf?: string;
}

export function addClusterAdopt(registry: VerbRegistry): void {
  const description = 'set the directory of a node aside, and begin it anew from the journal';
  clusterVerb(registry, 'adopt <directory>', description)
    .option('--from-copy', 'first make a new journal, of this name, of the directory: what it holds counts')
    .option('--blobs-of <name>', 'with --from-copy: the journal that has the files beside the documents')
    .option(...UNSAFE_FLAG)
    .action(registry.runVerb(runAdopt));
}

async function runAdopt(given: string, options: AdoptArguments, output: Output, root: string): Promise<number> {
  if (options.unsafe && !options.fromCopy)
    throw new UsageError('unsafe', '--unsafe is for the journal that --from-copy makes');
  if (options.blobsOf !== undefined && !options.fromCopy)
    throw new UsageError('blobsOf', '--blobs-of is for the journal that --from-copy makes');
  const { cluster, journal } = await namedJournal(options, root);
  const directory = resolve(root, given);
  if (!options.fromCopy) {
    const report = await cluster.adoptJournal(journal, directory);
    print(output, options, report, [asideLine(report), newLine(report)]);
    return EXIT.done;
  }
  const { blobsOf } = options;
  const former =
    blobsOf === undefined ? undefined : (await namedJournal({ ...options, journal: blobsOf }, root)).journal;
  const report = await cluster.adoptCopy(journal, directory, former);
  const { seq, incarnation, digest, lostBlobCount } = report;
  const { journal: name, uuid } = await cluster.journalStatus(journal);
  print(output, options, { ...report, journal: name, uuid }, [
    `${name} holds what the directory held, up to seq ${seq}, as incarnation ${incarnation}`,
    `digest of the documents in both: ${digest}`,
    ...(lostBlobCount > 0 ? [`${lostBlobCount} files beside the documents could not be read, and are missing`] : []),
    asideLine(report),
    newLine(report),
    'Open all nodes with the new name. Their directories are refused until they are adopted, too.',
  ]);
  return EXIT.done;
}

function asideLine({ directory, aside }: { readonly directory: string; readonly aside: string | undefined }): string {
  if (aside === undefined) return `${directory} had been set aside before`;
  return `${directory} was renamed to ${aside}; nothing of it was deleted`;
}

function newLine({ directory, position, seq }: { directory: string; position: number; seq: number }): string {
  return `${directory} is a new copy of the journal, from frame ${position} (seq ${seq}) on; the node catches up when it opens`;
}
