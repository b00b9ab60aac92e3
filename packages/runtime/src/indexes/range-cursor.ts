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
import type { TreePlace } from './ordered-search.js';
import type { CutPair } from './range-bounds.js';
import { slotAt, widthOfRun } from './slot-run.js';

export class RangeCursor implements IterableIterator<Slot> {
  readonly #pairs: OrderedKeys;
  readonly #isReverse: boolean;
  #from: Cut | undefined;
  #to: Cut | undefined;
  #leaf: Leaf | undefined;
  /** Where in the leaf it stands; forward: before the next pair, reverse: after it. See TreePlace. */
  #index = 0;
  #offset = 0;
  /** Where the walk leaves the leaf; undefined where there is no leaf. */
  #stop: TreePlace | undefined;
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
    while (this.#index === this.#stop?.index && this.#offset === this.#stop.offset) this.#enterNextLeaf();
    const leaf = this.#leaf;
    if (leaf === undefined) return undefined;
    if (this.#isReverse && this.#offset === 0) this.#offset = widthOfRun(leaf.runs[--this.#index]!);
    if (this.#isReverse) this.#offset--;
    const run = leaf.runs[this.#index]!;
    this.#lastValue = leaf.values[this.#index];
    const slot = slotAt(run, this.#offset);
    if (!this.#isReverse && ++this.#offset === widthOfRun(run)) {
      this.#index++;
      this.#offset = 0;
    }
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
    this.#enter(start);
    const { index, offset } = this.#stop!;
    const isBehind = this.#index > index || (this.#index === index && this.#offset > offset);
    const isBefore = this.#index < index || (this.#index === index && this.#offset < offset);
    // Inverted bounds: the walk would have to leave before it begins.
    if (this.#isReverse ? isBefore : isBehind) this.#end();
  }

  #enter({ leaf, index, offset }: TreePlace): void {
    this.#leaf = leaf;
    this.#index = index;
    this.#offset = offset;
    if (!this.#isReverse) this.#stop = this.#pairs.endIn(leaf, this.#to);
    else this.#stop = this.#from === undefined ? { leaf, index: 0, offset: 0 } : this.#pairs.placeIn(leaf, this.#from);
  }

  #enterNextLeaf(): void {
    const { leaf, index, offset } = this.#stop!;
    const isCutHere = this.#isReverse ? index > 0 || offset > 0 : index < leaf.runs.length;
    const next = isCutHere ? undefined : this.#isReverse ? leaf.previous : leaf.next;
    if (next === undefined) this.#end();
    else this.#enter({ leaf: next, index: this.#isReverse ? next.runs.length : 0, offset: 0 });
  }

  #end(): void {
    this.#leaf = undefined;
    this.#stop = undefined;
  }
}
