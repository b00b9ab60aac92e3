/** `nuthatch restore`: a new directory with the state at a seq or a time, or of a streamed backup. */
import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RestoreReport } from '@nuthatch/runtime/tools';
import { refusal, UsageError } from '../exit-code.js';
import type { Output } from '../output.js';
import { model, tools } from '../packages.js';
import type { VerbRegistry } from '../verb.js';
import {
  bytesText,
  counted,
  type DirectoryArguments,
  print,
  storageOptions,
  timeText,
  writingVerb,
} from './directory-arguments.js';

interface RestoreArguments extends DirectoryArguments {
  readonly at?: string;
}

export function addRestore(registry: VerbRegistry): void {
  const description = 'a new directory with an earlier state, of a directory or a streamed backup';
  writingVerb(registry, 'restore <from> <to>', description)
    .option('--at <seq or time>', 'the last transaction to hold, or a time such as 2026-01-31T12:00:00Z')
    .action(registry.runVerb(runRestore));
}

async function runRestore(
  from: string,
  to: string,
  options: RestoreArguments,
  output: Output,
  root: string,
): Promise<number> {
  const { restoreDirectory, unpackBackup } = tools();
  const [source, destination] = [resolve(root, from), resolve(root, to)];
  const point = options.at === undefined ? {} : pointOf(options.at);
  const storage = storageOptions(options, root);
  if (statSync(source, { throwIfNoEntry: false })?.isFile()) {
    if (options.at !== undefined)
      throw refusal(
        'INVALID_OPTION',
        'restore the archive to a directory first, then restore that directory with `--at`',
        {
          option: 'at',
        },
      );
    const report = await unpackBackup({ stream: createReadStream(source), destination, ...storage });
    print(output, options, report, [
      `unpacked to ${destination}: seq ${report.lastSeq}, ${bytesText(report.byteCount)}`,
    ]);
    return 0;
  }
  const report = await restoreDirectory({ directory: source, destination, ...point, ...storage });
  const { lastSeq, lastTime, documentCount, incarnation } = report;
  const time = lastTime === undefined ? '' : ` of ${timeText(lastTime)}`;
  print(output, options, report, [
    `restored to ${destination}: seq ${lastSeq}${time}, ${counted(documentCount, 'document')}, incarnation ${incarnation}`,
    ...leftOutLines(report.leftOut),
  ]);
  return 0;
}

/** Lists what is not in the new directory, so that nobody takes the directory for complete. */
function leftOutLines(leftOut: RestoreReport['leftOut']): readonly string[] {
  if (leftOut === undefined) return [];
  const { transactionCount, firstSeq, lastSeq, earliestTime, latestTime, earlierCount } = leftOut;
  const line = `left out: ${counted(transactionCount, 'transaction')}, seq ${firstSeq} to ${lastSeq}, of ${timeText(earliestTime)} to ${timeText(latestTime)}`;
  if (earlierCount === 0) return [line];
  const why = `the clock was ahead at seq ${firstSeq}`;
  return [
    line,
    `  ${earlierCount} of them are not later than the time asked for: ${why}; --at ${lastSeq} takes them all`,
  ];
}

/** A whole number is a seq; anything else has to be a time with its zone, so that it means the same everywhere. */
function pointOf(at: string): { readonly atSeq: number } | { readonly atTime: number } {
  if (/^\d+$/.test(at)) return { atSeq: Number(at) };
  const time = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:?\d\d))?$/.test(at) ? model().dateOfIsoText(at) : undefined;
  if (time !== undefined) return { atTime: time.getTime() };
  const what = `--at must be a seq, or a time such as 2026-01-31T12:00:00Z, found ${JSON.stringify(at)}`;
  throw new UsageError('at', what);
}
