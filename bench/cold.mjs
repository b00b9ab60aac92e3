/**
 * What a cold collection costs: opening, memory, and the first touch of a document, in a process that is given less memory
 * than the documents take.
 *
 *   node bench/cold.mjs [documents] [bytes per document] [heap in MiB]
 *
 * The load and the reading run in processes of their own: `--max-old-space-size` bounds the heap of both, and resident
 * memory is printed, since buffers lie beside the heap.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitionOf } from './lib/plain-definition.mjs';

const require = createRequire(import.meta.url);
const { openDatabase } = require('@nuthatch/runtime/generated');

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
const resident = () => {
  global.gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, used: heapUsed + arrayBuffers };
};

async function load(directory, count, bodyBytes, storage, every) {
  const startMs = performance.now();
  const db = await open(directory, storage);
  const body = 'x'.repeat(Math.max(0, bodyBytes));
  let most = 0;
  let imageMs = 0;
  for (let number = 0; number < count; number += 1_000) {
    await db.thing.insertMany(
      Array.from({ length: Math.min(1_000, count - number) }, (_, index) => thingOf(number + index, body)),
    );
    if ((number + 1_000) % every === 0) {
      const imageStartMs = performance.now();
      await db.compact();
      imageMs += performance.now() - imageStartMs;
    }
    most = Math.max(most, process.memoryUsage().rss);
  }
  await db.compact();
  const { coldCount, undecodedBytes } = db.stats().collections.thing;
  const { rss, used } = resident();
  await db.close();
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  console.log(
    `load: ${seconds} s (images ${(imageMs / 1_000).toFixed(1)} s), most resident ${mib(most)}, in the end ${mib(rss)} resident, ${mib(used)} used; cold ${coldCount}, bytes in memory ${mib(undecodedBytes)}`,
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
  const before = resident();
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const db = await open(directory, storage);
  const first = db.thing.get(idOf(count >> 1));
  const openMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  if (first?.age !== (count >> 1) % 5_000) throw new Error('another document than asked for');
  const after = resident();
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
  const end = resident();
  const { cache, collections } = db.stats();
  console.log(
    `in the end: ${mib(end.rss)} resident, ${mib(end.used)} used; decoded ${cache.documentCount}, ${mib(cache.byteCount)}; read from the file ${collections.thing.coldReadCount}`,
  );
  await db.close();
}

const [, , first, ...rest] = process.argv;
if (first === 'load' || first === 'read') {
  const [directory, count, bodyBytes, storage, every] = rest;
  if (first === 'load') await load(directory, Number(count), Number(bodyBytes), storage, Number(every));
  else await read(directory, Number(count), storage);
} else {
  const [count = 1_000_000, bytes = 1_000, heapMiB = 512] = [first, ...rest].map((value) => value && Number(value));
  const directory = mkdtempSync(join(tmpdir(), 'nuthatch-cold-'));
  const run = (phase, storage) => {
    const { status } = spawnSync(
      process.execPath,
      [
        '--expose-gc',
        `--max-old-space-size=${heapMiB}`,
        fileURLToPath(import.meta.url),
        phase,
        directory,
        count,
        bytes,
        storage,
        Math.ceil(count / 8 / 1_000) * 1_000,
      ],
      { stdio: 'inherit' },
    );
    if (status !== 0) console.log(`${phase}, ${storage}: ended with ${status}`);
  };
  run('load', 'cold');
  if (existsSync(directory)) {
    const images = readdirSync(directory).filter((name) => name.startsWith('snapshot'));
    const imageBytes = Math.max(...images.map((name) => statSync(join(directory, name)).size));
    console.log(`${count} documents of about ${bytes} B, heap bounded to ${heapMiB} MiB; image ${mib(imageBytes)}`);
  }
  run('read', 'cold');
  rmSync(directory, { recursive: true, force: true });
}
