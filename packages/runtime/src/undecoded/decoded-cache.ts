/**
 * How many bytes of decoded documents a database holds, and which of them go back to bytes when there are more.
 *
 * A clock with a second chance: a hand goes round over the documents that are decoded; one that was read since the hand
 * came by last stays for another round. A read sets one bit and moves nothing. All collections of a database share one clock.
 *
 *   owners[n], slots[n]     whose document it is, and which
 *   sizes[n]                its estimated bytes
 *   places[n]               where its bytes are, as its owner counts
 */
import { doubled } from '../structures/doubled.js';
import type { Slot } from '../structures/slot.js';

/** Documents the hand looks at for one that comes in: so a read never waits for a whole round. */
const MOST_LOOKS = 64;
const FIRST_CAPACITY = 1_024;

/** The documents of one collection. */
export interface CacheOwner {
  /** Whether the document was read since the hand came by last; it forgets so. */
  takeUsed(slot: Slot): boolean;
  /** Makes the document bytes again. @returns false when it has to stay. */
  evict(slot: Slot, place: number): boolean;
  /** Told where its document stands; -1: it is not here any more. */
  setPosition(slot: Slot, position: number): void;
}

export class DecodedCache {
  /** Estimated bytes of decoded documents, beyond which some go back to bytes. */
  readonly mostBytes: number;
  #owners: CacheOwner[] = [];
  #slots = new Int32Array(FIRST_CAPACITY);
  #sizes = new Float64Array(FIRST_CAPACITY);
  #places = new Float64Array(FIRST_CAPACITY);
  #hand = 0;
  #usedBytes = 0;
  #evictedCount = 0;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  /** Documents that are decoded. */
  get count(): number {
    return this.#owners.length;
  }

  /** Their estimated bytes. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Documents that went back to bytes since the opening. */
  get evictedCount(): number {
    return this.#evictedCount;
  }

  placeAt(position: number): number {
    return this.#places[position]!;
  }

  setPlace(position: number, place: number): void {
    this.#places[position] = place;
  }

  /** Takes in a document. O(1), and others may go. */
  add(owner: CacheOwner, slot: Slot, sizeBytes: number, place: number): void {
    const position = this.#owners.length;
    if (position === this.#slots.length) this.#grow();
    this.#owners.push(owner);
    this.#slots[position] = slot;
    this.#sizes[position] = sizeBytes;
    this.#places[position] = place;
    owner.setPosition(slot, position);
    this.#usedBytes += sizeBytes;
    if (this.#usedBytes > this.mostBytes) this.#shrink(owner, slot);
  }

  /** A document was replaced: it has another size, and other bytes or none. */
  replace(position: number, sizeBytes: number, place: number): void {
    const owner = this.#owners[position]!;
    const slot = this.#slots[position]!;
    this.#usedBytes += sizeBytes - this.#sizes[position]!;
    this.#sizes[position] = sizeBytes;
    this.#places[position] = place;
    if (this.#usedBytes > this.mostBytes) this.#shrink(owner, slot);
  }

  /** A document is gone. The last one takes its position. */
  remove(position: number): void {
    this.#owners[position]!.setPosition(this.#slots[position]!, -1);
    this.#usedBytes -= this.#sizes[position]!;
    const last = this.#owners.length - 1;
    const owner = this.#owners.pop()!;
    if (position === last) return;
    const slot = this.#slots[last]!;
    this.#owners[position] = owner;
    this.#slots[position] = slot;
    this.#sizes[position] = this.#sizes[last]!;
    this.#places[position] = this.#places[last]!;
    owner.setPosition(slot, position);
  }

  /** Lets documents go, but not this one, which is about to be handed out. */
  #shrink(owner: CacheOwner, slot: Slot): void {
    for (let looks = 0; looks < MOST_LOOKS && this.#usedBytes > this.mostBytes; looks++) {
      if (this.#hand >= this.#owners.length) this.#hand = 0;
      if (!this.#passHand(owner, slot)) this.#hand++;
    }
  }

  /** @returns whether the document at the hand went, so that another stands there. */
  #passHand(kept: CacheOwner, keptSlot: Slot): boolean {
    const position = this.#hand;
    const owner = this.#owners[position]!;
    const slot = this.#slots[position]!;
    if ((owner === kept && slot === keptSlot) || owner.takeUsed(slot)) return false;
    if (!owner.evict(slot, this.#places[position]!)) return false;
    this.remove(position);
    this.#evictedCount++;
    return true;
  }

  #grow(): void {
    this.#slots = doubled(this.#slots);
    this.#sizes = doubled(this.#sizes);
    this.#places = doubled(this.#places);
  }
}
