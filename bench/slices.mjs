/**
 * How long the engine holds the event loop with work of its own: `node bench/slices.mjs [documents]` (1,000,000).
 *
 * Told for each kind of work: the longest time between two turns by the clock, the longest own work in one turn (CPU
 * time without the garbage collector's: lib/turns.mjs), how many turns had over 5 ms of it, and the collector's longest act.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BENCH, buildNuthatch } from './lib/prepare.mjs';
import { measureTurns } from './lib/turns.mjs';
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

/** Runs the work with the probe beside it, and prints a row. */
async function measure(name, work) {
  const { tookMs, turnCount, longestMs, ownMs, heldCount, collectorMs } = await measureTurns(work, HELD_MS);
  const ms = (value) => `${value.toFixed(1)} ms`;
  const row = [name, `${Math.round(tookMs)} ms`, turnCount, ms(longestMs), ms(ownMs), heldCount, ms(collectorMs)];
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
  `| work | took | turns | longest turn | longest own work | turns with over ${HELD_MS} ms of it | longest act of the collector |`,
);
console.log('|---|---|---|---|---|---|---|');
await measure('nothing', () => pause(1000));

const inMemory = await openDatabase({ memory: true });
await measure(`growth in memory, ${FEW} inserts per turn`, () => fill(inMemory));
await inMemory.close();

let db = await openDatabase({ directory, durability: 'os' });
await measure(`growth on disk, ${FEW} inserts per turn`, () => fill(db));
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
