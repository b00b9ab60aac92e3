/**
 * Binary search in sorted arrays of values. Numbers and strings have loops of their own: the engine then compares
 * them without asking for their types, which is what a range index spends its time on.
 */
import { compareValues, type IndexValue } from './index-value.js';

/** How one kind of values is searched. Both answer a position from 0 to the array's length. O(log n). */
export interface ValueSearch {
  /** The first position whose value is not below `value`. */
  lower(values: readonly IndexValue[], value: IndexValue): number;
  /** The first position from `from` on whose value is above `value`. */
  upper(values: readonly IndexValue[], value: IndexValue, from: number): number;
}

export const NUMBER_SEARCH: ValueSearch = {
  lower(values, value) {
    let low = 0;
    for (let high = values.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((values[middle] as number) < (value as number)) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  upper(values, value, from) {
    let low = from;
    for (let high = values.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((values[middle] as number) <= (value as number)) low = middle + 1;
      else high = middle;
    }
    return low;
  },
};

export const STRING_SEARCH: ValueSearch = {
  lower(values, value) {
    let low = 0;
    for (let high = values.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((values[middle] as string) < (value as string)) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  upper(values, value, from) {
    let low = from;
    for (let high = values.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((values[middle] as string) <= (value as string)) low = middle + 1;
      else high = middle;
    }
    return low;
  },
};

/** Any mixture of types, bigints and composites. */
export const GENERAL_SEARCH: ValueSearch = {
  lower(values, value) {
    let low = 0;
    for (let high = values.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (compareValues(values[middle] as IndexValue, value) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  },
  upper(values, value, from) {
    let low = from;
    for (let high = values.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (compareValues(values[middle] as IndexValue, value) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  },
};
