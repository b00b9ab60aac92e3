/**
 * The postings of all tags at once, from a projected column of lists: counted first, then placed,
 * so that each posting has its exact size and no tag is looked up by its text.
 */

import { inParts, type Steps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import type { ProjectedTags } from '../undecoded/projected-columns.js';

const STEP_TAGS = 64;

/** Slots of each tag, rising and each once; of the tags at the same places of `ProjectedTags.texts`. */
export type TagSlots = readonly Slot[][];

/**
 * O(pairs of tag and document).
 *
 * @param slots rising; their documents stand in the column.
 */
export function* tagSlotsOf(tags: ProjectedTags, slots: readonly Slot[]): Steps<TagSlots> {
  const counts = new Int32Array(tags.texts.length);
  const lastSlots = new Int32Array(tags.texts.length).fill(-1);
  yield* inParts(slots.length, (from, to) => countTags(tags, slots, from, to, counts, lastSlots));
  const answer: Slot[][] = [];
  for (let number = 0; number < counts.length; number++) {
    // Of exact size and without holes, which an array that grows or is made by its length is not.
    answer.push(slots.slice(0, counts[number]));
    if (number % STEP_TAGS === 0) yield;
  }
  counts.fill(0);
  yield* inParts(slots.length, (from, to) => placeSlots(tags, slots, from, to, counts, answer));
  return answer;
}

function countTags(
  { starts, ends, numbers }: ProjectedTags,
  slots: readonly Slot[],
  from: number,
  to: number,
  counts: Int32Array,
  lastSlots: Int32Array,
): void {
  for (let index = from; index < to; index++) {
    const slot = slots[index]!;
    const end = ends[slot]!;
    for (let place = starts[slot]!; place < end; place++) {
      const number = numbers[place]!;
      // A tag named twice counts once.
      if (lastSlots[number] === slot) continue;
      lastSlots[number] = slot;
      counts[number] = counts[number]! + 1;
    }
  }
}

function placeSlots(
  { starts, ends, numbers }: ProjectedTags,
  slots: readonly Slot[],
  from: number,
  to: number,
  counts: Int32Array,
  answer: TagSlots,
): void {
  for (let index = from; index < to; index++) {
    const slot = slots[index]!;
    const end = ends[slot]!;
    for (let place = starts[slot]!; place < end; place++) {
      const number = numbers[place]!;
      const tagged = answer[number]!;
      const count = counts[number]!;
      if (count > 0 && tagged[count - 1] === slot) continue;
      tagged[count] = slot;
      counts[number] = count + 1;
    }
  }
}
