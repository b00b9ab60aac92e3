/**
 * The documents of one tag, in the order in which their entries were made.
 *
 * Up to 2,048 a plain array: the smallest and fastest to read, where taking one out moves at most 16 KB. Beyond that a
 * B+ tree by ordinal, so that a tag of a million documents costs O(log n) per write and never a long turn.
 */
import { documentsOf } from '../structures/documents-of.js';
import { OrderedKeys } from './ordered-keys.js';
import type { Leaf } from './ordered-node.js';
import { RangeCursor } from './range-cursor.js';
import type { IndexedEntry } from './secondary-index.js';

export const ARRAY_COUNT = 2_048;

const EVERYTHING = { from: undefined, to: undefined };

export class TagPosting<E extends IndexedEntry> {
  #array: E[] | undefined;
  #tree: OrderedKeys<E> | undefined;
  readonly #arrayCount: number;

  /** @param arrayCount the largest plain array. */
  constructor(first: E, arrayCount: number = ARRAY_COUNT) {
    this.#array = [first];
    this.#arrayCount = arrayCount;
  }

  /** O(1). */
  get count(): number {
    return this.#array === undefined ? (this.#tree as OrderedKeys<E>).size : this.#array.length;
  }

  /** @returns whether it is new. O(1) for the newest entry, else O(log n) and a move of at most 2,048 slots. */
  add(entry: E): boolean {
    const array = this.#array;
    if (array === undefined) return (this.#tree as OrderedKeys<E>).insert(entry.ordinal, entry);
    const { length } = array;
    if (length === 0 || (array[length - 1] as E).ordinal < entry.ordinal) array.push(entry);
    else {
      const position = positionOf(array, entry.ordinal);
      if (array[position] === entry) return false;
      array.splice(position, 0, entry);
    }
    if (array.length > this.#arrayCount) this.#plant(array);
    return true;
  }

  /** @returns whether it was there. */
  delete(entry: E): boolean {
    const array = this.#array;
    if (array === undefined) {
      const tree = this.#tree as OrderedKeys<E>;
      const isDeleted = tree.remove(entry.ordinal, entry.key);
      if (isDeleted && tree.size <= this.#arrayCount / 2) this.#fell(tree);
      return isDeleted;
    }
    const position = array.indexOf(entry);
    if (position < 0) return false;
    if (position === array.length - 1) array.pop();
    else array.splice(position, 1);
    return true;
  }

  /** O(log n). */
  has(entry: E): boolean {
    const array = this.#array;
    if (array !== undefined) return array[positionOf(array, entry.ordinal)] === entry;
    const tree = this.#tree as OrderedKeys<E>;
    const at = { value: entry.ordinal, key: undefined };
    return tree.rank({ ...at, isAfter: true }) > tree.rank({ ...at, isAfter: false });
  }

  /** Adds all to `answer`. O(n). */
  appendTo(answer: E[]): void {
    const array = this.#array;
    if (array !== undefined) {
      for (let index = 0; index < array.length; index++) answer.push(array[index] as E);
      return;
    }
    let leaf: Leaf<E> | undefined = (this.#tree as OrderedKeys<E>).seek(undefined).leaf;
    for (; leaf !== undefined; leaf = leaf.next) for (const entry of leaf.entries) answer.push(entry);
  }

  /** A copy of the caller's own. O(n). */
  toArray(): E[] {
    if (this.#array !== undefined) return this.#array.slice();
    const answer: E[] = [];
    this.appendTo(answer);
    return answer;
  }

  /** The documents, in the same order, as an array of the caller's own. O(n). */
  documents(): object[] {
    return documentsOf(this.#array ?? this.toArray());
  }

  /** Safe while writes go on: what has the tag all along comes exactly once. Small ones come as they are at the call. */
  entries(): IterableIterator<E> {
    if (this.#array !== undefined) return this.#array.slice().values();
    return new RangeCursor(this.#tree as OrderedKeys<E>, EVERYTHING, false);
  }

  #plant(array: E[]): void {
    const tree = new OrderedKeys<E>();
    tree.build(
      array.map((entry) => entry.ordinal),
      array,
    );
    this.#tree = tree;
    this.#array = undefined;
  }

  #fell(tree: OrderedKeys<E>): void {
    const array: E[] = [];
    this.appendTo(array);
    this.#array = array;
    this.#tree = undefined;
    tree.clear();
  }
}

/** The first position whose entry is not older than `ordinal`. */
function positionOf<E extends IndexedEntry>(array: readonly E[], ordinal: number): number {
  let low = 0;
  for (let high = array.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((array[middle] as E).ordinal < ordinal) low = middle + 1;
    else high = middle;
  }
  return low;
}
