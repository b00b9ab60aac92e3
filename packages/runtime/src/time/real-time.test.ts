import { afterTurn, every, later, nowMs, type SimulatedTime, simulateTime, sleep, turn } from './real-time.js';

/** Time that a test moves from one waiting call to the next. */
class SteppedTime implements SimulatedTime {
  #nowMs = 0;
  #waiting: { readonly atMs: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  afterTurn(callback: () => void): void {
    this.later(callback, 0);
  }

  later(callback: () => void, ms: number) {
    const waiting = { atMs: this.#nowMs + ms, callback };
    this.#waiting.push(waiting);
    return { cancel: () => void (this.#waiting = this.#waiting.filter((other) => other !== waiting)) };
  }

  async goTo(timeMs: number): Promise<void> {
    for (;;) {
      this.#waiting.sort((one, other) => one.atMs - other.atMs);
      const next = this.#waiting[0];
      if (next === undefined || next.atMs > timeMs) break;
      this.#waiting.shift();
      this.#nowMs = next.atMs;
      next.callback();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#nowMs = timeMs;
  }
}

describe('a simulated time', () => {
  it('is what turns, timers and durations go by, until it is given back', async () => {
    const time = new SteppedTime();
    const told: string[] = [];
    const tell = (what: string) => () => told.push(`${what} at ${nowMs()}`);
    const giveBack = simulateTime(time);
    let repeated: ReturnType<typeof every>;
    try {
      afterTurn(tell('afterTurn'));
      void turn().then(tell('turn'));
      void sleep(3_600_000).then(tell('sleep'));
      later(tell('later'), 100);
      later(tell('cancelled'), 100).cancel();
      repeated = every(tell('every'), 1_500_000);
      await time.goTo(4_000_000);
      repeated.cancel();
      await time.goTo(9_000_000);
    } finally {
      giveBack();
    }
    expect(told).toEqual([
      'afterTurn at 0',
      'turn at 0',
      'later at 100',
      'every at 1500000',
      'every at 3000000',
      'sleep at 3600000',
    ]);
    const beganMs = nowMs();
    await sleep(5);
    expect(nowMs() - beganMs).toBeGreaterThan(3);
  });
});
