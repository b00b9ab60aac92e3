/**
 * Node's own timers, turns of the event loop and clock for durations, even if a test has replaced them.
 *
 * Fake timers (of Jest, Vitest, Sinon, `node:test`) stop `setTimeout`, `setImmediate`, `queueMicrotask` and
 * `performance` until the test says so. A write that waits for the disk would then wait for the test, which waits for
 * the write. So the engine takes all its timers from here, and from here alone. The timers that it took when it was
 * loaded may already be fake: then the scheduler of `node:timers/promises` serves, whose methods go to Node's own
 * timers directly.
 *
 * `Date` is left to the test: times in documents, expiries and changes are data, and follow its clock.
 */
import { performance } from 'node:perf_hooks';
import * as timers from 'node:timers';
import * as promises from 'node:timers/promises';
import { promisify } from 'node:util';

/** Taken once: importers see it when a test replaces what the module exports. */
const { setTimeout: setTimer, clearTimeout: clearTimer, setImmediate: setTurn } = timers;
const { setInterval: setRepeated, clearInterval: clearRepeated } = timers;

/** Node's own function says how to wait by promise; a fake says nothing, or something of its own. */
const isReal = (setTimer as { readonly [promisify.custom]?: unknown })[promisify.custom] === promises.setTimeout;

interface Scheduler {
  yield(): Promise<void>;
  wait(ms: number, options: { readonly ref: boolean; readonly signal?: AbortSignal }): Promise<void>;
}

/** The methods of its class: a fake is set on the object. */
const scheduler = promises.scheduler as unknown as Scheduler;
const schedulerClass = Object.getPrototypeOf(scheduler) as Scheduler;

// As above: fakes are set on the object, and the class keeps Node's own.
const now = (Object.getPrototypeOf(performance) as typeof performance).now;
let readClock = (): number => now.call(performance);
const settled = Promise.resolve();

/** Time of a simulation's own, in the place of Node's: durations, turns and timers. Waiting costs nothing there. */
export interface SimulatedTime {
  nowMs(): number;
  afterTurn(callback: () => void): void;
  later(callback: () => void, ms: number): Timer;
}

let simulated: SimulatedTime | undefined;

/** For simulations: everything that waits in this process waits by that time. @returns what gives Node's time back. */
export function simulateTime(time: SimulatedTime): () => void {
  const before = simulated;
  const giveClockBack = measureBy(() => time.nowMs());
  simulated = time;
  return () => {
    simulated = before;
    giveClockBack();
  };
}

/** Milliseconds since some moment, for durations. */
export function nowMs(): number {
  return readClock();
}

/** For tests of slices: durations by another clock. @returns what gives the clock back. */
export function measureBy(read: () => number): () => void {
  const before = readClock;
  readClock = read;
  return () => {
    readClock = before;
  };
}

/** Its `process` is a copy under Jest: there a fake one touches nothing of Node's. */
const tickAtLoad = process.nextTick;

/**
 * Runs a call into Node that announces its end by `process.nextTick`, as those of `net` do: Sinon's fakes stop that for
 * Node itself, too. A later refusal comes too late for this call.
 */
export function withTicks<T>(work: () => T): T {
  const shown = process.nextTick;
  if (isReal && shown === tickAtLoad) return work();
  const tick = (callback: (...args: unknown[]) => void, ...args: unknown[]): void => soon(() => callback(...args));
  process.nextTick = isReal ? tickAtLoad : tick;
  try {
    return work();
  } finally {
    process.nextTick = shown;
  }
}

/**
 * Calls back when the code that runs now has ended, before the loop goes on. An error that it throws becomes an
 * unhandled rejection.
 */
export function soon(callback: () => void): void {
  void settled.then(callback);
}

/** Calls back in the next turn of the event loop, behind what files and sockets have to say. `callback` must not throw. */
export function afterTurn(callback: () => void): void {
  if (simulated !== undefined) simulated.afterTurn(callback);
  else if (isReal) setTurn(callback);
  else void schedulerClass.yield.call(scheduler).then(callback);
}

/** Gives the event loop a turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => afterTurn(resolve));
}

/** Waits; the process stays alive for it. */
export function sleep(ms: number): Promise<void> {
  const time = simulated;
  if (time !== undefined) return new Promise((resolve) => time.later(resolve, ms));
  if (isReal) return new Promise((resolve) => setTimer(resolve, ms));
  return schedulerClass.wait.call(scheduler, ms, { ref: true });
}

/** A timer that calls back once, unless it is cancelled before. Idempotent. */
export interface Timer {
  cancel(): void;
}

/** Calls back after a while. `callback` must not throw. @param isKeepingAlive the process stays alive for it. */
export function later(callback: () => void, ms: number, isKeepingAlive = false): Timer {
  if (simulated !== undefined) return simulated.later(callback, ms);
  if (isReal) {
    const timer = setTimer(callback, ms);
    if (!isKeepingAlive) timer.unref();
    return { cancel: () => clearTimer(timer) };
  }
  const abort = new AbortController();
  schedulerClass.wait
    .call(scheduler, ms, { ref: isKeepingAlive, signal: abort.signal })
    .then(callback, () => undefined);
  return { cancel: () => abort.abort() };
}

/** Calls back again and again, until it is cancelled; the process does not stay alive for it. `callback` must not throw. */
export function every(callback: () => void, ms: number): Timer {
  if (isReal && simulated === undefined) {
    const timer = setRepeated(callback, ms);
    timer.unref();
    return { cancel: () => clearRepeated(timer) };
  }
  let next: Timer;
  const again = (): void => {
    next = later(again, ms);
    callback();
  };
  next = later(again, ms);
  return { cancel: () => next.cancel() };
}

/**
 * As `later`, for work at a time of `Date`: a test that has stopped the clock and puts it forward is heard too. The
 * called function looks at `Date` itself: it may be called before its time.
 */
export function laterByDate(callback: () => void, ms: number): Timer {
  const { setTimeout: setShown, clearTimeout: clearShown } = globalThis;
  if (setShown === setTimer) return later(callback, ms);
  const cancel = (): void => {
    real.cancel();
    clearShown(shown);
  };
  const once = (): void => {
    cancel();
    callback();
  };
  const real = later(once, ms);
  const shown = setShown(once, ms);
  (shown as { readonly unref?: () => void }).unref?.();
  return { cancel };
}
