/**
 * What it costs to watch a database run: `node bench/observability.mjs [rounds]` (30).
 *
 * The same writes with nobody listening, with a subscriber to each channel, and with each adapter; all in one process
 * and by turns, so that a busy machine slows all of them alike. A round takes each way once; told is the CPU time of the
 * process per write, the lower quartile of all rounds: other work on the machine only ever adds to it.
 *
 *   --before FOLDER   another tree of this repository, built, with `bench/build` made: its writes take part, unwatched
 */
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BENCH, buildNuthatch } from './lib/prepare.mjs';
import { Workload } from './lib/workload.mjs';

const arguments_ = process.argv.slice(2);
const beforeAt = arguments_.indexOf('--before');
const before = beforeAt < 0 ? undefined : resolve(arguments_.splice(beforeAt, 2)[1]);
const rounds = Number(arguments_[0] ?? 30);
/** Long enough that a turn of another process is a small part of it. */
const IN_MEMORY = 50_000;
const ONE_BY_ONE = 1_000;
const IN_FLIGHT = 1_000;
const DURABLE = 100;

const failure = buildNuthatch();
if (failure !== undefined) {
  console.error(failure);
  process.exit(1);
}
const require = createRequire(import.meta.url);
const load = (tree) => require(join(tree, 'bench', 'build', 'generated', 'index.js'));
const adapter = (name) => require(join(BENCH, '..', 'packages', 'observability', 'dist', `${name}.js`));
const { Registry } = require('prom-client');
const { MeterProvider, MetricReader } = require('@opentelemetry/sdk-metrics');
const { pino } = require('pino');

class SilentReader extends MetricReader {
  async onShutdown() {}
  async onForceFlush() {}
}

/** Hears a channel and looks at the message, as the least that a subscriber does. */
function hearing(...channels) {
  return () => {
    let sum = 0;
    const listener = ({ durationMs }) => {
      sum += durationMs ?? 0;
    };
    for (const channel of channels) subscribe(channel, listener);
    return () => {
      for (const channel of channels) unsubscribe(channel, listener);
      return sum;
    };
  };
}

const stopped = (observation) => () => observation.stop();
const WAYS = [
  ['nobody listens', () => () => undefined],
  ['`nuthatch:commit`', hearing('nuthatch:commit')],
  ['`nuthatch:fsync`', hearing('nuthatch:fsync')],
  [
    'all other channels',
    hearing(...['recovery', 'failure', 'listener-error', 'clock-jump'].map((name) => `nuthatch:${name}`)),
  ],
  [
    'all traces',
    hearing(...['open', 'flush', 'compaction', 'backup', 'close'].map((name) => `tracing:nuthatch:${name}:asyncEnd`)),
  ],
  ['prometheus', (db) => stopped(adapter('prometheus').prometheus(db, { registry: new Registry() }))],
  [
    'openTelemetry, a meter',
    (db) => {
      const provider = new MeterProvider({ readers: [new SilentReader()] });
      return stopped(adapter('opentelemetry').openTelemetry(db, { meter: provider.getMeter('bench') }));
    },
  ],
  ['logTo', () => stopped(adapter('pino').logTo(pino({ level: 'silent' })))],
];

const workload = new Workload(IN_MEMORY);
const folder = mkdtempSync(join(tmpdir(), 'nuthatch-observability-'));
const cpuMs = () => process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000;

/** A database in memory and one on disk, filled. */
async function open(tree, name) {
  const { openDatabase } = load(tree);
  const memory = await openDatabase({ memory: true });
  const disk = await openDatabase({ directory: join(folder, name), compaction: 'manual' });
  await memory.person.insertMany(Array.from({ length: IN_MEMORY }, (_, index) => workload.document(index)));
  await disk.person.insertMany(Array.from({ length: IN_FLIGHT }, (_, index) => workload.document(index)));
  return { memory, disk };
}

let drawn = 0;
const fresh = () => {
  drawn++;
  return { ...workload.document(drawn % IN_MEMORY), id: `fresh-${drawn}`, email: `fresh-${drawn}@example.org` };
};

/** Microseconds of CPU time per write of each job. */
const JOBS = {
  async 'insert, in memory'({ memory }) {
    const documents = Array.from({ length: IN_MEMORY / 5 }, fresh);
    const begin = cpuMs();
    for (const document of documents) memory.person.insert(document);
    const us = ((cpuMs() - begin) * 1_000) / documents.length;
    for (const { id } of documents) memory.person.delete(id);
    return us;
  },
  async 'update, in memory'({ memory }) {
    const begin = cpuMs();
    for (let index = 0; index < IN_MEMORY; index++) memory.person.update(workload.id(index), { name: `n${drawn}` });
    drawn++;
    return ((cpuMs() - begin) * 1_000) / IN_MEMORY;
  },
  async '`os`, each awaited'({ disk }) {
    const begin = cpuMs();
    for (let index = 0; index < ONE_BY_ONE; index++)
      await disk.person.update(workload.id(index), { name: `n${drawn++}` }, { durability: 'os' });
    return ((cpuMs() - begin) * 1_000) / ONE_BY_ONE;
  },
  async '`fsync`, each awaited'({ disk }) {
    const begin = cpuMs();
    for (let index = 0; index < DURABLE; index++) await disk.person.update(workload.id(index), { name: `n${drawn++}` });
    return ((cpuMs() - begin) * 1_000) / DURABLE;
  },
  async '`fsync`, 1,000 in flight'({ disk }) {
    const begin = cpuMs();
    for (let turn = 0; turn < 10; turn++)
      await Promise.all(
        Array.from({ length: IN_FLIGHT }, (_, index) =>
          disk.person.update(workload.id(index), { name: `n${drawn++}` }),
        ),
      );
    return ((cpuMs() - begin) * 1_000) / (10 * IN_FLIGHT);
  },
};

const now = await open(join(BENCH, '..'), 'now');
const ways = WAYS.map(([name, watch]) => ({ name, watch, databases: now }));
if (before !== undefined)
  ways.unshift({ name: 'the tree before', watch: () => () => undefined, databases: await open(before, 'before') });

const told = new Map(ways.map(({ name }) => [name, new Map(Object.keys(JOBS).map((job) => [job, []]))]));
for (let round = 0; round <= rounds; round++) {
  // Each way comes first once: what comes first pays for what the round before has left.
  const turned = ways.map((_, index) => ways[(index + round) % ways.length]);
  for (const [job, work] of Object.entries(JOBS))
    for (const { name, watch, databases } of turned) {
      const ends = [watch(databases.disk), watch === WAYS[5][1] ? () => undefined : watch(databases.memory)];
      globalThis.gc?.();
      const us = await work(databases);
      for (const end of ends) end();
      // The first round is for the compiler.
      if (round > 0) told.get(name).get(job).push(us);
    }
}

const quartile = (values) => values.sort((left, right) => left - right)[values.length >> 2];
console.log(`Node ${process.version}, lower quartile of ${rounds} rounds, µs of CPU time per write\n`);
console.log(`| | ${Object.keys(JOBS).join(' | ')} |`);
console.log(
  `|---|${Object.keys(JOBS)
    .map(() => '---|')
    .join('')}`,
);
for (const [name, jobs] of told)
  console.log(`| ${name} | ${[...jobs.values()].map((values) => quartile(values).toFixed(2)).join(' | ')} |`);

const MESSAGES = 100_000;
const [commits, fsyncs] = ['nuthatch:commit', 'nuthatch:fsync'].map((name) => channel(name));
const { source } = createRequire(join(BENCH, '..', 'packages', 'runtime', 'dist', 'index.js'))(
  './index.js',
).describeDatabase(now.disk);
const commitOf = (seq) => ({
  database: source,
  firstSeq: seq,
  lastSeq: seq,
  transactionCount: 1,
  frameCount: 1,
  byteCount: 200,
  isSynced: true,
  durationMs: 1,
});
const fsyncOf = (seq) => ({
  database: source,
  syncedSeq: seq,
  transactionCount: 1,
  isWithWrite: true,
  durationMs: 1,
});

/** Microseconds of CPU time per group commit for its two messages, once the code is compiled: the least of seven. */
function messages(watch) {
  const end = watch(now.disk);
  const taken = Array.from({ length: 7 }, () => {
    const begin = cpuMs();
    for (let seq = 1; seq <= MESSAGES; seq++) {
      if (commits.hasSubscribers) commits.publish(commitOf(seq));
      if (fsyncs.hasSubscribers) fsyncs.publish(fsyncOf(seq));
    }
    return ((cpuMs() - begin) * 1_000) / MESSAGES;
  });
  end();
  return Math.min(...taken);
}

console.log('\n| | messages of a group commit and its fsync alone, µs |\n|---|---|');
for (const [name, watch] of WAYS) console.log(`| ${name} | ${messages(watch).toFixed(2)} |`);

const reads = 10_000;
const begin = performance.now();
for (let index = 0; index < reads; index++) now.disk.stats();
console.log(`\n\`db.stats()\`: ${(((performance.now() - begin) * 1_000) / reads).toFixed(1)} µs`);

for (const db of [now, ...(before === undefined ? [] : [ways[0].databases])]) {
  await db.memory.close();
  await db.disk.close();
}
rmSync(folder, { recursive: true, force: true });
