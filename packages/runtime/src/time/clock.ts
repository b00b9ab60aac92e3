/**
 * The clock of a database's data: times of changes, expiries, defaults. It is `Date`, so that fake timers of a test are
 * followed, or a clock of a test's own. Durations and waits for the disk never go by it: see real-time.ts.
 */
import { afterTurn, laterByDate, type Timer } from './real-time.js';

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back when so many milliseconds have passed on this clock, or before: the called function looks at it itself. */
  later(callback: () => void, ms: number): Timer;
  /** Calls back soon, but after the code that runs now. `callback` must not throw. */
  afterTurn(callback: () => void): void;
  /** Milliseconds after which a wait is looked at again: a timer does not notice that the clock was put forward. */
  readonly longestWaitMs: number;
}

/** What `Date` says at each call: a test may have replaced it meanwhile. */
export const DATE_CLOCK: Clock = {
  now: () => Date.now(),
  later: laterByDate,
  afterTurn,
  longestWaitMs: 60_000,
};
