/**
 * A growing list in chunks: it never moves more than one chunk at a time, where one long array would hold the loop
 * while it is copied. An item costs 8 bytes; a list of a few items takes no more than a short array.
 */

/**
 * Items of one chunk, as a power of two: a chunk that grows is moved, which takes below a millisecond, or two while the
 * garbage collector marks (5 ms with chunks of 2^18).
 */
const CHUNK_BITS = 16;
const CHUNK_ITEMS = 2 ** CHUNK_BITS;
const CHUNK_MASK = CHUNK_ITEMS - 1;
/** Items of the first chunk: it stands for as many of the others as fit in. */
const FIRST_ITEMS = 2 * CHUNK_ITEMS;

export class Column<T> {
  /** The first chunk, at hand without a step: a look-up by key takes 10 % less. */
  #first: T[] = [];
  readonly #chunks: T[][] = chunksBehind(this.#first);

  /** The item at a position below the highest that was set. O(1). */
  get(position: number): T {
    if (position < FIRST_ITEMS) return this.#first[position] as T;
    return (this.#chunks[position >>> CHUNK_BITS] as T[])[position & CHUNK_MASK] as T;
  }

  /** Replaces an item, or adds one right behind the last. O(1), or the move of a chunk that grows. */
  set(position: number, item: T): void {
    const number = position >>> CHUNK_BITS;
    const offset = position < FIRST_ITEMS ? position : position & CHUNK_MASK;
    const chunk = this.#chunks[number];
    if (chunk === undefined) this.#chunks[number] = [item];
    else if (offset < chunk.length) chunk[offset] = item;
    else chunk.push(item);
  }

  /** The items of many positions, as an array of the caller's own. O(positions). */
  pick(positions: readonly number[]): T[] {
    const chunks = this.#chunks;
    const first = this.#first;
    const { length } = positions;
    const items = new Array<T>(length);
    for (let index = 0; index < length; index++) {
      const position = positions[index] as number;
      items[index] =
        position < FIRST_ITEMS
          ? (first[position] as T)
          : ((chunks[position >>> CHUNK_BITS] as T[])[position & CHUNK_MASK] as T);
    }
    return items;
  }

  clear(): void {
    this.#first = [];
    this.#chunks.length = 0;
    this.#chunks.push(...chunksBehind(this.#first));
  }
}

/** The first chunk in all the places it stands for. */
function chunksBehind<T>(first: T[]): T[][] {
  return Array.from({ length: FIRST_ITEMS / CHUNK_ITEMS }, () => first);
}
