/**
 * A growing list of counts that are mostly small: a byte each, and those from 255 on in a map. A column of numbers takes
 * eight times as much.
 */
import { GrowingMap } from './growing-map.js';

/** Counts of one chunk, as a power of two: growing moves 256 KB at most. */
const CHUNK_BITS = 18;
const CHUNK_MASK = 2 ** CHUNK_BITS - 1;
const MIN_BYTES = 16;
/** Stands for a count that is in the map. */
const LARGE = 255;

export class CountColumn {
  #chunks: Uint8Array[] = [];
  /** Stands for chunks that hold 1 everywhere; copied before one of them is written to. */
  #ones: Uint8Array | undefined;
  readonly #large = new GrowingMap<number, number>();

  /** The count at a position that was set. O(1). */
  get(position: number): number {
    const count = this.#chunks[position >>> CHUNK_BITS]![position & CHUNK_MASK]!;
    return count < LARGE ? count : this.#large.get(position)!;
  }

  /** @param count a whole number, 0 or more. O(1), or the move of a chunk that grows. */
  set(position: number, count: number): void {
    const offset = position & CHUNK_MASK;
    const chunk = this.#chunkFor(position >>> CHUNK_BITS, offset);
    if (count >= LARGE) this.#large.set(position, count);
    else if (chunk[offset] === LARGE) this.#large.delete(position);
    chunk[offset] = Math.min(count, LARGE);
  }

  /**
   * Makes it these counts, where there are none. O(counts / 2^18).
   *
   * @param counts a byte each, its own from now on; undefined: each is 1.
   * @param large the counts of positions whose byte is 255.
   */
  fill(count: number, counts: Uint8Array | undefined, large: readonly (readonly [number, number])[]): void {
    this.clear();
    const chunkCounts = CHUNK_MASK + 1;
    if (counts === undefined) this.#ones = new Uint8Array(Math.min(count, chunkCounts)).fill(1);
    for (let from = 0; from < count; from += chunkCounts)
      this.#chunks.push(counts?.subarray(from, Math.min(count, from + chunkCounts)) ?? this.#ones!);
    for (const [position, value] of large) this.#large.set(position, value);
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#ones = undefined;
    this.#large.clear();
  }

  /** Holds what the other one holds, which both only read from now on: whichever is to be written to parts first. O(1). */
  share(other: CountColumn): void {
    this.#chunks = other.#chunks;
    this.#ones = other.#ones;
    this.#large.share(other.#large);
  }

  /** Ends the sharing for this one. O(counts), at the speed of memory. */
  part(): void {
    this.#chunks = this.#chunks.map((chunk) => chunk.slice());
    this.#large.part();
  }

  #chunkFor(number: number, offset: number): Uint8Array {
    const chunk = this.#chunks[number];
    if (chunk !== undefined && offset < chunk.length) return chunk === this.#ones ? this.#own(number, chunk) : chunk;
    const grown = new Uint8Array(Math.min(CHUNK_MASK + 1, Math.max(MIN_BYTES, 2 * offset)));
    if (chunk !== undefined) grown.set(chunk);
    this.#chunks[number] = grown;
    return grown;
  }

  #own(number: number, ones: Uint8Array): Uint8Array {
    const own = ones.slice();
    this.#chunks[number] = own;
    return own;
  }
}
