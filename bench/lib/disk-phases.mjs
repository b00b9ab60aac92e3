/** Phases of what a store does on the disk: durable writes, writes beside its upkeep, opening again. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPromise, LIMITS, percentile } from './timing.mjs';
import { PAGE_DOCUMENTS, RANGE_LIMIT } from './workload.mjs';

const RUN_PHASE = join(import.meta.dirname, 'run-phase.mjs');

const WRITES_IN_FLIGHT = 1_000;
const DURABLE_WRITES = 3_000;

/** Writes before the second look at durable writes: by then what is compiled is compiled. */
const WARMING_WRITES = 10_000;

/** Awaits one insert after the other. @returns how long each took, in microseconds. */
async function waitsOfInserts(store, workload, from, count, forMs) {
  const waits = [];
  const end = performance.now() + forMs;
  for (let i = from; i < from + count && performance.now() < end; i++) {
    const document = workload.document(i);
    const start = performance.now();
    await store.insert(document);
    waits.push((performance.now() - start) * 1000);
  }
  return waits;
}

const withoutWarmUp = (waits) => waits.slice(waits.length >> 3);

/** The first writes of a process, and those behind some seconds of writing. */
export async function durableOne({ store, workload }) {
  const forMs = LIMITS.timedMs * 3;
  const first = await waitsOfInserts(store, workload, 0, DURABLE_WRITES, forMs);
  const between = await waitsOfInserts(store, workload, first.length, WARMING_WRITES, forMs);
  const later = await waitsOfInserts(store, workload, first.length + between.length, DURABLE_WRITES, forMs);
  const kept = withoutWarmUp(first);
  return {
    p50Us: percentile(kept, 0.5),
    p99Us: percentile(kept, 0.99),
    laterP50Us: percentile(later, 0.5),
    laterP99Us: percentile(later, 0.99),
    operations: first.length + between.length + later.length,
  };
}

/** One write after the other, each awaited, without fsync. */
export async function acceptedOne({ store, workload }) {
  const waits = await waitsOfInserts(store, workload, 0, workload.documents, LIMITS.timedMs * 2);
  const kept = withoutWarmUp(waits);
  return { p50Us: percentile(kept, 0.5), p99Us: percentile(kept, 0.99), operations: waits.length };
}

const MAX_WRITTEN = 300_000;

/** Documents for the write phases are made before the clock starts, a chunk at a time. */
async function writesPerSecond(workload, chunk, write) {
  const forMs = LIMITS.timedMs * 2;
  const maxDocuments = Math.min(MAX_WRITTEN, workload.documents);
  let elapsedMs = 0;
  let done = 0;
  while (done < maxDocuments && elapsedMs < forMs) {
    const documents = [];
    for (const page of workload.pages(done, Math.min(maxDocuments, done + chunk))) documents.push(...page);
    const start = performance.now();
    await write(documents);
    elapsedMs += performance.now() - start;
    done += documents.length;
  }
  return { perSecond: (done * 1000) / elapsedMs, operations: done };
}

/** Always 1,000 waiting: each answer starts the next write. @returns how many documents were written in time. */
async function insertInFlight(store, documents, forMs) {
  let next = 0;
  const deadline = performance.now() + forMs;
  const writer = async () => {
    while (next < documents.length && performance.now() < deadline) await store.insert(documents[next++]);
  };
  await Promise.all(Array.from({ length: WRITES_IN_FLIGHT }, writer));
  return next;
}

export function durableMany({ store, workload }) {
  return writesPerSecond(workload, 20_000, async (documents) => {
    documents.length = await insertInFlight(store, documents, LIMITS.timedMs * 4);
  });
}

/** How late the event loop is while 1,000 writes are always in flight. */
export async function latenessInFlight({ store, workload }) {
  const documents = [];
  for (const page of workload.pages(0, Math.min(MAX_WRITTEN, workload.documents))) documents.push(...page);
  const warmUp = documents.splice(0, documents.length >> 3);
  await insertInFlight(store, warmUp, LIMITS.timedMs * 4);
  globalThis.gc?.();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const done = await insertInFlight(store, documents, LIMITS.timedMs * 4);
  const elapsedMs = performance.now() - start;
  delay.disable();
  return { p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6, perSecond: (done * 1000) / elapsedMs };
}

export function durableBatch({ store, workload }) {
  return writesPerSecond(workload, PAGE_DOCUMENTS, (page) => store.insertMany(page));
}

/** Nobody waits for a single write; every 1,000 the loop gets a turn, and the clock stops when all are settled. */
export function accepted({ store, workload }) {
  return writesPerSecond(workload, 20_000, async (documents) => {
    const failures = [];
    const waiting = [];
    for (let i = 0; i < documents.length; i++) {
      const inserted = store.insert(documents[i]);
      if (isPromise(inserted)) waiting.push(inserted.then(undefined, (error) => failures.push(error)));
      if (i % WRITES_IN_FLIGHT === 0) await new Promise(setImmediate);
    }
    await store.settle();
    await Promise.all(waiting);
    if (failures.length > 0) throw failures[0];
  });
}

const PACED_WRITES_PER_SECOND = 2_000;

/** How late the event loop is while 2,000 durable writes per second come in. */
export async function loopLateness({ store, workload }) {
  const forMs = LIMITS.timedMs * 4;
  const documents = [];
  for (const page of workload.pages(0, Math.min(workload.documents, (forMs * PACED_WRITES_PER_SECOND) / 1000)))
    documents.push(...page);
  // New files grow slowly at first; the pace is held against a store that has found its own.
  const warmUp = documents.splice(0, documents.length >> 3);
  for (const document of warmUp) await store.insert(document);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const waiting = [];
  const start = performance.now();
  let next = 0;
  delay.enable();
  const late = () => performance.now() - start > forMs * 2; // a store that cannot keep up ends the phase early
  while (next < documents.length && !late()) {
    const due = Math.min(documents.length, Math.ceil(((performance.now() - start) * PACED_WRITES_PER_SECOND) / 1000));
    while (next < due && !late()) waiting.push(store.insert(documents[next++]));
    await sleep(1);
  }
  delay.disable();
  await Promise.all(waiting);
  return {
    p99Ms: delay.percentile(99) / 1e6,
    maxMs: delay.max / 1e6,
    perSecond: (next * 1000) / (performance.now() - start),
  };
}

const MIN_WAITS = 2_000;
const MAX_COMPACTIONS = 50;

/**
 * One durable write after the other, each awaited, while the store compacts all documents: again and again until there
 * are enough waits to tell the worst of a thousand. Writes between two compactions are not counted.
 */
export async function writesWhileCompacting({ store, workload }) {
  const waits = [];
  let compactMs = 0;
  let compactions = 0;
  let next = workload.documents;
  const end = performance.now() + LIMITS.timedMs * 20;
  do {
    let isCompacting = true;
    const start = performance.now();
    const compacted = Promise.resolve(store.compact()).then(() => {
      isCompacting = false;
    });
    while (isCompacting) {
      const document = workload.document(next++);
      const before = performance.now();
      await store.insert(document);
      waits.push(performance.now() - before);
    }
    await compacted;
    compactMs += performance.now() - start;
    compactions++;
  } while (waits.length < MIN_WAITS && compactions < MAX_COMPACTIONS && performance.now() < end);
  return {
    p50Ms: percentile(waits, 0.5),
    p999Ms: percentile(waits, 0.999),
    maxMs: Math.max(...waits),
    compactMs: compactMs / compactions,
    writes: waits.length,
    compactions,
  };
}

/** As the store left it after a load and a close, without its own compaction; loaded by another process. */
export async function reopenAsLoaded({ adapter, directory, workload }) {
  const job = { task: 'load', store: adapter.name, documents: workload.documents, directory };
  const { status, stderr } = spawnSync(process.execPath, [RUN_PHASE, JSON.stringify(job)], { encoding: 'utf8' });
  if (status !== 0) throw new RangeError(`loading ended with ${status}: ${stderr}`);
  return reopen({ adapter, directory, workload });
}

/** The store is opened by the phase itself: that is what is timed. Loading the peer's code is not. */
export async function reopen({ adapter, directory, workload }) {
  const empty = `${directory}-empty`;
  mkdirSync(empty);
  await (await adapter.open({ mode: 'journal', directory: empty })).close();
  rmSync(empty, { recursive: true });
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const store = await adapter.open({ mode: 'journal', directory });
  const document = await store.get(workload.id(workload.documents - 1));
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const [age] = workload.ages(1, 1);
  // The bare file has a document by key and nothing else.
  const others =
    store.findByEmail === undefined
      ? undefined
      : [
          await store.findByEmail(workload.email(0)),
          await store.countTag(workload.tag(0)),
          await store.findByAge(age, age + 2, RANGE_LIMIT),
        ];
  const allMs = performance.now() - start;
  const allCpu = process.cpuUsage(cpu);
  if (others !== undefined && (others[0]?.id !== workload.id(0) || !(others[1] > 0) || !(others[2].length > 0)))
    throw new RangeError('the reopened store gave a wrong answer');
  if (document?.email !== workload.email(workload.documents - 1))
    throw new RangeError('the reopened store gave a wrong document');
  await store.close();
  const allCpuMs = (allCpu.user + allCpu.system) / 1000;
  return {
    ms,
    cpuMs: (user + system) / 1000,
    allMs,
    allCpuMs,
    fileBytes: directoryBytes(directory) / workload.documents,
  };
}

/** Bytes the directory takes on disk: blocks, since lmdb and others leave holes. */
export function directoryBytes(directory) {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    bytes += entry.isDirectory() ? directoryBytes(path) : statSync(path).blocks * 512;
  }
  return bytes;
}
