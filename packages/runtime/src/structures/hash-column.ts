/** Hashes by slot: four bytes each, in chunks that never move. */
import type { Slot } from './slot.js';

/** Hashes of one chunk, as a power of two: 64 KB. */
const CHUNK_BITS = 14;
const CHUNK_MASK = 2 ** CHUNK_BITS - 1;

export class HashColumn {
  readonly #chunks: (Int32Array | undefined)[] = [];

  /** The hash of a slot that was set. O(1). */
  get(slot: Slot): number {
    return (this.#chunks[slot >>> CHUNK_BITS] as Int32Array)[slot & CHUNK_MASK] as number;
  }

  /** O(1). */
  set(slot: Slot, hash: number): void {
    const number = slot >>> CHUNK_BITS;
    let chunk = this.#chunks[number];
    if (chunk === undefined) {
      chunk = new Int32Array(CHUNK_MASK + 1);
      this.#chunks[number] = chunk;
    }
    chunk[slot & CHUNK_MASK] = hash;
  }
}
