/**
 * A fresh process that makes or opens one directory, and prints what it measured as JSON: `bench/opening.mjs` starts it.
 *
 * The job is one argument of JSON: the generated code, the directory, the number of documents, and the task.
 */
import { createRequire } from 'node:module';
import { Workload } from './workload.mjs';

const startedMs = performance.now();
const job = JSON.parse(process.argv[2]);
const workload = new Workload(job.documents);
/** First reads of documents that are timed: few enough that most stay untouched. */
const TOUCHED = 100_000;

/** A directory that was killed stays as it is: nothing is compacted, and the process ends without closing. */
const OPTIONS = { image: {}, loaded: {}, killed: { compaction: 'manual' } };

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function fill({ openDatabase }) {
  const db = await open({ openDatabase });
  for (const page of workload.pages()) await db.person.insertMany(page);
  if (job.state === 'image') await db.compact();
  await db.flush();
  if (job.state === 'killed') process.kill(process.pid, 'SIGKILL');
  await db.close();
  return {};
}

const open = ({ openDatabase }) => openDatabase({ directory: job.directory, durability: 'os', ...OPTIONS[job.state] });

async function leave(db) {
  if (job.state !== 'killed') await db.close();
}

/** One answer by each of key, unique value, tag and range. */
function askEach(db) {
  const number = workload.documents - 1;
  const document = db.person.get(workload.id(number));
  const [age] = workload.ages(1, 1);
  const isRight =
    document?.email === workload.email(number) &&
    db.person.findByEmail(workload.email(0))?.id === workload.id(0) &&
    db.person.findByTags(workload.tag(0)).count() > 0 &&
    db.person.findByAge({ gte: age, lt: age + 2 }).all().length > 0;
  if (!isRight) throw new RangeError('the opened store gave a wrong answer');
}

/** By the clock from the start of the process on, and the processor time of the process. */
async function time(generated) {
  const loaded = { ms: performance.now(), cpuMs: cpuMs() };
  const db = await open(generated);
  const opened = { ms: performance.now(), cpuMs: cpuMs() };
  askEach(db);
  const asked = { ms: performance.now(), cpuMs: cpuMs() };
  await leave(db);
  return {
    loadMs: loaded.ms,
    loadCpuMs: loaded.cpuMs,
    openMs: opened.ms - loaded.ms,
    openCpuMs: opened.cpuMs - loaded.cpuMs,
    askMs: asked.ms - loaded.ms,
    askCpuMs: asked.cpuMs - loaded.cpuMs,
  };
}

async function turns(generated) {
  const { measureTurns } = await import('./turns.mjs');
  let db;
  const { tookMs, turnCount, longestMs, ownMs, cpuMs, heldCount, collectorMs } = await measureTurns(async () => {
    db = await open(generated);
  }, 5);
  await leave(db);
  return { tookMs, turnCount, longestMs, cpuMs, ownMs, heldCount, collectorMs };
}

/** Needs --expose-gc. */
async function memory(generated) {
  const held = async () => {
    for (let round = 0; round < 3; round++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { bytes: heapUsed + external, heapUsed, rss };
  };
  const before = await held();
  const db = await open(generated);
  const peakRss = process.resourceUsage().maxRSS * 1024;
  const after = await held();
  const { imageCount, undecodedBytes } = db.stats().collections.person;
  await leave(db);
  const each = (bytes) => bytes / job.documents;
  return {
    bytes: each(after.bytes - before.bytes),
    heapBytes: each(after.heapUsed - before.heapUsed),
    residentBytes: each(after.rss - before.rss),
    peakMegabytes: peakRss / 2 ** 20,
    documentBytes: each(undecodedBytes ?? 0),
    imageCount,
  };
}

/** The first reads of documents by key, and the second ones of the same. Draws are made before. */
async function touch(generated) {
  const db = await open(generated);
  const count = Math.min(TOUCHED, job.documents);
  const ids = [...new Set(workload.ids(7, count))];
  const round = () => {
    const start = cpuMs();
    const startMs = performance.now();
    for (const id of ids) if (db.person.get(id) === undefined) throw new RangeError(`no document ${id}`);
    return { us: ((performance.now() - startMs) * 1000) / ids.length, cpuUs: ((cpuMs() - start) * 1000) / ids.length };
  };
  const first = round();
  const second = round();
  await leave(db);
  return { firstUs: first.us, firstCpuUs: first.cpuUs, secondUs: second.us, secondCpuUs: second.cpuUs };
}

const TASKS = { fill, time, turns, memory, touch };
const generated = createRequire(import.meta.url)(job.generated);
const result = await TASKS[job.task](generated);
process.stdout.write(JSON.stringify({ startedMs, ...result }), () => process.exit());
