/** `nuthatch dump` (or `export`): all documents as lines of JSON, to standard output or a file. Takes no lock. */
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { dumpDirectory } from '@nuthatch/runtime';
import type { Output } from '../output.js';
import { counted, type DirectoryArguments, print, storageOptions } from './directory-arguments.js';

export interface DumpArguments extends DirectoryArguments {
  readonly collection?: readonly string[];
  readonly output?: string;
}

export async function runDump(
  directory: string,
  options: DumpArguments,
  output: Output,
  root: string,
): Promise<number> {
  const lines = dumpDirectory({
    directory: resolve(root, directory),
    ...storageOptions(options, root),
    ...(options.collection && { collections: options.collection }),
  });
  const missing = new Set(options.collection);
  let documentCount = 0;
  async function* text(): AsyncGenerator<string, void> {
    for await (const line of lines) {
      if (line.startsWith('{"collection"')) {
        documentCount++;
        for (const name of missing) if (line.startsWith(`{"collection":${JSON.stringify(name)},`)) missing.delete(name);
      }
      yield line;
    }
  }
  const tellMissing = (): void => {
    // Not an error: it may be empty. But a misspelt name must not pass for a dump.
    for (const name of missing) output.err(`no document of ${name} is in ${directory}`);
  };
  if (options.output === undefined) {
    for await (const line of text()) {
      output.out(line);
      await output.drained?.();
    }
    tellMissing();
    return 0;
  }
  async function* ended(): AsyncGenerator<string, void> {
    for await (const line of text()) yield `${line}\n`;
  }
  const file = resolve(root, options.output);
  // Documents are nobody else's business; and a file that is there is never written over.
  await pipeline(Readable.from(ended()), createWriteStream(file, { mode: 0o600, flags: 'wx' }));
  tellMissing();
  print(output, options, { file, documentCount }, [`${counted(documentCount, 'document')} written to ${file}`]);
  return 0;
}
