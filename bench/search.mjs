/**
 * Search in texts beside FTS5 of better-sqlite3: `node bench/search.mjs [documents]` (200,000 of 80 words; `--smoke`: 2,000).
 *
 * Words are as frequent as in a language: the n-th of 50,000 comes 1 / (n + 10) times as often as the first. Both get the same texts, and
 * are asked for the same: the documents that have both words, the 20 best by BM25. Which documents and how many is compared
 * before anything is measured. The order is not: FTS5 takes all columns of a row for one text, and has another idf.
 *
 * Needs `npm run build`. CPU is that of the process, garbage collection included; the load of the machine is printed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFts5 } from './lib/fts5.mjs';

const require = createRequire(import.meta.url);
const { openDatabase } = require('@nuthatch/runtime/generated');
const { definitions } = require('../build/examples/text-search/generated/index.js');

const isSmoke = process.argv.includes('--smoke');
const COUNT = isSmoke ? 2_000 : Number(/^\d+$/.test(process.argv[2] ?? '') ? process.argv[2] : 200_000);
const WORDS = 80;
const VOCABULARY = 50_000;
const BATCH = 2_000;
const [withSearch] = definitions;
const withoutSearch = { ...withSearch, search: undefined };

let state = 12_345;
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

const words = Array.from({ length: VOCABULARY }, (_, index) => {
  let word = '';
  for (let rest = index + 100; rest > 0; rest = Math.floor(rest / 22)) word += 'etaoinshrdlcumwfgypbvk'[rest % 22];
  return `${word}${'aeiou'[index % 5]}${index % 3 === 0 ? 'st' : 'n'}`;
});
const share = new Float64Array(VOCABULARY);
for (let index = 0, sum = 0; index < VOCABULARY; index++) share[index] = sum += 1 / (index + 10);
function word() {
  const at = random() * share[VOCABULARY - 1];
  let low = 0;
  let high = VOCABULARY - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (share[middle] < at) low = middle + 1;
    else high = middle;
  }
  return words[low];
}
const textOf = (count) => Array.from({ length: count }, word).join(' ');
const issues = Array.from({ length: COUNT }, (_, id) => ({ id: id + 1, title: textOf(6), text: textOf(WORDS - 6) }));

/** Words by their place in the order of frequency. */
const QUESTIONS = [
  ...[
    ['two frequent words', 30, 100],
    ['frequent and less so', 30, 3_000],
    ['two words in between', 300, 700],
    ['two rare words', 3_000, 9_000],
  ].map(([name, a, b]) => ({ name, text: `${words[a]} ${words[b]}` })),
  {
    name: 'beginning of three letters',
    text: words[300].slice(0, 3),
    asked: `${words[300].slice(0, 3)}*`,
    options: { prefix: true },
  },
  {
    name: 'beginning of one letter',
    text: words[300].slice(0, 1),
    asked: `${words[300].slice(0, 1)}*`,
    options: { prefix: true },
  },
  { name: 'one wrong letter', text: `${words[1_300]}x`, options: { fuzzy: 1 } },
  { name: 'two wrong letters', text: `${words[1_300]}x`, options: { fuzzy: 2 } },
];

function note(what, ours, theirs, unit) {
  console.log(`${what.padEnd(44)} ${shown(ours).padStart(10)} ${shown(theirs).padStart(10)} ${unit}`);
}
const shown = (value) => (value === undefined ? '–' : value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** CPU milliseconds per call, the median of rounds. */
function cpuOf(times, work) {
  work();
  work();
  const each = [];
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage();
    for (let time = 0; time < times; time++) work();
    const { user, system } = process.cpuUsage(start);
    each.push((user + system) / 1_000 / times);
  }
  return each.sort((a, b) => a - b)[2];
}

async function cpuMs(work) {
  const start = process.cpuUsage();
  const startMs = performance.now();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  return { cpu: (user + system) / 1_000, wall: performance.now() - startMs, result };
}

const bytesIn = (directory) =>
  readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);

async function main() {
  const directory = mkdtempSync(join(tmpdir(), 'nuthatch-bench-search-'));
  try {
    console.log(`${COUNT} documents of ${WORDS} words, load ${loadavg()[0].toFixed(1)}, Node ${process.version}`);
    console.log(`${''.padEnd(44)} ${'Nuthatch'.padStart(10)} ${'FTS5'.padStart(10)}`);
    await measure(directory);
    console.log(`load ${loadavg()[0].toFixed(1)}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What was written last is packed beside everything else: until the process has nothing to do. */
async function settled() {
  for (let quiet = 0; quiet < 20; quiet++) {
    const start = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { user, system } = process.cpuUsage(start);
    if (user + system > 5_000) quiet = 0;
  }
}

/** The same documents first, then the time; a new query each time: one that is asked again remembers its answer. */
function measureQuestions(db, fts) {
  const times = isSmoke ? 3 : 20;
  for (const { name, text, asked = text, options } of QUESTIONS) {
    const ours = db.issue
      .search(text, options)
      .keys()
      .sort((a, b) => a - b);
    const theirs = options?.fuzzy ? undefined : fts?.all(asked).sort((a, b) => a - b);
    if (theirs !== undefined && ours.join() !== theirs.join())
      throw new Error(`${asked}: ${ours.length} documents, FTS5 has ${theirs.length}`);
    const own = cpuOf(times, () => db.issue.search(text, options).limit(20).keys());
    const other = theirs && cpuOf(times, () => fts.best(asked));
    note(`${name}, 20 best of ${ours.length}`, own, other, 'ms');
  }
}

async function measure(directory) {
  const place = join(directory, 'nuthatch');
  const options = { directory: place, durability: 'os', compaction: 'manual', maxPendingBytes: 2 ** 30 };
  const fill = async (definition, where) => {
    const db = await openDatabase([definition], where);
    for (let at = 0; at < COUNT; at += BATCH) await db.issue.insertMany(issues.slice(at, at + BATCH));
    return db;
  };
  const plain = await cpuMs(() => fill(withoutSearch, { memory: true }));
  await plain.result.close();
  const searched = await cpuMs(() => fill(withSearch, { memory: true }));
  const memory = searched.result;

  const fts = openFts5(join(directory, 'sqlite.db'));
  const filled = await cpuMs(() => {
    for (let at = 0; at < COUNT; at += BATCH) fts?.addAll(issues.slice(at, at + BATCH));
  });
  const ofTheirs = ({ cpu }, count) => fts && (cpu / count) * 1_000;
  note('indexing a document', ((searched.cpu - plain.cpu) / COUNT) * 1_000, ofTheirs(filled, COUNT), 'µs');

  await settled();
  measureQuestions(memory, fts);

  const count = Math.min(5_000, COUNT);
  const changes = Array.from({ length: count }, (_, at) => [at * Math.floor(COUNT / count) + 1, textOf(WORDS - 6)]);
  const update = (db) =>
    cpuMs(async () => {
      let last;
      for (const [id, text] of changes) last = db.issue.update(id, { text });
      await last;
    });
  const again = await fill(withoutSearch, { memory: true });
  const without = await update(again);
  await again.close();
  const during = await update(memory);
  const changed = await cpuMs(() => fts?.changeAll(changes));
  note('update of a text, more than without search', ((during.cpu - without.cpu) / count) * 1_000, undefined, 'µs');
  note('update of a text', (during.cpu / count) * 1_000, ofTheirs(changed, count), 'µs');
  await memory.close();
  fts?.close();

  const written = await fill(withSearch, options);
  await written.compact();
  await written.close();
  const withState = bytesIn(place);
  const openings = { with: [], without: [] };
  for (let round = 0; round < 7; round++)
    for (const kind of ['with', 'without']) openings[kind].push(opened(place, kind));
  const median = (list, part) => list.map((each) => each[part]).sort((a, b) => a - b)[3];
  note('opening, CPU', median(openings.with, 'cpu'), undefined, 'ms');
  note('opening of the same without search, CPU', median(openings.without, 'cpu'), undefined, 'ms');
  note('opening, wall', median(openings.with, 'wall'), undefined, 'ms');
  note('opening of the same without search, wall', median(openings.without, 'wall'), undefined, 'ms');
  note('a search right after the opening, CPU', median(openings.with, 'first'), undefined, 'ms');
  note('directory', withState / 1e6, undefined, 'MB');
  console.log(`the index was ${openings.with[0].opening}`);
}

/** In a process of its own, as a program opens its database once. */
function opened(place, kind) {
  const printed = execFileSync(process.execPath, [import.meta.filename, '--open', place, kind], { encoding: 'utf8' });
  return JSON.parse(printed);
}

async function openOnce(place, kind) {
  const definition = kind === 'with' ? withSearch : withoutSearch;
  const options = { directory: place, durability: 'os', compaction: 'manual' };
  const { cpu, wall, result: db } = await cpuMs(() => openDatabase([definition], options));
  const first = await cpuMs(() => db.issue.search?.('two words').count());
  const opening = db.recovery?.searchIndexes.issue;
  await db.close();
  console.log(JSON.stringify({ cpu, wall, first: first.cpu, opening }));
}

const at = process.argv.indexOf('--open');
if (at < 0) await main();
else await openOnce(process.argv[at + 1], process.argv[at + 2]);
