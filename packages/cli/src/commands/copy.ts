/** `nuthatch copy`: the documents of a directory to an external database. Takes no lock; the directory may be in use. */
import { resolve } from 'node:path';
import type { CopySource } from '@nuthatch/copy';
import { progressPrinter } from '../copy-progress.js';
import { directorySource } from '../directory-source.js';
import { UsageError } from '../exit-code.js';
import { onlyCollection, openTarget, requireKind } from '../external-target.js';
import type { Output } from '../output.js';
import { copy } from '../packages.js';
import type { VerbRegistry } from '../verb.js';
import { writeNewFile } from '../write-new-file.js';
import { counted } from './directory-arguments.js';
import { type TargetVerbArguments, targetVerb } from './target-verb.js';

interface CopyArguments extends TargetVerbArguments {
  readonly collections?: readonly string[];
  readonly ddl?: boolean;
  readonly dryRun?: boolean;
  readonly foreignKeys?: boolean;
  readonly replace?: boolean;
  readonly verify: string;
}

export function addCopy(registry: VerbRegistry): void {
  const description = 'copy a database to postgres, mysql, mariadb, sqlite or cassandra, or a collection to csv';
  targetVerb(registry, 'copy <target> <directory>', description)
    .option('--collections <name...>', 'only these collections')
    .option('--ddl', 'print the statements that make the tables, and do nothing')
    .option('--dry-run', 'compare the tables that are there; write nothing')
    .option('--foreign-keys', 'make foreign keys of references (postgres)')
    .option('--replace', 'replace rows that another database wrote')
    .option('--verify <how>', 'checksum, count or none', 'checksum')
    .action(registry.runVerb(runCopy));
}

async function runCopy(
  kind: string,
  directory: string,
  options: CopyArguments,
  output: Output,
  root: string,
): Promise<number> {
  const { copyTo, ddlOf } = copy();
  const { verify, collections } = options;
  if (verify !== 'checksum' && verify !== 'count' && verify !== 'none')
    throw new UsageError('verify', `--verify must be checksum, count or none, found ${verify}`);
  if (kind !== 'csv') requireKind(kind);
  // Tables can be named and compared without a value of getters, and comma-separated text holds stored fields only.
  const hasGetters = kind !== 'csv' && !options.ddl && !options.dryRun;
  const source = await directorySource(resolve(root, directory), hasGetters, options, output, root);
  if (kind === 'csv') return copyToCsv(source, options, output, root);
  const target = await openTarget(kind, { ...options, use: options.dryRun || options.ddl ? 'look' : 'write' }, root);
  try {
    if (options.ddl) {
      for (const statement of ddlOf(source, target.store, { collections })) printRaw(output, `${statement};`);
      return 0;
    }
    const report = await copyTo(source, target.store, {
      collections,
      verify,
      dryRun: options.dryRun,
      existing: options.replace ? 'replace' : 'refuse',
      onProgress: progressPrinter(output, (progress) => (progress as { phase?: string }).phase ?? 'copying'),
    });
    output.rewrite?.('');
    if (options.json) {
      output.out(JSON.stringify({ ...report, seq: String(report.seq) }, undefined, 2));
      return 0;
    }
    for (const { collection, table, count, wasThere, writtenCount, deletedCount, checksum } of report.collections) {
      const done = report.isDryRun
        ? 'would be copied'
        : wasThere
          ? 'was there'
          : `${writtenCount} written, ${deletedCount} deleted`;
      const sum = checksum === undefined ? '' : `, checksum ${checksum}`;
      output.out(`${collection} → ${table}: ${counted(count, 'document')}, ${done}${sum}`);
    }
    const seconds = ((report.copyMs + report.verifyMs) / 1000).toFixed(1);
    output.out(report.isDryRun ? 'Nothing was written.' : `${target.store.name} holds seq ${report.seq}; ${seconds} s`);
    return 0;
  } finally {
    await target.close();
  }
}

/** One collection to a file, or to standard output. */
async function copyToCsv(source: CopySource, options: CopyArguments, output: Output, root: string): Promise<number> {
  const { csvOf } = copy();
  const collection = onlyCollection(options.collections);
  const text = csvOf(source, collection);
  if (options.file === undefined) {
    for await (const piece of text) {
      // A line end is what `out` adds.
      printRaw(output, piece.slice(0, -1));
      await output.drained?.();
    }
    return 0;
  }
  const file = resolve(root, options.file);
  await writeNewFile(file, text);
  output.out(`${collection} → ${file}`);
  return 0;
}

function printRaw(output: Output, text: string): void {
  if (output.raw === undefined) output.out(text);
  else output.raw(text);
}
