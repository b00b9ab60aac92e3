/**
 * How long the engine holds the event loop with work of its own: `node bench/slices.mjs [documents]` (1,000,000).
 *
 * A probe runs in every turn of the loop. Told for each kind of work: the longest time between two turns by the clock,
 * the longest own work in one turn (CPU time of the thread without the pauses of the garbage collector, so that what
 * other processes took is not in it), how many turns had over 5 ms of it, and the collector's longest pause.
 */
import { existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { BENCH, buildNuthatch } from './lib/prepare.mjs';
import { Workload } from './lib/workload.mjs';

const documents = Number(process.argv[2] ?? 1_000_000);
/** Inserts in a turn, where growth is looked at. */
const FEW = 16;
const EXPIRING = Math.min(documents, 100_000);
const READ = Math.min(documents, 200_000);
const HELD_MS = 5;

const failure = buildNuthatch();
if (failure !== undefined) {
  console.error(failure);
  process.exit(1);
}
const { openDatabase } = createRequire(import.meta.url)(join(BENCH, 'build', 'generated', 'index.js'));

let gcPauses = [];
new PerformanceObserver((list) => gcPauses.push(...list.getEntries())).observe({
  entryTypes: ['gc'],
});

const SCHEDSTAT = '/proc/thread-self/schedstat';
const schedstat = existsSync(SCHEDSTAT) ? openSync(SCHEDSTAT, 'r') : undefined;
const digits = Buffer.alloc(64);

/** CPU time of this thread alone where the system tells it, else of the whole process. */
function cpuMs() {
  const { user, system } = process.cpuUsage(); // Asked first in any case: that makes Linux bring schedstat up to date.
  if (schedstat === undefined) return (user + system) / 1000;
  readSync(schedstat, digits, 0, digits.length, 0);
  return Number.parseInt(digits.latin1Slice(0, 20), 10) / 1e6;
}

/** Runs the work with the probe beside it. */
async function measure(name, work) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  gcPauses = [];
  let isDone = false;
  const seen = { count: 0, wallMs: 0 };
  const long = [];
  let last = performance.now();
  let lastCpu = cpuMs();
  const probed = new Promise((resolve) => {
    const probe = () => {
      const now = performance.now();
      const nowCpu = cpuMs();
      seen.count++;
      seen.wallMs = Math.max(seen.wallMs, now - last);
      if (nowCpu - lastCpu > HELD_MS / 2) long.push({ start: last, end: now, cpu: nowCpu - lastCpu });
      last = now;
      lastCpu = nowCpu;
      if (isDone) resolve();
      else setImmediate(probe);
    };
    setImmediate(probe);
  });
  const start = performance.now();
  await work();
  const tookMs = performance.now() - start;
  isDone = true;
  await probed;
  await new Promise((resolve) => setTimeout(resolve, 50)); // The last pauses are told of a little later.
  const own = long.map(({ start, end, cpu }) => {
    const paused = gcPauses.filter(({ startTime }) => startTime >= start && startTime < end);
    // No more than the turn was long: the two clocks are not read at the same moment.
    return Math.min(cpu, end - start) - paused.reduce((sum, { duration }) => sum + duration, 0);
  });
  const most = (values) => `${values.reduce((longest, value) => Math.max(longest, value), 0).toFixed(1)} ms`;
  const heldCount = own.filter((held) => held > HELD_MS).length;
  const gcMs = most(gcPauses.map(({ duration }) => duration));
  const row = [name, `${Math.round(tookMs)} ms`, seen.count, most([seen.wallMs]), most(own), heldCount, gcMs];
  console.log(`| ${row.join(' | ')} |`);
}

const parent = mkdtempSync(join(tmpdir(), 'nuthatch-slices-'));
const directory = join(parent, 'person');
const workload = new Workload(documents);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** One document after the other, a few in each turn. */
async function fill(db) {
  for (let from = 0; from < documents; from += FEW) {
    for (let index = from; index < Math.min(documents, from + FEW); index++)
      void db.person.insert(workload.document(index));
    await turn();
  }
}

console.log(`${documents.toLocaleString('en')} documents, Node ${process.version}\n`);
console.log(
  `| work | took | turns | longest turn | longest own work | turns with over ${HELD_MS} ms of it | longest GC pause |`,
);
console.log('|---|---|---|---|---|---|---|');
await measure('nothing', () => pause(1000));

const inMemory = await openDatabase({ memory: true });
await measure(`growth in memory, ${FEW} inserts a turn`, () => fill(inMemory));
await inMemory.close();

let db = await openDatabase({ directory, durability: 'os' });
await measure(`growth on disk, ${FEW} inserts a turn`, () => fill(db));
await measure('flush', () => db.flush());
for (const [kind, field] of [
  ['range', 'createdAt'],
  ['range', 'name'],
  ['unique', 'email'],
  ['tag', 'tags'],
]) {
  const name = `${kind} ${field}`;
  await measure(`add a ${kind} index of ${field}`, () => db.person.addIndex({ kind, field, name }));
  await measure('drop it', async () => db.person.dropIndex(name));
}
await measure('read changes from the journal', async () => {
  let count = 0;
  for await (const change of db.changes({ since: 0 })) if (change.after && ++count === READ) break;
});
await measure('snapshot and compaction', () => db.compact());
await measure('compaction beside durable inserts', async () => {
  let isCompacting = true;
  const compacted = db.compact().finally(() => {
    isCompacting = false;
  });
  for (let index = documents; isCompacting; index++) {
    await db.person.insert(workload.document(index), { durability: 'fsync' });
  }
  await compacted;
});
await measure('backup', () => db.backup(join(parent, 'backup')));
await measure('switch to memory', () => db.setStorage('person', 'memory'));
await measure('switch to disk', () => db.setStorage('person', 'disk'));
const size = db.person.size;
const dueMs = Date.now() + 20_000;
for (let from = 0; from < EXPIRING; from += 1000) {
  await db.transaction((tx) => {
    for (let index = from; index < from + 1000; index++)
      tx.person.update(workload.id(index), { name: 'soon gone' }, { ttlMs: Math.max(1, dueMs - Date.now()) });
  });
}
await pause(dueMs - Date.now() - 300);
await measure(`expiry of ${EXPIRING.toLocaleString('en')} at once`, async () => {
  while (db.person.size > size - EXPIRING) await pause(20);
});
await measure('close', () => db.close());
await measure('open', async () => {
  db = await openDatabase({ directory, durability: 'os' });
});
await db.close();
rmSync(parent, { recursive: true });
