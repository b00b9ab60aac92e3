/** A queue with two worker processes: retries, a dead letter, a worker that is killed, a restart. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTemporaryDirectory } from '../shared/in-temporary-directory.js';
import { type Job, type NuthatchDatabase, openDatabase } from './generated/index.js';
import { JobQueue } from './queue.js';
import { serveQueue } from './service.js';
import { work } from './worker.js';

const LEASE_MS = 2_000;

async function main(directory: string): Promise<void> {
  let db = await openDatabase({ directory });
  let queue = new JobQueue(db);
  const service = await serveQueue(db, 0);
  const workers = new Map(['worker-1', 'worker-2'].map((name) => [name, startWorker(service.url, name)]));
  try {
    const mails = await Promise.all(
      Array.from({ length: 50 }, (_, number) => queue.add({ kind: 'mail', payload: { number } })),
    );
    for (const { id } of mails) await finished(db, id);
    console.log('50 mails:', Object.fromEntries(queue.counts()));

    const flaky = await finished(db, (await queue.add({ kind: 'flaky' })).id);
    console.log(`a flaky job: ${flaky.state} at attempt ${flaky.attempt}, after “${flaky.lastError}”`);

    const broken = await finished(db, (await queue.add({ kind: 'broken' })).id);
    console.log(`a broken job: ${broken.state} after ${broken.attempt} attempts: “${broken.lastError}”`);

    const { id } = await queue.add({ kind: 'slow' });
    const running = await until(db, id, ({ state }) => state === 'running');
    workers.get(running.worker as string)?.kill('SIGKILL');
    console.log('a worker was killed in the middle of a job; the job is', db.job.require(id).state);
    const rescued = await finished(db, id);
    console.log(`the lease ended, the other worker took it: ${rescued.state} at attempt ${rescued.attempt}`);
    console.log('by the same worker:', rescued.worker === running.worker);
  } finally {
    for (const worker of workers.values()) worker.kill('SIGKILL');
    await service.close();
  }

  const later = await queue.add({ kind: 'mail' }, 500);
  await db.close();
  db = await openDatabase({ directory });
  queue = new JobQueue(db);
  const due = await queue.leaseOrWait('the main process', LEASE_MS, 30_000);
  console.log('after a restart the delayed job becomes due:', due?.id === later.id);
  await db.close();
}

function startWorker(url: string, name: string): ChildProcess {
  // This very program, in another process.
  return spawn(process.execPath, [process.argv[1] as string, 'worker', url, name], { stdio: 'inherit' });
}

function finished(db: NuthatchDatabase, id: string): Promise<Readonly<Job>> {
  return until(db, id, ({ state }) => state === 'done' || state === 'dead');
}

async function until(db: NuthatchDatabase, id: string, holds: (job: Readonly<Job>) => boolean): Promise<Readonly<Job>> {
  while (!holds(db.job.require(id))) await sleep(20);
  return db.job.require(id);
}

const [role, url = '', name = ''] = process.argv.slice(2);
if (role === 'worker')
  work(url, name, LEASE_MS).catch((error: unknown) => {
    console.error(`${name}: ${error}`);
    process.exitCode = 1;
  });
else inTemporaryDirectory(main);
