/**
 * What a cold collection costs: opening, memory, and the first touch of a document, in a process that is given less memory
 * than the documents take.
 *
 *   node bench/cold.mjs [documents] [bytes per document] [heap in MiB]
 *
 * The load, in parts, and the reading run in processes of their own: `--max-old-space-size` bounds the heap of each, and
 * resident memory is printed, since buffers lie beside the heap. Needs `npm run build`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitionOf } from './lib/plain-definition.mjs';

const require = createRequire(import.meta.url);
const { openDatabase } = require('@nuthatch/runtime/generated');

/** Processes that load, one after the other. */
const PARTS = 8;

const text = { kind: 'string' };
const field = (name, type) => ({ name, type, optional: false, rules: [] });
const modelOf = (storage) => ({
  name: 'Thing',
  collection: 'thing',
  storage,
  key: { fields: ['id'] },
  fields: [
    field('id', text),
    field('mail', text),
    field('tags', { kind: 'array', element: text }),
    field('age', { kind: 'number' }),
    field('body', text),
  ],
  computed: [],
  indexes: [
    { name: 'mail', kind: 'unique', fields: ['mail'] },
    { name: 'tags', kind: 'tag', fields: ['tags'] },
    { name: 'age', kind: 'range', fields: ['age'] },
  ],
});
const open = (directory, storage, options) =>
  openDatabase([definitionOf(modelOf(storage))], { directory, durability: 'os', compaction: 'manual', ...options });

const idOf = (number) => `thing-${String(number).padStart(8, '0')}`;
const thingOf = (number, body) => ({
  id: idOf(number),
  mail: `m${number}@example.org`,
  tags: [`t${number % 1_000}`],
  age: number % 5_000,
  body: `${number} ${body}`,
});
const mib = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;
const resident = async () => {
  // Buffers are freed some turns later.
  for (let round = 0; round < 3; round++) {
    global.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, used: heapUsed + arrayBuffers };
};

async function load(directory, from, to, bodyBytes, storage) {
  const startMs = performance.now();
  const db = await open(directory, storage);
  const body = 'x'.repeat(Math.max(0, bodyBytes));
  for (let number = from; number < to; number += 1_000)
    await db.thing.insertMany(
      Array.from({ length: Math.min(1_000, to - number) }, (_, index) => thingOf(number + index, body)),
    );
  const loaded = await resident();
  const imageStartMs = performance.now();
  await db.compact();
  const imageSeconds = ((performance.now() - imageStartMs) / 1_000).toFixed(1);
  const { documentCount, undecodedBytes } = db.stats().collections.thing;
  const { rss, used } = await resident();
  await db.close();
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  console.log(
    `load up to ${documentCount}: ${seconds} s, of which ${imageSeconds} s for the image; before it ${mib(loaded.used)} used, ${mib(loaded.rss)} resident; after it ${mib(used)} used, ${mib(rss)} resident, ${mib(undecodedBytes)} of documents`,
  );
}

function quantiles(times) {
  times.sort((a, b) => a - b);
  const at = (share) => (times[Math.floor(share * (times.length - 1))] / 1_000).toFixed(1);
  return `p50 ${at(0.5)} µs, p99 ${at(0.99)} µs, max ${at(1)} µs`;
}

function timed(count, work) {
  const times = new Array(count);
  for (let index = 0; index < count; index++) {
    const startNs = process.hrtime.bigint();
    work(index);
    times[index] = Number(process.hrtime.bigint() - startNs);
  }
  return quantiles(times);
}

async function read(directory, count, storage) {
  const before = await resident();
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const db = await open(directory, storage);
  const first = db.thing.get(idOf(count >> 1));
  const openMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  if (first?.age !== (count >> 1) % 5_000) throw new Error('another document than asked for');
  const after = await resident();
  console.log(
    `open to first answer: ${Math.round(openMs)} ms, CPU ${Math.round((user + system) / 1_000)} ms; ${mib(after.rss)} resident, ${((after.used - before.used) / count).toFixed(0)} B per document of heap and buffers`,
  );
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed % count;
  };
  timed(20_000, () => db.thing.get(idOf(random())));
  console.log(`get, all over: ${timed(100_000, () => db.thing.get(idOf(random())))}`);
  console.log(`get again: ${timed(100_000, () => db.thing.get(idOf(count >> 1)))}`);
  console.log(`has, all over: ${timed(100_000, () => db.thing.has(idOf(random())))}`);
  console.log(
    `by unique value, all over: ${timed(20_000, () => db.thing.first({ mail: `m${random()}@example.org` }))}`,
  );
  const scanMs = performance.now();
  let sum = 0;
  for await (const { age } of db.thing.all()) sum += age;
  const perDocument = ((performance.now() - scanMs) * 1_000) / count;
  console.log(`for await over all(): ${perDocument.toFixed(2)} µs per document (sum ${sum})`);
  const end = await resident();
  const { cache, collections } = db.stats();
  console.log(
    `in the end: ${mib(end.rss)} resident, ${mib(end.used)} used; decoded ${cache.documentCount}, ${mib(cache.byteCount)}; read from the file ${collections.thing.coldReadCount}`,
  );
  await db.close();
}

const [, , first, ...rest] = process.argv;
if (first === 'load') {
  const [directory, from, to, bodyBytes, storage] = rest;
  await load(directory, Number(from), Number(to), Number(bodyBytes), storage);
} else if (first === 'read') {
  const [directory, count, storage] = rest;
  await read(directory, Number(count), storage);
} else {
  const given = [first, ...rest].map((value) => value && Number(value));
  const [count = 1_000_000, bytes = 1_000, heapMiB = 256, storage = 'cold'] = given;
  const directory = mkdtempSync(join(tmpdir(), 'nuthatch-cold-'));
  const run = (...phase) => {
    const options = ['--expose-gc', `--max-old-space-size=${heapMiB}`, fileURLToPath(import.meta.url)];
    const { status } = spawnSync(process.execPath, [...options, ...phase.map(String)], { stdio: 'inherit' });
    if (status !== 0) console.log(`${phase[0]}: ended with ${status}`);
    return status === 0;
  };
  const part = Math.ceil(count / PARTS / 1_000) * 1_000;
  for (let from = 0; from < count; from += part)
    if (!run('load', directory, from, Math.min(count, from + part), bytes, storage)) break;
  const images = readdirSync(directory).filter((name) => name.startsWith('snapshot'));
  const imageBytes = Math.max(0, ...images.map((name) => statSync(join(directory, name)).size));
  console.log(`${count} documents of about ${bytes} B, heap bounded to ${heapMiB} MiB; image ${mib(imageBytes)}`);
  run('read', directory, count, storage);
  console.log(`load of the machine: ${loadavg().map(Math.round).join(', ')}`);
  rmSync(directory, { recursive: true, force: true });
}
