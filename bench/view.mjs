/**
 * What `view(key, fn)` costs beside `get`: first and second touch of documents that are bytes since the opening, of documents that are
 * objects, and one field of every document; with the memory that is left taken.
 *
 *   node --expose-gc bench/view.mjs [documents, default 100000]
 *
 * Each line is measured in a process of its own, which opens the directory anew. Needs `npm run bench -- --smoke`, which builds.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { openDatabase } = createRequire(import.meta.url)(join(import.meta.dirname, 'build', 'generated', 'index.js'));

const idOf = (number) => `person-${String(number).padStart(8, '0')}`;
const personOf = (number) => ({
  id: idOf(number),
  email: `p${number}@example.org`,
  name: `Person ${number}`,
  tags: [`t${number % 1_000}`, `u${number % 77}`],
  age: number % 5_000,
  createdAt: 1_700_000_000_000 + number,
});

/** Touched in no order, each once. */
const STRIDE = 7_919;
const TOUCHED = 50_000;

/** Processor time: others may be at work beside. */
const nsEach = (count, work) => {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return `${Math.round(((user + system) * 1_000) / count)} ns`;
};

const touches = (documents) => Array.from({ length: TOUCHED }, (_, index) => idOf((index * STRIDE) % documents));
const age = (person) => person.age;
const twoFields = (person) => person.name.length + person.age;
let kept = 0;

/** @type {Record<string, (people: any, keys: string[], documents: number) => string[]>} */
const LINES = {
  'get(key).age': (people, keys) => {
    const read = () => {
      for (const key of keys) kept += people.get(key).age;
    };
    return [nsEach(TOUCHED, read), nsEach(TOUCHED, read)];
  },
  'view(key, age)': (people, keys) => {
    const read = () => {
      for (const key of keys) kept += people.view(key, age);
    };
    return [nsEach(TOUCHED, read), nsEach(TOUCHED, read)];
  },
  'view(key, name and age)': (people, keys) => {
    const read = () => {
      for (const key of keys) kept += people.view(key, twoFields);
    };
    return [nsEach(TOUCHED, read), nsEach(TOUCHED, read)];
  },
  'view(key, age) of objects': (people, keys) => {
    for (const key of keys) people.get(key);
    const read = () => {
      for (const key of keys) kept += people.view(key, age);
    };
    return [nsEach(TOUCHED, read), nsEach(TOUCHED, read)];
  },
  'age of all by get': (people, _, documents) => {
    const read = () => {
      for (const key of people.all().keys()) kept += people.get(key).age;
    };
    return [nsEach(documents, read), nsEach(documents, read)];
  },
  'age of all by view': (people, _, documents) => {
    const read = () => {
      for (const key of people.all().keys()) kept += people.view(key, age);
    };
    return [nsEach(documents, read), nsEach(documents, read)];
  },
  "age of all by select('age')": (people, _, documents) => {
    const read = () => {
      for (const row of people.all().select('age').all()) kept += row.age;
    };
    return [nsEach(documents, read), nsEach(documents, read)];
  },
};

async function measure(directory, documents, line) {
  const db = await openDatabase({ directory, compaction: 'manual' });
  const keys = touches(documents);
  global.gc?.();
  const before = process.memoryUsage();
  const times = LINES[line](db.person, keys, documents);
  await new Promise((resolve) => setTimeout(resolve, 50));
  global.gc?.();
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  const { undecodedCount } = db.stats().collections.person;
  console.log([line, ...times, `${(grown / 2 ** 20).toFixed(1)} MiB`, undecodedCount].join(' | '));
  await db.close();
  if (Number.isNaN(kept)) throw new Error('a field was missing');
}

const [first = '100000', directory, line] = process.argv.slice(2);
const documents = Number(first);
if (line !== undefined) await measure(directory, documents, line);
else {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-view-'));
  try {
    const db = await openDatabase({ directory: folder, durability: 'os', compaction: 'manual' });
    for (let from = 0; from < documents; from += 1_000)
      await db.person.insertMany(
        Array.from({ length: Math.min(1_000, documents - from) }, (_, index) => personOf(from + index)),
      );
    await db.compact();
    await db.close();
    console.log(`${documents} documents, load ${loadavg()[0].toFixed(1)}`);
    console.log('read | first time | second time | memory more | still bytes');
    for (const name of Object.keys(LINES))
      spawnSync(
        process.execPath,
        ['--expose-gc', '--no-warnings', fileURLToPath(import.meta.url), first, folder, name],
        { stdio: 'inherit' },
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
