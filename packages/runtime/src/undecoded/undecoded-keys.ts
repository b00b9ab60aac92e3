/**
 * Keys of documents that are bytes: their entries are found by the texts therein, until the first touch.
 *
 * Of two documents with one key, as after a delete that is lost in damage, texts cannot tell which counts: then none is
 * found by its text any more, and the store's table sorts it out.
 */

import { runSteps, type Steps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import type { TextColumn } from './text-column.js';

export class UndecodedKeys {
  readonly texts: TextColumn;
  /** So many documents are found by their texts, or were looked at. */
  #hashedCount = 0;
  #isGivenUp = false;

  constructor(texts: TextColumn) {
    this.texts = texts;
  }

  /** Entries that are found here. */
  get size(): number {
    return this.texts.size;
  }

  /** O(length). */
  find(key: StoreKey): Slot | undefined {
    return typeof key === 'string' ? this.texts.find(key) : undefined;
  }

  /** Whether the entry in a slot is found here. */
  holds(slot: Slot): boolean {
    return !this.#isGivenUp && this.texts.isHashed(slot);
  }

  /** Makes those that came since be found. @returns false when that is given up now. O(new documents), amortised. */
  *hashing(): Steps<boolean> {
    const since = this.#hashedCount;
    if (this.#isGivenUp || this.texts.count === since) return true;
    this.#hashedCount = this.texts.count;
    if (yield* this.texts.building(since)) return true;
    this.giveUp();
    return false;
  }

  /** Makes a document be found whose key no other has. @returns false when its key is not among the texts. O(1). */
  add(slot: Slot): boolean {
    if (!this.holds(slot)) return false;
    if (slot < this.#hashedCount) this.texts.add(slot);
    else runSteps(this.hashing());
    return true;
  }

  /** Nothing is found here any more. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.texts.forget();
  }

  clear(): void {
    this.#hashedCount = 0;
    this.#isGivenUp = false;
  }
}
