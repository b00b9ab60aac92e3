/**
 * What a leaf of an ordered index holds for one value: a single slot, or several as an array in the order of their keys.
 *
 * Documents of one value so share it: a tree of 2,000 values and 100,000 documents has 45 leaves instead of 2,200, and
 * its values stay in the processor's cache. Few documents of a value stay single slots side by side, each with the value
 * repeated: an array for two of them would take more memory than that.
 */
import type { Slot } from '../structures/slot.js';

export type SlotRun = Slot | Slot[];

/** How many slots there are. O(1). */
export function widthOfRun(run: SlotRun): number {
  return typeof run === 'number' ? 1 : run.length;
}

/** The slot at an offset below the width. O(1). */
export function slotAt(run: SlotRun, offset: number): Slot {
  return typeof run === 'number' ? run : (run[offset] as Slot);
}

/** Slots of the runs from `from` to `to`. O(runs). */
export function countOfRuns(runs: readonly SlotRun[], from: number, to: number): number {
  let count = 0;
  for (let index = from; index < to; index++) {
    const run = runs[index] as SlotRun;
    count += typeof run === 'number' ? 1 : run.length;
  }
  return count;
}

/** Adds all slots of the runs to `answer`. O(slots). */
export function appendRuns(runs: readonly SlotRun[], answer: Slot[]): void {
  for (const run of runs) {
    if (typeof run === 'number') answer.push(run);
    else for (const slot of run) answer.push(slot);
  }
}
