/**
 * One phase of one store in a process of its own. Takes a JSON job as its only argument, prints one JSON line.
 * Jobs: { task: 'verify' | 'prepare' | 'phase', store, mode, documents, directory, phase?, round?, limits? }
 */
import { fill, directoryBytes, PHASES } from './phases.mjs';
import { LIMITS } from './timing.mjs';
import { verify } from './verify.mjs';
import { Workload } from './workload.mjs';

const job = JSON.parse(process.argv[2]);
Object.assign(LIMITS, job.limits);
const { adapter } = await import(`../stores/${job.store}.mjs`);
const workload = new Workload(job.documents);

async function prepare() {
  const store = await adapter.open({ mode: 'journal', directory: job.directory });
  await fill(store, workload);
  await store.compact?.();
  await store.close();
  return { fileBytes: directoryBytes(job.directory) / job.documents };
}

async function phase() {
  const { run, start } = PHASES[job.phase];
  if (start === 'closed') return run({ adapter, workload, directory: job.directory, round: job.round });
  const store = await adapter.open({ mode: job.mode, directory: job.directory });
  // A journaled store opens a directory that was prepared; a store in memory is filled here, untimed.
  if (start === 'filled' && job.mode === 'memory') await fill(store, workload);
  globalThis.gc?.();
  const result = await run({ store, workload, round: job.round });
  await store.close();
  return result;
}

const TASKS = { verify: async () => ({ compared: await verify({ ...job, adapter, workload }) }), prepare, phase };

try {
  const result = await TASKS[job.task]();
  process.stdout.write(`\n${JSON.stringify({ result })}\n`, () => process.exit(0));
} catch (error) {
  // What a missing optional peer and a wrong answer look like is for the parent to say.
  const missing = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND' || /not installed|is not built/.test(error.message);
  process.stdout.write(`\n${JSON.stringify({ error: error.message, missing, stack: error.stack })}\n`, () => process.exit(1));
}
