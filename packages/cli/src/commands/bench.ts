/**
 * `nuthatch bench`: how fast this disk makes writes durable, what the engine makes of it, and what that means for a
 * program. Works in a new folder of its own, which it removes, also when it is interrupted; `kill -9` leaves it.
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CommitSpeed, measureCommits } from '../disk/measure-commits.js';
import { mountOf } from '../disk/mount-of.js';
import { IMPLAUSIBLE_US, measureSyncs, type SyncSpeed } from '../disk/sync-speed.js';
import { beforeEndingSignals } from '../ending-signals.js';
import { EXIT, fileError, UsageError } from '../exit-code.js';
import { JSON_FLAG } from '../flags.js';
import type { Output } from '../output.js';
import { ProgressLine } from '../progress-line.js';
import type { VerbOptions, VerbRegistry } from '../verb.js';

interface BenchArguments extends VerbOptions {
  readonly seconds: string;
}

export function addBench(registry: VerbRegistry): void {
  registry.program
    .command('bench [directory]')
    .description('measure fsync and commits on the disk of a directory, and say what to expect')
    .option('--seconds <count>', 'how long each of the four measurements takes', '1')
    .option(...JSON_FLAG)
    .action(registry.runVerb(runBench));
}

const WRITER_COUNT = 64;
const INTERVAL_MS = 100;
/** Less is within what other work on the machine does to figures. */
const LEAST_GAIN = 1.5;
const MIN_SECONDS = 0.05;
const MAX_SECONDS = 60;

/** The result: persistent, since scripts read it. */
interface BenchReport {
  readonly directory: string;
  readonly fileSystem: string | undefined;
  readonly fsync: SyncSpeed & { readonly perSecond: number };
  /** One writer that waits for each commit, at durability `fsync`. */
  readonly oneWriter: CommitSpeed;
  /** Writers that share fsyncs. */
  readonly manyWriters: CommitSpeed & { readonly writerCount: number };
  /** As many writers at durability `interval`. */
  readonly withoutWaiting: CommitSpeed & { readonly flushIntervalMs: number };
  readonly isPlausible: boolean;
}

async function runBench(
  directory: string | undefined,
  options: BenchArguments,
  output: Output,
  root: string,
): Promise<number> {
  const seconds = Number(options.seconds);
  if (!/^\d+(\.\d+)?$/.test(options.seconds) || seconds < MIN_SECONDS || seconds > MAX_SECONDS)
    throw new UsageError('seconds', `--seconds must be ${MIN_SECONDS} to ${MAX_SECONDS}, found ${options.seconds}`);
  const place = resolve(root, directory ?? '.');
  if (!statSync(place).isDirectory()) throw fileError({ code: 'ENOTDIR', syscall: 'mkdir', path: place });
  const folder = mkdtempSync(join(place, '.nuthatch-bench-'));
  const takeAway = (): void => rmSync(folder, { recursive: true, force: true });
  const stop = beforeEndingSignals(takeAway);
  const progress = new ProgressLine(output, false);
  try {
    const report = await measure(place, folder, seconds * 1000, progress);
    progress.end();
    if (options.json) output.out(JSON.stringify(report, undefined, 2));
    else for (const line of reportLines(report)) output.out(line);
    return EXIT.done;
  } finally {
    progress.end();
    takeAway();
    stop();
  }
}

async function measure(place: string, folder: string, forMs: number, progress: ProgressLine): Promise<BenchReport> {
  progress.show(() => `measuring in ${place}, about ${Math.ceil((4 * forMs) / 1000)} s`);
  const fsync = await syncsIn(folder, forMs);
  const oneWriter = await measureCommits(join(folder, 'one'), forMs, 1);
  const manyWriters = await measureCommits(join(folder, 'many'), forMs, WRITER_COUNT);
  const withoutWaiting = await measureCommits(join(folder, 'interval'), forMs, WRITER_COUNT, INTERVAL_MS);
  return {
    directory: place,
    fileSystem: mountOf(place)?.type,
    fsync: { ...fsync, perSecond: Math.round(1e6 / Math.max(1, fsync.p50Us)) },
    oneWriter,
    manyWriters: { writerCount: WRITER_COUNT, ...manyWriters },
    withoutWaiting: { flushIntervalMs: INTERVAL_MS, ...withoutWaiting },
    isPlausible: fsync.p50Us >= IMPLAUSIBLE_US,
  };
}

/** In a file with a name, which every file system has. */
async function syncsIn(folder: string, forMs: number): Promise<SyncSpeed> {
  const fd = openSync(join(folder, 'syncs'), 'wx', 0o600);
  try {
    return await measureSyncs(fd, forMs);
  } finally {
    closeSync(fd);
  }
}

function* reportLines(report: BenchReport): Generator<string, void> {
  const { fsync, oneWriter, manyWriters, withoutWaiting } = report;
  const speed = ({ perSecond, p50Ms, p99Ms }: CommitSpeed): string =>
    `${grouped(perSecond)} transactions per second, each acknowledged in ${p50Ms} ms (p50), ${p99Ms} ms (p99)`;
  yield `${report.directory}${report.fileSystem === undefined ? '' : ` (${report.fileSystem})`}`;
  yield `fsync: ${grouped(fsync.perSecond)} per second, ${fsync.p50Us} µs (p50), ${fsync.p99Us} µs (p99)`;
  yield `one writer: ${speed(oneWriter)}`;
  yield `${WRITER_COUNT} writers: ${speed(manyWriters)}`;
  yield `durability interval: ${speed(withoutWaiting)}`;
  yield '';
  yield 'What to expect:';
  yield `- A program that awaits each write in turn gets about ${grouped(oneWriter.perSecond)} per second: it waits for one fsync each.`;
  const gain = manyWriters.perSecond / Math.max(1, oneWriter.perSecond);
  if (gain >= LEAST_GAIN)
    yield `- Writes that run at the same time share an fsync: ${WRITER_COUNT} at once are ${gain.toFixed(1)} times as many per second. Do not await them one by one.`;
  else yield '- Writes that run at the same time gain nothing here: not fsync but the processor is what they wait for.';
  yield `- With \`durability: 'interval'\` a write does not wait: a power cut may lose the last ${INTERVAL_MS} ms, a killed process nothing.`;
  yield '- Reads never touch the disk.';
  if (!report.isPlausible)
    yield `- No disk answers in ${fsync.p50Us} µs: fsync is ignored here or the files lie in memory. A power cut would lose acknowledged transactions; see \`nuthatch doctor\`.`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
