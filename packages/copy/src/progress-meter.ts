/** Turns counts into rates and remaining time. */
import { realTime, told } from '@nuthatch/runtime/tools';
import type { CopyProgress } from './copy-options.js';

export class ProgressMeter {
  readonly #phase: CopyProgress['phase'];
  readonly #totalCount: number;
  readonly #listener: ((progress: CopyProgress) => void) | undefined;
  readonly #startMs = realTime.nowMs();
  #doneCount = 0;

  constructor(phase: CopyProgress['phase'], totalCount: number, listener?: (progress: CopyProgress) => void) {
    this.#phase = phase;
    this.#totalCount = totalCount;
    this.#listener = listener && told.withRejectionsCaught(listener);
  }

  get tookMs(): number {
    return realTime.nowMs() - this.#startMs;
  }

  /** Counts documents done and tells the listener. */
  add(collection: string, count: number): void {
    this.#doneCount += count;
    if (this.#listener === undefined) return;
    const rowsPerSecond = Math.round((this.#doneCount / Math.max(this.tookMs, 1)) * 1000);
    const leftCount = Math.max(0, this.#totalCount - this.#doneCount);
    this.#listener({
      phase: this.#phase,
      collection,
      doneCount: this.#doneCount,
      totalCount: this.#totalCount,
      rowsPerSecond,
      remainingMs: rowsPerSecond === 0 ? undefined : Math.round((leftCount / rowsPerSecond) * 1000),
    });
  }
}
