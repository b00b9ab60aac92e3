/**
 * One job of one store in a process of its own. Takes the job as JSON in its only argument, prints one JSON line.
 * Jobs: { task, store, documents, directory, mode?, phase?, phases?, round?, limits? }, `directory` being the job's alone.
 */
import { constants, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { directoryBytes } from './disk-phases.mjs';
import { fill } from './fill.mjs';
import { PHASES } from './phases.mjs';
import { LIMITS } from './timing.mjs';
import { verify } from './verify.mjs';
import { Workload } from './workload.mjs';

const job = JSON.parse(process.argv[2]);
Object.assign(LIMITS, job.limits);
const { adapter } = await import(`../stores/${job.store}.mjs`);
const workload = new Workload(job.documents);

const check = async ({ mode, directory }) => ({ compared: await verify({ adapter, mode, directory, workload }) });

/** Fills a directory that the phases of the journaled mode start from. */
async function prepare({ directory }) {
  const store = await adapter.open({ mode: 'journal', directory });
  await fill(store, workload);
  const compacted = await store.compact?.();
  await store.close();
  const imageBytes = compacted?.snapshotBytes;
  return {
    fileBytes: directoryBytes(directory) / job.documents,
    ...(imageBytes === undefined ? {} : { imageBytes: imageBytes / job.documents }),
  };
}

/** Fills a directory and closes it, as a user does who loads documents. */
async function load({ directory }) {
  const store = await adapter.open({ mode: 'journal', directory });
  await fill(store, workload);
  await store.close();
  return {};
}

async function phase({ phase: name, mode, directory, round }) {
  const { run, start } = PHASES[name];
  if (start === 'closed' || start === 'unopened') return run({ adapter, workload, directory, round });
  const store = await adapter.open({ mode, directory });
  // A journaled store opens a directory that was prepared; a store in memory is filled here, untimed.
  if (start === 'filled' && mode === 'memory') await fill(store, workload);
  globalThis.gc?.();
  const result = await run({ store, workload, round });
  await store.close();
  return result;
}

/**
 * One store in memory, filled once and asked for everything: nanoseconds for each of the phases. Processor time, as far as it
 * is less than what passed by the clock: others on the machine are not in it.
 */
async function scale({ directory, round, phases }) {
  const store = await adapter.open({ mode: 'memory', directory });
  const ns = {};
  for (const name of phases) {
    globalThis.gc?.();
    const taken = await PHASES[name].run({ store, workload, round });
    ns[name] = taken.ns * Math.min(1, taken.cpuShare);
  }
  await store.close();
  return ns;
}

/** Every mode checked and every phase run once, in this one process: nothing here is a figure. */
async function smoke({ directory }) {
  const fresh = (name) => {
    const path = join(directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  let compared = 0;
  if (adapter.phases === undefined) {
    for (const mode of adapter.modes) compared += (await check({ mode, directory: fresh(`verify-${mode}`) })).compared;
  }
  const prepared = adapter.modes.includes('journal') ? fresh('prepared') : undefined;
  if (prepared !== undefined) await prepare({ directory: prepared });
  let phases = 0;
  for (const [name, { modes, start }] of Object.entries(PHASES)) {
    if (adapter.phases !== undefined && !adapter.phases.includes(name)) continue;
    for (const mode of modes(adapter)) {
      const path = fresh(`${name}-${mode}`);
      if (start !== 'empty' && start !== 'unopened' && mode !== 'memory')
        cpSync(prepared, path, { recursive: true, mode: constants.COPYFILE_FICLONE });
      await phase({ phase: name, mode, directory: path, round: 0 });
      phases++;
    }
  }
  return { compared, phases };
}

const TASKS = { verify: check, prepare, load, phase, scale, smoke };

try {
  const result = await TASKS[job.task](job);
  process.stdout.write(`\n${JSON.stringify({ result })}\n`, () => process.exit(0));
} catch (error) {
  // What is made of a missing peer and of a wrong answer is for the parent to say.
  const missing =
    /^(ERR_)?MODULE_NOT_FOUND$/.test(error.code) || /not installed|not built|bindings file/.test(error.message);
  process.stdout.write(`\n${JSON.stringify({ error: error.message, missing, stack: error.stack })}\n`, () =>
    process.exit(1),
  );
}
