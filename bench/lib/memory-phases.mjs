/** Phases of what a store does in memory: filling it, reads, updates, and what it takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fill } from './fill.mjs';
import { isPromise, timeOperation } from './timing.mjs';
import { DRAWS, RANGE_LIMIT } from './workload.mjs';

const MASK = DRAWS - 1;
const POINTS_IN_FLIGHT = 100;
const LISTS_IN_FLIGHT = 4;
const UPDATES_IN_FLIGHT = 1_000;

export async function bulkInsert({ store, workload }) {
  const cpu = process.cpuUsage();
  const ms = await fill(store, workload);
  const { user, system } = process.cpuUsage(cpu);
  return { ns: (ms * 1e6) / workload.documents, cpuShare: Math.min(1, (user + system) / 1000 / ms) };
}

function read(drawsOf, ask, inFlight) {
  return ({ store, workload, round }) => {
    const draws = drawsOf(workload, round);
    return timeOperation((i) => ask(store, draws[i & MASK]), { inFlight });
  };
}

export const get = read(
  (workload, round) => workload.ids(round),
  (store, id) => store.get(id),
  POINTS_IN_FLIGHT,
);
export const unique = read(
  (workload, round) => workload.emails(round),
  (store, email) => store.findByEmail(email),
  POINTS_IN_FLIGHT,
);
export const tagCount = read(
  (workload, round) => workload.tags(round),
  (store, tag) => store.countTag(tag),
  POINTS_IN_FLIGHT,
);
export const tag = read(
  (workload, round) => workload.tags(round),
  (store, tag) => store.findByTag(tag),
  LISTS_IN_FLIGHT,
);
export const range = read(
  (workload, round) => workload.ages(round),
  (store, age) => store.findByAge(age, age + 2, RANGE_LIMIT),
  LISTS_IN_FLIGHT,
);

/** An update answers with whatever the store likes; the harness wants to see only that it did not fail. */
function update(valuesOf, change) {
  return ({ store, workload, round }) => {
    const ids = workload.ids(100 + round);
    const values = valuesOf(workload, 200 + round);
    const answered = () => true;
    const operation = (i) => {
      // Another value at each turn around the draws, so that no update finds its own value there.
      const changed = change(store, ids[i & MASK], values[(i + Math.floor(i / DRAWS) * 31) & MASK]);
      return isPromise(changed) ? changed.then(answered) : true;
    };
    return timeOperation(operation, { inFlight: UPDATES_IN_FLIGHT, after: () => store.settle() });
  };
}

export const rename = update(
  (workload, seed) => workload.names(seed),
  (store, id, name) => store.rename(id, name),
);
export const setAge = update(
  (workload, seed) => workload.ages(seed),
  (store, id, age) => store.setAge(id, age),
);

/** Memory in use, measured when it does not fall any more. */
async function settledMemory(store) {
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await sleep(50);
    lowest = Math.min(lowest, process.memoryUsage.rss());
  }
  const { heapUsed, external } = process.memoryUsage();
  const foreign = store.foreignBytes === undefined ? 0 : await store.foreignBytes();
  return { rss: lowest + foreign, used: heapUsed + external + foreign };
}

export async function memory({ store, workload }) {
  const before = await settledMemory(store);
  let pages = 0;
  await fill(store, workload, () => {
    // A full collection now and then keeps the garbage of making documents out of the resident size.
    if (++pages % 50 === 0) globalThis.gc?.();
  });
  const after = await settledMemory(store);
  return {
    bytes: (after.rss - before.rss) / workload.documents,
    usedBytes: (after.used - before.used) / workload.documents,
  };
}
