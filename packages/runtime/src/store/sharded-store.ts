/**
 * All entries of one collection by key. Knows neither indexes nor journal; nobody outside holds on to its Maps.
 *
 * One shard up to 196,608 documents at the default capacity, where a look-up is one of a plain Map; then hash
 * partitions that split a few entries at a time, so that growth holds the loop for no more than about 5 ms and a
 * collection may pass a Map's 2^24 entries. See structures/growing-map.ts.
 */
import { DatabaseError } from '@nuthatch/model';
import { GrowingMap, type GrowingMapOptions } from '../structures/growing-map.js';
import type { StoreKey } from '../structures/store-key.js';
import type { Entry } from './entry.js';

export type ShardedStoreOptions = GrowingMapOptions;

export class ShardedStore implements Iterable<Entry> {
  readonly #entries: GrowingMap<StoreKey, Entry>;

  /** @throws DatabaseError `INVALID_OPTION` when a limit is not a whole number of 1 or more. */
  constructor(options: ShardedStoreOptions = {}) {
    for (const name of ['shardCapacity', 'maxShards'] as const) {
      const value = options[name];
      if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
      throw new DatabaseError(
        'INVALID_OPTION',
        `\`${name}\` must be a whole number of 1 or more, it is ${String(value)}`,
        { option: name, value },
      );
    }
    this.#entries = new GrowingMap(options);
  }

  /** Number of documents. O(1). */
  get size(): number {
    return this.#entries.size;
  }

  /** Number of hash partitions. O(shards). */
  get shardCount(): number {
    return this.#entries.shardCount;
  }

  /** O(1). */
  get(key: StoreKey): Entry | undefined {
    return this.#entries.get(key);
  }

  /** O(1). */
  has(key: StoreKey): boolean {
    return this.#entries.has(key);
  }

  /** Puts the entry under its own key, in place of another of that key. O(1). */
  set(entry: Entry): void {
    this.#entries.set(entry.key, entry);
  }

  /** @returns whether it was there. O(1). */
  delete(key: StoreKey): boolean {
    return this.#entries.delete(key);
  }

  /** O(shards). */
  clear(): void {
    this.#entries.clear();
  }

  /**
   * Every entry, safe while writes go on: an entry that is there all along comes exactly once; one that is added
   * meanwhile may or may not come; one that is deleted before its turn does not come. For a view that stands still
   * take a copy (`[...store]`) in one turn. In order of insertion up to one shard, in no useful order beyond.
   */
  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** As `entries()`. */
  [Symbol.iterator](): IterableIterator<Entry> {
    return this.#entries.values();
  }
}
