/** Time that goes on when nothing is left to do: what waits an hour costs nothing, and load changes no result. */
import { type SimulatedTime, simulateTime } from '../../../runtime/src/time/real-time.js';

/** What a turn of the loop takes: the clock goes on while somebody works. */
const TURN_MS = 0.01;

interface Waiting {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualTime implements SimulatedTime {
  #nowMs = 1_000;
  #order = 0;
  #waiting: Waiting[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  afterTurn(callback: () => void): void {
    this.later(callback, TURN_MS);
  }

  later(callback: () => void, ms: number): { cancel(): void } {
    const waiting = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, callback };
    this.#waiting.push(waiting);
    return { cancel: () => void (this.#waiting = this.#waiting.filter((other) => other !== waiting)) };
  }

  /** Runs work by this time until its promise is settled. */
  static async during<T>(work: (time: VirtualTime) => Promise<T>): Promise<T> {
    const time = new VirtualTime();
    const giveBack = simulateTime(time);
    let isDone = false;
    try {
      const done = work(time).finally(() => {
        isDone = true;
      });
      done.catch(() => undefined);
      while (!isDone) {
        // Promises first, and what Node itself has to say.
        await new Promise((resolve) => setImmediate(resolve));
        time.#step();
      }
      return await done;
    } finally {
      giveBack();
    }
  }

  #step(): void {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting)
      if (next === undefined || waiting.atMs < next.atMs || (waiting.atMs === next.atMs && waiting.order < next.order))
        next = waiting;
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((other) => other !== next);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.callback();
  }
}
