/**
 * The wall clock as the journal writes it down: it never goes back, so that a point in time has one place in the history.
 *
 * A machine's clock does go back: set right after it was wrong, stepped by a time server. Times then stand still until
 * the clock has caught up. A step of a minute or more, forward or back, is reported; ahead is told by a clock that
 * counts only durations, and so also after a suspend.
 */
import { isStorableTime } from '../codec/storable.js';
import { nowMs } from '../time/real-time.js';

/** Corrections by time servers are smaller. */
const NOTABLE_MS = 60_000;

/** The wall clock was set, or the machine slept. */
export interface ClockJump {
  /** By so many milliseconds; negative: back. */
  readonly jumpMs: number;
  /** Its present time, in epoch milliseconds. */
  readonly clockMs: number;
  /** The time that the journal goes on from. While `clockMs` is before it, every transaction is of this time. */
  readonly journalMs: number;
}

export class JournalClock {
  /** Told of each jump, from inside `now`. */
  onJump: ((jump: ClockJump) => void) | undefined;
  #lastMs: number;
  #driftMs = Date.now() - nowMs();

  /** @param lastMs the latest time in the journal; 0: there is none. */
  constructor(lastMs: number) {
    this.#lastMs = isStorableTime(lastMs) ? lastMs : 0;
  }

  /** The latest time that was given out. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Epoch milliseconds, never less than before. O(1), 50 ns. */
  now(): number {
    const clockMs = Date.now();
    const aheadMs = clockMs - this.#lastMs;
    if (aheadMs >= 0 && aheadMs < NOTABLE_MS) {
      this.#lastMs = clockMs;
      return clockMs;
    }
    return this.#look(clockMs);
  }

  /** Back, or ahead by more than between two transactions: a long pause, or a jump. */
  #look(clockMs: number): number {
    if (!isStorableTime(clockMs)) return this.#lastMs;
    const journalMs = this.#lastMs;
    const driftMs = clockMs - nowMs();
    const jumpMs = Math.round(driftMs - this.#driftMs);
    if (clockMs > journalMs) this.#lastMs = clockMs;
    if (Math.abs(jumpMs) >= NOTABLE_MS) {
      this.#driftMs = driftMs;
      this.onJump?.({ jumpMs, clockMs, journalMs });
    }
    return this.#lastMs;
  }
}
