/**
 * The clock of a test's database: it stands still until the test moves it, and replaces nothing outside of the database.
 *
 * An expiry or a timer that it passes on the way happens then, in order and each at its time, before the call returns.
 */
import { DatabaseError } from '@nuthatch/model';
import { isStorableTime } from '../codec/storable.js';
import { showValue } from '../definition/show-value.js';
import { timeOf as dateTimeOf, isDateValue } from '../document/brands.js';
import type { Clock } from '../time/clock.js';
import { afterTurn, type Timer } from '../time/real-time.js';

interface Waiting {
  readonly atMs: number;
  readonly callback: () => void;
}

export class TestClock implements Clock {
  readonly longestWaitMs = Number.POSITIVE_INFINITY;
  #nowMs: number;
  readonly #waiting = new Set<Waiting>();
  readonly #soon = new Set<() => void>();

  /** @throws DatabaseError `INVALID_OPTION` when it is not a time. */
  constructor(time: Date | number) {
    this.#nowMs = timeOf(time);
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#nowMs;
  }

  /** The same as a Date. */
  get date(): Date {
    return new Date(this.#nowMs);
  }

  /**
   * Puts the clock forward: documents that expire meanwhile are deleted, each at its time, before the call returns.
   *
   * @throws DatabaseError `INVALID_OPTION` for a negative number, or a time that no date has.
   */
  advance(ms: number): void {
    if (typeof ms !== 'number' || !(ms >= 0))
      throw refusal('ms', `\`advance\` takes a number of milliseconds, 0 or more, found ${showValue(ms)}`);
    this.#goTo(timeOf(this.#nowMs + ms));
  }

  /** Sets the clock, forward as `advance` does, or back: what has expired stays deleted. @throws DatabaseError `INVALID_OPTION`. */
  setTime(time: Date | number): void {
    this.#goTo(timeOf(time));
  }

  later(callback: () => void, ms: number): Timer {
    const waiting = { atMs: this.#nowMs + ms, callback };
    this.#waiting.add(waiting);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  afterTurn(callback: () => void): void {
    this.#soon.add(callback);
    afterTurn(() => {
      if (this.#soon.delete(callback)) callback();
    });
  }

  #goTo(timeMs: number): void {
    this.#finish();
    for (let next = this.#nextUpTo(timeMs); next !== undefined; next = this.#nextUpTo(timeMs)) {
      this.#waiting.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      this.#finish();
    }
    this.#nowMs = timeMs;
  }

  #nextUpTo(timeMs: number): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting)
      if (waiting.atMs <= timeMs && (next === undefined || waiting.atMs < next.atMs)) next = waiting;
    return next;
  }

  /** Long work is done in slices: the rest of it. */
  #finish(): void {
    for (const callback of this.#soon) {
      this.#soon.delete(callback);
      callback();
    }
  }
}

function timeOf(time: unknown): number {
  const timeMs = isDateValue(time) ? dateTimeOf(time) : time;
  if (typeof timeMs === 'number' && isStorableTime(timeMs)) return Math.floor(timeMs);
  throw refusal('now', `a clock takes a date or epoch milliseconds, found ${showValue(time)}`);
}

function refusal(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}
