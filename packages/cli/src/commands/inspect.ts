/** `nuthatch inspect`: what a database consists of, and on request its frames and the commands behind transactions. */
import { resolve } from 'node:path';
import { auditTrail, type InspectedTransaction, type InspectReport, inspectDirectory } from '@nuthatch/runtime';
import type { Output } from '../output.js';
import {
  bytesText,
  counted,
  type DirectoryArguments,
  damageLines,
  print,
  stateText,
  storageOptions,
  timeText,
} from './directory-arguments.js';

export interface InspectArguments extends DirectoryArguments {
  readonly frames?: boolean;
  readonly commands?: boolean;
}

export async function runInspect(
  directory: string,
  options: InspectArguments,
  output: Output,
  root: string,
): Promise<number> {
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
    ...report.pages.map(({ number, firstSeq, codecId, sealed }) => {
      const end = sealed ? `to ${sealed.lastSeq}, ${bytesText(sealed.byteCount)}` : 'on, being written';
      return `page ${number}: seq ${firstSeq} ${end}${codecId === 0 ? '' : `, codec ${codecId}`}`;
    }),
    ...report.models.map(
      ({ collection, fingerprint, documentCount, fieldNames }) =>
        `${collection}: ${counted(documentCount, 'document')} of model ${fingerprint.slice(0, 8)} (${fieldNames.join(', ')})`,
    ),
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
