/** Makes a whole B+ tree from pairs that are there already: O(n), without a search. */

import type { RangeImage } from '../image/image-tables.js';
import { STEP_ITEMS, type Steps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import { type IndexValue, isSameValue } from './index-value.js';
import { Inner, Leaf, type LeafContents, type LeafSource, link, type TreeNode } from './ordered-node.js';
import { type SlotRun, slotAt } from './slot-run.js';
import { shareTexts } from './value-run.js';

/** Leaves made in one step: about as many items as a step has. */
const STEP_LEAVES = 64;

export interface BuildLimits {
  /** Runs of a leaf and children of an inner node, at least 2. */
  readonly nodeFill: number;
  /** Slots of one run. */
  readonly runFill: number;
}

/** Values and slots side by side, and their positions in order. */
interface SortedPairs {
  readonly values: ArrayLike<IndexValue>;
  readonly slots: readonly Slot[];
  readonly order: Uint32Array | undefined;
}

interface Runs {
  readonly values: IndexValue[];
  readonly runs: SlotRun[];
}

/** A node and the first pair in it. */
interface Child {
  readonly node: TreeNode;
  readonly value: IndexValue;
  readonly key: StoreKey;
}

/**
 * @param values side by side with `slots`, of which there is at least one; no pair twice.
 * @param order positions of the pairs by value, then key; undefined: they are in that order already.
 * @param keyOf the key of a slot's entry.
 * @returns the root.
 */
export function* buildTree(
  values: ArrayLike<IndexValue>,
  slots: readonly Slot[],
  order: Uint32Array | undefined,
  limits: BuildLimits,
  keyOf: (slot: Slot) => StoreKey,
): Steps<TreeNode> {
  let level = yield* leavesOf(yield* runsOf({ values, slots, order }, limits), limits.nodeFill, keyOf);
  while (level.length > 1) level = parentsOf(level, limits.nodeFill);
  return level[0]!.node;
}

/**
 * The tree of an image: its leaves are filled when they are read. O(leaves).
 *
 * @param image of at least one row.
 * @param unread counts down as leaves are filled.
 */
export function* treeOfImage(
  image: RangeImage,
  limits: BuildLimits,
  keyOf: (slot: Slot) => StoreKey,
  unread: Unread,
): Steps<TreeNode> {
  let level = yield* imageLeaves(image, limits, keyOf, unread);
  while (level.length > 1) level = parentsOf(level, limits.nodeFill);
  return level[0]!.node;
}

function* imageLeaves(
  image: RangeImage,
  { nodeFill, runFill }: BuildLimits,
  keyOf: (slot: Slot) => StoreKey,
  unread: Unread,
): Steps<Child[]> {
  const { rows, values, ends } = image;
  const children: Child[] = [];
  let previous: Leaf | undefined;
  let value = 0;
  for (let from = 0; from < rows.length; ) {
    const first = value;
    let to = from;
    for (let runCount = 0; runCount < nodeFill && to < rows.length; ) {
      const end = ends === undefined ? value + 1 : ends[value]!;
      const fitting = Math.min(Math.ceil((end - to) / runFill), nodeFill - runCount);
      runCount += fitting;
      to = Math.min(end, to + fitting * runFill);
      if (to === end) value++;
    }
    const leaf = Leaf.of(new ImageLeaf(image, runFill, unread, first, from, to));
    link(previous, leaf);
    previous = leaf;
    children.push({ node: leaf, value: values.at(first) as IndexValue, key: keyOf(rows[from]!) });
    from = to;
    if (children.length % STEP_LEAVES === 0) yield;
  }
  return children;
}

/** Pairs in leaves that are not filled yet. */
export interface Unread {
  count: number;
}

/** Rows of an image from one to before another, as a leaf has them. */
class ImageLeaf implements LeafSource {
  readonly #image: RangeImage;
  readonly #runFill: number;
  readonly #unread: Unread;
  /** The number of the value of the first row. */
  readonly #firstValue: number;
  readonly #from: number;
  readonly #to: number;

  constructor(image: RangeImage, runFill: number, unread: Unread, firstValue: number, from: number, to: number) {
    this.#image = image;
    this.#runFill = runFill;
    this.#unread = unread;
    this.#firstValue = firstValue;
    this.#from = from;
    this.#to = to;
  }

  get count(): number {
    return this.#to - this.#from;
  }

  fill(): LeafContents {
    const { rows, values, ends } = this.#image;
    this.#unread.count -= this.count;
    const held: IndexValue[] = [];
    const runs: SlotRun[] = [];
    let number = this.#firstValue;
    for (let from = this.#from; from < this.#to; number++) {
      const end = Math.min(this.#to, ends === undefined ? number + 1 : ends[number]!);
      const value = values.at(number) as IndexValue;
      for (; from < end; from += this.#runFill) {
        const to = Math.min(end, from + this.#runFill);
        held.push(value);
        runs.push(to - from === 1 ? rows[from]! : Array.from(rows.subarray(from, to)));
      }
      from = end;
    }
    return { values: held, runs };
  }
}

function* runsOf(pairs: SortedPairs, { runFill }: BuildLimits): Steps<Runs> {
  const answer: Runs = { values: [], runs: [] };
  const { length } = pairs.slots;
  let stepEnd = STEP_ITEMS;
  for (let from = 0; from < length; ) {
    // A value may have all the documents: no more of them at once than a step has.
    const most = Math.min(length, from + Math.ceil(STEP_ITEMS / runFill) * runFill);
    const end = endOfValue(pairs, from, most);
    addRuns(answer, pairs, from, end, runFill);
    from = end;
    if (from < stepEnd) continue;
    stepEnd = from + STEP_ITEMS;
    yield;
  }
  return answer;
}

/** Where another value begins than the one at `from`, before `most`. */
function endOfValue({ values, order }: SortedPairs, from: number, most: number): number {
  const value = values[order === undefined ? from : order[from]!]!;
  let end = from + 1;
  while (end < most && isSameValue(values[order === undefined ? end : order[end]!], value)) end++;
  return end;
}

/** The pairs of one value, from `from` to `end`, as runs of up to `runFill`. */
function addRuns({ values, runs }: Runs, pairs: SortedPairs, from: number, end: number, runFill: number): void {
  const { slots, order } = pairs;
  const first = order === undefined ? from : order[from]!;
  const value = pairs.values[first]!;
  for (let start = from; start < end; start += runFill) {
    const to = Math.min(end, start + runFill);
    if (typeof value === 'object') shareTexts(value, values.at(-1));
    values.push(value);
    runs.push(to - start === 1 ? slots[order === undefined ? start : order[start]!]! : part(slots, start, to, order));
  }
}

/** Slots at some places of the order, as an array of exact size. */
function part(slots: readonly Slot[], from: number, to: number, order: Uint32Array | undefined): Slot[] {
  const taken = slots.slice(from, to);
  if (order !== undefined)
    for (let index = 0; index < taken.length; index++) taken[index] = slots[order[from + index]!]!;
  return taken;
}

function* leavesOf({ values, runs }: Runs, fill: number, keyOf: (slot: Slot) => StoreKey): Steps<Child[]> {
  const children: Child[] = [];
  let previous: Leaf | undefined;
  for (let from = 0; from < runs.length; from += fill) {
    const leaf = new Leaf(values.slice(from, from + fill), runs.slice(from, from + fill));
    link(previous, leaf);
    previous = leaf;
    const key = keyOf(slotAt(leaf.runs[0]!, 0));
    children.push({ node: leaf, value: leaf.values[0]!, key });
    if (children.length % STEP_LEAVES === 0) yield;
  }
  return children;
}

function parentsOf(level: readonly Child[], fill: number): Child[] {
  const parents: Child[] = [];
  for (let from = 0; from < level.length; from += fill) {
    const children = level.slice(from, from + fill);
    const others = children.slice(1);
    const node = new Inner(
      children.map((child) => child.node),
      others.map((child) => child.value),
      others.map((child) => child.key),
      children.map((child) => child.node.count),
    );
    const { value, key } = children[0]!;
    parents.push({ node, value, key });
  }
  return parents;
}
