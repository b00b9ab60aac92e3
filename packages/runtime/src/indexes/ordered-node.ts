/**
 * Nodes of the B+ tree: leaves hold pairs of value and entry side by side, inner nodes the first pair each child may
 * hold, and how many pairs it holds. Plain arrays: of numbers V8 keeps them unboxed, as a typed array would be.
 *
 *   leaf:  values[i], entries[i]                                        sorted by (value, key); linked both ways
 *   inner: children[0..n], values[0..n-1], keys[0..n-1], counts[0..n]   children[i + 1] holds pairs ≥ (values[i], keys[i])
 */
import { compareStoreKeys, type StoreKey } from '../structures/store-key.js';
import type { IndexValue } from './index-value.js';
import type { ValueSearch } from './value-search.js';

/** What an ordered pair points at. */
export interface Keyed {
  readonly key: StoreKey;
}

/** A point between two pairs: before or behind a value (no key), or before or behind one pair. */
export interface Cut {
  readonly value: IndexValue;
  readonly key: StoreKey | undefined;
  /** Behind the value or pair; else before it. */
  readonly isAfter: boolean;
}

export class Leaf<E extends Keyed> {
  readonly isLeaf = true;
  next: Leaf<E> | undefined = undefined;
  previous: Leaf<E> | undefined = undefined;

  constructor(
    public values: IndexValue[],
    public entries: E[],
  ) {}

  get count(): number {
    return this.entries.length;
  }

  /** How many of its pairs lie before the point. O(log n). */
  position(search: ValueSearch, value: IndexValue, key: StoreKey | undefined, isAfter: boolean): number {
    const { values } = this;
    const low = search.lower(values, value);
    if (low === values.length) return low;
    const high = search.upper(values, value, low);
    if (key === undefined || high === low) return isAfter ? high : low;
    return positionInRun(low, high, key, isAfter, (index) => (this.entries[index] as E).key);
  }
}

export class Inner<E extends Keyed> {
  readonly isLeaf = false;

  constructor(
    readonly children: TreeNode<E>[],
    readonly values: IndexValue[],
    readonly keys: StoreKey[],
    readonly counts: number[],
  ) {}

  get count(): number {
    let count = 0;
    for (const childCount of this.counts) count += childCount;
    return count;
  }

  /** The child in which the point lies. O(log n). */
  position(search: ValueSearch, value: IndexValue, key: StoreKey | undefined, isAfter: boolean): number {
    const { values } = this;
    const low = search.lower(values, value);
    if (low === values.length) return low;
    const high = search.upper(values, value, low);
    if (key === undefined || high === low) return isAfter ? high : low;
    return positionInRun(low, high, key, isAfter, (index) => this.keys[index] as StoreKey);
  }
}

export type TreeNode<E extends Keyed> = Leaf<E> | Inner<E>;

/** Pairs of one value, low to high: how many lie before the point at `key`. */
function positionInRun(from: number, to: number, key: StoreKey, isAfter: boolean, keyAt: (index: number) => StoreKey): number {
  let low = from;
  for (let high = to; low < high; ) {
    const middle = (low + high) >>> 1;
    const order = compareStoreKeys(keyAt(middle), key);
    if (order < 0 || (order === 0 && isAfter)) low = middle + 1;
    else high = middle;
  }
  return low;
}
