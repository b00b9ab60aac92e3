/**
 * One hash partition of a growing map, able to copy itself into several a few entries at a time.
 *
 * While it splits it stays complete: the owner writes to it and to `childOf(hash)`, and the copying iterator of the
 * Map sees what is added on the way. Copying an entry that a write has put there already is harmless: it is the same.
 */
import type { HashableKey, KeyHash } from './key-hash.js';

/** Entries copied by one write: enough to be done before a shard split at six sevenths is full. */
const COPY_COUNT = 8;

export class MapShard<K extends HashableKey, V> {
  #children: Map<K, V>[] = [];
  #childBits = 0;
  #hash: KeyHash | undefined;
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

  /** @param bits how many more bits of the hash tell its children apart. */
  beginSplit(bits: number, hash: KeyHash): void {
    this.#hash = hash;
    this.#childBits = bits;
    this.#children = Array.from({ length: 2 ** bits }, () => new Map<K, V>());
    this.#rest = this.map.entries();
  }

  /** The part that will hold keys of the hash. Only while splitting. */
  childOf(hash: number): Map<K, V> {
    return this.#children[(hash >>> this.depth) & (this.#children.length - 1)]!;
  }

  /** Copies up to 8 entries. @returns the parts when all are copied, in order of their patterns, else undefined. */
  copySome(): readonly MapShard<K, V>[] | undefined {
    const rest = this.#rest!;
    const hash = this.#hash!;
    for (let count = 0; count < COPY_COUNT; count++) {
      const next = rest.next();
      if (next.done === true) {
        const depth = this.depth + this.#childBits;
        return this.#children.map((map, index) => new MapShard(map, depth, this.pattern + index * 2 ** this.depth));
      }
      this.childOf(hash(next.value[0])).set(next.value[0], next.value[1]);
    }
    return undefined;
  }

  retire(): void {
    this.#isRetired = true;
    this.#rest = undefined;
    this.#children = [];
  }
}
