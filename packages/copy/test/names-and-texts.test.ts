import knexOf, { type Knex } from 'knex';
import { sql } from '../src/index.js';
import { describeAwkwardTexts } from './awkward-texts.js';
import { describeNamesInATarget } from './names-in-a-target.js';

const opened: Knex[] = [];
afterAll(() => Promise.all(opened.map((knex) => knex.destroy())));

describeNamesInATarget('SQLite', async () => {
  const knex = knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
  opened.push(knex);
  return sql(knex);
});

const shared = knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
opened.push(shared);
describeAwkwardTexts('SQLite', (number) => sql(shared, { tablePrefix: `t${number}_` }));
