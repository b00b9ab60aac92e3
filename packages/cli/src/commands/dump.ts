/** `nuthatch dump` (or `export`): all documents as lines of JSON, to standard output or a file. Takes no lock. */
import { resolve } from 'node:path';
import { EXIT, refusal } from '../exit-code.js';
import { PROGRESS_FLAG } from '../flags.js';
import type { Output } from '../output.js';
import { tools } from '../packages.js';
import { ProgressLine, shareText } from '../progress-line.js';
import type { VerbRegistry } from '../verb.js';
import { writeNewFile } from '../write-new-file.js';
import { counted, type DirectoryArguments, directoryVerb, print, storageOptions } from './directory-arguments.js';

interface DumpArguments extends DirectoryArguments {
  readonly collection?: readonly string[];
  readonly output?: string;
}

export function addDump(registry: VerbRegistry): void {
  directoryVerb(registry, 'dump <directory>', 'all documents as lines of JSON')
    .alias('export')
    .option('--collection <name...>', 'only these collections')
    .option('--output <file>', 'write to this new file instead of standard output')
    .option(...PROGRESS_FLAG)
    .action(registry.runVerb(runDump));
}

async function runDump(directory: string, options: DumpArguments, output: Output, root: string): Promise<number> {
  const { dumpDirectory } = tools();
  const progress = new ProgressLine(output, options.progress === true);
  const lines = dumpDirectory({
    directory: resolve(root, directory),
    ...storageOptions(options, root),
    ...(options.collection && { collections: options.collection }),
    onProgress: ({ readBytes, totalBytes }) => progress.show(() => shareText('reading', readBytes, totalBytes)),
  });
  let documentCount = 0;
  async function* text(): AsyncGenerator<string, void> {
    for await (const line of knowing(lines, options.collection ?? [])) {
      if (line.startsWith('{"collection"')) documentCount++;
      progress.show(() => `writing: ${counted(documentCount, 'document')}`);
      yield `${line}\n`;
    }
  }
  try {
    if (options.output === undefined) {
      for await (const line of text()) {
        // A line end is what `out` adds.
        output.out(line.slice(0, -1));
        await output.drained?.();
      }
      return EXIT.done;
    }
    const file = resolve(root, options.output);
    await writeNewFile(file, text());
    progress.end();
    print(output, options, { file, documentCount }, [`${counted(documentCount, 'document')} written to ${file}`]);
    return EXIT.done;
  } finally {
    progress.end();
  }
}

/**
 * The lines, held back until those that name the models have passed: a misspelt name must not pass for a dump.
 *
 * @throws DatabaseError `INVALID_OPTION` for a collection of which nothing is there.
 */
async function* knowing(lines: AsyncIterable<string>, wanted: readonly string[]): AsyncGenerator<string, void> {
  const head: string[] = [];
  const known = new Set<string>();
  let isHead = true;
  for await (const line of lines) {
    if (isHead && (head.length === 0 || line.startsWith('{"model"'))) {
      head.push(line);
      const { definition } = JSON.parse(line) as { readonly definition?: { readonly collection: string } };
      if (definition !== undefined) known.add(definition.collection);
      continue;
    }
    if (isHead) {
      isHead = false;
      refuseUnknown(wanted, known);
      yield* head;
    }
    yield line;
  }
}

function refuseUnknown(wanted: readonly string[], known: ReadonlySet<string>): void {
  const unknown = wanted.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const what = `there are no documents of ${unknown.join(', ')}, so nothing was dumped`;
  throw refusal('INVALID_OPTION', what, { option: 'collection', unknown });
}
