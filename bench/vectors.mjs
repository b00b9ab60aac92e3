/**
 * Nearest neighbours beside a loop by hand: `node bench/vectors.mjs [documents]` (100,000 vectors of 384 numbers; `--smoke`: 2,000).
 *
 * The loop by hand holds an array of documents, each with its own Float32Array, and keeps the ten best. Answers are compared before
 * anything is measured. CPU is that of the process; the load of the machine is printed. Needs `npm run build`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFigures } from './lib/figures-page.mjs';

const require = createRequire(import.meta.url);
const { openDatabase } = require('@nuthatch/runtime/generated');
const { passageDefinition } = require('../build/generated/passage.js');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const COUNT = options.smoke ? 2_000 : Number(positionals[0] ?? 100_000);
const DIMENSIONS = 384;
const ROUNDS = options.smoke ? 1 : 15;
const LANGUAGES = Array.from({ length: 10 }, (_, number) => `l${number}`);

/** The class of the guide, with vectors as long as those of a small model. */
const definition = {
  ...passageDefinition,
  model: {
    ...passageDefinition.model,
    vectors: [{ field: 'embedding', dimensions: DIMENSIONS, metric: 'cosine' }],
  },
};
const withoutVectors = { ...passageDefinition, model: { ...passageDefinition.model, vectors: undefined } };

let state = 7;
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}
const vector = () => Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5);

const documents = Array.from({ length: COUNT }, (_, number) => ({
  id: `p${String(number).padStart(7, '0')}`,
  text: `passage ${number}`,
  language: LANGUAGES[number % LANGUAGES.length],
  embedding: vector(),
}));
const questions = Array.from({ length: 8 }, vector);

const lengthOf = (numbers) => Math.sqrt(numbers.reduce((sum, number) => sum + number * number, 0));

/** The ten best of some documents, by a loop as one would write it. */
function byHand(all, question) {
  const length = lengthOf(question);
  const best = [];
  for (const document of all) {
    const { embedding } = document;
    let dot = 0;
    let square = 0;
    for (let index = 0; index < DIMENSIONS; index++) {
      dot += embedding[index] * question[index];
      square += embedding[index] * embedding[index];
    }
    const distance = 1 - dot / (length * Math.sqrt(square));
    if (best.length === 10 && distance >= best[9].distance) continue;
    best.push({ document, distance });
    best.sort((a, b) => a.distance - b.distance);
    if (best.length > 10) best.pop();
  }
  return best.map(({ document }) => document.id);
}

/** CPU milliseconds of one call: the best and the median of the rounds. */
function cpuOf(work) {
  work(0);
  work(1);
  const each = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    work(round);
    const { user, system } = process.cpuUsage(start);
    each.push((user + system) / 1_000);
  }
  each.sort((a, b) => a - b);
  return { best: each[0], median: each[each.length >> 1] };
}

const rows = [];
function note(what, ours, theirs) {
  const text = (value) => (value === undefined ? '–' : `${value.best.toFixed(1)} (${value.median.toFixed(1)})`);
  rows.push(`| ${what} | ${text(ours)} | ${text(theirs)} |`);
  console.log(`${what.padEnd(40)} ${text(ours).padStart(14)} ${text(theirs).padStart(14)} ms`);
}

async function cpuMs(work) {
  const start = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  return { cpu: (user + system) / 1_000, result };
}

async function filled(of, place) {
  const db = await openDatabase([of], place);
  for (let at = 0; at < COUNT; at += 1_000) await db.passage.insertMany(documents.slice(at, at + 1_000));
  return db;
}

const directory = mkdtempSync(join(tmpdir(), 'nuthatch-bench-vectors-'));
try {
  const load = loadavg()[0];
  console.log(`${COUNT} documents with ${DIMENSIONS} numbers, load ${load.toFixed(1)}, Node ${process.version}`);
  console.log(`${''.padEnd(40)} ${'Nuthatch'.padStart(14)} ${'by hand'.padStart(14)}`);
  const place = { directory, durability: 'os', compaction: 'manual', maxPendingBytes: 2 ** 30 };
  let db = await filled(definition, place);
  const ask = (round) => questions[round % questions.length];
  for (const question of questions) {
    const own = db.passage.nearest(question, { limit: 10 }).keys();
    if (own.join() !== byHand(documents, question).join()) throw new Error('the answers differ');
  }
  note(
    'ten nearest of all',
    cpuOf((round) => db.passage.nearest(ask(round), { limit: 10 }).hits()),
    cpuOf((round) => byHand(documents, ask(round))),
  );
  const inLanguage = documents.filter(({ language }) => language === 'l3');
  note(
    'ten nearest of a tag, a tenth',
    cpuOf((round) => db.passage.nearest(ask(round), { limit: 10, where: { language: 'l3' } }).hits()),
    cpuOf((round) => byHand(inLanguage, ask(round))),
  );
  note(
    'all, in the order of distance',
    cpuOf((round) => db.passage.nearest(ask(round)).keys()),
    undefined,
  );
  await db.compact();
  await db.close();
  const plain = await cpuMs(() => openDatabase([withoutVectors], place));
  await plain.result.close();
  const opened = await cpuMs(() => openDatabase([definition], place));
  db = opened.result;
  const perDocument = ((opened.cpu - plain.cpu) / COUNT) * 1_000;
  rows.push(`| an opening, for each document | ${perDocument.toFixed(1)} µs more than without vectors | |`);
  console.log(`opening: ${opened.cpu.toFixed(0)} ms, without vectors ${plain.cpu.toFixed(0)} ms`);
  note(
    'ten nearest of all, just opened',
    cpuOf((round) => db.passage.nearest(ask(round), { limit: 10 }).keys()),
    undefined,
  );
  await db.close();
  console.log(`load ${loadavg()[0].toFixed(1)}`);
  if (options.write) {
    const head = `Measured on ${new Date().toISOString().slice(0, 10)}: ${COUNT.toLocaleString('en')} documents with ${DIMENSIONS} numbers, cosine, Node ${process.versions.node}, load ${load.toFixed(1)}. CPU in milliseconds, the best of ${ROUNDS} rounds and the median.`;
    writeFigures('vectors', [head, '', '| question | Nuthatch | loop by hand |', '|---|---|---|', ...rows].join('\n'));
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
