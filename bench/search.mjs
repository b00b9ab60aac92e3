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

/** Places in the order of frequency. */
const QUESTIONS = [
  ['two frequent words', 30, 100],
  ['frequent and less so', 30, 3_000],
  ['two words in between', 300, 700],
  ['two rare words', 3_000, 9_000],
].map(([name, a, b]) => ({ name, text: `${words[a]} ${words[b]}` }));

const rows = [];
function note(what, ours, theirs, unit) {
  rows.push([what, ours, theirs, unit]);
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

function openSqlite(path) {
  const Sqlite = require('better-sqlite3');
  const sqlite = new Sqlite(path);
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = OFF');
  return sqlite;
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

  const sqlite = openSqlite(join(directory, 'sqlite.db'));
  sqlite.exec("create virtual table issue using fts5(title, text, tokenize = 'unicode61')");
  const add = sqlite.prepare('insert into issue (rowid, title, text) values (?, ?, ?)');
  const addAll = sqlite.transaction((some) => {
    for (const { id, title, text } of some) add.run(id, title, text);
  });
  const filled = await cpuMs(() => {
    for (let at = 0; at < COUNT; at += BATCH) addAll(issues.slice(at, at + BATCH));
  });
  note('indexing a document', ((searched.cpu - plain.cpu) / COUNT) * 1_000, (filled.cpu / COUNT) * 1_000, 'µs');

  // What was written last is packed beside everything else.
  await new Promise((resolve) => setTimeout(resolve, isSmoke ? 100 : 5_000));

  const best = sqlite.prepare('select rowid from issue where issue match ? order by rank limit 20').pluck();
  const all = sqlite.prepare('select rowid from issue where issue match ?').pluck();
  for (const { name, text } of QUESTIONS) {
    const ours = memory.issue
      .search(text)
      .keys()
      .sort((a, b) => a - b);
    const theirs = all.all(text).sort((a, b) => a - b);
    if (ours.join() !== theirs.join()) throw new Error(`${text}: ${ours.length} documents, FTS5 has ${theirs.length}`);
    const times = isSmoke ? 3 : 20;
    // A new query each time: one that is asked twice without a write between remembers its answer.
    const own = cpuOf(times, () => memory.issue.search(text).limit(20).keys());
    note(
      `${name}, 20 best of ${ours.length}`,
      own,
      cpuOf(times, () => best.all(text)),
      'ms',
    );
  }
  const typed = words[300].slice(0, 3);
  const begun = memory.issue.search(typed, { prefix: true });
  const found = all.all(`${typed}*`).length;
  if (begun.count() !== found) throw new Error(`${typed}*: ${begun.count()} documents, FTS5 has ${found}`);
  note(
    `beginning of three letters, 20 best of ${found}`,
    cpuOf(5, () => memory.issue.search(typed, { prefix: true }).limit(20).keys()),
    cpuOf(5, () => best.all(`${typed}*`)),
    'ms',
  );
  const misspelt = `${words[1_300]}x`;
  note(
    'one wrong letter, 20 best',
    cpuOf(5, () => memory.issue.search(misspelt, { fuzzy: 1 }).limit(20).keys()),
    undefined,
    'ms',
  );
  note(
    'two wrong letters, 20 best',
    cpuOf(5, () => memory.issue.search(misspelt, { fuzzy: 2 }).limit(20).keys()),
    undefined,
    'ms',
  );

  const updates = Math.min(5_000, COUNT);
  const texts = Array.from({ length: updates }, () => textOf(WORDS - 6));
  const update = (db) =>
    cpuMs(async () => {
      let last;
      for (let at = 0; at < updates; at++)
        last = db.issue.update(at * Math.floor(COUNT / updates) + 1, { text: texts[at] });
      await last;
    });
  const again = await fill(withoutSearch, { memory: true });
  const without = await update(again);
  await again.close();
  const during = await update(memory);
  const change = sqlite.prepare('update issue set text = ? where rowid = ?');
  const changeAll = sqlite.transaction(() => {
    for (const [at, text] of texts.entries()) change.run(text, at * Math.floor(COUNT / updates) + 1);
  });
  const changed = await cpuMs(() => changeAll());
  note('update of a text, more than without search', ((during.cpu - without.cpu) / updates) * 1_000, undefined, 'µs');
  note('update of a text', (during.cpu / updates) * 1_000, (changed.cpu / updates) * 1_000, 'µs');
  await memory.close();
  sqlite.close();

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
