/**
 * Leaves of the B+ tree: how a pair is added to one and removed, and how a full one is halved.
 *
 * A run that falls below a quarter joins a neighbour of its value when both fit in three quarters.
 */
import type { Slot } from '../structures/slot.js';
import type { IndexValue } from './index-value.js';
import { insertAt, Leaf, link, type Split, takeAt } from './ordered-node.js';
import { isSlotBefore, type KeySource, positionOf, runOf } from './ordered-search.js';
import { type SlotRun, slotAt, widthOfRun, withSlot } from './slot-run.js';
import type { ValueRun } from './value-run.js';

/**
 * Adds a pair. The leaf may have one run too many then.
 *
 * @param isHighest the pair goes after all others of its value.
 * @returns false when the pair is there already.
 */
export function addToLeaf(
  source: KeySource,
  leaf: Leaf,
  run: ValueRun,
  value: IndexValue,
  slot: Slot,
  isHighest: boolean,
  runCapacity: number,
): boolean {
  const { values, runs } = leaf;
  const low = run.first(values, value);
  const end = run.end(values, value, low);
  if (low === end) {
    addRun(leaf, run, low, value, slot);
    return true;
  }
  const index = isHighest ? end - 1 : runOf(source, runs, low, end, slot);
  const held = runs[index]!;
  if (typeof held === 'number') {
    if (held === slot) return false;
    runs[index] = isHighest || isSlotBefore(source, held, slot) ? [held, slot] : [slot, held];
    return true;
  }
  const position = isHighest ? held.length : positionOf(source, held, slot);
  if (held[position] === slot) return false;
  if (held.length === runCapacity) splitRun(leaf, run, index, position, slot);
  else runs[index] = withSlot(held, position, slot);
  return true;
}

/** Adds a run before `index`. */
function addRun(leaf: Leaf, run: ValueRun, index: number, value: IndexValue, slots: SlotRun): void {
  run.add(leaf.values, index, value);
  insertAt(leaf.runs, index, slots);
}

/** Adds a slot to a full run: its right half becomes a run of its own, or the slot does where it goes after all. */
function splitRun(leaf: Leaf, run: ValueRun, index: number, position: number, slot: Slot): void {
  const slots = leaf.runs[index] as Slot[];
  const value = leaf.values[index]!;
  if (position === slots.length) {
    addRun(leaf, run, index + 1, value, slot);
    return;
  }
  const middle = slots.length >>> 1;
  const left = slots.slice(0, middle);
  const right = slots.slice(middle);
  if (position > middle) insertAt(right, position - middle, slot);
  else insertAt(left, position, slot);
  leaf.runs[index] = left;
  addRun(leaf, run, index + 1, value, right);
}

/** @returns whether the pair was there. */
export function removeFromLeaf(
  source: KeySource,
  leaf: Leaf,
  run: ValueRun,
  value: IndexValue,
  slot: Slot,
  runCapacity: number,
): boolean {
  const { values, runs } = leaf;
  const low = run.first(values, value);
  const end = run.end(values, value, low);
  if (low === end) return false;
  const index = runOf(source, runs, low, end, slot);
  const held = runs[index]!;
  if (typeof held === 'number') {
    if (held !== slot) return false;
    run.take(values, index);
    takeAt(runs, index);
    return true;
  }
  const position = source.isInKeyOrder === true ? positionOf(source, held, slot) : held.indexOf(slot);
  if (held[position] !== slot) return false;
  takeAt(held, position);
  if (held.length === 1) runs[index] = held[0]!;
  else if (held.length < runCapacity >>> 2 && end - low > 1) joinRuns(leaf, run, index, low, end, runCapacity);
  return true;
}

/** Joins the run at `index` with a neighbour among those of its value when both fit in three quarters. */
function joinRuns(
  { values, runs }: Leaf,
  run: ValueRun,
  index: number,
  low: number,
  end: number,
  runCapacity: number,
): void {
  const left = index + 1 < end ? index : Math.max(low, index - 1);
  const first = runs[left]!;
  const second = runs[left + 1]!;
  if (widthOfRun(first) + widthOfRun(second) > (runCapacity * 3) / 4) return;
  runs[left] = ([] as Slot[]).concat(first, second);
  run.take(values, left + 1);
  takeAt(runs, left + 1);
}

/**
 * Halves a leaf that has one run too many.
 *
 * @param slot the new one: a leaf to whose end it was appended stays full.
 */
export function splitLeaf(source: KeySource, leaf: Leaf, slot: Slot): Split {
  const { values, runs } = leaf;
  const isAppend = leaf.next === undefined && runs[runs.length - 1] === slot;
  const middle = isAppend ? runs.length - 1 : runs.length >>> 1;
  const right = new Leaf(values.slice(middle), runs.slice(middle));
  // Copies of exact size: an array that has been pushed to keeps half its length in reserve.
  leaf.values = values.slice(0, middle);
  leaf.runs = runs.slice(0, middle);
  link(right, leaf.next);
  link(leaf, right);
  return { node: right, value: right.values[0]!, key: source.keyOf(slotAt(right.runs[0]!, 0)) };
}
