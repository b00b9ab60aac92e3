/** `nuthatch verify`: reads every byte of a database and says whether it is whole. Takes no lock. */
import { resolve } from 'node:path';
import { EXIT } from '../exit-code.js';
import { PROGRESS_FLAG } from '../flags.js';
import type { Output } from '../output.js';
import { tools } from '../packages.js';
import { ProgressLine, shareText } from '../progress-line.js';
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
} from './directory-arguments.js';

export function addVerify(registry: VerbRegistry): void {
  directoryVerb(registry, 'verify <directory>', 'read every byte of a database; exit 1 when it is damaged')
    .option(...PROGRESS_FLAG)
    .action(registry.runVerb(runVerify));
}

/** Exit code 0 when whole, 1 when anything is damaged. */
async function runVerify(
  directory: string,
  options: DirectoryArguments,
  output: Output,
  root: string,
): Promise<number> {
  const { verifyDirectory } = tools();
  const progress = new ProgressLine(output, options.progress === true);
  const report = await verifyDirectory({
    directory: resolve(root, directory),
    ...storageOptions(options, root),
    onProgress: ({ readBytes, totalBytes }) => progress.show(() => shareText('verifying', readBytes, totalBytes)),
  }).finally(() => progress.end());
  const { isWhole, isClosed, lastSeq, frameCount, pageCount, snapshotCount, diskBytes, cutBytes, damage } = report;
  const lines = [
    `${isWhole ? 'whole' : `damaged in ${counted(damage.length, 'place')}`}: seq ${lastSeq}, ${counted(pageCount, 'page')} with ${counted(frameCount, 'frame')}, ${counted(snapshotCount, 'snapshot')}, ${bytesText(diskBytes)}`,
    ...(report.blobCount > 0 ? [`${counted(report.blobCount, 'blob')}, ${bytesText(report.blobBytes)}`] : []),
    ...damageLines(damage),
    stateText(isClosed),
  ];
  if (cutBytes > 0)
    lines.push(`a torn tail of ${bytesText(cutBytes)}: the next opening cuts it, no acknowledged write is in it`);
  if (report.undecodedFrameCount > 0)
    lines.push(
      `${counted(report.undecodedFrameCount, 'encrypted frame')} checked without their key: give --key-file to read them too`,
    );
  if (report.undecodedBlobCount > 0)
    lines.push(
      `${counted(report.undecodedBlobCount, 'encrypted blob')} checked without their key: give --key-file to read them too`,
    );
  if (!isWhole) lines.push('restore a backup, or `nuthatch repair` what can be read into a new directory');
  print(output, options, report, lines);
  return isWhole ? EXIT.done : EXIT.refused;
}
