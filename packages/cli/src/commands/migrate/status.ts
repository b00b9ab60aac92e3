/** `nuthatch migrate status`: the migrations there are, and with a database, which of them its documents wait for. */
import { existsSync, readFileSync } from 'node:fs';
import type { MigrationRecord } from '@nuthatch/codegen';
import type { MigrationStatus } from '@nuthatch/runtime/tools';
import { loadConfig } from '../../load-config.js';
import type { Output } from '../../output.js';
import { codegen, tools } from '../../packages.js';
import type { VerbRegistry } from '../../verb.js';
import { storageOptions } from '../directory-arguments.js';
import {
  codeOf,
  dataDirectory,
  folderOfMigrations,
  loadCode,
  type MigrateArguments,
  readingVerb,
} from './migrate-arguments.js';

export function addStatus(registry: VerbRegistry): void {
  const description = 'the migrations, and which of them the documents of a database wait for';
  readingVerb(registry, 'status', description).action(registry.runVerb(runStatus));
}

async function runStatus(options: MigrateArguments, output: Output, root: string): Promise<number> {
  const { describeMigration, missingValues, readMigrations } = codegen();
  const config = await loadConfig(root, options.config);
  const folder = await folderOfMigrations(root, config);
  const records = readMigrations(folder);
  const missing = ({ id }: MigrationRecord): readonly string[] => {
    const path = codeOf(folder, id);
    return existsSync(path) ? missingValues(readFileSync(path, 'utf8')) : [];
  };
  let database: MigrationStatus | undefined;
  if ((options.data ?? config.data) !== undefined) {
    const directory = dataDirectory(root, options, config);
    const { definitions, migrations } = await loadCode(root, config, options, output);
    const { migrationStatus } = tools();
    database = await migrationStatus({ directory, definitions, migrations, ...storageOptions(options, root) });
  }
  if (options.json) {
    const migrations = records.map((record) => ({
      id: record.id,
      kind: record.kind,
      changes: describeMigration(record),
      missing: missing(record),
    }));
    output.out(JSON.stringify({ migrations, ...(database && { database: { ...database } }) }, undefined, 2));
    return 0;
  }
  if (records.length === 0) output.out('There are no migrations.');
  for (const record of records)
    output.out(
      `${record.id}${stateOf(record, missing(record), database)}\n  ${describeMigration(record).join('\n  ')}`,
    );
  for (const { collection, name, documentCount, state, fingerprint } of database?.models ?? []) {
    const written = {
      today: "written by today's class",
      older: `written by an older ${name}`,
      keyValue: 'of keys and values, which need no class',
      unknown: 'no class defines them',
    };
    output.out(`${collection}: ${count(documentCount)} ${written[state]} (${fingerprint.slice(0, 8)})`);
  }
  return 0;
}

function stateOf(record: MigrationRecord, paths: readonly string[], database: MigrationStatus | undefined): string {
  const lacks = paths.length === 0 ? '' : `; gives no value yet for ${paths.join(', ')}`;
  const step = database?.migrations.find(({ id }) => id === record.id);
  if (!step) return lacks.replace(/^; /, ': ');
  const waiting = step.isBlocking
    ? 'pending, the database does not open before `nuthatch migrate up`'
    : `pending for ${count(step.documentCount)}`;
  return `: ${step.state === 'applied' ? 'applied' : waiting}${lacks}`;
}

function count(documents: number): string {
  return `${documents.toLocaleString('en-US')} ${documents === 1 ? 'document' : 'documents'}`;
}
