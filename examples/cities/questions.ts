/** What the example asks and writes; `ask` functions return plain data, so that answers can be compared after a restart. */
import { DatabaseError } from '@nuthatch/runtime';
import type { NuthatchDatabase } from '../../generated/index.js';
import { formatMs, timed } from './report.js';

type Print = (line: string) => void;
const silent: Print = () => undefined;

const GENEVA_ID = 2660646;
const KNOWN_IDS = [GENEVA_ID, 2988507, 3143244];
const COUNTRY = 'CH';

/** Asks every question and returns the answers. */
export function askQuestions(db: NuthatchDatabase, print: Print = silent): readonly unknown[] {
  return [byId(db, print), largestOfCountry(db, print), betweenPopulations(db, print), capitals(db, print)];
}

/** Cities by geoname id: a unique lookup each. */
function byId(db: NuthatchDatabase, print: Print): unknown {
  const { answer, ms } = timed(() => db.city.getMany(KNOWN_IDS));
  print(`\nCities by geoname id (${formatMs(ms)})`);
  for (const city of answer)
    if (city) print(`  ${city.geonameId}  ${city.name}, ${city.country}, ${people(city.population)}`);
  return answer.map((city) => (city ? { ...city } : null));
}

/** The ten largest cities of a country: tag, then order by a range. */
function largestOfCountry(db: NuthatchDatabase, print: Print): unknown {
  const query = db.city.findByCountry(COUNTRY).orderBy('population', 'desc').limit(10);
  const { answer, ms } = timed(() => query.all());
  print(
    `\nThe ten largest cities of ${COUNTRY}, of ${db.city.findByCountry(COUNTRY).count()} (${formatMs(ms)}, by ${query.explain().index})`,
  );
  for (const city of answer) print(`  ${people(city.population).padStart(10)}  ${city.name}`);
  return answer.map((city) => city.geonameId);
}

/** Cities between two populations: a range, counted without being materialised. */
function betweenPopulations(db: NuthatchDatabase, print: Print): unknown {
  const query = db.city.findByPopulation({ gte: 1_000_000, lt: 1_100_000 });
  const { answer: count, ms: countMs } = timed(() => query.count());
  const { answer, ms } = timed(() => query.orderBy('population').limit(5).all());
  print(
    `\nCities of 1.0 to 1.1 million people: ${count} (counted in ${formatMs(countMs)}); the five smallest (${formatMs(ms)})`,
  );
  for (const city of answer) print(`  ${people(city.population).padStart(10)}  ${city.name}, ${city.country}`);
  return [count, ...answer.map((city) => city.geonameId)];
}

/** Capitals (feature code PPLC) whose name begins with B, in order of name: tag and prefix range. */
function capitals(db: NuthatchDatabase, print: Print): unknown {
  const query = db.city.find({ featureCode: 'PPLC', name: { prefix: 'B' } }).orderBy('name');
  const { answer, ms } = timed(() => query.all());
  print(`\nCapitals beginning with B: ${answer.map((city) => city.name).join(', ')} (${formatMs(ms)})`);
  return answer.map((city) => city.geonameId);
}

/** A second city with Geneva's id: refused, and nothing is written. */
export async function refuseDuplicate(db: NuthatchDatabase, print: Print): Promise<void> {
  const sizeBefore = db.city.size;
  try {
    await db.city.insert({
      geonameId: GENEVA_ID,
      name: 'Atlantis',
      country: 'XX',
      featureCode: 'PPL',
      population: 1,
      longitude: 0,
      latitude: 0,
    });
    print('The duplicate was accepted: this must not happen.');
    process.exitCode = 1;
  } catch (error) {
    if (!DatabaseError.is(error, 'DUPLICATE_KEY')) throw error;
    print(`Refused as it should be: ${error.message}`);
    print(`Cities before and after: ${sizeBefore.toLocaleString('en')}, ${db.city.size.toLocaleString('en')}.`);
  }
}

/** One citizen more, fsynced before it is acknowledged. */
export async function updateCity(db: NuthatchDatabase, print: Print): Promise<void> {
  const startMs = performance.now();
  const city = await db.city.update(GENEVA_ID, (geneva) => ({ population: geneva.population + 1 }));
  print(
    `${city.name} has ${people(city.population)} now: durable in ${formatMs(performance.now() - startMs)}, revision ${db.city.revision(GENEVA_ID)}.`,
  );
}

function people(count: number): string {
  return count.toLocaleString('en');
}
