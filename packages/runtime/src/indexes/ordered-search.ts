/**
 * Where a pair or a point lies in a node of the B+ tree.
 *
 * Values are searched first; keys are asked for where values are equal only. To ask for a key is to fetch a document and
 * its text, which are cold: hence the shortcuts by slots, which mostly were given out in the order of keys.
 */
import type { Slot, SlotReader } from '../structures/slot.js';
import { compareStoreKeys, type StoreKey } from '../structures/store-key.js';
import type { IndexValue } from './index-value.js';
import type { Cut, Inner, Leaf } from './ordered-node.js';
import { type SlotRun, slotAt } from './slot-run.js';
import type { ValueRun } from './value-run.js';

export type KeySource = Pick<SlotReader, 'keyOf' | 'isInKeyOrder'>;

/** A place in the tree: pairs from `offset` of the leaf's run at `index` on lie after the point. */
export interface TreePlace {
  readonly leaf: Leaf;
  readonly index: number;
  /** Below the width of the run; 0 at the end of the leaf. */
  readonly offset: number;
}

/** Which child the point lies in; see `Cut`. */
export function childPosition(
  node: Inner,
  run: ValueRun,
  value: IndexValue,
  key: StoreKey | undefined,
  isAfter: boolean,
): number {
  const { values, keys } = node;
  const low = run.first(values, value);
  if (key === undefined) return isAfter ? run.end(values, value, low) : low;
  return separatorPosition(keys, low, run.end(values, value, low), key, isAfter);
}

/** Which child a pair is in or belongs into. Its key is asked for where its value parts two children. */
export function childOf(source: KeySource, node: Inner, run: ValueRun, value: IndexValue, slot: Slot): number {
  const { values, keys } = node;
  const low = run.first(values, value);
  const high = run.end(values, value, low);
  return low === high ? low : separatorPosition(keys, low, high, source.keyOf(slot), true);
}

function separatorPosition(
  keys: readonly StoreKey[],
  low: number,
  high: number,
  key: StoreKey,
  isAfter: boolean,
): number {
  let from = low;
  for (let to = high; from < to; ) {
    const middle = (from + to) >>> 1;
    if (isBefore(keys[middle]!, key, isAfter)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Where a point lies in a leaf. */
export function placeIn(source: KeySource, leaf: Leaf, run: ValueRun, { value, key, isAfter }: Cut): TreePlace {
  const { values, runs } = leaf;
  const low = run.first(values, value);
  if (low === runs.length || (key === undefined && !isAfter)) return { leaf, index: low, offset: 0 };
  const end = run.end(values, value, low);
  if (key === undefined || low === end) return { leaf, index: end, offset: 0 };
  let index = low;
  for (let high = end; high - index > 1; ) {
    const middle = (index + high) >>> 1;
    if (isBefore(source.keyOf(slotAt(runs[middle]!, 0)), key, isAfter)) index = middle;
    else high = middle;
  }
  const slots = runs[index]!;
  if (typeof slots === 'number')
    return { leaf, index: isBefore(source.keyOf(slots), key, isAfter) ? index + 1 : index, offset: 0 };
  const offset = searchKeys(source, slots, 0, slots.length, key, isAfter);
  return offset === slots.length ? { leaf, index: index + 1, offset: 0 } : { leaf, index, offset };
}

/** Which of the runs from `low` to `end`, all of one value and at least one, a pair is in or may be put into. */
export function runOf(source: KeySource, runs: readonly SlotRun[], low: number, end: number, slot: Slot): number {
  let index = low;
  for (let high = end; high - index > 1; ) {
    const middle = (index + high) >>> 1;
    const first = slotAt(runs[middle]!, 0);
    if (first === slot || isSlotBefore(source, first, slot)) index = middle;
    else high = middle;
  }
  return index;
}

/** Which of two slots of one value goes first: whether it is `other`. */
export function isSlotBefore(source: KeySource, other: Slot, slot: Slot): boolean {
  return source.isInKeyOrder === true ? other < slot : isBefore(source.keyOf(other), source.keyOf(slot), false);
}

/**
 * The first position in the slots of one value whose key is not below the slot's. The guess that keys were given out in
 * their own order, as slots are, is looked at first: where that is known no key is asked for, and where it holds two of
 * others are, instead of six among 50.
 */
export function positionOf(source: KeySource, slots: readonly Slot[], slot: Slot): number {
  let middle = 0;
  for (let high = slots.length; middle < high; ) {
    const half = (middle + high) >>> 1;
    if (slots[half]! < slot) middle = half + 1;
    else high = half;
  }
  if (source.isInKeyOrder === true) return middle;
  const key = source.keyOf(slot);
  if (middle > 0 && !isBefore(source.keyOf(slots[middle - 1]!), key, false))
    return searchKeys(source, slots, 0, middle - 1, key, false);
  if (middle === slots.length || !isBefore(source.keyOf(slots[middle]!), key, false)) return middle;
  return searchKeys(source, slots, middle + 1, slots.length, key, false);
}

/** The first position from `low` to `high`, among slots of one value, that does not lie before the point. */
function searchKeys(
  source: KeySource,
  slots: readonly Slot[],
  low: number,
  high: number,
  key: StoreKey,
  isAfter: boolean,
): number {
  let from = low;
  for (let to = high; from < to; ) {
    const middle = (from + to) >>> 1;
    if (isBefore(source.keyOf(slots[middle]!), key, isAfter)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Among pairs of one value: whether that of `other` lies before the point before or after that of `key`. */
export function isBefore(other: StoreKey, key: StoreKey, isAfter: boolean): boolean {
  if (typeof other === 'string' && typeof key === 'string') return isAfter ? other <= key : other < key;
  const order = compareStoreKeys(other, key);
  return order < 0 || (isAfter && order === 0);
}
