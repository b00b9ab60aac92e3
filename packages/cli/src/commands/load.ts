/** `nuthatch load`: rows of an external database into a database, with the project's classes and validation. */
import { resolve } from 'node:path';
import type { LoadSource } from '@nuthatch/copy';
import { progressPrinter } from '../copy-progress.js';
import { UsageError } from '../exit-code.js';
import { onlyCollection, openTarget, requireKind } from '../external-target.js';
import { loadConfig } from '../load-config.js';
import { loadGenerated } from '../load-generated.js';
import type { Output } from '../output.js';
import { copy, runtime } from '../packages.js';
import type { VerbRegistry } from '../verb.js';
import { type TargetVerbArguments, targetVerb } from './target-verb.js';

interface LoadArguments extends TargetVerbArguments {
  readonly collections?: readonly string[];
  readonly table?: string;
  readonly map?: readonly string[];
  readonly delimiter?: string;
  readonly conflict: string;
  readonly rejected?: string;
}

export function addLoad(registry: VerbRegistry): void {
  const description = 'load the rows of an external database, or of csv, into a database nobody has open';
  targetVerb(registry, 'load <source> <directory>', description)
    .option('--collections <name...>', 'only these collections')
    .option('--table <name>', 'a table that Nuthatch did not write, for the one collection that is named')
    .option('--map <field=column...>', 'with --table or csv: fields whose column has another name')
    .option('--delimiter <character>', 'separator of the cells of csv (default: a comma)')
    .option('--conflict <policy>', 'what to do with keys that exist: fail, skip or overwrite', 'fail')
    .option('--rejected <file>', 'one JSON line for each row that is not loaded')
    .action(registry.runVerb(runLoad));
}

async function runLoad(
  kind: string,
  directory: string,
  options: LoadArguments,
  output: Output,
  root: string,
): Promise<number> {
  const { loadFrom } = copy();
  const { openDatabase } = runtime();
  const { conflict, collections } = options;
  if (conflict !== 'fail' && conflict !== 'skip' && conflict !== 'overwrite')
    throw new UsageError('conflict', `--conflict must be fail, skip or overwrite, found ${conflict}`);
  if (options.table !== undefined && collections?.length !== 1)
    throw new UsageError('table', '--table fills one collection: name it with --collections');
  if (kind !== 'csv') requireKind(kind);
  const config = await loadConfig(root, options.config);
  const { definitions, migrations } = await loadGenerated(root, config, options.generated, (text) => output.err(text));
  const { source, close } = await openSource(kind, options, root);
  try {
    const { keyValues } = config;
    const place = { directory: resolve(root, directory), ...(keyValues && { keyValues }) };
    await using db = await openDatabase(definitions, place, migrations);
    const report = await loadFrom(db, source, {
      collections,
      conflict,
      rejectedFile: options.rejected === undefined ? undefined : resolve(root, options.rejected),
      onProgress: progressPrinter(output, () => 'loading'),
    });
    output.rewrite?.('');
    if (options.json) output.out(JSON.stringify(report, undefined, 2));
    else
      for (const { collection, readCount, loadedCount, skippedCount, rejectedCount, isAbsent } of report.collections)
        output.out(
          isAbsent
            ? `${collection}: not in the copy, nothing loaded`
            : `${collection}: ${readCount} read, ${loadedCount} loaded, ${skippedCount} skipped, ${rejectedCount} rejected`,
        );
    return report.collections.some(({ rejectedCount }) => rejectedCount > 0) ? 1 : 0;
  } finally {
    await close();
  }
}

interface OpenSource {
  readonly source: LoadSource;
  close(): Promise<void>;
}

async function openSource(kind: string, options: LoadArguments, root: string): Promise<OpenSource> {
  const { csvFile, sqlTable } = copy();
  const columns = mapping(options.map ?? []);
  if (kind === 'csv') {
    onlyCollection(options.collections);
    if (options.file === undefined) throw new UsageError('file', 'csv needs the file to read: --file');
    return {
      source: csvFile({ file: resolve(root, options.file), columns, delimiter: options.delimiter }),
      close: async () => undefined,
    };
  }
  const { store, knex, close } = await openTarget(kind, { ...options, use: 'read' }, root);
  const { table, schema } = options;
  if (table === undefined) return { source: store, close };
  if (knex !== undefined) return { source: sqlTable(knex, { table, schema, columns }), close };
  await close();
  throw new UsageError('table', 'Cassandra has no foreign tables here');
}

function mapping(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new UsageError('map', `--map must be field=column, found ${pair}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
