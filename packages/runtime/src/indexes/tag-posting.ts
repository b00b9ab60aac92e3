/**
 * The documents of one tag, as slots in ascending order.
 *
 * Up to 2,048 a plain array: the smallest and fastest to read, where taking one out moves at most 16 KB. Beyond that a
 * B+ tree, so that a tag of a million documents costs O(log n) per write and never a long turn.
 */

import { ImageNumbers } from '../image/image-values.js';
import { runSteps, type Steps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import { OrderedKeys } from './ordered-keys.js';
import type { Leaf } from './ordered-node.js';
import { RangeCursor } from './range-cursor.js';
import { appendRuns } from './slot-run.js';

const ARRAY_COUNT = 2_048;

/** Slots are values and keys at once. */
const SLOT_AS_KEY = { keyOf: (slot: Slot): number => slot };
const EVERYTHING = { from: undefined, to: undefined };

export class TagPosting {
  #array: Slot[] | undefined;
  #tree: OrderedKeys | undefined;
  readonly #arrayCount: number;

  /**
   * @param slots rising; the posting's own from now on.
   * @param arrayCount the largest plain array.
   */
  constructor(slots: Slot[], arrayCount: number = ARRAY_COUNT) {
    this.#array = slots;
    this.#arrayCount = arrayCount;
    if (slots.length > arrayCount) this.#becomeTree(slots);
  }

  /** As the constructor, in steps: a tag may have all the documents. */
  static *building(slots: Slot[], arrayCount: number = ARRAY_COUNT): Steps<TagPosting> {
    if (slots.length <= arrayCount) return new TagPosting(slots, arrayCount);
    const posting = new TagPosting([], arrayCount);
    const tree = new OrderedKeys(SLOT_AS_KEY);
    yield* tree.building(slots, slots);
    posting.#tree = tree;
    posting.#array = undefined;
    return posting;
  }

  /** As the constructor, of the rows of an image, which are rising and must not change. O(rows), or O(rows / 56). */
  static ofImage(rows: Uint32Array, arrayCount: number = ARRAY_COUNT): TagPosting {
    if (rows.length <= arrayCount) return new TagPosting(Array.from(rows), arrayCount);
    const posting = new TagPosting([], arrayCount);
    const tree = new OrderedKeys(SLOT_AS_KEY);
    const values = new ImageNumbers(rows);
    runSteps(tree.adopting({ kind: 'range', rows, values, ends: undefined, type: 'number' }));
    posting.#tree = tree;
    posting.#array = undefined;
    return posting;
  }

  /** Another posting with the same slots; writes to one are not seen in the other. O(n), at the speed of memory. */
  copy(): TagPosting {
    const posting = new TagPosting(this.#array?.slice() ?? [], this.#arrayCount);
    if (this.#array !== undefined) return posting;
    posting.#tree = new OrderedKeys(SLOT_AS_KEY);
    posting.#tree.share(this.#tree!);
    posting.#tree.part();
    posting.#array = undefined;
    return posting;
  }

  /** O(1). */
  get count(): number {
    return this.#array === undefined ? this.#tree!.size : this.#array.length;
  }

  /** @returns whether it is new. O(1) for the highest slot, else O(log n) and a move of at most 2,048 slots. */
  add(slot: Slot): boolean {
    const array = this.#array;
    if (array === undefined) return this.#tree!.insert(slot, slot);
    const { length } = array;
    if (length === 0 || array[length - 1]! < slot) array.push(slot);
    else {
      const position = positionOf(array, slot);
      if (array[position] === slot) return false;
      array.splice(position, 0, slot);
    }
    if (array.length > this.#arrayCount) this.#becomeTree(array);
    return true;
  }

  /** @returns whether it was there. As `add`. */
  delete(slot: Slot): boolean {
    const array = this.#array;
    if (array === undefined) {
      const tree = this.#tree!;
      const isDeleted = tree.remove(slot, slot);
      if (isDeleted && tree.size <= this.#arrayCount / 2) this.#becomeArray(tree);
      return isDeleted;
    }
    const position = positionOf(array, slot);
    if (array[position] !== slot) return false;
    if (position === array.length - 1) array.pop();
    else array.splice(position, 1);
    return true;
  }

  /** O(log n). */
  has(slot: Slot): boolean {
    const array = this.#array;
    if (array !== undefined) return array[positionOf(array, slot)] === slot;
    const { leaf, index } = this.#tree!.seek({ value: slot, key: undefined, isAfter: false });
    // The place before the first pair of a leaf may be given as the end of the one before.
    return (index < leaf.values.length ? leaf.values[index] : leaf.next?.values[0]) === slot;
  }

  /** Adds all to `answer`. O(n). */
  appendTo(answer: Slot[]): void {
    const array = this.#array;
    if (array !== undefined) {
      for (let index = 0; index < array.length; index++) answer.push(array[index]!);
      return;
    }
    this.#appendLeaves(answer, Number.POSITIVE_INFINITY);
  }

  /** A copy of the caller's own. O(n). */
  toArray(): Slot[] {
    if (this.#array !== undefined) return this.#array.slice();
    const answer: Slot[] = [];
    this.appendTo(answer);
    return answer;
  }

  /** All of them as numbers side by side: a million in a few milliseconds. */
  toSlots(): Uint32Array {
    if (this.#array !== undefined) return Uint32Array.from(this.#array);
    const answer = new Uint32Array(this.count);
    let count = 0;
    for (let leaf = this.#tree!.seek(undefined).leaf as Leaf | undefined; leaf !== undefined; leaf = leaf.next)
      for (let index = 0; index < leaf.values.length; index++) answer[count++] = leaf.values[index] as Slot;
    return answer;
  }

  /** All of them, or at least the first `limit`; not to be changed, nor held over a write. O(1), or O(limit) from a tree. */
  peek(limit: number = Number.POSITIVE_INFINITY): readonly Slot[] {
    if (this.#array !== undefined) return this.#array;
    const answer: Slot[] = [];
    this.#appendLeaves(answer, limit);
    return answer;
  }

  /** Safe while writes go on: what has the tag all along comes exactly once. Small ones come as they are at the call. */
  entries(): IterableIterator<Slot> {
    if (this.#array !== undefined) return this.#array.slice().values();
    return new RangeCursor(this.#tree!, EVERYTHING, false);
  }

  /** As `entries`, from a slot on. */
  entriesFrom(slot: Slot): IterableIterator<Slot> {
    const array = this.#array;
    if (array !== undefined) return array.slice(positionOf(array, slot)).values();
    const from = { value: slot, key: undefined, isAfter: false };
    return new RangeCursor(this.#tree!, { from, to: undefined }, false);
  }

  /** Whole leaves of the tree, until `answer` has `limit`. */
  #appendLeaves(answer: Slot[], limit: number): void {
    let leaf: Leaf | undefined = this.#tree!.seek(undefined).leaf;
    for (; leaf !== undefined && answer.length < limit; leaf = leaf.next) appendRuns(leaf.runs, answer);
  }

  #becomeTree(array: Slot[]): void {
    const tree = new OrderedKeys(SLOT_AS_KEY);
    runSteps(tree.building(array, array));
    this.#tree = tree;
    this.#array = undefined;
  }

  #becomeArray(tree: OrderedKeys): void {
    const array: Slot[] = [];
    this.appendTo(array);
    this.#array = array;
    this.#tree = undefined;
    tree.clear();
  }
}

/** The first position whose slot is not below `slot`. */
function positionOf(array: readonly Slot[], slot: Slot): number {
  let low = 0;
  for (let high = array.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (array[middle]! < slot) low = middle + 1;
    else high = middle;
  }
  return low;
}
