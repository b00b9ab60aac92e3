/**
 * How long background work holds the event loop, and how much time it leaves to writes that wait for the disk.
 *
 * A durable write takes three turns of the loop (begin, written, synced), and each of them waits for a slice. So while
 * a durable write is under way, slices are short, and a rest follows each slice; in that rest the write usually ends.
 */

import { SLICE_MS } from '../scheduling/slice-clock.js';
import { nowMs, sleep, turn } from '../time/real-time.js';
import { GivenUp } from './given-up.js';

/** Beside waiting writes: two parts of work to one of rest, so that compaction keeps ahead of the busiest writer. */
const REST_MS = SLICE_MS.writing / 2;
/** A disk that hangs for a second is no reason to rest for one. */
const LONGEST_REST_MS = 50;

export class Pace {
  readonly #sliceMs: number;
  readonly #isWaitedFor: () => boolean;
  readonly #isGivenUp: () => boolean;
  #startMs = nowMs();

  /**
   * @param sliceMs longest stretch without giving the event loop a turn.
   * @param isWaitedFor whether somebody waits for the disk; asked often.
   * @param isGivenUp whether the work is no longer wanted; asked when a slice begins.
   */
  constructor(sliceMs: number, isWaitedFor: () => boolean, isGivenUp: () => boolean = () => false) {
    this.#isGivenUp = isGivenUp;
    this.#sliceMs = sliceMs;
    this.#isWaitedFor = isWaitedFor;
  }

  /** Whether it is time to pause. */
  get isOver(): boolean {
    const workedMs = nowMs() - this.#startMs;
    if (workedMs >= this.#sliceMs) return true;
    return workedMs >= SLICE_MS.writing && this.#isWaitedFor();
  }

  /** Gives the event loop a turn, and a rest to the writes that wait. @throws GivenUp. */
  async pause(): Promise<void> {
    // A timer, not a turn after the other: while nothing is to be done the loop then sleeps until the disk answers.
    if (this.#isWaitedFor()) await sleep(REST_MS);
    else await turn();
    this.begin();
  }

  /**
   * After a sync of the image that took this long: then leaves the disk to waiting writes for the same time. Their
   * writes lie in the same queue, and syncs without a break keep it full: beside 100 MB in steps of 2 MB one write in a
   * thousand took 12–15 ms, 6 in steps of 1 MB with rests.
   */
  async rest(heldMs: number): Promise<void> {
    if (this.#isWaitedFor()) await sleep(Math.min(heldMs, LONGEST_REST_MS));
    this.begin();
  }

  /** A slice begins: the loop had its turn. @throws GivenUp. */
  begin(): void {
    if (this.#isGivenUp()) throw new GivenUp();
    this.#startMs = nowMs();
  }
}
