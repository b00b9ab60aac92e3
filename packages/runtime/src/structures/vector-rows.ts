/**
 * Vectors of one length by slot, side by side in a few large arrays: a scan over all of them reads memory in order and
 * makes nothing.
 *
 *   row of a slot := chunk `slot >> shift`, from `(slot & mask) × dimensions` on
 *
 * A chunk holds up to 4 MiB and is there as long as a slot of it has a vector. The first one begins small and doubles, so
 * that a small collection takes little. Beside each row stands its length (the norm), below 0 where the slot has no vector.
 */
import type { Slot } from './slot.js';

const CHUNK_BYTES = 4 * 1024 * 1024;
const FIRST_ROWS = 32;
const ABSENT = -1;

/** Rows that lie side by side. */
export interface VectorChunk {
  readonly numbers: Float32Array;
  /** Of each row; below 0: it is empty. */
  readonly norms: Float64Array;
  /** Rows that are not empty. */
  count: number;
}

export class VectorRows {
  readonly dimensions: number;
  /** Slots of a chunk, as a power of two. */
  readonly shift: number;
  readonly #mask: number;
  #chunks: (VectorChunk | undefined)[] = [];
  #count = 0;

  /** @param chunkBytes of a full chunk; for tests. */
  constructor(dimensions: number, chunkBytes = CHUNK_BYTES) {
    this.dimensions = dimensions;
    this.shift = Math.max(0, Math.floor(Math.log2(chunkBytes / (dimensions * Float32Array.BYTES_PER_ELEMENT))));
    this.#mask = 2 ** this.shift - 1;
  }

  /** Slots that have a vector. O(1). */
  get count(): number {
    return this.#count;
  }

  /** Bytes of memory that are taken. O(chunks). */
  get byteCount(): number {
    let bytes = 0;
    for (const chunk of this.#chunks)
      if (chunk !== undefined) bytes += chunk.numbers.byteLength + chunk.norms.byteLength;
    return bytes;
  }

  /** Chunk by chunk; undefined where no slot has a vector. Not to be held over a write. */
  get chunks(): readonly (VectorChunk | undefined)[] {
    return this.#chunks;
  }

  /** The chunk in which the slot's row lies, if there is one. O(1). */
  chunkOf(slot: Slot): VectorChunk | undefined {
    return this.#chunks[slot >>> this.shift];
  }

  /** Where the slot's row stands in its chunk. O(1). */
  rowOf(slot: Slot): number {
    return slot & this.#mask;
  }

  has(slot: Slot): boolean {
    return (this.chunkOf(slot)?.norms[this.rowOf(slot)] ?? ABSENT) >= 0;
  }

  /** Gives the slot a vector, or another one. O(dimensions). @param norm its length, 0 or more. */
  set(slot: Slot, vector: ArrayLike<number>, norm: number): void {
    const row = this.rowOf(slot);
    const chunk = this.#chunkFor(slot >>> this.shift, row);
    if (chunk.norms[row]! < 0) {
      chunk.count++;
      this.#count++;
    }
    chunk.numbers.set(vector, row * this.dimensions);
    chunk.norms[row] = norm;
  }

  /** The slot has no vector any more. O(1). */
  delete(slot: Slot): void {
    const chunk = this.chunkOf(slot);
    const row = this.rowOf(slot);
    if (chunk === undefined || !(chunk.norms[row]! >= 0)) return;
    chunk.norms[row] = ABSENT;
    this.#count--;
    if (--chunk.count === 0) this.#chunks[slot >>> this.shift] = undefined;
  }

  clear(): void {
    this.#chunks = [];
    this.#count = 0;
  }

  /** Holds the rows of another, which both only read from now on: whichever is to be written to parts first. O(1). */
  share(other: VectorRows): void {
    this.#chunks = other.#chunks;
    this.#count = other.#count;
  }

  /** Ends the sharing for this one. O(rows), at the speed of memory. */
  part(): void {
    this.#chunks = this.#chunks.map(
      (chunk) => chunk && { numbers: chunk.numbers.slice(), norms: chunk.norms.slice(), count: chunk.count },
    );
  }

  #chunkFor(index: number, row: number): VectorChunk {
    const chunk = this.#chunks[index];
    if (chunk !== undefined && row < chunk.norms.length) return chunk;
    const full = this.#mask + 1;
    let rows = index === 0 ? Math.min(full, Math.max(FIRST_ROWS, chunk?.norms.length ?? 0)) : full;
    while (rows <= row) rows = Math.min(full, rows * 2);
    const grown: VectorChunk = {
      numbers: new Float32Array(rows * this.dimensions),
      norms: new Float64Array(rows).fill(ABSENT),
      count: chunk?.count ?? 0,
    };
    if (chunk !== undefined) {
      grown.numbers.set(chunk.numbers);
      grown.norms.set(chunk.norms);
    }
    while (this.#chunks.length < index) this.#chunks.push(undefined);
    this.#chunks[index] = grown;
    return grown;
  }
}
