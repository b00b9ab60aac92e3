/**
 * Whether a lone short frame may be written by a call that blocks the event loop (docs/decisions/0034-lone-writes.md).
 *
 * The system takes such a frame into its cache within microseconds, less than a trip to the thread pool costs. Two
 * things could make the loop pay for it, and are bounded here:
 *
 * - A loop that awaits one write after the other never leaves its microtasks. After 2 ms the next write waits for a
 *   turn of the event loop.
 * - A disk may be slow to take what it is given: a full cache, a remote file system. After a slow call the thread pool
 *   writes for a while, and for twice as long each time that the next try is slow too.
 */
import { SLICE_MS } from '../scheduling/slice-clock.js';
import { afterTurn, nowMs } from '../time/real-time.js';

/** A call that takes longer than this is slow: more than a hundred times what it usually takes. */
const SLOW_MS = 1;
/** How long the thread pool writes after a slow call. */
const FIRST_REST_MS = 50;
const LONGEST_REST_MS = 10_000;
/** So many quick calls after a slow one, and it is forgotten. */
const QUICK_CALLS = 16;

export class LoneWrites {
  /** When the first of the writes in this turn of the loop began; undefined: none in this turn. */
  #turnBeganMs: number | undefined;
  #restEndMs = Number.NEGATIVE_INFINITY;
  #restMs = FIRST_REST_MS;
  #quickCalls = 0;
  readonly #endTurn = (): void => {
    this.#turnBeganMs = undefined;
  };

  /** Whether the next write may block the loop now. O(1). */
  mayBlock(): boolean {
    const now = nowMs();
    if (now < this.#restEndMs) return false;
    if (this.#turnBeganMs !== undefined) return now - this.#turnBeganMs < SLICE_MS.writing;
    this.#turnBeganMs = now;
    afterTurn(this.#endTurn);
    return true;
  }

  /** Notes how long a call has taken. @param beganMs when it began. */
  blocked(beganMs: number): void {
    const endMs = nowMs();
    if (endMs - beganMs < SLOW_MS) {
      if (this.#restMs !== FIRST_REST_MS && ++this.#quickCalls >= QUICK_CALLS) this.#restMs = FIRST_REST_MS;
      return;
    }
    this.#restEndMs = endMs + this.#restMs;
    this.#restMs = Math.min(LONGEST_REST_MS, this.#restMs * 2);
    this.#quickCalls = 0;
  }
}
