import { DatabaseError } from '@nuthatch/model';
import { NOT_BEGUN, SLICE_MS, SliceClock } from '../scheduling/slice-clock.js';
import { withRejectionsCaught } from '../structures/told.js';
import type { MigrateProgress } from './migrate-progress.js';

/** Counts work, tells of it, lets the event loop live and listens to an abort; one for each migration run. */
export class Slices {
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: ((progress: MigrateProgress) => void) | undefined;
  #phase: MigrateProgress['phase'] = 'read';
  #done = 0;
  #total = 0;
  readonly #clock = new SliceClock(SLICE_MS.offline, 1, NOT_BEGUN);

  constructor(signal: AbortSignal | undefined, onProgress: ((progress: MigrateProgress) => void) | undefined) {
    this.#signal = signal;
    this.#onProgress = onProgress && withRejectionsCaught(onProgress);
  }

  /** Begins a phase of so many steps. @throws DatabaseError `ABORTED`. */
  begin(phase: MigrateProgress['phase'], total: number): void {
    this.requireWanted();
    this.#phase = phase;
    this.#done = 0;
    this.#total = total;
    this.#tell();
  }

  /** One document is done, in a phase whose pauses are another's. */
  count(): void {
    if (++this.#done % 1_000 === 0 || this.#done === this.#total) this.#tell();
  }

  /** So many steps of the phase are done by now. */
  reach(done: number, total: number = this.#total): void {
    this.#done = done;
    this.#total = total;
    this.#tell();
  }

  /** One document is done. True: it is time for `pause`. */
  step(): boolean {
    this.#done++;
    return this.#clock.isOver();
  }

  /** Gives the event loop a turn. @throws DatabaseError `ABORTED`. */
  async pause(): Promise<void> {
    this.#tell();
    await this.#clock.rest();
    this.requireWanted();
  }

  requireWanted(): void {
    if (!this.#signal?.aborted) return;
    const cause: unknown = this.#signal.reason;
    throw new DatabaseError('ABORTED', 'the migration was aborted and nothing was changed', {}, { cause });
  }

  #tell(): void {
    this.#onProgress?.({ phase: this.#phase, doneCount: Math.min(this.#done, this.#total), totalCount: this.#total });
  }
}
