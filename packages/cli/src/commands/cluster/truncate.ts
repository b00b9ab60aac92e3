/** `nuthatch cluster truncate`: removes frames that an image covers, as nodes with a directory do by themselves. */
import type { JournalStatus, TruncateOptions } from '@nuthatch/cluster';
import { namedJournal } from '../../cluster/named-journal.js';
import { EXIT, UsageError } from '../../exit-code.js';
import type { Output } from '../../output.js';
import type { VerbRegistry } from '../../verb.js';
import { bytesText, counted, print } from '../directory-arguments.js';
import { type ClusterArguments, clusterVerb, framesText, imageText, UNSAFE_FLAG } from './cluster-verb.js';

interface TruncateArguments extends ClusterArguments {
  readonly writeImage?: boolean;
  readonly retention?: string;
  readonly retentionBytes?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function addClusterTruncate(registry: VerbRegistry): void {
  const description = 'remove frames that the newest image covers; without a terminal it needs --yes';
  clusterVerb(registry, 'truncate', description)
    .option('--write-image', 'first store an image of the journal as it is now')
    .option('--retention <time>', 'how long covered frames are kept, such as 90s, 30m, 12h or 7d (default: 1d)')
    .option('--retention-bytes <count>', 'how many bytes of covered frames are kept at most (default: 1 GiB)')
    .option('--dry-run', 'say what the image covers; change nothing')
    .option('--yes', 'do not ask')
    .option(...UNSAFE_FLAG)
    .action(registry.runVerb(runTruncate));
}

async function runTruncate(options: TruncateArguments, output: Output, root: string): Promise<number> {
  const retention = retentionOf(options);
  if (options.dryRun && (options.yes || options.writeImage))
    throw new UsageError('dry-run', '--dry-run changes nothing: leave --yes and --write-image out');
  const isAsking = !options.dryRun && !options.yes;
  if (isAsking && (output.ask === undefined || options.json))
    throw new UsageError('yes', 'truncate removes frames: confirm it with --yes, or look first with --dry-run');
  const { cluster, journal } = await namedJournal(options, root);
  const status = await cluster.journalStatus(journal);
  if (options.dryRun || isAsking) {
    if (options.dryRun || !options.json) print(output, options, plannedOf(status), plannedLines(status, options));
    if (options.dryRun) return EXIT.done;
    const answer = (await output.ask!('Remove them? (y/N) ')).trim().toLowerCase();
    if (answer !== 'y' && answer !== 'yes') {
      output.out('Nothing was removed.');
      return EXIT.done;
    }
  }
  const stored = options.writeImage ? await cluster.storeImage(journal) : undefined;
  const { image, before, after } = await cluster.truncateJournal(journal, retention);
  const removedCount = before.frameCount - after.frameCount;
  const result = { image, storedImage: stored !== undefined, removedCount, before, after };
  print(output, options, result, [
    ...(stored === undefined ? [] : [`an image was stored ${imageText(stored)}`]),
    ...(image === undefined
      ? ['there is no image, so no frame can go: --write-image stores one first']
      : [`${counted(removedCount, 'frame')} removed, ${bytesText(before.frameBytes - after.frameBytes)}`]),
    framesText(after, status.head),
  ]);
  return EXIT.done;
}

/** What the newest image covers: from this, frames go by their time and bytes. */
function plannedOf({ image, oldest, frameBytes, bytesSinceImage, frameCount }: JournalStatus): object {
  const coveredCount = image === undefined ? 0 : Math.min(frameCount, Math.max(0, image.position - oldest + 1));
  return { image, coveredCount, coveredBytes: image === undefined ? 0 : frameBytes - bytesSinceImage };
}

function plannedLines(status: JournalStatus, options: TruncateArguments): readonly string[] {
  const { image } = status;
  const { coveredCount, coveredBytes } = plannedOf(status) as { coveredCount: number; coveredBytes: number };
  const frames = framesText(status, status.head);
  if (options.writeImage)
    return [frames, 'An image of the journal as it is now is stored, and covers all of them.', keptLine(options)];
  if (image === undefined) return [frames, 'There is no image, so no frame can go: --write-image stores one first.'];
  const covered = `The image ${imageText(image)} covers ${counted(coveredCount, 'frame')}, ${bytesText(coveredBytes)}.`;
  return [frames, covered, keptLine(options)];
}

function keptLine({ retention = '1d', retentionBytes }: TruncateArguments): string {
  const bytes = retentionBytes === undefined ? '1 GiB' : bytesText(Number(retentionBytes));
  return `Of these go those that are older than ${retention}, and the oldest ones beyond ${bytes}.`;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws UsageError. */
function retentionOf({ retention, retentionBytes }: TruncateArguments): TruncateOptions {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(retention ?? '1d') ?? [];
  if (count === undefined)
    throw new UsageError('retention', `--retention must be a time such as 90s, 30m, 12h or 7d, found ${retention}`);
  if (retentionBytes !== undefined && !/^\d{1,15}$/.test(retentionBytes))
    throw new UsageError('retention-bytes', `--retention-bytes must be a count of bytes, found ${retentionBytes}`);
  return {
    ...(retention !== undefined && { retentionMs: Number(count) * UNITS_MS[unit]! }),
    ...(retentionBytes !== undefined && { retentionBytes: Number(retentionBytes) }),
  };
}
