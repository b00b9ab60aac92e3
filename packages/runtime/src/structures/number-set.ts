/** Bits of one chunk, as a power of two: 4,096 bits, 512 bytes. */
const CHUNK_BITS = 12;
const CHUNK_MASK = 2 ** CHUNK_BITS - 1;

/**
 * A set of whole numbers as bits in chunks that are made when first needed: for dense numbers about a bit each, and
 * it never grows in one long turn, as a Set does.
 */
export class NumberSet {
  readonly #chunks = new Map<number, Uint32Array>();

  /** O(1). */
  add(value: number): void {
    const chunkNumber = Math.floor(value / 2 ** CHUNK_BITS);
    let chunk = this.#chunks.get(chunkNumber);
    if (chunk === undefined) {
      chunk = new Uint32Array(2 ** CHUNK_BITS / 32);
      this.#chunks.set(chunkNumber, chunk);
    }
    const bit = value & CHUNK_MASK;
    chunk[bit >>> 5] = chunk[bit >>> 5]! | (1 << (bit & 31));
  }

  /** O(1). */
  has(value: number): boolean {
    const bit = value & CHUNK_MASK;
    const chunk = this.#chunks.get(Math.floor(value / 2 ** CHUNK_BITS));
    return chunk !== undefined && (chunk[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }
}
