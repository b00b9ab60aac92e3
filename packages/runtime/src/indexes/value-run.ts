/**
 * Work on sorted values: binary search, adding and taking out. Numbers, strings and composites have functions of their own, though
 * they read alike: the engine then compiles each for one kind of array, and numbers stay unboxed. With functions shared
 * by all kinds an insert took twice as long and allocated a number for each moved.
 */
import { type CompositeValue, compareParts, compareValues, type IndexValue, type ScalarValue } from './index-value.js';

/** How one kind of values is handled. Positions go from 0 to the array's length. */
export interface ValueRun {
  /** The first position whose value is not below `value`. O(log n). */
  first(values: readonly IndexValue[], value: IndexValue): number;
  /** The first position whose value is above `value`, when those before `from` are not. O(log of the steps). */
  end(values: readonly IndexValue[], value: IndexValue, from: number): number;
  /** Adds `value` before `position`. O(n). */
  add(values: IndexValue[], position: number, value: IndexValue): void;
  /** Takes out the value at `position`. O(n). */
  take(values: IndexValue[], position: number): void;
}

export const NUMBER_RUN: ValueRun = {
  first(values, value) {
    const items = values as readonly number[];
    const sought = value as number;
    let low = 0;
    for (let high = items.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (items[middle]! < sought) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  end(values, value, from) {
    const items = values as readonly number[];
    const sought = value as number;
    let low = from;
    let high = from;
    for (let step = 1; high < items.length && items[high]! <= sought; step *= 2) {
      low = high + 1;
      high += step;
    }
    for (high = Math.min(high, items.length); low < high; ) {
      const middle = (low + high) >>> 1;
      if (items[middle]! <= sought) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  add(values, position, value) {
    const items = values as number[];
    items.push(value as number);
    for (let index = items.length - 1; index > position; index--) items[index] = items[index - 1]!;
    items[position] = value as number;
  },
  take(values, position) {
    const items = values as number[];
    for (let index = position + 1; index < items.length; index++) items[index - 1] = items[index]!;
    items.pop();
  },
};

export const STRING_RUN: ValueRun = {
  first(values, value) {
    const items = values as readonly string[];
    const sought = value as string;
    let low = 0;
    for (let high = items.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (items[middle]! < sought) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  end(values, value, from) {
    const items = values as readonly string[];
    const sought = value as string;
    let low = from;
    let high = from;
    for (let step = 1; high < items.length && items[high]! <= sought; step *= 2) {
      low = high + 1;
      high += step;
    }
    for (high = Math.min(high, items.length); low < high; ) {
      const middle = (low + high) >>> 1;
      if (items[middle]! <= sought) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  add(values, position, value) {
    const items = values as string[];
    items.push(value as string);
    for (let index = items.length - 1; index > position; index--) items[index] = items[index - 1]!;
    items[position] = value as string;
  },
  take(values, position) {
    const items = values as string[];
    for (let index = position + 1; index < items.length; index++) items[index - 1] = items[index]!;
    items.pop();
  },
};

/** Composites alone. */
export const TUPLE_RUN: ValueRun = {
  first(values, value) {
    const items = values as readonly CompositeValue[];
    const sought = value as CompositeValue;
    let low = 0;
    for (let high = items.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (compareParts(items[middle]!, sought) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  end(values, value, from) {
    const items = values as readonly CompositeValue[];
    const sought = value as CompositeValue;
    let low = from;
    let high = from;
    for (let step = 1; high < items.length && compareParts(items[high]!, sought) <= 0; step *= 2) {
      low = high + 1;
      high += step;
    }
    for (high = Math.min(high, items.length); low < high; ) {
      const middle = (low + high) >>> 1;
      if (compareParts(items[middle]!, sought) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  add(values, position, value) {
    shareTexts(value as CompositeValue, values[position - 1]);
    shareTexts(value as CompositeValue, values[position]);
    values.push(value);
    for (let index = values.length - 1; index > position; index--) values[index] = values[index - 1]!;
    values[position] = value;
  },
  take(values, position) {
    for (let index = position + 1; index < values.length; index++) values[index - 1] = values[index]!;
    values.pop();
  },
};

/** Any mixture of types, and bigints. */
export const GENERAL_RUN: ValueRun = {
  first(values, value) {
    let low = 0;
    for (let high = values.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (compareValues(values[middle]!, value) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  end(values, value, from) {
    let low = from;
    let high = from;
    for (let step = 1; high < values.length && compareValues(values[high]!, value) <= 0; step *= 2) {
      low = high + 1;
      high += step;
    }
    for (high = Math.min(high, values.length); low < high; ) {
      const middle = (low + high) >>> 1;
      if (compareValues(values[middle]!, value) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  add(values, position, value) {
    values.push(value);
    for (let index = values.length - 1; index > position; index--) values[index] = values[index - 1]!;
    values[position] = value;
  },
  take(values, position) {
    for (let index = position + 1; index < values.length; index++) values[index - 1] = values[index]!;
    values.pop();
  },
};

/**
 * Makes equal texts of a composite value and its neighbour one text: then they are found to be equal without a look at their
 * letters, and a walk over many values reads less memory. The value is the index's own.
 */
export function shareTexts(value: CompositeValue, neighbour: IndexValue | undefined): void {
  if (typeof neighbour !== 'object') return;
  for (let place = 0; place < value.length; place++)
    if (typeof value[place] === 'string' && value[place] === neighbour[place])
      (value as ScalarValue[])[place] = neighbour[place]!;
}
