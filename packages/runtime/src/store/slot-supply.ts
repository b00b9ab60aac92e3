/**
 * The slots of a store: the next one that was never given out, and those that are free again.
 *
 * It also knows whether slots go by the order of keys: as long as no slot is given out twice, and keys come rising.
 */
import { Column } from '../structures/column.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import type { DocumentPlaces } from './document-places.js';
import { KeyOrder } from './key-order.js';

export class SlotSupply {
  readonly order = new KeyOrder();
  readonly #places: DocumentPlaces;
  /** Slots to be given out again, the last one first. */
  readonly #free = new Column<Slot>();
  #freeCount = 0;
  /** The lowest slot that was never given out. */
  #end: Slot = 0;

  constructor(places: DocumentPlaces) {
    this.#places = places;
  }

  /** The first slot that no document has had yet. */
  get end(): Slot {
    return this.#end;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  /** The slot of a new entry. O(1). */
  take(key: StoreKey): Slot {
    return this.#freeCount > 0 ? this.reuse() : this.next(key);
  }

  /** One that was never given out. O(1). */
  next(key: StoreKey): Slot {
    this.see();
    this.order.note(key);
    return this.#end++;
  }

  /** As `next`, for a document that stays bytes and whose key nobody has made. O(1). */
  nextUnseen(): Slot {
    this.order.noteUnseen(this.#end);
    return this.#end++;
  }

  /** One that is free again: there must be one. O(1). */
  reuse(): Slot {
    this.order.lose();
    return this.#free.get(--this.#freeCount);
  }

  /** The entry of a slot is gone. O(1). */
  giveBack(slot: Slot): void {
    this.#free.set(this.#freeCount++, slot);
  }

  /** The rows of an image have the first slots. O(1). */
  takeRows(rowCount: number): void {
    this.#end = rowCount;
  }

  /** Documents came without their keys: whether these go on in order. O(1). */
  see(): void {
    if (!this.order.hasUnseen) return;
    const { undecoded } = this.#places;
    undecoded?.projectAdded();
    if (undecoded?.keys !== undefined) this.order.see(undecoded.keys.texts, this.#end);
  }

  share(other: SlotSupply): void {
    this.#free.share(other.#free);
    this.#freeCount = other.#freeCount;
    this.#end = other.#end;
    this.order.takeFrom(other.order);
  }

  part(): void {
    this.#free.part();
  }

  clear(): void {
    this.#free.clear();
    this.#freeCount = 0;
    this.#end = 0;
    this.order.clear();
  }
}
