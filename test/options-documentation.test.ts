/**
 * Options of functions that have no test of their own for it, beside the pages that describe them: every option is
 * named, and a table of options names no other. (openDatabase: database-options.test.ts; serve and openReplica:
 * options-documentation.test.ts of sync; the command: command-page.test.ts.)
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Members of an interface, from its source: types are gone when a test runs. */
function membersOf(file: string, name: string): string[] {
  const body = new RegExp(`^(?:export )?interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(read(file))?.[1];
  if (body === undefined) throw new Error(`${file} has no interface ${name}`);
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member]) => member!);
}

it.each([
  ['copyTo', 'packages/copy/src/copy-options.ts', 'CopyOptions', 'docs/guide/copy.md'],
  ['loadFrom', 'packages/copy/src/load-options.ts', 'LoadOptions', 'docs/guide/copy.md'],
  ['mirror', 'packages/copy/src/mirror-options.ts', 'MirrorOptions', 'docs/guide/copy.md'],
  [
    'postgresJournal',
    'packages/cluster/src/engines/postgres/postgres-journal.ts',
    'PostgresJournalOptions',
    'docs/guide/scale-out.md',
  ],
  [
    'jetstreamJournal',
    'packages/cluster/src/engines/jetstream/jetstream-journal.ts',
    'JetStreamJournalOptions',
    'docs/guide/scale-out.md',
  ],
  [
    'cassandraJournal',
    'packages/cluster/src/engines/cassandra/cassandra-journal.ts',
    'CassandraJournalOptions',
    'docs/guide/scale-out.md',
  ],
  [
    'fileJournal',
    'packages/cluster/src/engines/files/file-journal.ts',
    'FileJournalOptions',
    'docs/guide/scale-out.md',
  ],
  ['nodes', 'packages/cluster/src/journal-options.ts', 'JournalOptions', 'docs/guide/scale-out.md'],
  ['sql', 'packages/copy/src/targets/sql/sql-store.ts', 'SqlStoreOptions', 'packages/copy/docs/sql.md'],
  ['csvFile', 'packages/copy/src/targets/csv/csv-file.ts', 'CsvFileOptions', 'docs/guide/copy.md'],
  ['forRoot', 'packages/nestjs/src/module-options.ts', 'NuthatchModuleOptions', 'packages/nestjs/README.md'],
  ['forRootAsync', 'packages/nestjs/src/module-options.ts', 'NuthatchModuleAsyncOptions', 'packages/nestjs/README.md'],
  ['both', 'packages/nestjs/src/module-options.ts', 'CommonOptions', 'packages/nestjs/README.md'],
  ['logTo', 'packages/observability/src/pino.ts', 'LogOptions', 'packages/observability/README.md'],
  ['prometheus', 'packages/observability/src/prometheus.ts', 'PrometheusOptions', 'packages/observability/README.md'],
  [
    'openTelemetry',
    'packages/observability/src/opentelemetry.ts',
    'OpenTelemetryOptions',
    'packages/observability/README.md',
  ],
  [
    'createTestDatabase',
    'packages/runtime/src/testing/test-database.ts',
    'TestDatabaseOptions',
    'docs/guide/testing.md',
  ],
  ['factory', 'packages/runtime/src/testing/factory/factory.ts', 'FactoryOptions', 'docs/guide/testing.md'],
  ['changes', 'packages/runtime/src/feed/changes-options.ts', 'ChangesOptions', 'docs/guide/changes.md'],
  ['openKeyValue', 'packages/runtime/src/key-value/key-value-store.ts', 'KeyValueOptions', 'docs/guide/key-value.md'],
])('every option of %s is named on its page', (_, file, name, page) => {
  const code = [...read(page).matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].join('\n');
  const members = membersOf(file, name);
  expect(members.length).toBeGreaterThan(0);
  expect(members.filter((member) => !new RegExp(`\\b${member}\\b`).test(code))).toEqual([]);
});

it.each([
  [
    'the configuration',
    'packages/codegen/src/generator-options.ts',
    'GeneratorConfig',
    'docs/guide/command.md',
    '## The configuration',
  ],
  [
    'cassandra',
    'packages/copy/src/targets/cassandra/cassandra.ts',
    'CassandraStoreOptions',
    'packages/copy/docs/cassandra.md',
    '',
  ],
])('the table of options of %s has each of them, and no other', (_, file, name, page, heading) => {
  const text = read(page);
  const table = /^\| option \|[^\n]*\n\|[-|]+\n((?:\|[^\n]*\n)+)/m.exec(text.slice(text.indexOf(heading)))?.[1] ?? '';
  const documented = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, option]) => option!);
  expect(documented.sort()).toEqual(membersOf(file, name).sort());
});
