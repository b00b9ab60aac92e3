/**
 * How long background work holds the event loop, and what it leaves to writes that wait for the disk.
 *
 * A durable write takes three turns of the loop (begin, written, synced), and each of them waits for a slice. So
 * while one is under way slices are short and a rest follows each, in which it mostly comes to its end.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Beside waiting writes: two parts of work to one of rest, so that compaction keeps ahead of the busiest writer. */
const SLICE_BESIDE_WRITES_MS = 2;
const REST_MS = 1;

export class Pace {
  readonly #sliceMs: number;
  readonly #isWaitedFor: () => boolean;
  #startMs = performance.now();

  /**
   * @param sliceMs longest stretch without giving the event loop a turn.
   * @param isWaitedFor whether somebody waits for the disk; asked often.
   */
  constructor(sliceMs: number, isWaitedFor: () => boolean) {
    this.#sliceMs = sliceMs;
    this.#isWaitedFor = isWaitedFor;
  }

  /** Whether it is time to pause. */
  get isOver(): boolean {
    const workedMs = performance.now() - this.#startMs;
    if (workedMs >= this.#sliceMs) return true;
    return workedMs >= SLICE_BESIDE_WRITES_MS && this.#isWaitedFor();
  }

  /** Gives the loop a turn, and a rest to those who wait. */
  async pause(): Promise<void> {
    // A timer, not a turn after the other: while nothing is to be done the loop then sleeps until the disk answers.
    if (this.#isWaitedFor()) await sleep(REST_MS);
    else await new Promise((resolve) => setImmediate(resolve));
    this.begin();
  }

  /** A slice begins: the loop had its turn. */
  begin(): void {
    this.#startMs = performance.now();
  }
}
