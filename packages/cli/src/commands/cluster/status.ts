/** `nuthatch cluster status`: what an engine holds of a journal, and how directories of nodes are to it. Changes nothing. */
import { resolve } from 'node:path';
import type { CopyStatus, JournalStatus } from '@nuthatch/cluster';
import { namedJournal } from '../../cluster/named-journal.js';
import { EXIT } from '../../exit-code.js';
import type { Output } from '../../output.js';
import type { VerbRegistry } from '../../verb.js';
import { bytesText, counted, print } from '../directory-arguments.js';
import { type ClusterArguments, clusterVerb, framesText, imageText } from './cluster-verb.js';

interface StatusArguments extends ClusterArguments {
  readonly directory?: readonly string[];
}

export function addClusterStatus(registry: VerbRegistry): void {
  const description =
    'head, frames and image of a journal, and how far directories of nodes are; exit 1 when one has diverged';
  clusterVerb(registry, 'status', description)
    .option('--directory <directory...>', 'directories of nodes, which may be in use')
    .action(registry.runVerb(runStatus));
}

async function runStatus(options: StatusArguments, output: Output, root: string): Promise<number> {
  const { cluster, journal } = await namedJournal(options, root);
  const status = await cluster.journalStatus(journal);
  const copies: CopyStatus[] = [];
  for (const directory of options.directory ?? [])
    copies.push(await cluster.copyStatus(journal, resolve(root, directory)));
  print(output, options, { ...status, copies }, [...journalLines(status), ...copies.flatMap(copyLines)]);
  return copies.some(({ state }) => state === 'diverged') ? EXIT.refused : EXIT.done;
}

function journalLines(status: JournalStatus): readonly string[] {
  const { journal, uuid, isUnfinished, head, seq, bytesSinceImage, image } = status;
  const lines = [`${journal} (${uuid})`];
  if (isUnfinished) lines.push('is being made of a directory, or that was interrupted: nodes cannot open it');
  lines.push(head === 0 ? `no frame was written yet; seq ${seq}` : `ends with frame ${head}, seq ${seq}`);
  lines.push(framesText(status, head));
  lines.push(
    image === undefined
      ? 'there is no image: a new node reads all frames'
      : `the newest image is ${imageText(image)}; ${bytesText(bytesSinceImage)} of frames behind it`,
  );
  return lines;
}

function copyLines({ directory, state, seq, behindCount, lostCount, commonSeq, pid }: CopyStatus): readonly string[] {
  const open = pid === undefined ? '' : `, in use by process ${pid}`;
  const line = (text: string): readonly string[] => [`${directory}: ${text}${open}`];
  if (state === 'current') return line(`holds everything, up to seq ${seq}`);
  if (state === 'behind') return line(`ends at seq ${seq}, ${counted(behindCount ?? 0, 'transaction')} behind`);
  if (state === 'foreign') return line('is a copy of another journal: a node sets it aside');
  if (state === 'outdated')
    return line(`ends at seq ${seq}, before the oldest frame: a node sets it aside and begins with the image`);
  const isUnknown = commonSeq === undefined;
  const lost = isUnknown
    ? `ends at seq ${seq}, and has no part in common with the journal`
    : `holds ${counted(lostCount ?? 0, 'transaction')} from seq ${commonSeq + 1} on that the journal does not hold`;
  return [
    ...line(`has diverged: it ${lost}`),
    `  \`nuthatch cluster diff\` shows ${isUnknown ? 'what differs' : 'them'}, \`nuthatch cluster adopt\` goes on`,
  ];
}
