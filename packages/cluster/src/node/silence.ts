/** Since when an engine has given no answer, and what it said last. */
import { nowMs } from '@nuthatch/runtime/cluster';

export class Silence {
  #sinceMs: number | undefined;
  /** What the last call without an answer threw. */
  cause: unknown;

  /** In milliseconds; 0 while it answers. */
  get lengthMs(): number {
    return this.#sinceMs === undefined ? 0 : Math.round(nowMs() - this.#sinceMs);
  }

  end(): void {
    this.#sinceMs = undefined;
  }

  /** @param waitedMs so long it was silent before the call was given up. */
  note(cause: unknown, waitedMs: number): void {
    this.cause = cause;
    this.#sinceMs ??= nowMs() - waitedMs;
  }
}
