/** How long a phase warms up and runs at most; short in the smoke run. */
export const LIMITS = { warmUpMs: 250, timedMs: 800, maxOperations: 1_000_000 };

export const isPromise = (value) => typeof value?.then === 'function';

/**
 * Time of one operation. `operation(i)` is called with a running number, so that it can walk over draws; what it gives
 * back must not be undefined. Operations that answer with promises run `inFlight` at a time.
 * @returns {Promise<{ ns: number, operations: number, cpuShare: number }>}
 */
export async function timeOperation(operation, { inFlight = 100, limits = LIMITS, after = () => {} } = {}) {
  const first = operation(0);
  const run = isPromise(first) ? runInFlight(inFlight) : runSynchronously;
  await first;
  const warm = await run(operation, 1, limits.warmUpMs, limits.maxOperations);
  await after();
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const operations = await run(operation, 1 + warm, limits.timedMs, limits.maxOperations);
  await after();
  const elapsedMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { ns: (elapsedMs * 1e6) / operations, operations, cpuShare: (user + system) / 1000 / elapsedMs };
}

/** Runs batches until the time is up; the clock is read once per batch, and a batch grows until it takes a millisecond. */
function runSynchronously(operation, first, forMs, maxOperations) {
  const end = performance.now() + forMs;
  let done = 0;
  let missing = 0;
  for (let batch = 1; done < maxOperations; ) {
    const from = first + done;
    const start = performance.now();
    for (let i = from; i < from + batch; i++) if (operation(i) === undefined) missing++;
    done += batch;
    const now = performance.now();
    if (now >= end) break;
    if (now - start < 1) batch *= 2;
  }
  if (missing > 0) throw new RangeError(`${missing} of ${done} operations gave no answer`);
  return done;
}

/** The same for promises: `width` operations are started, then awaited together. */
function runInFlight(width) {
  return async (operation, first, forMs, maxOperations) => {
    const end = performance.now() + forMs;
    let done = 0;
    const waiting = new Array(width);
    while (done < maxOperations && performance.now() < end) {
      for (let i = 0; i < width; i++) waiting[i] = operation(first + done + i);
      const answers = await Promise.all(waiting);
      if (answers.includes(undefined)) throw new RangeError('an operation gave no answer');
      done += width;
    }
    return done;
  };
}

/** @param {number[]} values @returns {number} the value below which `share` of them lie */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
