import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase as openOf } from '@nuthatch/runtime';
import knexOf from 'knex';
import { openDatabase } from '../../../generated/index.js';
import { copyTo, loadFrom, sql, sqlTable } from '../src/index.js';
import { copiedDefinition } from './copied-definition.js';
import { everyTypeDefinition, everyTypeDocument } from './every-type.js';
import { describeExternalStore } from './external-store-contract.js';
import { interrupted } from './interrupted-store.js';
import { describeForeignKeys, SQLITE_KEYS } from './sql/foreign-keys.js';
import { describeKilledCopies } from './sql/killed-copies.js';
import { describeRoundTrips } from './sql/round-trips.js';
import type { SqlPlace } from './sql/sql-place.js';

interface Collection {
  insertMany(inputs: readonly object[]): Promise<object[]>;
  all(): { all(): Readonly<Record<string, unknown>>[] };
}
type Collections = Readonly<Record<string, Collection>>;

const open = () => knexOf({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });

describeExternalStore('SQLite', async () => {
  const knex = open();
  return { store: sql(knex), remove: () => knex.destroy() };
});

/** The driver brings no types of its own. */
const Database = createRequire(__filename)('better-sqlite3') as new (
  file: string,
) => { prepare(text: string): { all(): Record<string, unknown>[] }; close(): void };

describe('over a file of SQLite', () => {
  let folder: string;
  let place: SqlPlace;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nuthatch-sqlite-'));
    const filename = join(folder, 'copy.db');
    const config = { client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true };
    const query = async (text: string) => {
      const database = new Database(filename);
      try {
        return database.prepare(text).all();
      } finally {
        database.close();
      }
    };
    const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
    place = { config, knex: knexOf(config), query, hasSchemas: false, quote };
  });

  afterAll(async () => {
    await place.knex.destroy();
    rmSync(folder, { recursive: true });
  });

  describeRoundTrips('SQLite', () => place);
  describeForeignKeys('SQLite', () => place, SQLITE_KEYS);
  describeKilledCopies('SQLite', () => place, 20);
});

describe('copying to SQLite', () => {
  it('ends up equal, cut off at twenty moments over what an earlier copy left', async () => {
    const knex = open();
    await using db = await openDatabase({ memory: true });
    const input = (number: number) => ({ id: `p${number}`, email: `${number}@x.io`, age: 3, name: 'P', clubs: ['a'] });
    await db.player.insertMany(Array.from({ length: 200 }, (_, number) => input(number)));
    const options = { collections: ['player'], batchRowCount: 10 };
    await copyTo(db, sql(knex), options);
    for (let moment = 1; moment <= 20; moment++) {
      await db.player.delete(`p${moment}`);
      await db.player.upsert({ ...input(moment + 100), age: moment, clubs: ['b', `c${moment}`] });
      const before = await knex('player').count({ n: '*' });
      const cut = interrupted(sql(knex), moment, () => Promise.reject(new TypeError('cut off')));
      const outcome = await copyTo(db, cut, options).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(await knex('player').count({ n: '*' })).toEqual(before);
      const report = await copyTo(db, sql(knex), options);
      expect(report.collections[0]?.count).toBe(db.player.size);
      const tags = await knex('player_clubs').count({ n: '*' });
      expect(tags).toEqual([
        {
          n: db.player
            .all()
            .all()
            .reduce((sum, { clubs }) => sum + clubs.length, 0),
        },
      ]);
    }
    await knex.destroy();
  });

  it('reads integers correctly with every setting of the driver, and requires a journal', async () => {
    type Raw = { defaultSafeIntegers(isOn: boolean): void; unsafeMode(isOn: boolean): void };
    const afterCreate = (raw: Raw, done: () => void): void => {
      raw.defaultSafeIntegers(true);
      // Else SQLite keeps its journal whatever it is told.
      raw.unsafeMode(true);
      done();
    };
    const knex = knexOf({
      client: 'better-sqlite3',
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
      pool: { afterCreate },
    });
    const open = () =>
      openOf<Collections, Collections>(
        [{ ...everyTypeDefinition, model: { ...everyTypeDefinition.model, collection: 'every' } }],
        { memory: true },
      );
    const [from, to] = [await open(), await open()];
    await from['every']!.insertMany(Array.from({ length: 60 }, (_, number) => everyTypeDocument(number)));
    await copyTo(from, sql(knex));
    await copyTo(from, sql(knex), { existing: 'refuse' });
    await loadFrom(to, sql(knex));
    const sorted = (db: typeof from) =>
      db['every']!.all()
        .all()
        .sort((left, right) => Number(left['part']) - Number(right['part']));
    expect(sorted(to)).toEqual(sorted(from));
    await knex.raw('CREATE TABLE wide (id INTEGER PRIMARY KEY, isOn INTEGER)');
    for (const id of [9007199254740993n, 9007199254740994n, 9007199254740995n])
      await knex('wide').insert({ id, isOn: 1 });
    const field = (name: string, kind: 'bigint' | 'boolean') => ({ name, type: { kind }, optional: false, rules: [] });
    const wide = copiedDefinition({
      name: 'Wide',
      collection: 'wide',
      storage: 'disk',
      key: { fields: ['id'] },
      fields: [field('id', 'bigint'), field('isOn', 'boolean')],
      computed: [],
      indexes: [],
    });
    const db = await openOf<Collections, Collections>([wide], { memory: true });
    await loadFrom(db, sqlTable(knex, { table: 'wide' }), { batchRowCount: 1 });
    expect(
      db['wide']!.all()
        .all()
        .map((one) => ({ ...one })),
    ).toEqual([9007199254740993n, 9007199254740994n, 9007199254740995n].map((id) => ({ id, isOn: true })));
    await knex.raw('PRAGMA journal_mode = OFF');
    await expect(copyTo(from, sql(knex))).rejects.toMatchObject({ code: 'COPY_FAILED' });
    await Promise.all([knex.destroy(), from.close(), to.close(), db.close()]);
  });

  it('refuses what it cannot hold by field and key', async () => {
    const knex = open();
    await using db = await openDatabase({ memory: true });
    await db.player.insert({ id: 'p1', email: 'a@x.io', age: 3, name: 'half \ud800' });
    await expect(copyTo(db, sql(knex), { collections: ['player'] })).rejects.toMatchObject({
      code: 'COPY_VALUE_REFUSED',
      facts: { target: 'SQLite', collection: 'player', field: 'name', key: ['p1'] },
    });
    expect(() => sql(knexOf({ client: 'mssql' }))).toThrow('INVALID_OPTION');
    await knex.destroy();
  });
});
