/**
 * The bodies of an image's documents in memory: each is let go of when the last of its documents was touched.
 *
 * Many bodies lie side by side in one piece of memory, as they were read, since each piece of that size has the collector run.
 * Such a piece is free when nothing of it is used any more. So once half of all bodies are gone, each one that goes has
 * two others move into memory of their own: no more than half of the bytes are ever moved, and the piece goes soon.
 */
import { ByteReader } from '../codec/byte-reader.js';
import { partOfPlace } from '../structures/part-of-place.js';
import { isSharedMemory } from '../structures/shared-memory.js';
import type { ImageBodies, ImageRows } from './image-tables.js';

const MOVED_AT_ONCE = 2;

export class BodyMemory {
  readonly #starts: readonly number[];
  /** Undefined once all documents of one are gone. */
  readonly #readers: (ByteReader | undefined)[];
  /** How many documents are bytes in each. */
  readonly #counts: number[];
  readonly #byteCount: number;
  #goneBytes = 0;
  /** Bodies from it on lie in memory of their own, or are gone. From the end: walks begin at the front. */
  #movedFrom: number;
  /** The body found last: neighbours are read in turn. */
  #last = 0;

  constructor(rows: ImageRows, { starts, readers }: ImageBodies) {
    this.#starts = starts;
    this.#readers = [...readers];
    // What other threads hold, too, is not freed by a move.
    this.#movedFrom = readers.some(({ data }) => isSharedMemory(data.buffer)) ? 0 : readers.length;
    this.#byteCount = readers.reduce((bytes, reader) => bytes + reader.byteCount, 0);
    this.#counts = countsOf(rows, starts);
    for (const [body, count] of this.#counts.entries()) if (count === 0) this.#readers[body] = undefined;
  }

  /** Length of the bodies that are held. O(bodies). */
  get heldBytes(): number {
    return this.#readers.reduce((bytes, reader) => bytes + (reader?.byteCount ?? 0), 0);
  }

  /** Stands at a place with a document that is bytes. */
  readerAt(place: number): ByteReader {
    const body = this.#bodyOf(place);
    const reader = this.#readers[body]!;
    reader.seek(place - this.#starts[body]!, reader.byteCount);
    return reader;
  }

  /** The document at a place is bytes no longer. O(1), and now and then the move of two bodies. */
  leave(place: number): void {
    const body = this.#bodyOf(place);
    const left = this.#counts[body]! - 1;
    this.#counts[body] = left;
    if (left > 0) return;
    this.#goneBytes += this.#readers[body]!.byteCount;
    this.#readers[body] = undefined;
    if (this.#goneBytes * 2 >= this.#byteCount) this.#moveSome();
  }

  #moveSome(): void {
    for (let count = 0; count < MOVED_AT_ONCE && this.#movedFrom > 0; ) {
      const data = this.#readers[--this.#movedFrom]?.data;
      if (data === undefined || data.buffer.byteLength === data.length) continue;
      // Not `slice` of a Buffer, which would not copy.
      this.#readers[this.#movedFrom] = new ByteReader(new Uint8Array(data));
      count++;
    }
  }

  #bodyOf(place: number): number {
    this.#last = partOfPlace(this.#starts, place, this.#last);
    return this.#last;
  }
}

/** Rows in each body: places rise. O(bodies · log rows). */
function countsOf({ places, rowCount }: ImageRows, starts: readonly number[]): number[] {
  const firstRowFrom = (place: number): number => {
    let low = 0;
    for (let high = rowCount; low < high; ) {
      const middle = (low + high) >>> 1;
      if (places[middle]! < place) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const firstRows = starts.map(firstRowFrom);
  return firstRows.map((first, body) => (firstRows[body + 1] ?? rowCount) - first);
}
