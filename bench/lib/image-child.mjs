/**
 * A fresh process that makes, changes, compacts or opens one directory, and prints what it measured as JSON: `bench/images.mjs`
 * starts it. The job is one argument of JSON: the generated code, the directory, the number of documents, and the task.
 */
import { createRequire } from 'node:module';
import { Workload } from './workload.mjs';

const job = JSON.parse(process.argv[2]);
const workload = new Workload(job.documents);

const usedMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const open = ({ openDatabase }) => openDatabase({ directory: job.directory, durability: 'os', compaction: 'manual' });

async function fill(generated) {
  const db = await open(generated);
  for (const page of workload.pages()) await db.person.insertMany(page);
  await db.compact();
  await db.close();
  return {};
}

/** Changes so many documents, spread over all of them, and compacts. */
async function compact(generated) {
  const db = await open(generated);
  const step = Math.floor(workload.documents / Math.max(1, job.changes));
  for (let index = 0; index < job.changes; index++) {
    const id = workload.id((index * step + job.round) % workload.documents);
    await db.person.update(id, { name: `Changed${job.round} Name${index}` });
  }
  await db.flush();
  const before = usedMs();
  const startMs = performance.now();
  const { snapshotBytes } = await db.compact({ whole: job.whole });
  const measured = { cpuMs: usedMs() - before, tookMs: performance.now() - startMs, writtenBytes: snapshotBytes };
  await db.close();
  return measured;
}

/** Until one answer by key; loading of the code left out. */
async function time(generated) {
  const before = usedMs();
  const startMs = performance.now();
  const db = await open(generated);
  if (db.person.get(workload.id(1)) === undefined) throw new RangeError('a document is missing');
  const measured = { cpuMs: usedMs() - before, tookMs: performance.now() - startMs };
  await db.close();
  return measured;
}

const generated = createRequire(import.meta.url)(job.generated);
console.log(JSON.stringify(await { fill, compact, time }[job.task](generated)));
