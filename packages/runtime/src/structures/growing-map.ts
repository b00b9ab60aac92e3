/**
 * A Map without a Map's two limits: its end at 2^24 entries, and the pause when a large one doubles its table.
 *
 * Extendible hashing over plain Maps. It begins as one Map, and reads are that Map's. A shard that fills is split into
 * sixteen by four more bits of the hash: every later write to it copies a few entries into the new shards, which take
 * its place when all are copied. Until then the old shard stays complete, so reads never know of a split.
 *
 *   directory[hash & mask] → shard; a shard of depth d owns the hashes whose low d bits are its pattern
 *
 * The first split chooses the hash by the existing keys: a quick hash if it distinguishes them, or else the hash of
 * whole keys. Keys that come later and are alike where it looks make some shards grow past their capacity.
 *
 * Longest turn: a Map of `shardCapacity` doubling from half (2.6 ms at the default 2^17; each doubling beyond takes
 * more than twice the one before: 6 and 17 ms), and the copy of 8 entries.
 * Splitting in sixteen copies each entry about once per four doublings; in halves, a million inserts took five times
 * as long as one Map's. Shards never merge again.
 */

import { inParts, type Steps } from '../scheduling/steps.js';
import { countingOrder } from './counting-order.js';
import { firstKeys, type HashableKey, hashFor, hashKey, hashWith, type KeyHash, someKeys } from './key-hash.js';
import { MapShard } from './map-shard.js';

export interface GrowingMapOptions {
  /** Entries a shard is kept below; splitting begins at six sevenths of it. Default 131,072. */
  readonly shardCapacity?: number;
  /** Most shards, rounded down to a power of two; beyond it they grow past their capacity. Default 65,536. */
  readonly maxShards?: number;
}

const DEFAULT_SHARD_CAPACITY = 2 ** 17;
const DEFAULT_MAX_SHARDS = 2 ** 16;
/** Bits of the hash that a split goes by. */
const SPLIT_BITS = 4;
/** The hash has 32 bits; the directory must stay small enough to copy in one turn. */
const MAX_DEPTH = 20;
const HASH_SPACE = 2 ** 32;

export class GrowingMap<K extends HashableKey, V> implements Iterable<[K, V]> {
  /** Entries at which a shard is split. */
  readonly splitAtCount: number;
  /** How often a shard may be split into two. */
  readonly mostDepth: number;
  /** The only shard's Map while there is but one: the fast path of reads. */
  #only: Map<K, V> | undefined;
  /** The same Map while it is not being split: the fast path of writes. */
  #unsplit: Map<K, V> | undefined;
  #directory: MapShard<K, V>[];
  /** Maps of the directory's shards, side by side with it: reads spare a step. */
  #maps: Map<K, V>[];
  #mask = 0;
  /** Chosen again whenever one shard becomes several. */
  #keyHash: KeyHash = hashKey;
  #size = 0;

  constructor(options: GrowingMapOptions = {}) {
    const { shardCapacity = DEFAULT_SHARD_CAPACITY, maxShards = DEFAULT_MAX_SHARDS } = options;
    this.splitAtCount = Math.max(1, Math.floor((shardCapacity * 6) / 7));
    this.mostDepth = Math.min(MAX_DEPTH, Math.max(0, Math.floor(Math.log2(maxShards))));
    const shard = new MapShard<K, V>(new Map(), 0, 0);
    this.#directory = [shard];
    this.#maps = [shard.map];
    this.#only = shard.map;
    this.#unsplit = shard.map;
  }

  /** O(1). */
  get size(): number {
    return this.#only === undefined ? this.#size : this.#only.size;
  }

  /** Number of shards. O(directory). */
  get shardCount(): number {
    return new Set(this.#directory).size;
  }

  /** Entries of the largest shard: what the longest turn of its growth goes by. O(directory). */
  get largestShardSize(): number {
    return this.#maps.reduce((largest, map) => Math.max(largest, map.size), 0);
  }

  /** O(1); one Map look-up, and a hash of the key when there is more than one shard. */
  get(key: K): V | undefined {
    const only = this.#only;
    return only !== undefined ? only.get(key) : this.#mapOf(key).get(key);
  }

  has(key: K): boolean {
    const only = this.#only;
    return only !== undefined ? only.has(key) : this.#mapOf(key).has(key);
  }

  /** Adds or replaces. O(1), with the bounded work of a split. */
  set(key: K, value: V): void {
    const unsplit = this.#unsplit;
    if (unsplit !== undefined && unsplit.size < this.splitAtCount) {
      unsplit.set(key, value);
      return;
    }
    const hash = this.#hash(key);
    const shard = this.#directory[hash & this.#mask]!;
    const { map } = shard;
    const sizeBefore = map.size;
    map.set(key, value);
    this.#size += map.size - sizeBefore;
    if (shard.isSplitting) {
      shard.childOf(hash).set(key, value);
      this.#goOn(shard);
    } else if (map.size >= this.splitAtCount && shard.depth < this.mostDepth) {
      if (this.#only !== undefined) this.#keyHash = hashFor(firstKeys(map.keys()));
      shard.beginSplit(Math.min(SPLIT_BITS, this.mostDepth - shard.depth), this.#keyHash);
      this.#unsplit = undefined;
      this.#goOn(shard);
    }
  }

  /**
   * Adds or replaces many; of one key named twice the later value counts. For opening: until
   * all steps are done nothing may be asked.
   *
   * An empty map gets all its shards at once and fills them in turn, so that each stays in the processor's cache while
   * it is filled: a million take two thirds of the time.
   */
  *filling(keys: readonly K[], values: readonly V[]): Steps {
    const depth = this.size > 0 ? 0 : this.#depthFor(keys.length);
    if (depth === 0) {
      yield* inParts(keys.length, (from, to) => {
        for (let index = from; index < to; index++) this.set(keys[index]!, values[index] as V);
      });
      return;
    }
    const hash = hashFor(someKeys(keys));
    const patterns = new Uint32Array(keys.length);
    yield* inParts(keys.length, (from, to) => {
      for (let index = from; index < to; index++) patterns[index] = hash(keys[index]!) & (2 ** depth - 1);
    });
    const order = yield* countingOrder(patterns, 2 ** depth);
    const maps = Array.from({ length: 2 ** depth }, () => new Map<K, V>());
    yield* inParts(order.length, (from, to) => {
      for (let index = from; index < to; index++) {
        const position = order[index]!;
        maps[patterns[position]!]!.set(keys[position]!, values[position] as V);
      }
    });
    this.clear();
    this.#keyHash = hash;
    this.#install(maps.map((map, pattern) => new MapShard(map, depth, pattern)));
    this.#size = maps.reduce((sum, map) => sum + map.size, 0);
  }

  /** @returns whether the key was there. O(1). */
  delete(key: K): boolean {
    if (this.#unsplit !== undefined) return this.#unsplit.delete(key);
    const hash = this.#hash(key);
    const shard = this.#directory[hash & this.#mask]!;
    const isDeleted = shard.map.delete(key);
    if (isDeleted) this.#size--;
    if (shard.isSplitting) {
      shard.childOf(hash).delete(key);
      this.#goOn(shard);
    }
    return isDeleted;
  }

  /** Back to one empty shard; iterations under way end early. O(directory). */
  clear(): void {
    for (const shard of this.#directory) shard.retire();
    this.#reset();
  }

  #reset(): void {
    const shard = new MapShard<K, V>(new Map(), 0, 0);
    this.#directory = [shard];
    this.#maps = [shard.map];
    this.#only = shard.map;
    this.#unsplit = shard.map;
    this.#mask = 0;
    this.#size = 0;
  }

  /** Holds what the other one holds, which both only read from now on: whichever is to be written to parts first. O(1). */
  share(other: GrowingMap<K, V>): void {
    this.#directory = other.#directory;
    this.#maps = other.#maps;
    this.#only = other.#only;
    this.#unsplit = other.#unsplit;
    this.#mask = other.#mask;
    this.#keyHash = other.#keyHash;
    this.#size = other.#size;
  }

  /** Ends the sharing for this one. O(entries). @param copyValue left out: values stay shared. */
  part(copyValue?: (value: V) => V): void {
    const shared = this.#directory;
    const unsplit = this.#unsplit;
    this.#reset();
    if (unsplit === undefined) {
      const maps = new Set(shared.map(({ map }) => map));
      for (const map of maps)
        for (const [key, value] of map) this.set(key, copyValue === undefined ? value : copyValue(value));
      return;
    }
    const map = new Map(unsplit);
    if (copyValue !== undefined) for (const [key, value] of unsplit) map.set(key, copyValue(value));
    this.#install([new MapShard(map, 0, 0)]);
    this.#only = map;
    this.#unsplit = map;
  }

  /**
   * Every entry, safe while writes go on: what is there all along comes exactly once and with the value it has when it
   * comes; what is added meanwhile may or may not come; what is deleted before its turn does not come.
   * In order of insertion while there is one shard, in no useful order afterwards.
   */
  *entries(): IterableIterator<[K, V]> {
    for (const shard of this.#shards()) {
      for (const entry of shard.map) {
        if (shard.isRetired) {
          const value = this.get(entry[0]);
          if (value === undefined) continue;
          entry[1] = value;
        }
        yield entry;
      }
    }
  }

  /** As `entries()`. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /** As `entries()`. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  /** As `entries()`. */
  *values(): IterableIterator<V> {
    for (const shard of this.#shards()) {
      for (const entry of shard.map) {
        const value = shard.isRetired ? this.get(entry[0]) : entry[1];
        if (value !== undefined) yield value;
      }
    }
  }

  /**
   * Shards in order of their bit-reversed pattern. In that order a shard is one span of the hash space and a split
   * cuts a span into several, so the position after a visited shard stays the beginning of a shard.
   */
  *#shards(): IterableIterator<MapShard<K, V>> {
    for (let position = 0; position < HASH_SPACE; ) {
      const shard = this.#directory[reverseBits(position) & this.#mask]!;
      yield shard;
      position += HASH_SPACE / 2 ** shard.depth;
    }
  }

  #hash(key: K): number {
    return hashWith(this.#keyHash, key);
  }

  #mapOf(key: K): Map<K, V> {
    return this.#maps[this.#hash(key) & this.#mask]!;
  }

  #goOn(shard: MapShard<K, V>): void {
    const children = shard.copySome();
    if (children === undefined) return;
    if (this.#only !== undefined) this.#size = this.#only.size;
    this.#install(children);
    shard.retire();
  }

  /** Puts shards of one depth in the place of the one whose span they share. */
  #install(shards: readonly MapShard<K, V>[]): void {
    this.#only = undefined;
    this.#unsplit = undefined;
    const depth = shards[0]!.depth;
    while (this.#directory.length < 2 ** depth) {
      this.#directory = this.#directory.concat(this.#directory);
      this.#maps = this.#maps.concat(this.#maps);
    }
    this.#mask = this.#directory.length - 1;
    for (const shard of shards) {
      for (let index = shard.pattern; index < this.#directory.length; index += 2 ** depth) {
        this.#directory[index] = shard;
        this.#maps[index] = shard.map;
      }
    }
  }

  /** How deep the shards of so many entries lie once they have grown to it. */
  #depthFor(count: number): number {
    let depth = 0;
    while (depth < this.mostDepth && count / 2 ** depth >= this.splitAtCount)
      depth = Math.min(this.mostDepth, depth + SPLIT_BITS);
    return depth;
  }
}

/** Reverses the order of 32 bits (Hacker's Delight, 7-1). */
function reverseBits(value: number): number {
  let bits = value | 0;
  bits = ((bits >>> 1) & 0x55555555) | ((bits & 0x55555555) << 1);
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  bits = ((bits >>> 8) & 0x00ff00ff) | ((bits & 0x00ff00ff) << 8);
  return (bits >>> 16) | (bits << 16);
}
