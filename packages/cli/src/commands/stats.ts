/**
 * `nuthatch stats`: sizes and counts of a database, once or each second. Takes no lock: the directory may be in use.
 *
 * To watch costs little while nothing is written: the directory is read again when its files have changed, and never for
 * more than half of the time.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, UsageError } from '../exit-code.js';
import type { Output } from '../output.js';
import { type DirectoryStats, fingerprintOf, readStats } from '../stats/directory-stats.js';
import { tableLines } from '../text-table.js';
import type { VerbRegistry } from '../verb.js';
import {
  bytesText,
  counted,
  type DirectoryArguments,
  directoryVerb,
  storageOptions,
  undecodedLines,
} from './directory-arguments.js';

interface StatsArguments extends DirectoryArguments {
  readonly watch?: boolean;
  readonly every?: string;
}

export function addStats(registry: VerbRegistry): void {
  directoryVerb(registry, 'stats <directory>', 'sizes, counts and seq of a database, also beside a running process')
    .option('--watch', 'go on, and print again what changes, until it is interrupted')
    .option('--every <seconds>', 'with --watch: how often to look (default: 1)')
    .action(registry.runVerb(runStats));
}

const MIN_EVERY_S = 0.1;
const MAX_EVERY_S = 86_400;

async function runStats(given: string, options: StatsArguments, output: Output, root: string): Promise<number> {
  const directory = resolve(root, given);
  const everyMs = intervalOf(options);
  const input = { directory, ...storageOptions(options, root) };
  if (!options.watch) {
    const stats = await readStats(input);
    if (options.json) output.out(JSON.stringify(stats, undefined, 2));
    else for await (const line of statsLines(stats, output.columns)) output.out(line);
    return EXIT.done;
  }
  let earlier: DirectoryStats | undefined;
  for (let seen: string | undefined; ; ) {
    const startMs = performance.now();
    const found = fingerprintOf(directory);
    if (found !== seen) {
      const stats = await readStats(input);
      seen = found;
      await printAgain(stats, earlier, options, output);
      earlier = stats;
    }
    const tookMs = performance.now() - startMs;
    await sleep(Math.max(everyMs - tookMs, tookMs));
  }
}

/** @throws UsageError. */
function intervalOf({ every, watch }: StatsArguments): number {
  if (every === undefined) return 1_000;
  if (!watch) throw new UsageError('every', '--every needs --watch');
  const seconds = Number(every);
  if (!/^\d+(\.\d+)?$/.test(every) || seconds < MIN_EVERY_S || seconds > MAX_EVERY_S)
    throw new UsageError('every', `--every must be ${MIN_EVERY_S} to ${MAX_EVERY_S} seconds, found ${every}`);
  return seconds * 1_000;
}

async function* statsLines(stats: DirectoryStats, columns: number | undefined): AsyncGenerator<string, void> {
  const { collections, seq, oldestSeq, diskBytes, pageCount, snapshotCount, snapshotBytes, damageCount } = stats;
  yield `${stats.directory}: ${holderText(stats)}`;
  yield `seq ${seq}, changes kept from seq ${oldestSeq + 1}`;
  const snapshots =
    snapshotCount === 0 ? '' : ` and ${counted(snapshotCount, 'snapshot')} of ${bytesText(snapshotBytes)}`;
  yield `${bytesText(diskBytes)} on disk in ${counted(pageCount, 'page')}${snapshots}`;
  if (damageCount > 0) yield `damaged in ${counted(damageCount, 'place')}: \`nuthatch verify\` lists them`;
  yield* undecodedLines(stats.undecodedFrameCount);
  yield '';
  async function* rows(): AsyncGenerator<readonly string[], void> {
    for (const { name, documentCount, documentBytes, indexNames, modelCount } of collections)
      yield [name, String(documentCount), bytesText(documentBytes), String(modelCount), indexNames.join(' ')];
  }
  yield* tableLines(['collection', 'documents', 'decoded', 'models', 'indexes'], rows(), columns);
}

function holderText({ isClosed, holder }: DirectoryStats): string {
  if (holder?.isAlive) return `in use by process ${holder.pid}`;
  return isClosed ? 'closed properly' : 'not closed properly: the next opening recovers it';
}

async function printAgain(
  stats: DirectoryStats,
  earlier: DirectoryStats | undefined,
  options: StatsArguments,
  output: Output,
): Promise<void> {
  if (options.json) {
    output.out(JSON.stringify(stats));
    return;
  }
  const lines: string[] = [];
  for await (const line of statsLines(stats, output.columns)) lines.push(line);
  const time = new Date(stats.timeMs).toISOString().slice(11, 19);
  const seconds = earlier && (stats.timeMs - earlier.timeMs) / 1000;
  const rate = seconds ? `, ${((stats.seq - earlier.seq) / seconds).toFixed(1)} transactions per second` : '';
  lines.unshift(`${time}${rate}`);
  if (output.redraw !== undefined) output.redraw(lines);
  else output.out(`${lines.join('\n')}\n`);
}
