/**
 * Work on sorted pairs of value and key: binary search, adding and taking out values. Numbers and strings have
 * functions of their own, though they read alike: the engine then compiles each for one kind of array, and numbers
 * stay unboxed. With functions shared by all kinds an insert took twice as long and allocated a number for each moved.
 */
import { compareStoreKeys, type StoreKey } from '../structures/store-key.js';
import { compareValues, type IndexValue } from './index-value.js';

/** Sorted pairs of value and key, side by side. */
export interface PairList {
  readonly values: readonly IndexValue[];
  readonly keys: readonly StoreKey[];
}

/** How one kind of values is handled. Positions go from 0 to the array's length. */
export interface ValueRun {
  /** How many pairs lie before the point: before or behind `value`, or its pair of `key` when that is given. O(log n). */
  position(pairs: PairList, value: IndexValue, key: StoreKey | undefined, isAfter: boolean): number;
  /** Adds `value` before `position`. O(n). */
  add(values: IndexValue[], position: number, value: IndexValue): void;
  /** Takes out the value at `position`. O(n). */
  take(values: IndexValue[], position: number): void;
}

export const NUMBER_RUN: ValueRun = {
  position(pairs, value, key, isAfter) {
    const values = pairs.values as readonly number[];
    const sought = value as number;
    let low = 0;
    for (let high = values.length; low < high; ) {
      const middle = (low + high) >>> 1;
      const there = values[middle] as number;
      if (there < sought || (there === sought && isKeyBefore(pairs.keys[middle] as StoreKey, key, isAfter)))
        low = middle + 1;
      else high = middle;
    }
    return low;
  },
  add(values, position, value) {
    const items = values as number[];
    items.push(value as number);
    for (let index = items.length - 1; index > position; index--) items[index] = items[index - 1] as number;
    items[position] = value as number;
  },
  take(values, position) {
    const items = values as number[];
    for (let index = position + 1; index < items.length; index++) items[index - 1] = items[index] as number;
    items.pop();
  },
};

export const STRING_RUN: ValueRun = {
  position(pairs, value, key, isAfter) {
    const values = pairs.values as readonly string[];
    const sought = value as string;
    let low = 0;
    for (let high = values.length; low < high; ) {
      const middle = (low + high) >>> 1;
      const there = values[middle] as string;
      if (there < sought || (there === sought && isKeyBefore(pairs.keys[middle] as StoreKey, key, isAfter)))
        low = middle + 1;
      else high = middle;
    }
    return low;
  },
  add(values, position, value) {
    const items = values as string[];
    items.push(value as string);
    for (let index = items.length - 1; index > position; index--) items[index] = items[index - 1] as string;
    items[position] = value as string;
  },
  take(values, position) {
    const items = values as string[];
    for (let index = position + 1; index < items.length; index++) items[index - 1] = items[index] as string;
    items.pop();
  },
};

/** Any mixture of types, bigints and composites. */
export const GENERAL_RUN: ValueRun = {
  position(pairs, value, key, isAfter) {
    const { values, keys } = pairs;
    let low = 0;
    for (let high = values.length; low < high; ) {
      const middle = (low + high) >>> 1;
      const order = compareValues(values[middle] as IndexValue, value);
      if (order < 0 || (order === 0 && isKeyBefore(keys[middle] as StoreKey, key, isAfter))) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  add(values, position, value) {
    values.push(value);
    for (let index = values.length - 1; index > position; index--) values[index] = values[index - 1] as IndexValue;
    values[position] = value;
  },
  take(values, position) {
    for (let index = position + 1; index < values.length; index++) values[index - 1] = values[index] as IndexValue;
    values.pop();
  },
};

/** Among pairs of the value sought: whether one lies before the point. */
function isKeyBefore(other: StoreKey, key: StoreKey | undefined, isAfter: boolean): boolean {
  if (key === undefined) return isAfter;
  if (typeof other === 'string' && typeof key === 'string') return isAfter ? other <= key : other < key;
  const order = compareStoreKeys(other, key);
  return order < 0 || (isAfter && order === 0);
}
