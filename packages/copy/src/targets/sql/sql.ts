/** `sql(knex)`: the target for the database that knex is connected to. */
import { DatabaseError } from '@nuthatch/model';
import { requireServerOf } from './database-url.js';
import type { KnexPool } from './knex-pool.js';
import { mysqlDialect } from './mysql-dialect.js';
import { postgresDialect } from './postgres-dialect.js';
import type { SqlDialect } from './sql-dialect.js';
import { SqlStore, type SqlStoreOptions } from './sql-store.js';
import { sqliteDialect } from './sqlite-dialect.js';

const DIALECTS: Readonly<Record<string, SqlDialect>> = {
  pg: postgresDialect,
  postgres: postgresDialect,
  postgresql: postgresDialect,
  'better-sqlite3': sqliteDialect,
  mysql2: mysqlDialect,
};

/**
 * A target (or source) over knex's connections: `sql(knex({ client: 'pg', connection: process.env.DATABASE_URL }))`.
 * No I/O before it is used; knex stays the caller's to destroy. Clients: `pg`, `better-sqlite3`, `mysql2`.
 *
 * @throws DatabaseError `INVALID_OPTION` for another client.
 */
export function sql(knex: KnexPool, options: SqlStoreOptions = {}): SqlStore {
  return new SqlStore(knex, dialectOf(knex), options);
}

/** The dialect of knex's client. @throws DatabaseError `INVALID_OPTION`, also if knex was given an invalid URL. */
export function dialectOf(knex: KnexPool): SqlDialect {
  const config = (knex as { client?: { config?: { client?: unknown; connection?: unknown } } } | undefined)?.client
    ?.config;
  const client = String(config?.client);
  const dialect = Object.hasOwn(DIALECTS, client) ? DIALECTS[client] : undefined;
  const known = Object.keys(DIALECTS).join(', ');
  if (dialect === undefined)
    throw new DatabaseError('INVALID_OPTION', `the client of knex must be one of ${known}, found ${client}`, {
      option: 'client',
    });
  requireServerOf(client, config?.connection);
  return dialect;
}
