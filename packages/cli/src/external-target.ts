/** Connections of `copy`, `load` and `import-model`: drivers from the project, the URL from the environment only. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { ExternalStore } from '@nuthatch/copy';
import type { Knex } from 'knex';
import type { CassandraModule } from './cassandra-target.js';
import { refusal, UsageError } from './exit-code.js';
import { copy } from './packages.js';

const TARGET_KINDS = ['postgres', 'mysql', 'mariadb', 'sqlite', 'cassandra'] as const;

export interface TargetArguments {
  /** Name of the environment variable that holds the URL; for SQLite the file. */
  readonly urlEnv: string;
  readonly file?: string;
  readonly schema?: string;
  readonly prefix?: string;
  readonly foreignKeys?: boolean;
  /** `read`: a file of SQLite has to be there; `look`: it is not made. Default `write`. */
  readonly use?: 'read' | 'look' | 'write';
}

export interface OpenTarget {
  readonly store: ExternalStore;
  /** Undefined for Cassandra. */
  readonly knex: Knex | undefined;
  close(): Promise<void>;
}

/** @throws DatabaseError `INVALID_OPTION`, `COPY_DRIVER_MISSING`. No message names the URL. */
export async function openTarget(kind: string, options: TargetArguments, root: string): Promise<OpenTarget> {
  const target = requireKind(kind);
  if (target === 'cassandra') return openCassandra(options, root);
  const { requireDatabaseUrl, sql } = copy();
  const clients = { postgres: 'pg', mysql: 'mysql2', mariadb: 'mysql2', sqlite: 'better-sqlite3' } as const;
  const client = clients[target];
  const [, knexOf] = drivers(root, client, 'knex') as [unknown, (config: Knex.Config) => Knex];
  const connection =
    target === 'sqlite'
      ? { filename: fileOf(options, root) }
      : requireDatabaseUrl(target === 'postgres' ? 'postgres' : 'mysql', urlOf(options), options.urlEnv, 'url-env');
  const log = { warn: ignore, error: ignore, debug: ignore, deprecate: ignore };
  const knex = knexOf({ client, connection, useNullAsDefault: true, pool: { min: 0, max: 2 }, log });
  const store = sql(knex, {
    schema: options.schema,
    tablePrefix: options.prefix,
    foreignKeys: options.foreignKeys,
  });
  return { store, knex, close: () => knex.destroy() };
}

/** @throws UsageError for a word that names no kind of database. */
export function requireKind(kind: string): (typeof TARGET_KINDS)[number] {
  const target = TARGET_KINDS.find((known) => known === kind);
  if (target !== undefined) return target;
  const what = `${JSON.stringify(kind)} is not a kind of database; the kinds are ${TARGET_KINDS.join(', ')} and csv`;
  throw new UsageError('target', what);
}

/** The collection of a file of comma-separated text. @throws DatabaseError `INVALID_OPTION` unless one is named. */
export function onlyCollection(names: readonly string[] | undefined): string {
  const [name] = names ?? [];
  if (name !== undefined && names?.length === 1) return name;
  const what = 'a file of comma-separated text holds one collection: name it with --collections';
  throw new UsageError('collections', what);
}

async function openCassandra(options: TargetArguments, root: string): Promise<OpenTarget> {
  const { cassandra } = copy();
  const { cassandraPlace } = await import('./cassandra-target.js');
  const [module] = drivers(root, 'cassandra-driver') as [CassandraModule];
  const place = cassandraPlace(urlOf(options), options.urlEnv, module);
  const client = new module.Client(place.client) as Parameters<typeof cassandra>[0] & { shutdown(): Promise<void> };
  const store = cassandra(client, { ...place.store, tablePrefix: options.prefix ?? '' });
  return { store, knex: undefined, close: () => client.shutdown() };
}

function urlOf({ urlEnv }: TargetArguments): string {
  const url = process.env[urlEnv];
  if (url !== undefined && url !== '') return url;
  const what = `the environment variable ${urlEnv} is not set or is empty; set it to the URL, or name another variable with --url-env`;
  throw refusal('INVALID_OPTION', what, { option: 'url-env' });
}

/** SQLite would make a file that is not there, and find it empty: what is only read has to be there. */
function fileOf(options: TargetArguments, root: string): string {
  if (options.file === '') throw new UsageError('file', '--file does not name a file');
  if (options.file !== undefined) {
    const file = resolve(root, options.file);
    if (existsSync(file) || options.use === 'write' || options.use === undefined) return file;
    // Nothing is made to look at: an empty database in memory has as few tables.
    if (options.use === 'look') return ':memory:';
    throw refusal('INVALID_OPTION', `${file} cannot be read`, { option: 'file' });
  }
  throw new UsageError('file', 'SQLite needs the file of the database: --file');
}

/** Packages of the user's project, else those beside this command. @throws DatabaseError `COPY_DRIVER_MISSING`. */
function drivers(root: string, ...names: readonly string[]): readonly unknown[] {
  // Not in the project: an installation beside the command is as good.
  for (const place of [join(root, 'package.json'), __filename]) {
    const require = createRequire(place);
    try {
      // From one place, since one of them loads the other.
      return names.map((name) => require(name));
    } catch (cause) {
      const missing = names.find((name) => !canResolve(require, name)) ?? names[0];
      if (place === __filename)
        throw refusal(
          'COPY_DRIVER_MISSING',
          `the package ${missing} is not installed`,
          { package: missing },
          { cause },
        );
    }
  }
  return [];
}

function canResolve(require: NodeJS.Require, name: string): boolean {
  try {
    return require.resolve(name) !== '';
  } catch {
    return false;
  }
}

function ignore(): void {}
