/**
 * `nuthatch cluster diff`: what the directory of a node holds and the journal does not, and the other way round. Changes
 * nothing; the node may be running.
 *
 *   difference := header transaction* document* end      one JSON object per line
 *
 *   {"nuthatch":"difference","version":1,"journal":…,"directory":…,"copySeq":…,"journalSeq":…,"commonSeq":…?}
 *   {"transaction":{"seq":98,"time":…,"effects":[{"put":{…},"collection":…,"key":…,"revision":…}, …]}}   of the copy alone
 *   {"collection":"player","key":"p1","copy":{"revision":2,"document":{…}},"journal":{…}}    left out: that side has none
 *   {"end":{"transactions":1,"documents":1}}              a file without it was cut
 */
import { resolve } from 'node:path';
import type { CopyComparison } from '@nuthatch/cluster';
import { namedJournal } from '../../cluster/named-journal.js';
import { EXIT, UsageError } from '../../exit-code.js';
import type { Output } from '../../output.js';
import type { VerbRegistry } from '../../verb.js';
import { writeNewFile } from '../../write-new-file.js';
import { counted, print } from '../directory-arguments.js';
import { type ClusterArguments, clusterVerb } from './cluster-verb.js';

const VERSION = 1;

interface DiffArguments extends ClusterArguments {
  readonly output?: string;
  readonly dump?: string;
}

export function addClusterDiff(registry: VerbRegistry): void {
  const description = 'what a directory of a node holds and the journal does not, and the other way round';
  clusterVerb(registry, 'diff <directory>', description)
    .option('--output <file>', 'write all differences to this new file, as lines of JSON')
    .option('--dump <file>', "write the copy's side of them to this new file, for `nuthatch import`")
    .action(registry.runVerb(runDiff));
}

async function runDiff(given: string, options: DiffArguments, output: Output, root: string): Promise<number> {
  if (options.output !== undefined && options.output === options.dump)
    throw new UsageError('dump', '--output and --dump name the same file');
  const { cluster, journal } = await namedJournal(options, root);
  const comparison = await cluster.compareCopy(journal, resolve(root, given));
  const files: string[] = [];
  for (const [file, lines] of [
    [options.output, differenceLines(comparison)],
    [options.dump, comparison.dump()],
  ] as const) {
    if (file === undefined) continue;
    const path = resolve(root, file);
    await writeNewFile(path, withLineEnds(lines));
    files.push(path);
  }
  const { directory, journal: name, copySeq, journalSeq, commonSeq } = comparison;
  const collections = countsOf(comparison);
  const result = { journal: name, directory, copySeq, journalSeq, commonSeq, collections, files };
  print(output, options, result, [
    `${directory} ends at seq ${copySeq}, ${name} at seq ${journalSeq}`,
    commonLine(comparison),
    ...Object.entries(collections).map(
      ([collection, { onlyCopy, onlyJournal, differing }]) =>
        `${collection}: ${onlyCopy} only in the copy, ${onlyJournal} only in the journal, ${differing} in both and not alike`,
    ),
    ...(comparison.documents.length === 0 ? ['no document differs'] : []),
    ...files.map((file) => `written to ${file}`),
  ]);
  return EXIT.done;
}

function commonLine({ copySeq, journalSeq, commonSeq }: CopyComparison): string {
  if (commonSeq === undefined) return 'nothing that both keep says up to where they are one history';
  const [ofCopy, ofJournal] = [copySeq - commonSeq, journalSeq - commonSeq];
  return `they are one history up to seq ${commonSeq}; behind it the copy has ${counted(ofCopy, 'transaction')} of its own, the journal ${counted(ofJournal, 'transaction')}`;
}

interface Counts {
  onlyCopy: number;
  onlyJournal: number;
  differing: number;
}

function countsOf({ documents }: CopyComparison): Readonly<Record<string, Counts>> {
  const counts: Record<string, Counts> = {};
  for (const { collection, copy, journal } of documents) {
    counts[collection] ??= { onlyCopy: 0, onlyJournal: 0, differing: 0 };
    if (journal === undefined) counts[collection].onlyCopy++;
    else if (copy === undefined) counts[collection].onlyJournal++;
    else counts[collection].differing++;
  }
  return counts;
}

async function* differenceLines(comparison: CopyComparison): AsyncGenerator<string, void> {
  const { directory, journal, copySeq, journalSeq, commonSeq, documents } = comparison;
  yield JSON.stringify({
    ...{ nuthatch: 'difference', version: VERSION, journal, directory, copySeq, journalSeq, commonSeq },
  });
  let transactions = 0;
  for await (const transaction of comparison.lostTransactions()) {
    transactions++;
    yield JSON.stringify({ transaction });
  }
  for (const difference of documents) yield JSON.stringify(difference);
  yield JSON.stringify({ end: { transactions, documents: documents.length } });
}

async function* withLineEnds(lines: AsyncIterable<string>): AsyncGenerator<string, void> {
  for await (const line of lines) yield `${line}\n`;
}
