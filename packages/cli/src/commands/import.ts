/** `nuthatch import`: makes a database of the lines that `dump` wrote, from standard input or a file. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileError } from '../exit-code.js';
import { PROGRESS_FLAG } from '../flags.js';
import type { Output } from '../output.js';
import { tools } from '../packages.js';
import { ProgressLine, shareText } from '../progress-line.js';
import { readLines } from '../read-lines.js';
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

/** The lines of the dump, and how far they have come. */
function linesOf(file: string | undefined, progress: ProgressLine): AsyncGenerator<string, void> {
  const totalBytes = file === undefined ? undefined : sizeOf(file);
  return readLines(file, (readBytes, lineCount) =>
    progress.show(() =>
      totalBytes === undefined ? `importing: ${lineCount} lines` : shareText('importing', readBytes, totalBytes),
    ),
  );
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
