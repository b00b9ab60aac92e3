/**
 * Whether the keys of a store came in their own order, as with generated ids and without deletes: its slots then tell
 * which of two entries comes first.
 *
 * Keys of documents that stay bytes are not made for this: their bytes show later that they came in order.
 */

import type { Slot } from '../structures/slot.js';
import { compareStoreKeys, type StoreKey } from '../structures/store-key.js';
import type { TextColumn } from '../undecoded/text-column.js';

export class KeyOrder {
  #isKept = true;
  /** The highest key so far, while they come in order. */
  #last: StoreKey | undefined;
  /** The first slot whose key nobody has looked at; -1: none. */
  #unseenFrom: Slot = -1;

  /** Good once there are no unseen keys. O(1). */
  get isKept(): boolean {
    return this.#isKept;
  }

  get hasUnseen(): boolean {
    return this.#unseenFrom >= 0;
  }

  /** The key of the next slot. O(1). */
  note(key: StoreKey): void {
    if (!this.#isKept) return;
    this.#isKept = this.#last === undefined || compareStoreKeys(this.#last, key) < 0;
    this.#last = this.#isKept ? key : undefined;
  }

  /** The next slot's key is a text that stays one of bytes. O(1). */
  noteUnseen(slot: Slot): void {
    if (this.#unseenFrom < 0) this.#unseenFrom = slot;
  }

  /**
   * Looks at the unseen keys. O(1).
   *
   * @param texts the keys of all slots.
   * @param end the slot after the last one.
   */
  see(texts: TextColumn, end: Slot): void {
    const from = this.#unseenFrom;
    this.#unseenFrom = -1;
    if (from < 0 || !this.#isKept) return;
    const isFollowing = this.#last === undefined || compareStoreKeys(this.#last, texts.at(from)!) < 0;
    this.#isKept = isFollowing && texts.ascendingFrom <= from;
    this.#last = this.#isKept ? texts.at(end - 1) : undefined;
  }

  /** A slot is given out a second time. */
  lose(): void {
    this.#isKept = false;
    this.#last = undefined;
  }

  /** Takes over what another store's order is. */
  takeFrom(other: KeyOrder): void {
    this.#isKept = other.#isKept;
    this.#last = other.#last;
    this.#unseenFrom = other.#unseenFrom;
  }

  clear(): void {
    this.#isKept = true;
    this.#last = undefined;
    this.#unseenFrom = -1;
  }
}
