import knexOf from 'knex';
import { sql } from '../src/index.js';
import { describeExternalStore } from './external-store-contract.js';

describeExternalStore('SQLite', async () => {
  const knex = knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
  return { store: sql(knex), remove: () => knex.destroy() };
});
