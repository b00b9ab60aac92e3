/**
 * A B+ tree of pairs (value, slot) in the order of value, then of the entry's key: total, and the same after a restart.
 *
 * Writes cost O(log n) with leaves of 64 runs of up to 128 slots each (see slot-run.ts); counts per child make the rank
 * of any point O(log n) too. A pair's entry must stay what it is as long as the pair is here. Appending at the end leaves
 * leaves full. A leaf that falls below a quarter joins a neighbour when both fit in three quarters, and so do runs.
 * Knows nothing of documents or bounds: range-index.ts turns those into values and cuts.
 */

import type { RangeImage } from '../image/image-tables.js';
import { inParts, type Steps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import { compareValues, type IndexValue } from './index-value.js';
import { buildTree, treeOfImage } from './ordered-build.js';
import { copyTree } from './ordered-copy.js';
import { addToLeaf, removeFromLeaf, splitLeaf } from './ordered-leaf.js';
import {
  type Cut,
  Inner,
  insertAt,
  joinIfSmall,
  Leaf,
  type Split,
  splitInner,
  type TreeNode,
  widthOf,
} from './ordered-node.js';
import { childOf, childPosition, isBefore, type KeySource, placeIn, type TreePlace } from './ordered-search.js';
import { countOfRuns } from './slot-run.js';
import { GENERAL_RUN, NUMBER_RUN, STRING_RUN, TUPLE_RUN, type ValueRun } from './value-run.js';

/** Runs in a leaf and children in an inner node. Measured beside 16, 32 and 128: the fastest inserts. */
const NODE_CAPACITY = 64;

export class OrderedKeys {
  readonly #capacity: number;
  /** Slots of a run. */
  readonly #runCapacity: number;
  readonly #source: KeySource;
  #root: TreeNode = new Leaf([], []);
  #size = 0;
  /** Pairs in leaves that are filled from an image when they are first read. */
  #unread = { count: 0 };
  #version = 0;
  /** The one type of all values, or 'mixed'; undefined while there has been none. */
  #type: string | undefined;
  /** No key in the tree is above it; undefined: not known, or there is none. */
  #highestKey: StoreKey | undefined;
  /** As long as slots are in key order: no slot in the tree is above it. */
  #highestSlot: Slot = -1;

  /**
   * @param source knows the keys of all entries in the tree.
   * @param nodeCapacity runs in a leaf and children in an inner node, at least 4; for tests.
   */
  constructor(source: KeySource, nodeCapacity: number = NODE_CAPACITY) {
    this.#source = source;
    this.#capacity = Math.max(4, nodeCapacity);
    this.#runCapacity = this.#capacity * 2;
  }

  /** Number of pairs. O(1). */
  get size(): number {
    return this.#size;
  }

  /** Pairs of an image in leaves that nobody has read. O(1). */
  get unreadCount(): number {
    return this.#unread.count;
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
    const run = this.#runFor(value);
    const isHighest = this.#isHighest(slot);
    const leaf = this.#descend(value, slot, isHighest, run, 1);
    if (!addToLeaf(this.#source, leaf, run, value, slot, isHighest, this.#runCapacity)) {
      this.#descend(value, slot, isHighest, run, -1);
      return false;
    }
    this.#size++;
    if (leaf.runs.length > this.#capacity) this.#splitRoot(value, slot, run);
    return true;
  }

  /** @returns whether the pair was there. O(log n). */
  remove(value: IndexValue, slot: Slot): boolean {
    const isRemoved = this.#removeFrom(this.#root, value, slot, this.#runFor(value));
    if (!isRemoved) return false;
    this.#version++;
    this.#size--;
    while (!this.#root.isLeaf && this.#root.children.length === 1) this.#root = this.#root.children[0]!;
    return true;
  }

  /** Holds what the other one holds, which both only read from now on: whichever is to be written to parts first. O(1). */
  share(other: OrderedKeys): void {
    this.#root = other.#root;
    this.#size = other.#size;
    this.#unread = other.#unread;
    this.#version++;
    this.#type = other.#type;
    this.#highestKey = other.#highestKey;
    this.#highestSlot = other.#highestSlot;
  }

  /** Ends the sharing for this one. O(pairs), at the speed of memory. */
  part(): void {
    this.#root = copyTree(this.#root);
    this.#unread = { count: 0 };
    this.#version++;
  }

  /** O(1). */
  clear(): void {
    this.#root = new Leaf([], []);
    this.#size = 0;
    this.#unread = { count: 0 };
    this.#version++;
    this.#type = undefined;
    this.#highestKey = undefined;
    this.#highestSlot = -1;
  }

  /**
   * Replaces all pairs; there are none until all steps are done. O(n); leaves are filled to seven eighths, to leave
   * room for writes.
   *
   * @param values side by side with `slots`; no pair twice.
   * @param order positions of the pairs by value, then key; left out: they are in that order already.
   */
  *building(values: ArrayLike<IndexValue>, slots: readonly Slot[], order?: Uint32Array): Steps {
    this.clear();
    if (values.length > 0) this.#noteType(values[0]!);
    if (!areOfType(values, this.#type)) this.#type = 'mixed';
    if (slots.length === 0) return;
    const nodeFill = Math.max(2, Math.floor((this.#capacity * 7) / 8));
    const limits = { nodeFill, runFill: nodeFill * 2 };
    this.#root = yield* buildTree(values, slots, order, limits, (slot) => this.keyOf(slot));
    this.#size = slots.length;
    if (this.#source.isInKeyOrder === true) this.#isHighest(yield* highestOf(slots));
  }

  /** Replaces all pairs by those of an image, whose leaves are filled when they are read. O(leaves). */
  *adopting(image: RangeImage): Steps {
    this.clear();
    const { rows, type } = image;
    if (rows.length === 0) return;
    this.#type = type;
    const nodeFill = Math.max(2, Math.floor((this.#capacity * 7) / 8));
    const limits = { nodeFill, runFill: nodeFill * 2 };
    this.#unread = { count: rows.length };
    this.#root = yield* treeOfImage(image, limits, (slot) => this.keyOf(slot), this.#unread);
    this.#size = rows.length;
    if (this.#source.isInKeyOrder === true) this.#isHighest(yield* highestOf(rows));
  }

  /** How many pairs lie before the point; undefined: all of them. O(log n). */
  rank(cut: Cut | undefined): number {
    if (cut === undefined) return this.#size;
    const run = this.#runFor(cut.value);
    let rank = 0;
    let node = this.#root;
    while (!node.isLeaf) {
      const child = childPosition(node, run, cut.value, cut.key, cut.isAfter);
      for (let index = 0; index < child; index++) rank += node.counts[index]!;
      node = node.children[child]!;
    }
    const { index, offset } = placeIn(this.#source, node, run, cut);
    return rank + countOfRuns(node.runs, 0, index) + offset;
  }

  /** How many pairs have a value, or begin with its parts. O(log n): one way down as long as all lie below one child. */
  countOf(value: IndexValue): number {
    const run = this.#runFor(value);
    let node = this.#root;
    while (!node.isLeaf) {
      const { values, children } = node;
      const first = run.first(values, value);
      const last = run.end(values, value, first);
      if (first < last) {
        let count = this.#countBeside(children[first]!, run, value, false);
        for (let child = first + 1; child < last; child++) count += node.counts[child]!;
        return count + this.#countBeside(children[last]!, run, value, true);
      }
      node = children[first]!;
    }
    const first = run.first(node.values, value);
    return countOfRuns(node.runs, first, run.end(node.values, value, first));
  }

  /** Pairs of a value at one end of a subtree: those up to its last one at the beginning, or from its first one on. */
  #countBeside(subtree: TreeNode, run: ValueRun, value: IndexValue, isAtBeginning: boolean): number {
    let node = subtree;
    let count = 0;
    while (!node.isLeaf) {
      const { values, counts, children } = node;
      const first = run.first(values, value);
      const child = isAtBeginning ? run.end(values, value, first) : first;
      if (isAtBeginning) for (let index = 0; index < child; index++) count += counts[index]!;
      else for (let index = child + 1; index < children.length; index++) count += counts[index]!;
      node = children[child]!;
    }
    const { values, runs } = node;
    const first = run.first(values, value);
    const [from, to] = isAtBeginning ? [0, run.end(values, value, first)] : [first, runs.length];
    return count + countOfRuns(runs, from, to);
  }

  /** The place of a point, or the beginning. O(log n). */
  seek(cut: Cut | undefined): TreePlace {
    let node = this.#root;
    if (cut === undefined) {
      while (!node.isLeaf) node = node.children[0]!;
      return { leaf: node, index: 0, offset: 0 };
    }
    const run = this.#runFor(cut.value);
    while (!node.isLeaf) node = node.children[childPosition(node, run, cut.value, cut.key, cut.isAfter)]!;
    return placeIn(this.#source, node, run, cut);
  }

  /** The place after the last pair. O(log n). */
  seekEnd(): TreePlace {
    let node = this.#root;
    while (!node.isLeaf) node = node.children[node.children.length - 1]!;
    return { leaf: node, index: node.runs.length, offset: 0 };
  }

  /** The place of a point in a leaf of a walk: where the walk begins there, or ends. O(log n). */
  placeIn(leaf: Leaf, cut: Cut): TreePlace {
    return placeIn(this.#source, leaf, this.#runFor(cut.value), cut);
  }

  /**
   * As `placeIn`; undefined: the end of the leaf. One comparison where all its pairs lie before the point, as in all
   * leaves of a walk but the last.
   */
  endIn(leaf: Leaf, cut: Cut | undefined): TreePlace {
    const { values, runs } = leaf;
    const last = values[values.length - 1];
    if (cut !== undefined && last !== undefined) {
      const order = compareValues(last, cut.value);
      if (order > 0 || (order === 0 && !(cut.isAfter && cut.key === undefined))) return this.placeIn(leaf, cut);
    }
    return { leaf, index: runs.length, offset: 0 };
  }

  /**
   * Whether a new slot's key is above all others: then it goes after its value's other pairs, and the search need not
   * fetch one of their keys. So it is in a bulk insert of generated ids. Where slots are in key order, they are compared
   * instead; where they are not, it is not known after a bulk build, which has seen no keys.
   */
  #isHighest(slot: Slot): boolean {
    if (this.#source.isInKeyOrder === true && slot <= this.#highestSlot) return false;
    const key = this.#source.keyOf(slot);
    if (this.#source.isInKeyOrder !== true) {
      const isHighest = this.#highestKey === undefined ? this.#size === 0 : isBefore(this.#highestKey, key, false);
      if (!isHighest) return false;
    }
    this.#highestSlot = slot;
    this.#highestKey = key;
    return true;
  }

  #noteType(value: IndexValue): void {
    const type = typeof value;
    if (type !== this.#type) this.#type = this.#type === undefined ? type : 'mixed';
  }

  #runFor(value: IndexValue): ValueRun {
    if (typeof value !== this.#type) return GENERAL_RUN;
    switch (this.#type) {
      case 'number':
        return NUMBER_RUN;
      case 'string':
        return STRING_RUN;
      case 'object':
        return TUPLE_RUN;
      default:
        return GENERAL_RUN;
    }
  }

  /**
   * The leaf that a pair belongs into; all children on the way count `by` pairs more.
   *
   * @param isHighest the pair goes after all others of its value.
   */
  #descend(value: IndexValue, slot: Slot, isHighest: boolean, run: ValueRun, by: number): Leaf {
    let node = this.#root;
    while (!node.isLeaf) {
      const position = isHighest
        ? childPosition(node, run, value, undefined, true)
        : childOf(this.#source, node, run, value, slot);
      node.counts[position] = node.counts[position]! + by;
      node = node.children[position]!;
    }
    return node;
  }

  /** Halves the leaf that a new pair has made too large, and what is above it where that becomes too large. */
  #splitRoot(value: IndexValue, slot: Slot, run: ValueRun): void {
    const right = this.#split(this.#root, value, slot, run);
    if (right !== undefined)
      this.#root = new Inner(
        [this.#root, right.node],
        [right.value],
        [right.key],
        [this.#root.count, right.node.count],
      );
  }

  #split(node: TreeNode, value: IndexValue, slot: Slot, run: ValueRun): Split | undefined {
    if (node.isLeaf) return splitLeaf(this.#source, node, slot);
    const position = childOf(this.#source, node, run, value, slot);
    const right = this.#split(node.children[position]!, value, slot, run);
    if (right === undefined) return undefined;
    node.counts[position] = node.children[position]!.count;
    insertAt(node.children, position + 1, right.node);
    insertAt(node.counts, position + 1, right.node.count);
    run.add(node.values, position, right.value);
    insertAt(node.keys, position, right.key);
    return node.children.length > this.#capacity ? splitInner(node, position + 2 === node.children.length) : undefined;
  }

  #removeFrom(node: TreeNode, value: IndexValue, slot: Slot, run: ValueRun): boolean {
    if (node.isLeaf) return removeFromLeaf(this.#source, node, run, value, slot, this.#runCapacity);
    const position = childOf(this.#source, node, run, value, slot);
    const child = node.children[position]!;
    if (!this.#removeFrom(child, value, slot, run)) return false;
    node.counts[position] = node.counts[position]! - 1;
    this.#joinIfNarrow(node, position);
    return true;
  }

  /** Joins a child that fell below a quarter with a neighbour, if it fits. */
  #joinIfNarrow(parent: Inner, position: number): void {
    if (widthOf(parent.children[position]!) >= this.#capacity >>> 2) return;
    if (position + 1 < parent.children.length && joinIfSmall(parent, position, this.#capacity)) return;
    if (position > 0) joinIfSmall(parent, position - 1, this.#capacity);
  }
}

function* highestOf(slots: ArrayLike<Slot>): Steps<Slot> {
  let highest = 0;
  yield* inParts(slots.length, (from, to) => {
    highest = Math.max(highest, highestIn(slots, from, to));
  });
  return highest;
}

function highestIn(slots: ArrayLike<Slot>, from: number, to: number): Slot {
  let highest = 0;
  for (let index = from; index < to; index++) if (slots[index]! > highest) highest = slots[index]!;
  return highest;
}

function areOfType(values: ArrayLike<IndexValue>, type: string | undefined): boolean {
  if (values instanceof Float64Array) return type === 'number';
  for (let index = 0; index < values.length; index++) if (typeof values[index] !== type) return false;
  return true;
}
