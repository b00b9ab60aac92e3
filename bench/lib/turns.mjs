/**
 * A probe in every turn of the event loop: how long work holds it, and how much of that is work of its own.
 *
 * Own work of a turn is the CPU time of the thread without that of the garbage collector, so that neither what other
 * processes took is in it nor what V8 does for the heap. The collector's share comes from V8's own trace: the entries of
 * a PerformanceObserver leave out the steps of incremental marking, and tell time by the clock.
 */
import { existsSync, openSync, readSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { performance } from 'node:perf_hooks';

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

/** What is traced is told by the same clock, from another zero. */
const clockZeroMs = Number(process.hrtime.bigint() / 1000n) / 1000 - performance.now();
const session = new Session();
session.connect();
let traced = [];
session.on('NodeTracing.dataCollected', ({ params }) => {
  for (const event of params.value) {
    if (event.ph === 'X' && event.tid === process.pid && event.dur > 0) traced.push(event);
  }
});

/** The collector's outermost acts on this thread, with their CPU time. */
async function collectorActs() {
  await session.post('NodeTracing.stop');
  await new Promise((resolve) => setTimeout(resolve, 50)); // What was traced last arrives a little later.
  traced.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const acts = [];
  let end = 0;
  for (const { ts, dur, tdur } of traced) {
    if (ts < end) continue;
    end = ts + dur;
    acts.push({ startMs: ts / 1000 - clockZeroMs, wallMs: dur / 1000, cpuMs: tdur / 1000 });
  }
  traced = [];
  return acts;
}

/**
 * Runs the work with the probe beside it.
 *
 * @param heldMs own work of a turn from which on it is counted as held.
 * @returns how long it took, the turns, the longest time between two of them by the clock, the longest own work in one, the
 *   most CPU time of one with the collector's, how many had more than `heldMs` of it, and the longest act of the collector, in CPU time.
 */
export async function measureTurns(work, heldMs) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  await session.post('NodeTracing.start', { traceConfig: { includedCategories: ['disabled-by-default-v8.gc'] } });
  let isDone = false;
  let turnCount = 0;
  let longestMs = 0;
  const long = [];
  let last = performance.now();
  let lastCpu = cpuMs();
  const probed = new Promise((resolve) => {
    const probe = () => {
      const now = performance.now();
      const nowCpu = cpuMs();
      turnCount++;
      longestMs = Math.max(longestMs, now - last);
      if (nowCpu - lastCpu > heldMs / 4) long.push({ startMs: last, endMs: now, cpuMs: nowCpu - lastCpu });
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
  const acts = await collectorActs();
  const own = long.map(({ startMs, endMs, cpuMs }) =>
    acts.filter((act) => act.startMs >= startMs && act.startMs < endMs).reduce((left, act) => left - act.cpuMs, cpuMs),
  );
  console.error(
    long
      .map(
        (t, i) =>
          `${(t.startMs - start).toFixed(0)}: wall ${(t.endMs - t.startMs).toFixed(1)} cpu ${t.cpuMs.toFixed(1)} own ${own[i].toFixed(1)}`,
      )
      .join('\n'),
  );
  return {
    tookMs,
    turnCount,
    longestMs,
    ownMs: most(own),
    cpuMs: most(long.map((turn) => turn.cpuMs)),
    heldCount: own.filter((ms) => ms > heldMs).length,
    collectorMs: most(acts.map((act) => act.cpuMs)),
  };
}

function most(values) {
  return values.reduce((longest, value) => Math.max(longest, value), 0);
}
