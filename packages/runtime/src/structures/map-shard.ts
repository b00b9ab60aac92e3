/**
 * One hash partition of a growing map, able to copy itself into two halves a few entries at a time.
 *
 * While it splits it stays complete: the owner writes to it and to `childOf(key)`, and the copying iterator of the Map
 * sees what is added on the way. Copying an entry that a write has put there already is harmless: it is the same.
 */
import { hashKey, type HashableKey } from './key-hash.js';

/** Entries copied by one write: enough to be done before a shard split at three quarters is full. */
const COPY_COUNT = 8;

export class MapShard<K extends HashableKey, V> {
  #low: Map<K, V> | undefined;
  #high: Map<K, V> | undefined;
  #rest: IterableIterator<[K, V]> | undefined;
  #isRetired = false;

  /**
   * @param depth how many low bits of the hash its keys share.
   * @param pattern these bits.
   */
  constructor(
    readonly map: Map<K, V>,
    readonly depth: number,
    readonly pattern: number,
  ) {}

  get isSplitting(): boolean {
    return this.#rest !== undefined;
  }

  /** Its keys live elsewhere now: what it still holds is out of date. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  beginSplit(): void {
    this.#low = new Map();
    this.#high = new Map();
    this.#rest = this.map.entries();
  }

  /** The half that will hold the key. Only while splitting. */
  childOf(key: K): Map<K, V> {
    return (hashKey(key) & (2 ** this.depth) ? this.#high : this.#low) as Map<K, V>;
  }

  /** Copies up to 8 entries. @returns the two halves when all are copied, else undefined. */
  copySome(): readonly [MapShard<K, V>, MapShard<K, V>] | undefined {
    const rest = this.#rest as IterableIterator<[K, V]>;
    for (let count = 0; count < COPY_COUNT; count++) {
      const next = rest.next();
      if (next.done === true) return this.#halves();
      this.childOf(next.value[0]).set(next.value[0], next.value[1]);
    }
    return undefined;
  }

  retire(): void {
    this.#isRetired = true;
    this.#rest = undefined;
    this.#low = undefined;
    this.#high = undefined;
  }

  #halves(): readonly [MapShard<K, V>, MapShard<K, V>] {
    const low = new MapShard(this.#low as Map<K, V>, this.depth + 1, this.pattern);
    const high = new MapShard(this.#high as Map<K, V>, this.depth + 1, this.pattern + 2 ** this.depth);
    return [low, high];
  }
}
