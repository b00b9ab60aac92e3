/** `nuthatch import`: makes a database of the lines that `dump` wrote, from standard input or a file. */
import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileError } from '../exit-code.js';
import { PROGRESS_FLAG } from '../flags.js';
import type { Output } from '../output.js';
import { tools } from '../packages.js';
import { ProgressLine, shareText } from '../progress-line.js';
import type { VerbRegistry } from '../verb.js';
import { counted, type DirectoryArguments, print, storageOptions, writingVerb } from './directory-arguments.js';

interface ImportArguments extends DirectoryArguments {
  readonly input?: string;
}

export function addImport(registry: VerbRegistry): void {
  writingVerb(registry, 'import <directory>', 'make a database of the lines of a dump')
    .option('--input <file>', 'read this file instead of standard input')
    .option(...PROGRESS_FLAG)
    .action(registry.runVerb(runImport));
}

async function runImport(directory: string, options: ImportArguments, output: Output, root: string): Promise<number> {
  const { importDump } = tools();
  const progress = new ProgressLine(output, options.progress === true);
  const lines = linesOf(options.input === undefined ? undefined : resolve(root, options.input), progress);
  const report = await importDump({
    destination: resolve(root, directory),
    lines,
    ...storageOptions(options, root),
  }).finally(() => progress.end());
  const { documentCount, collections } = report;
  print(output, options, report, [
    `${counted(documentCount, 'document')} imported`,
    ...Object.entries(collections).map(([name, count]) => `  ${name}: ${count}`),
  ]);
  return 0;
}

/** Line by line. Not by `readline`, whose loop never ends when the stream fails. */
async function* linesOf(file: string | undefined, progress: ProgressLine): AsyncGenerator<string, void> {
  const totalBytes = file === undefined ? undefined : sizeOf(file);
  // Opened when the first line is asked for: an error before anybody listens would end the process.
  const input: NodeJS.ReadableStream = file === undefined ? process.stdin : createReadStream(file);
  input.setEncoding('utf8');
  let rest = '';
  let readBytes = 0;
  let lineCount = 0;
  for await (const chunk of input) {
    readBytes += Buffer.byteLength(String(chunk));
    progress.show(() =>
      totalBytes === undefined ? `importing: ${lineCount} lines` : shareText('importing', readBytes, totalBytes),
    );
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    lineCount += lines.length;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** @throws DatabaseError `FILE_UNUSABLE`: of the input, before anything else is blamed for it. */
function sizeOf(file: string): number {
  try {
    const input = statSync(file);
    if (!input.isDirectory()) return input.size;
  } catch (error) {
    throw fileError(error as NodeJS.ErrnoException);
  }
  throw fileError({ code: 'EISDIR', syscall: 'read', path: file });
}
