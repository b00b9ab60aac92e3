/**
 * How a range index holds equal values: the part of a leaf for one value, a single slot, or several as an array in the
 * order of their keys. A value with more documents than a leaf may hold goes on in the next leaf (ordered-leaf.ts).
 *
 * Documents of one value so share it: a tree of 2,000 values and 100,000 documents has 45 leaves instead of 2,200, and
 * its values stay in the processor's cache. Measured with its place in the leaf, an entry takes 27 bytes where each value
 * is another, 45 where two documents have it, 27 where four do, 15 where fifty do, and 9 where a thousand do.
 */
import type { Slot } from '../structures/slot.js';

export type SlotRun = Slot | Slot[];

/** How many slots there are. O(1). */
export function widthOfRun(run: SlotRun): number {
  return typeof run === 'number' ? 1 : run.length;
}

/** The slot at an offset below the width. O(1). */
export function slotAt(run: SlotRun, offset: number): Slot {
  return typeof run === 'number' ? run : run[offset]!;
}

/** Slots of the runs from `from` to `to`. O(runs). */
export function countOfRuns(runs: readonly SlotRun[], from: number, to: number): number {
  let count = 0;
  for (let index = from; index < to; index++) {
    const run = runs[index]!;
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

/** Slots up to which a run is copied at its exact length when it grows: pushed to, it would have 16 in reserve at once. */
const EXACT_COUNT = 16;

/** Adds a slot before `position`, in place if it can. @returns the run to be held from now on. O(slots). */
export function withSlot(slots: Slot[], position: number, slot: Slot): Slot[] {
  let grown = slots;
  if (slots.length < EXACT_COUNT) grown = slots.concat(slot);
  else slots.push(slot);
  for (let index = grown.length - 1; index > position; index--) grown[index] = grown[index - 1]!;
  grown[position] = slot;
  return grown;
}
