/** A PostgreSQL to copy to, as knex sees it. */
import knexOf, { type Knex } from 'knex';
import { postgres } from '../shared/postgres-server.js';

export interface Postgres {
  readonly knex: Knex;
  stop(): Promise<void>;
}

/** @returns nothing when there is none. */
export async function openPostgres(): Promise<Postgres | undefined> {
  const server = await postgres();
  if (server === undefined) return undefined;
  const knex = knexOf({ client: 'pg', connection: server.url });
  return {
    knex,
    stop: async () => {
      await knex.destroy();
      await server.stop();
    },
  };
}
