/** `nuthatch inspect`: what a database consists of, and on request its frames and the commands behind transactions. */
import { resolve } from 'node:path';
import type { InspectedTransaction, InspectReport } from '@nuthatch/runtime/tools';
import type { Output } from '../output.js';
import { tools } from '../packages.js';
import type { VerbRegistry } from '../verb.js';
import {
  bytesText,
  counted,
  type DirectoryArguments,
  damageLines,
  directoryVerb,
  print,
  stateText,
  storageOptions,
  timeText,
  undecodedLines,
} from './directory-arguments.js';

interface InspectArguments extends DirectoryArguments {
  readonly frames?: boolean;
  readonly commands?: boolean;
}

export function addInspect(registry: VerbRegistry): void {
  directoryVerb(registry, 'inspect <directory>', 'pages, snapshots, models and counts of a database')
    .option('--frames', 'list the frames after the snapshot')
    .option('--commands', 'list the transactions, with the commands behind them')
    .action(registry.runVerb(runInspect));
}

async function runInspect(directory: string, options: InspectArguments, output: Output, root: string): Promise<number> {
  const { auditTrail, inspectDirectory } = tools();
  const input = { directory: resolve(root, directory), ...storageOptions(options, root) };
  const { frames, ...report } = await inspectDirectory(input);
  const transactions: InspectedTransaction[] = [];
  if (options.commands) for await (const transaction of auditTrail(input)) transactions.push(transaction);
  const result = {
    ...report,
    ...(options.frames && { frames }),
    ...(options.commands && { transactions }),
  };
  const lines = [
    ...summaryLines(report),
    ...(options.frames
      ? frames.map(
          ({ page, offset, byteCount, firstSeq, transactionCount, timeMs }) =>
            `frame of page ${page} at ${offset}: ${bytesText(byteCount)}, seq ${firstSeq}, ${counted(transactionCount, 'transaction')}, ${timeText(timeMs)}`,
        )
      : []),
    ...transactions.map(transactionLine),
  ];
  print(output, options, result, lines);
  return 0;
}

function summaryLines(report: Omit<InspectReport, 'frames'>): readonly string[] {
  const { uuid, incarnation, epoch, lastSeq, oldestSeq, diskBytes, cutBytes, damage } = report;
  return [
    `database ${uuid}, incarnation ${incarnation}, opened ${counted(epoch, 'time')}`,
    `seq ${lastSeq}, changes kept from seq ${oldestSeq + 1}, ${bytesText(diskBytes)} on disk; ${stateText(report.isClosed)}`,
    ...report.snapshots.map(
      ({ number, seq, byteCount }) => `snapshot ${number}: of seq ${seq}, ${bytesText(byteCount)}`,
    ),
    ...report.deltas.map(
      ({ number, afterSeq, seq, byteCount }) =>
        `delta ${number}: what changed after seq ${afterSeq} up to ${seq}, ${bytesText(byteCount)}`,
    ),
    ...report.pages.map(({ number, firstSeq, codecId, sealed }) => {
      const end = sealed ? `to ${sealed.lastSeq}, ${bytesText(sealed.byteCount)}` : 'on, being written';
      return `page ${number}: seq ${firstSeq} ${end}${codecId === 0 ? '' : `, codec ${codecId}`}`;
    }),
    ...report.models.map(
      ({ collection, fingerprint, documentCount, fieldNames }) =>
        `${collection}: ${counted(documentCount, 'document')} of model ${fingerprint.slice(0, 8)} (${fieldNames.join(', ')})`,
    ),
    ...(report.blobCount > 0 ? [`${counted(report.blobCount, 'blob')}, ${bytesText(report.blobBytes)}`] : []),
    ...undecodedLines(report.undecodedFrameCount),
    ...(cutBytes > 0 ? [`torn tail: ${bytesText(cutBytes)}`] : []),
    ...(damage.length > 0 ? ['damage:', ...damageLines(damage)] : []),
  ];
}

function transactionLine({
  seq,
  timeMs,
  origin,
  command,
  putCount,
  deleteCount,
  collections,
}: InspectedTransaction): string {
  const by = command === undefined ? origin : `${command.name}(${command.argumentsJson})`;
  return `seq ${seq} ${timeText(timeMs)} ${by}: ${counted(putCount, 'put')}, ${counted(deleteCount, 'delete')} in ${collections.join(', ')}`;
}
