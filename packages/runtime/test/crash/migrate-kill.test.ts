/**
 * SIGKILL at random moments of a real process that migrates the cities: afterwards the directory is entirely old or
 * entirely new, and running again ends what was begun, from the last finished part on.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import { isOfMigration, MIGRATION_NOTE_NAME } from '../../src/journal/journal-format.js';
import { migrateDirectory } from '../../src/migration/migrate-directory.js';
import { readNote } from '../../src/migration/migration-note.js';
import { migrationStatus } from '../../src/migration/migration-status.js';
import { bundleChild } from '../support/bundle-child.js';
import { definitionOf } from '../support/definition-of-model.js';
import { repeats } from '../support/long-run.js';
import { type Fields, openModels } from '../support/open-models.js';
import { CITY_MIGRATION, NEWER_CITY, newerCity, OLDER_CITY, olderCities } from '../support/renamed-cities.js';
import { seeded } from '../support/seeded.js';

const KILL_COUNT = repeats('NUTHATCH_MIGRATE_KILLS', 6);
const CITY_COUNT = repeats('NUTHATCH_MIGRATE_CITIES', 6_000);
const BATCH_SIZE = 2_000;
const DOCUMENTS_PER_PART = Math.min(10_000, Math.round(CITY_COUNT / 6));
/** So often the run of one directory is killed before one is left alone. */
const KILLS_OF_ONE = 2;

let root: string;
let bundle: string;
let cities: readonly Fields[];
/** Each phase, with the milliseconds it takes in a run that nobody kills. */
let phaseMs: ReadonlyMap<string, number>;

const input = { definitions: [definitionOf(NEWER_CITY)], migrations: [CITY_MIGRATION] };

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-migrate-'));
  bundle = join(root, 'migrate-child.cjs');
  bundleChild(join(__dirname, 'migrate-child.ts'), bundle);
  cities = olderCities(CITY_COUNT);
  const db = await openModels(new NodeFileSystem(), [OLDER_CITY], { directory: join(root, 'start') });
  for (let first = 0; first < cities.length; first += BATCH_SIZE)
    await db.city?.insertMany(cities.slice(first, first + BATCH_SIZE) as Fields[]);
  await db.close();
  const { begun } = await run(fresh('trial'), undefined);
  phaseMs = new Map([...begun].map(([phase, ms], index, all) => [phase, (all[index + 1]?.[1] ?? ms) - ms]));
  expect([...phaseMs.keys()]).toEqual(['read', 'migrate', 'check', 'backup', 'write', 'done']);
});
afterAll(() => rmSync(root, { recursive: true }));

/** A folder of its own with a copy of the directory to be migrated, beside which the backup goes. */
function fresh(name: string): string {
  const directory = join(root, name, 'db');
  mkdirSync(join(root, name));
  cpSync(join(root, 'start'), directory, { recursive: true });
  return directory;
}

/** When to kill: so many milliseconds after a phase has begun. */
interface Kill {
  readonly phase: string;
  readonly afterMs: number;
}

/** Each phase is as likely, however short it is; some are over when the kill comes. */
function randomKill(random: () => number): Kill {
  const phases = [...phaseMs].slice(0, -1);
  const [phase, ms] = phases[Math.floor(random() * phases.length)] as [string, number];
  return { phase, afterMs: random() * 1.2 * ms };
}

/** Lets a process migrate and kills it. @returns the phase it was in, and when each has begun. */
async function run(
  directory: string,
  kill: Kill | undefined,
): Promise<{ readonly phase: string; readonly begun: ReadonlyMap<string, number> }> {
  const child = spawn(process.execPath, [bundle], { stdio: ['pipe', 'pipe', 'inherit'] });
  const begun = new Map<string, number>();
  // Closed, and not only gone: what it said last may be read after its end, and is the phase it was in.
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdout.on('data', (text) => {
    for (const phase of String(text).trim().split('\n')) {
      begun.set(phase, performance.now());
      if (phase === kill?.phase) setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
    }
  });
  child.stdin.write(JSON.stringify({ directory, documentsPerPart: DOCUMENTS_PER_PART }));
  await gone;
  child.stdin.destroy();
  return { phase: [...begun.keys()].at(-1) ?? '', begun };
}

async function contentOf(directory: string): Promise<'old' | 'new'> {
  const { models } = await migrationStatus({ directory, ...input });
  expect(models).toMatchObject([{ collection: 'city', documentCount: cities.length }]);
  return models[0]?.state === 'today' ? 'new' : 'old';
}

/** Finished parts that a run which was killed has left a note of. */
async function notedParts(directory: string): Promise<number> {
  const note = await readNote(new NodeFileSystem(), join(directory, MIGRATION_NOTE_NAME));
  return note?.parts.length ?? 0;
}

async function expectAllNew(directory: string): Promise<void> {
  const db = await openModels(new NodeFileSystem(), [NEWER_CITY], { directory });
  expect(db.city?.size).toBe(cities.length);
  for (let index = 0; index < cities.length; index += 97) {
    const city = cities[index] as Fields;
    expect(db.city?.get(city['geonameId'] as never)).toEqual(newerCity(city));
  }
  expect(db.city?.find({ population: { gte: 0 } }).count()).toBe(cities.length);
  await db.close();
}

it(
  'leaves the cities all old or all new when killed at any moment of a migration, which can be run again',
  () =>
    seeded(async (random) => {
      const seen: string[] = [];
      for (let kill = 0; kill < KILL_COUNT; kill++) {
        const directory = fresh(`kill-${kill}`);
        let content = 'old';
        let notedCount = 0;
        // Each goes on where the one before it was killed.
        for (let time = 0; time < KILLS_OF_ONE && content === 'old'; time++) {
          const { phase } = await run(directory, randomKill(random));
          content = await contentOf(directory);
          if (phase === 'done') expect(content).toBe('new');
          if (phase !== 'write' && phase !== 'done') expect(content).toBe('old');
          const counted = await notedParts(directory);
          if (content === 'old') expect(counted).toBeGreaterThanOrEqual(notedCount);
          notedCount = counted;
          seen.push(`${time === 0 ? 'begun' : 'resumed'}, ${phase}: ${content}, ${notedCount} parts`);
        }
        const { resumedCount } = await migrateDirectory({ directory, ...input, direction: 'up' });
        if (content === 'old') expect(resumedCount).toBe(Math.min(CITY_COUNT, notedCount * DOCUMENTS_PER_PART));
        expect(await contentOf(directory)).toBe('new');
        expect(readdirSync(directory).filter(isOfMigration)).toEqual([]);
        await expectAllNew(directory);
        const [backup] = readdirSync(join(root, `kill-${kill}`)).filter((name) => name !== 'db');
        if (content === 'old') expect(await contentOf(join(root, `kill-${kill}`, backup as string))).toBe('old');
        rmSync(join(root, `kill-${kill}`), { recursive: true });
      }
      if (process.env['NUTHATCH_NIGHTLY']) console.log(seen.sort().join('\n'));
    }),
  600_000 + KILL_COUNT * 90_000,
);
