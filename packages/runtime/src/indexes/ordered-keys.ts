/**
 * A B+ tree of pairs (value, slot) in the order of value, then of the entry's key: total, and the same after a restart.
 *
 * Writes cost O(log n) with leaves of 64 pairs; counts per child make the rank of any point O(log n) too. Keys are
 * asked for where values are equal only, so a pair's entry must stay what it is as long as the pair is here. Appending
 * at the end leaves leaves full. A leaf that falls below a quarter joins a neighbour when both fit in three quarters.
 * Knows nothing of documents or bounds: range-index.ts turns those into values and cuts.
 */
import type { Slot, SlotReader } from '../structures/slot.js';
import { compareStoreKeys, type StoreKey } from '../structures/store-key.js';
import { compareValues, type IndexValue, isSameValue } from './index-value.js';
import {
  type Cut,
  Inner,
  insertAt,
  joinInners,
  joinLeaves,
  Leaf,
  link,
  type Split,
  splitInner,
  type TreeNode,
  takeAt,
  widthOf,
} from './ordered-node.js';
import { GENERAL_RUN, NUMBER_RUN, STRING_RUN, type ValueRun } from './value-run.js';

/** Pairs in a leaf and children in an inner node. Measured beside 16, 32 and 128: the fastest inserts. */
const NODE_CAPACITY = 64;

/** A place in the tree: pairs from `position` of `leaf` on lie behind the point. */
export interface TreePlace {
  readonly leaf: Leaf;
  readonly position: number;
}

export type KeySource = Pick<SlotReader, 'keyOf' | 'isInKeyOrder'>;

export class OrderedKeys {
  readonly #capacity: number;
  readonly #source: KeySource;
  #root: TreeNode = new Leaf([], []);
  #size = 0;
  #version = 0;
  /** The one type of all values, or 'mixed'; undefined while there has been none. */
  #type: string | undefined;
  /** No key in the tree is above it; undefined: not known, or there is none. */
  #highestKey: StoreKey | undefined;

  /**
   * @param source knows the keys of all entries in the tree.
   * @param nodeCapacity pairs in a leaf and children in an inner node, at least 4; for tests.
   */
  constructor(source: KeySource, nodeCapacity: number = NODE_CAPACITY) {
    this.#source = source;
    this.#capacity = Math.max(4, nodeCapacity);
  }

  /** Number of pairs. O(1). */
  get size(): number {
    return this.#size;
  }

  /** Changes with every write: a place taken at another version is no longer good. */
  get version(): number {
    return this.#version;
  }

  /** The key that orders an entry among equal values. */
  keyOf(slot: Slot): StoreKey {
    return this.#source.keyOf(slot);
  }

  /** Adds a pair. @returns false when it is there already. O(log n). */
  insert(value: IndexValue, slot: Slot): boolean {
    this.#noteType(value);
    this.#version++;
    const sizeBefore = this.#size;
    const key = this.#source.keyOf(slot);
    const right = this.#insertInto(
      this.#root,
      value,
      this.#isHighest(key) ? undefined : key,
      slot,
      this.#runFor(value),
    );
    if (right !== undefined) {
      const { node, value: firstValue, key: firstKey } = right;
      this.#root = new Inner([this.#root, node], [firstValue], [firstKey], [this.#root.count, node.count]);
    }
    return this.#size > sizeBefore;
  }

  /** @returns whether the pair was there. O(log n). */
  remove(value: IndexValue, slot: Slot): boolean {
    const isRemoved = this.#removeFrom(this.#root, value, this.#source.keyOf(slot), slot, this.#runFor(value));
    if (!isRemoved) return false;
    this.#version++;
    this.#size--;
    while (!this.#root.isLeaf && this.#root.children.length === 1) this.#root = this.#root.children[0] as TreeNode;
    return true;
  }

  /** O(1). */
  clear(): void {
    this.#root = new Leaf([], []);
    this.#size = 0;
    this.#version++;
    this.#type = undefined;
    this.#highestKey = undefined;
  }

  /**
   * Replaces all pairs. O(n); leaves are filled to seven eighths, to leave room for writes.
   *
   * @param values side by side with `slots`; no pair twice.
   * @param order positions of the pairs by value, then key; left out: they are in that order already.
   */
  build(values: readonly IndexValue[], slots: readonly Slot[], order?: Uint32Array): void {
    this.clear();
    if (values.length > 0) this.#noteType(values[0] as IndexValue);
    if (!areOfType(values, this.#type)) this.#type = 'mixed';
    if (slots.length === 0) return;
    this.#size = slots.length;
    const fill = Math.max(2, Math.floor((this.#capacity * 7) / 8));
    let level: TreeNode[] = [];
    let firstPairs: { readonly value: IndexValue; readonly key: StoreKey }[] = [];
    let previous: Leaf | undefined;
    for (let from = 0; from < slots.length; from += fill) {
      const to = from + fill;
      const leaf = new Leaf(part(values, from, to, order), part(slots, from, to, order));
      link(previous, leaf);
      level.push(leaf);
      firstPairs.push({ value: leaf.values[0] as IndexValue, key: this.keyOf(leaf.slots[0] as Slot) });
      previous = leaf;
    }
    while (level.length > 1) {
      const above: TreeNode[] = [];
      const abovePairs: typeof firstPairs = [];
      for (let from = 0; from < level.length; from += fill) {
        const children = level.slice(from, from + fill);
        const pairs = firstPairs.slice(from + 1, from + fill);
        const counts = children.map((child) => child.count);
        above.push(
          new Inner(
            children,
            pairs.map((pair) => pair.value),
            pairs.map((pair) => pair.key),
            counts,
          ),
        );
        abovePairs.push(firstPairs[from] as (typeof firstPairs)[number]);
      }
      level = above;
      firstPairs = abovePairs;
    }
    this.#root = level[0] as TreeNode;
  }

  /** How many pairs lie before the point; undefined: all of them. O(log n). */
  rank(cut: Cut | undefined): number {
    if (cut === undefined) return this.#size;
    const run = this.#runFor(cut.value);
    let rank = 0;
    let node = this.#root;
    while (!node.isLeaf) {
      const child = childPosition(node, run, cut.value, cut.key, cut.isAfter);
      for (let index = 0; index < child; index++) rank += node.counts[index] as number;
      node = node.children[child] as TreeNode;
    }
    return rank + this.#leafPosition(node, run, cut.value, cut.key, cut.isAfter);
  }

  /** The place of a point, or the beginning. O(log n). */
  seek(cut: Cut | undefined): TreePlace {
    let node = this.#root;
    if (cut === undefined) {
      while (!node.isLeaf) node = node.children[0] as TreeNode;
      return { leaf: node, position: 0 };
    }
    const run = this.#runFor(cut.value);
    while (!node.isLeaf) node = node.children[childPosition(node, run, cut.value, cut.key, cut.isAfter)] as TreeNode;
    return { leaf: node, position: this.#leafPosition(node, run, cut.value, cut.key, cut.isAfter) };
  }

  /** The place behind the last pair. O(log n). */
  seekEnd(): TreePlace {
    let node = this.#root;
    while (!node.isLeaf) node = node.children[node.children.length - 1] as TreeNode;
    return { leaf: node, position: node.count };
  }

  /** How many pairs of the leaf lie before the point; undefined: all. O(log n). */
  positionIn(leaf: Leaf, cut: Cut | undefined): number {
    if (cut === undefined) return leaf.count;
    return this.#leafPosition(leaf, this.#runFor(cut.value), cut.value, cut.key, cut.isAfter);
  }

  /**
   * How far a walk from `position` on may go in the leaf: to the first pair that does not lie before the point, and to
   * `end` at most. One comparison where all pairs up to there do, as in all leaves of a walk but the last; else O(log n).
   */
  endIn(leaf: Leaf, position: number, end: number, cut: Cut | undefined): number {
    if (cut === undefined || position >= end) return end;
    const order = compareValues(leaf.values[end - 1] as IndexValue, cut.value);
    if (order < 0 || (order === 0 && cut.isAfter && cut.key === undefined)) return end;
    return Math.min(end, this.positionIn(leaf, cut));
  }

  /**
   * Whether a new key is above all others: then it goes behind its value's other pairs, and the search need not fetch
   * one of their keys. So it is in a bulk insert of generated ids. Not known after a bulk build: that has seen no keys.
   */
  #isHighest(key: StoreKey): boolean {
    const isHighest = this.#highestKey === undefined ? this.#size === 0 : isBefore(this.#highestKey, key, false);
    if (isHighest) this.#highestKey = key;
    return isHighest;
  }

  #noteType(value: IndexValue): void {
    const type = typeof value;
    if (type !== this.#type) this.#type = this.#type === undefined ? type : 'mixed';
  }

  #runFor(value: IndexValue): ValueRun {
    if (typeof value !== this.#type) return GENERAL_RUN;
    return this.#type === 'number' ? NUMBER_RUN : this.#type === 'string' ? STRING_RUN : GENERAL_RUN;
  }

  /** @param key undefined: behind all pairs of the value. */
  #insertInto(
    node: TreeNode,
    value: IndexValue,
    key: StoreKey | undefined,
    slot: Slot,
    run: ValueRun,
  ): Split | undefined {
    if (node.isLeaf) return this.#insertIntoLeaf(node, value, key, slot, run);
    const position = childPosition(node, run, value, key, true);
    const sizeBefore = this.#size;
    const right = this.#insertInto(node.children[position] as TreeNode, value, key, slot, run);
    if (right === undefined) {
      node.counts[position] = (node.counts[position] as number) + this.#size - sizeBefore;
      return undefined;
    }
    node.counts[position] = (node.children[position] as TreeNode).count;
    insertAt(node.children, position + 1, right.node);
    insertAt(node.counts, position + 1, right.node.count);
    run.add(node.values, position, right.value);
    insertAt(node.keys, position, right.key);
    return node.children.length > this.#capacity ? splitInner(node, position + 2 === node.children.length) : undefined;
  }

  #insertIntoLeaf(
    leaf: Leaf,
    value: IndexValue,
    key: StoreKey | undefined,
    slot: Slot,
    run: ValueRun,
  ): Split | undefined {
    const { values, slots } = leaf;
    const low = key === undefined ? 0 : run.first(values, value);
    const end = run.end(values, value, low);
    const position = key === undefined ? end : this.#keyPosition(slots, key, low, end, slot);
    if (slots[position] === slot && isSameValue(values[position], value)) return undefined;
    this.#size++;
    if (slots.length < this.#capacity) {
      addPair(leaf, run, position, value, slot);
      return undefined;
    }
    const isAppend = position === slots.length && leaf.next === undefined;
    const middle = isAppend ? slots.length : slots.length >>> 1;
    const right = new Leaf(values.slice(middle), slots.slice(middle));
    // Copies of exact size: an array that has been pushed to keeps half its length in reserve.
    leaf.values = values.slice(0, middle);
    leaf.slots = slots.slice(0, middle);
    link(right, leaf.next);
    link(leaf, right);
    if (position > middle || isAppend) addPair(right, run, position - middle, value, slot);
    else addPair(leaf, run, position, value, slot);
    return { node: right, value: right.values[0] as IndexValue, key: this.keyOf(right.slots[0] as Slot) };
  }

  #removeFrom(node: TreeNode, value: IndexValue, key: StoreKey, slot: Slot, run: ValueRun): boolean {
    if (node.isLeaf) {
      const position = node.slots.indexOf(slot, run.first(node.values, value));
      if (position < 0 || !isSameValue(node.values[position], value)) return false;
      run.take(node.values, position);
      takeAt(node.slots, position);
      return true;
    }
    const position = childPosition(node, run, value, key, true);
    const child = node.children[position] as TreeNode;
    if (!this.#removeFrom(child, value, key, slot, run)) return false;
    node.counts[position] = (node.counts[position] as number) - 1;
    const least = this.#capacity >>> 2;
    if (widthOf(child) < least) {
      if (position + 1 < node.children.length && this.#joinIfSmall(node, position)) return true;
      if (position > 0) this.#joinIfSmall(node, position - 1);
    }
    return true;
  }

  /** How many pairs of the leaf lie before the point; see `Cut`. */
  #leafPosition(leaf: Leaf, run: ValueRun, value: IndexValue, key: StoreKey | undefined, isAfter: boolean): number {
    const { values, slots } = leaf;
    const low = run.first(values, value);
    if (key === undefined) return isAfter ? run.end(values, value, low) : low;
    const end = run.end(values, value, low);
    // Keys are mostly given out in their own order: a new one goes behind the others of its value.
    if (low < end && isBefore(this.#source.keyOf(slots[end - 1] as Slot), key, isAfter)) return end;
    return this.#searchKeys(slots, low, end - 1, key, isAfter);
  }

  /** The first position from `low` to `high`, among entries of one value, that does not lie before the point. */
  #searchKeys(slots: readonly Slot[], low: number, high: number, key: StoreKey, isAfter: boolean): number {
    let from = low;
    for (let to = high; from < to; ) {
      const middle = (from + to) >>> 1;
      if (isBefore(this.#source.keyOf(slots[middle] as Slot), key, isAfter)) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /**
   * The first position from `low` to `end`, among entries of one value, whose key is not below `key`. To ask for a key is
   * to fetch a document and its text, which are cold: hence the guess that keys were given out in their own order, as
   * slots are. Where that is known no key is asked for, and where it holds two are, instead of six among 50.
   */
  #keyPosition(slots: readonly Slot[], key: StoreKey, low: number, end: number, slot: Slot): number {
    const source = this.#source;
    let middle = low;
    while (middle < end && (slots[middle] as Slot) < slot) middle++;
    if (source.isInKeyOrder === true) return middle;
    if (middle > low && !isBefore(source.keyOf(slots[middle - 1] as Slot), key, false))
      return this.#searchKeys(slots, low, middle - 1, key, false);
    if (middle === end || !isBefore(source.keyOf(slots[middle] as Slot), key, false)) return middle;
    return this.#searchKeys(slots, middle + 1, end, key, false);
  }

  /** Joins children `left` and `left + 1` when both fit in three quarters of a node. */
  #joinIfSmall(parent: Inner, left: number): boolean {
    const first = parent.children[left] as TreeNode;
    const second = parent.children[left + 1] as TreeNode;
    if (widthOf(first) + widthOf(second) > (this.#capacity * 3) / 4 && widthOf(first) > 0 && widthOf(second) > 0)
      return false;
    if (first.isLeaf && second.isLeaf) joinLeaves(first, second);
    else if (!first.isLeaf && !second.isLeaf)
      joinInners(first, second, parent.values[left] as IndexValue, parent.keys[left] as StoreKey);
    parent.counts[left] = (parent.counts[left] as number) + (parent.counts[left + 1] as number);
    parent.children.splice(left + 1, 1);
    parent.counts.splice(left + 1, 1);
    parent.values.splice(left, 1);
    parent.keys.splice(left, 1);
    return true;
  }
}

/** Which child the point lies in. */
function childPosition(
  node: Inner,
  run: ValueRun,
  value: IndexValue,
  key: StoreKey | undefined,
  isAfter: boolean,
): number {
  const { values, keys } = node;
  let low = run.first(values, value);
  if (key === undefined) return isAfter ? run.end(values, value, low) : low;
  for (let high = run.end(values, value, low); low < high; ) {
    const middle = (low + high) >>> 1;
    if (isBefore(keys[middle] as StoreKey, key, isAfter)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Among pairs of one value: whether that of `other` lies before the point before or behind that of `key`. */
function isBefore(other: StoreKey, key: StoreKey, isAfter: boolean): boolean {
  if (typeof other === 'string' && typeof key === 'string') return isAfter ? other <= key : other < key;
  const order = compareStoreKeys(other, key);
  return order < 0 || (isAfter && order === 0);
}

function addPair(leaf: Leaf, run: ValueRun, position: number, value: IndexValue, slot: Slot): void {
  run.add(leaf.values, position, value);
  insertAt(leaf.slots, position, slot);
}

function areOfType(values: readonly IndexValue[], type: string | undefined): boolean {
  for (let index = 0; index < values.length; index++) if (typeof values[index] !== type) return false;
  return true;
}

/** The items at some positions of the order, as an array of exact size whose elements are held as those of `items` are. */
function part<T>(items: readonly T[], from: number, to: number, order: Uint32Array | undefined): T[] {
  const taken = items.slice(from, to);
  if (order !== undefined)
    for (let index = 0; index < taken.length; index++) taken[index] = items[order[from + index] as number] as T;
  return taken;
}
