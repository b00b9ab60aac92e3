/**
 * A walk over a range, one entry at a time, that survives writes: after a write it finds its place again by the value
 * and key it has come to, never by position.
 *
 * An entry that stays where it is comes exactly once. One that is added, or moved to a place ahead, comes there; one
 * that is removed before its turn does not come.
 */
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import type { IndexValue } from './index-value.js';
import type { OrderedKeys } from './ordered-keys.js';
import type { Cut, Leaf } from './ordered-node.js';
import type { CutPair } from './range-bounds.js';

export class RangeCursor implements IterableIterator<Slot> {
  readonly #pairs: OrderedKeys;
  readonly #isReverse: boolean;
  #from: Cut | undefined;
  #to: Cut | undefined;
  #leaf: Leaf | undefined;
  /** Forward: the next pair. Reverse: behind the next pair. */
  #position = 0;
  /** Where the walk leaves the leaf. */
  #stop = 0;
  #version = -1;
  #lastValue: IndexValue | undefined;
  #lastKey: StoreKey | undefined;

  constructor(pairs: OrderedKeys, cuts: CutPair, isReverse: boolean) {
    this.#pairs = pairs;
    this.#from = cuts.from;
    this.#to = cuts.to;
    this.#isReverse = isReverse;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** O(1); O(log n) for the first entry and after a write. */
  next(): IteratorResult<Slot, undefined> {
    const value = this.advance();
    return value === undefined ? { done: true, value } : { done: false, value };
  }

  /** As `next`, without an object for each entry: the next entry, or undefined at the end. */
  advance(): Slot | undefined {
    if (this.#version !== this.#pairs.version) this.#findPlace();
    while (this.#position === this.#stop) if (!this.#enterNextLeaf()) return undefined;
    const leaf = this.#leaf as Leaf;
    const index = this.#isReverse ? --this.#position : this.#position++;
    this.#lastValue = leaf.values[index];
    const slot = leaf.slots[index] as Slot;
    // At once: by the next write the slot may be another entry's.
    this.#lastKey = this.#pairs.keyOf(slot);
    return slot;
  }

  #findPlace(): void {
    this.#version = this.#pairs.version;
    if (this.#lastValue !== undefined) {
      const cut: Cut = { value: this.#lastValue, key: this.#lastKey, isAfter: !this.#isReverse };
      if (this.#isReverse) this.#to = cut;
      else this.#from = cut;
    }
    const start = this.#isReverse
      ? this.#to === undefined
        ? this.#pairs.seekEnd()
        : this.#pairs.seek(this.#to)
      : this.#pairs.seek(this.#from);
    this.#leaf = start.leaf;
    this.#position = start.position;
    this.#stop = this.#stopIn(start.leaf);
    // Inverted bounds: the walk would have to leave before it begins.
    if (this.#isReverse ? this.#stop > this.#position : this.#stop < this.#position) this.#end();
  }

  #stopIn(leaf: Leaf): number {
    if (!this.#isReverse) return this.#pairs.positionIn(leaf, this.#to);
    return this.#from === undefined ? 0 : this.#pairs.positionIn(leaf, this.#from);
  }

  #enterNextLeaf(): boolean {
    const leaf = this.#leaf;
    if (leaf === undefined) return false;
    const isCutHere = this.#isReverse ? this.#stop > 0 : this.#stop < leaf.count;
    const next = isCutHere ? undefined : this.#isReverse ? leaf.previous : leaf.next;
    if (next === undefined) {
      this.#end();
      return false;
    }
    this.#leaf = next;
    this.#stop = this.#stopIn(next);
    this.#position = this.#isReverse ? next.count : 0;
    return true;
  }

  #end(): void {
    this.#leaf = undefined;
    this.#position = 0;
    this.#stop = 0;
  }
}
