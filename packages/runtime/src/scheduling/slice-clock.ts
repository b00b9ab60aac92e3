/**
 * How long work of the engine's own holds the event loop before others have their turn: the figures, and the clock.
 *
 * The promise is 5 ms (P28). The work that a slice must finish after its time comes on top, and so does a step of the
 * garbage collector: the figures leave room for both.
 */
import { nowMs, turn } from '../time/real-time.js';

/** Milliseconds of work between two turns of the loop. */
export const SLICE_MS = {
  /** Work that writes, or ends in a frame that is encoded, sealed or checked. */
  writing: 2,
  /** Work that only looks, or builds what nobody asks yet. */
  reading: 3,
  /** Work on a directory that nobody has open: only its own progress and its abort wait for the loop. */
  offline: 20,
} as const;

export const NOT_BEGUN = Number.NEGATIVE_INFINITY;

/** Tells when a slice of work is over. */
export class SliceClock {
  readonly #sliceMs: number;
  readonly #itemsPerLook: number;
  #count = 0;
  #endMs: number;

  /**
   * @param itemsPerLook calls of `isOver` between two looks at the clock.
   * @param beganMs when the first slice began; `NOT_BEGUN` for a clock that is made before the work: its first look rests.
   */
  constructor(sliceMs: number, itemsPerLook = 1, beganMs = nowMs()) {
    this.#sliceMs = sliceMs;
    this.#itemsPerLook = itemsPerLook;
    this.#endMs = beganMs + sliceMs;
  }

  /** Asked for each item. */
  isOver(): boolean {
    return ++this.#count % this.#itemsPerLook === 0 && nowMs() >= this.#endMs;
  }

  /** Gives the event loop a turn, and begins the next slice. */
  async rest(): Promise<void> {
    await turn();
    this.#endMs = nowMs() + this.#sliceMs;
  }
}
