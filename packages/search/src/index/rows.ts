/**
 * The documents that an index knows: each has a row while it is there. An update gives a document another row, so that
 * what the index holds of the old one needs no looking for. A row is given again once nothing names it.
 */
import { GrowingMap, type StoreKey } from '@nuthatch/runtime/search';
import { grown } from './recent-postings.js';

export class Rows {
  readonly #byKey = new GrowingMap<StoreKey, number>();
  #keys: (StoreKey | undefined)[] = [];
  #isLive: Uint8Array = new Uint8Array(1_024);
  /** Rows that are gone, and may still be named by postings. */
  #goneCount = 0;
  #free: number[] = [];

  /** Documents that are there. */
  get size(): number {
    return this.#byKey.size;
  }

  get goneCount(): number {
    return this.#goneCount;
  }

  /** 1 for each row whose document is there. Changes with every write. */
  get isLive(): Uint8Array {
    return this.#isLive;
  }

  /** Rows that were ever given. */
  get end(): number {
    return this.#keys.length;
  }

  keyOf(row: number): StoreKey {
    return this.#keys[row]!;
  }

  rowOf(key: StoreKey): number | undefined {
    return this.#byKey.get(key);
  }

  /** A new row. The key has none. O(1). */
  add(key: StoreKey): number {
    const row = this.#free.pop() ?? this.#keys.length;
    if (row >= this.#isLive.length) this.#isLive = grown(this.#isLive, row + 1, Uint8Array);
    this.#keys[row] = key;
    this.#isLive[row] = 1;
    this.#byKey.set(key, row);
    return row;
  }

  /** @returns the row it had; undefined: none. O(1). */
  remove(key: StoreKey): number | undefined {
    const row = this.#byKey.get(key);
    if (row === undefined) return undefined;
    this.#byKey.delete(key);
    this.#keys[row] = undefined;
    this.#isLive[row] = 0;
    this.#goneCount++;
    return row;
  }

  /** A copy of what is there now: which rows are alive, and their keys. O(rows), at the speed of memory. */
  copy(): { readonly isLive: Uint8Array; readonly keys: readonly (StoreKey | undefined)[] } {
    return { isLive: this.#isLive.slice(0, this.#keys.length), keys: this.#keys.slice() };
  }

  /** No posting names these any more: they can be given again. */
  release(rows: readonly number[]): void {
    this.#goneCount -= rows.length;
    for (const row of rows) this.#free.push(row);
  }

  /** Rows that are gone, as they are now. O(rows). */
  gone(): number[] {
    const free = new Set(this.#free);
    const gone: number[] = [];
    for (let row = 0; row < this.#keys.length; row++) if (this.#isLive[row] === 0 && !free.has(row)) gone.push(row);
    return gone;
  }
}
