/**
 * Nodes of the B+ tree: leaves hold values and their slots side by side, inner nodes the first pair each child may hold,
 * and how many pairs it holds. Plain arrays: of numbers V8 keeps them unboxed, as a typed array would be. Leaves do not
 * repeat the keys of their entries: a search among equal values asks for hardly more than one of them.
 *
 *   leaf:  values[i], runs[i]                                           sorted by (value, key); linked both ways
 *   inner: children[0..n], values[0..n-1], keys[0..n-1], counts[0..n]   children[i + 1] holds pairs ≥ (values[i], keys[i])
 *
 * A value may stand in several places of a leaf, side by side, and in several leaves: see slot-run.ts.
 */
import type { StoreKey } from '../structures/store-key.js';
import type { IndexValue } from './index-value.js';
import { countOfRuns, type SlotRun } from './slot-run.js';

/** A point between two pairs: before or after a value (no key), or before or after one pair. */
export interface Cut {
  readonly value: IndexValue;
  readonly key: StoreKey | undefined;
  /** Behind the value or pair; else before it. */
  readonly isAfter: boolean;
}

/** The part of an image that a leaf is filled from when it is first read. */
export interface LeafSource {
  readonly count: number;
  fill(): LeafContents;
}

export interface LeafContents {
  readonly values: IndexValue[];
  readonly runs: SlotRun[];
}

const NO_VALUES: IndexValue[] = [];
const NO_RUNS: SlotRun[] = [];

export class Leaf {
  readonly isLeaf = true;
  next: Leaf | undefined = undefined;
  previous: Leaf | undefined = undefined;
  #values: IndexValue[];
  #runs: SlotRun[];
  /** Undefined once it is filled. */
  #source: LeafSource | undefined = undefined;

  constructor(values: IndexValue[], runs: SlotRun[]) {
    this.#values = values;
    this.#runs = runs;
  }

  static of(source: LeafSource): Leaf {
    const leaf = new Leaf(NO_VALUES, NO_RUNS);
    leaf.#source = source;
    return leaf;
  }

  get values(): IndexValue[] {
    if (this.#source !== undefined) this.#fill(this.#source);
    return this.#values;
  }

  set values(values: IndexValue[]) {
    this.#values = values;
  }

  get runs(): SlotRun[] {
    if (this.#source !== undefined) this.#fill(this.#source);
    return this.#runs;
  }

  set runs(runs: SlotRun[]) {
    this.#runs = runs;
  }

  /** Pairs. O(runs). */
  get count(): number {
    return this.#source?.count ?? countOfRuns(this.#runs, 0, this.#runs.length);
  }

  #fill(source: LeafSource): void {
    const { values, runs } = source.fill();
    this.#values = values;
    this.#runs = runs;
    this.#source = undefined;
  }
}

export class Inner {
  readonly isLeaf = false;

  constructor(
    readonly children: TreeNode[],
    readonly values: IndexValue[],
    readonly keys: StoreKey[],
    readonly counts: number[],
  ) {}

  get count(): number {
    let count = 0;
    for (const childCount of this.counts) count += childCount;
    return count;
  }
}

export type TreeNode = Leaf | Inner;

/** The part that a full node gives to its parent: its new right half and the first pair that belongs there. */
export interface Split {
  readonly node: TreeNode;
  readonly value: IndexValue;
  readonly key: StoreKey;
}

/** Runs of a leaf, children of an inner node. */
export function widthOf(node: TreeNode): number {
  return node.isLeaf ? node.runs.length : node.children.length;
}

/** Makes two leaves neighbours. */
export function link(left: Leaf | undefined, right: Leaf | undefined): void {
  if (left !== undefined) left.next = right;
  if (right !== undefined) right.previous = left;
}

/** Takes out one item. O(n). */
export function takeAt<T>(items: T[], position: number): void {
  for (let index = position + 1; index < items.length; index++) items[index - 1] = items[index] as T;
  items.pop();
}

/** Adds one item before `position`. O(n). */
export function insertAt<T>(items: T[], position: number, item: T): void {
  items.push(item);
  for (let index = items.length - 1; index > position; index--) items[index] = items[index - 1] as T;
  items[position] = item;
}

/**
 * Halves an inner node that has one child too many.
 *
 * @param isAppend the newest child is the last: leave the left node full.
 */
export function splitInner(node: Inner, isAppend: boolean): Split {
  const middle = isAppend ? node.children.length - 2 : node.children.length >>> 1;
  const value = node.values[middle - 1]!;
  const key = node.keys[middle - 1]!;
  const right = new Inner(
    node.children.splice(middle),
    node.values.splice(middle),
    node.keys.splice(middle),
    node.counts.splice(middle),
  );
  node.values.length = middle - 1;
  node.keys.length = middle - 1;
  return { node: right, value, key };
}

/** Joins children `left` and `left + 1` when both fit in three quarters of a node. @returns whether they did. */
export function joinIfSmall(parent: Inner, left: number, capacity: number): boolean {
  const first = parent.children[left]!;
  const second = parent.children[left + 1]!;
  if (widthOf(first) + widthOf(second) > (capacity * 3) / 4 && widthOf(first) > 0 && widthOf(second) > 0) return false;
  if (first.isLeaf && second.isLeaf) joinLeaves(first, second);
  else if (!first.isLeaf && !second.isLeaf) joinInners(first, second, parent.values[left]!, parent.keys[left]!);
  parent.counts[left] = parent.counts[left]! + parent.counts[left + 1]!;
  parent.children.splice(left + 1, 1);
  parent.counts.splice(left + 1, 1);
  parent.values.splice(left, 1);
  parent.keys.splice(left, 1);
  return true;
}

/** Moves all pairs of the right neighbour into the left one and unlinks it. */
function joinLeaves(first: Leaf, second: Leaf): void {
  for (const value of second.values) first.values.push(value);
  for (const run of second.runs) first.runs.push(run);
  link(first, second.next);
}

/** Moves all children of the right neighbour into the left one; the pair is what parted them. */
function joinInners(first: Inner, second: Inner, value: IndexValue, key: StoreKey): void {
  first.children.push(...second.children);
  first.counts.push(...second.counts);
  first.values.push(value, ...second.values);
  first.keys.push(key, ...second.keys);
}
