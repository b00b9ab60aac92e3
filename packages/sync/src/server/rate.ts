import { nowMs } from '@nuthatch/runtime/sync';

/** How often something may happen: a bucket that fills at an even rate and holds what comes at once. O(1). */
export class Rate {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #filledMs = nowMs();

  /** @param burst how many may come at once. */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
  }

  /** @returns whether one more is within the rate. */
  take(): boolean {
    if (this.#left < 1) {
      const now = nowMs();
      this.#left = Math.min(this.#burst, this.#left + ((now - this.#filledMs) / 1000) * this.#perSecond);
      this.#filledMs = now;
    }
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
