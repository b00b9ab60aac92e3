/**
 * From key to slot, for a store's keys and a unique index's values.
 *
 * Up to the size at which a growing map would be split (112,347 entries at the default capacity) a plain Map is the
 * fastest, and this is one. From then on entries go to cells (slot-cells.ts), and each entry that is added takes a few
 * along from the map. The map stays for the entries the cells refuse. At 1,000,000 entries that takes 16 bytes per entry
 * instead of 29. See docs/decisions/0011-tables-of-slots.md.
 */

import { inParts, type Steps } from '../scheduling/steps.js';
import { GrowingMap, type GrowingMapOptions } from './growing-map.js';
import { firstKeys, type HashableKey, hashFor, someKeys } from './key-hash.js';
import type { Slot } from './slot.js';
import { SlotCells } from './slot-cells.js';

/** Entries the map gives to the cells with each that is added. */
const MOVED_COUNT = 16;
const MAX_SHARD_CELLS = 4_096;
const MIN_SHARD_CELLS = 4;

export class SlotTable<K extends HashableKey> {
  readonly #options: GrowingMapOptions;
  /** Entries of the map from which on there are cells. */
  readonly #mostInMap: number;
  /** All entries, as long as there are no cells; then those not moved yet, and those the cells refused. */
  #map: GrowingMap<K, Slot>;
  #cells: SlotCells<K> | undefined;
  /** Entries of the map that are to be moved. */
  #moving: Iterator<[K, Slot]> | undefined;

  constructor(options: GrowingMapOptions = {}) {
    this.#options = options;
    this.#map = new GrowingMap(options);
    this.#mostInMap = this.#map.splitAtCount - 1;
  }

  /** O(1). */
  get size(): number {
    return this.#cells === undefined ? this.#map.size : this.#map.size + this.#cells.size;
  }

  /** Number of parts that grow on their own. O(shards). */
  get shardCount(): number {
    if (this.#cells === undefined) return this.#map.shardCount;
    return this.#cells.shardCount + (this.#map.size === 0 ? 0 : this.#map.shardCount);
  }

  /** O(1). */
  get(key: K): Slot | undefined {
    const cells = this.#cells;
    if (cells === undefined) return this.#map.get(key);
    const slot = cells.find(key);
    return slot !== undefined || this.#map.size === 0 ? slot : this.#map.get(key);
  }

  /** Adds a key that is not there. O(1). */
  add(key: K, slot: Slot): void {
    if (this.#cells === undefined && this.#map.size < this.#mostInMap) this.#map.set(key, slot);
    else this.#addToCells(key, slot);
  }

  #addToCells(key: K, slot: Slot): void {
    if (this.#cells === undefined) this.#beginMove();
    if (!this.#cells!.add(key, slot)) this.#map.set(key, slot);
    if (this.#moving !== undefined) this.#moveSome(this.#moving);
  }

  /** Adds a key, or gives it another slot. O(1). */
  set(key: K, slot: Slot): void {
    const held = this.get(key);
    if (held === slot) return;
    if (held !== undefined) this.remove(key, held);
    this.add(key, slot);
  }

  /**
   * Removes a key, if it leads to the slot. O(1).
   *
   * @returns whether it did.
   */
  remove(key: K, slot: Slot): boolean {
    if (this.#cells?.remove(key, slot) === true) return true;
    return this.#map.get(key) === slot && this.#map.delete(key);
  }

  /** As `set` of each, faster where nothing is there yet. Until it is done nothing may be asked. O(keys). */
  *filling(keys: readonly K[], slots: readonly Slot[]): Steps {
    if (this.size === 0 && keys.length > this.#mostInMap && (yield* this.#fillingCells(keys, slots))) return;
    yield* inParts(keys.length, (from, to) => this.#setSome(keys, slots, from, to));
  }

  *#fillingCells(keys: readonly K[], slots: readonly Slot[]): Steps<boolean> {
    const cells = this.#makeCells(someKeys(keys), keys.length);
    if (!(yield* cells.filling(keys, slots))) return false;
    this.#cells = cells;
    return true;
  }

  #setSome(keys: readonly K[], slots: readonly Slot[], from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const key = keys[index]!;
      const slot = slots[index]!;
      if (this.#cells === undefined && this.#map.size < this.#mostInMap) this.#map.set(key, slot);
      else this.set(key, slot);
    }
  }

  /** Holds what the other one holds, which both only read from now on: whichever is to be written to parts first. O(1). */
  share(other: SlotTable<K>): void {
    this.#map.share(other.#map);
    this.#cells = other.#cells;
    this.#moving = other.#moving;
  }

  /** Ends the sharing for this one. O(entries), at the speed of memory. */
  part(): void {
    this.#map.part();
    this.#cells = this.#cells?.copy();
    // From the beginning: what the cells have refused already they refuse again.
    this.#moving = this.#moving === undefined ? undefined : this.#map.entries();
  }

  /** O(shards). */
  clear(): void {
    this.#map.clear();
    this.#cells = undefined;
    this.#moving = undefined;
  }

  #beginMove(): void {
    const map = this.#map;
    this.#cells = this.#makeCells(firstKeys(map.keys()), map.size);
    this.#moving = map.entries();
  }

  /** The map stays complete but for what was moved, so that the order of asking does not matter. */
  #moveSome(moving: Iterator<[K, Slot]>): void {
    const cells = this.#cells!;
    for (let count = 0; count < MOVED_COUNT; count++) {
      const next = moving.next();
      if (next.done === true) {
        this.#moving = undefined;
        return;
      }
      const [key, slot] = next.value;
      if (cells.add(key, slot)) this.#map.delete(key);
    }
  }

  #makeCells(keys: readonly K[], expectedCount: number): SlotCells<K> {
    const { shardCapacity = MAX_SHARD_CELLS } = this.#options;
    let shardCells = MIN_SHARD_CELLS;
    while (shardCells < Math.min(shardCapacity, MAX_SHARD_CELLS)) shardCells *= 2;
    const { mostDepth } = this.#map;
    return new SlotCells(hashFor(keys), { shardCells, mostDepth, expectedCount });
  }
}
