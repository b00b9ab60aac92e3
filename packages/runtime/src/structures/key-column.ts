/** Keys by slot, not of every slot: eight bytes each, in chunks that never move. */
import type { Slot } from './slot.js';

/** Keys of one chunk, as a power of two: 64 KB. */
const CHUNK_BITS = 13;
const CHUNK_MASK = 2 ** CHUNK_BITS - 1;

export class KeyColumn<K> {
  readonly #chunks: ((K | undefined)[] | undefined)[] = [];

  /** The key of a slot that was set. O(1). */
  get(slot: Slot): K | undefined {
    return (this.#chunks[slot >>> CHUNK_BITS] as (K | undefined)[])[slot & CHUNK_MASK];
  }

  /** O(1). */
  set(slot: Slot, key: K | undefined): void {
    const number = slot >>> CHUNK_BITS;
    let chunk = this.#chunks[number];
    if (chunk === undefined) {
      chunk = new Array<K | undefined>(CHUNK_MASK + 1).fill(undefined);
      this.#chunks[number] = chunk;
    }
    chunk[slot & CHUNK_MASK] = key;
  }

  /** Another column with the same keys. O(slots), at the speed of memory. */
  copy(): KeyColumn<K> {
    const copied = new KeyColumn<K>();
    for (const [number, chunk] of this.#chunks.entries()) copied.#chunks[number] = chunk?.slice();
    return copied;
  }
}
