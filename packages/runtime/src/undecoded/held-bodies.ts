/**
 * The pieces of memory that hold the bytes of a collection's documents: bodies of frames, side by side in one row of
 * places.
 *
 *   place of a document := where its body begins in the row + its offset therein
 *
 * Each body counts its documents and is let go of with the last one. In between it is held as a whole: a body of which
 * most documents are gone is mostly rests, and the owner moves what is left.
 */
import type { ByteReader } from '../codec/byte-reader.js';
import { partOfPlace } from '../structures/part-of-place.js';
import { MAX_PLACE } from './text-column.js';

/** Bodies are wasteful when they hold so many times the documents in them. */
const WASTEFUL_FACTOR = 3;

export class HeldBodies {
  /** Undefined once all documents of one are gone. */
  readonly #bodies: (ByteReader | undefined)[] = [];
  /** Where each begins. */
  readonly #starts: number[] = [];
  /** How many documents are left in each, and how many bytes they are. */
  readonly #counts: number[] = [];
  readonly #leftBytes: number[] = [];
  #endPlace = 0;
  #count = 0;
  #heldBytes = 0;
  #documentBytes = 0;
  /** The body found last: neighbours are read in turn. */
  #found = 0;

  /** Documents in all of them. */
  get count(): number {
    return this.#count;
  }

  /** Length of the bodies that are held. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The body that documents are added to. */
  get last(): ByteReader | undefined {
    return this.#bodies[this.#bodies.length - 1];
  }

  /** Makes the reader's data the last body. @returns where it begins. O(1). */
  open(reader: ByteReader): number {
    const last = this.#bodies.length - 1;
    if (last >= 0 && this.#bodies[last] === reader) return this.#starts[last]!;
    const start = this.#endPlace;
    this.#bodies.push(reader);
    this.#starts.push(start);
    this.#counts.push(0);
    this.#leftBytes.push(0);
    this.#endPlace += reader.byteCount;
    this.#heldBytes += reader.byteCount;
    return start;
  }

  /** A document more in the last body. @returns its place. O(1). */
  add(position: number, end: number): number {
    const body = this.#bodies.length - 1;
    this.#counts[body] = this.#counts[body]! + 1;
    this.#leftBytes[body] = this.#leftBytes[body]! + end - position;
    this.#documentBytes += end - position;
    this.#count++;
    return this.#starts[body]! + position;
  }

  /** A document of so many bytes less at a place. O(log bodies). */
  remove(place: number, byteCount: number): void {
    const body = this.#bodyAt(place);
    const left = this.#counts[body]! - 1;
    this.#counts[body] = left;
    this.#leftBytes[body] = this.#leftBytes[body]! - byteCount;
    this.#documentBytes -= byteCount;
    this.#count--;
    if (left > 0) return;
    this.#heldBytes -= this.#bodies[body]!.byteCount;
    this.#bodies[body] = undefined;
  }

  /** A reader that stands at a place. O(log bodies), O(1) for neighbours. */
  readerAt(place: number): ByteReader {
    const body = this.#bodyAt(place);
    const reader = this.#bodies[body]!;
    reader.seek(place - this.#starts[body]!, reader.byteCount);
    return reader;
  }

  /** Whether places go on after a body of so many bytes. */
  hasRoomFor(byteCount: number): boolean {
    return this.#endPlace + byteCount < MAX_PLACE;
  }

  /** Whether the bodies hold several times the documents that are left in them, and so many bytes more. O(1). */
  isWasteful(beyondBytes: number): boolean {
    return this.#heldBytes > this.#documentBytes * WASTEFUL_FACTOR + beyondBytes;
  }

  /** Tells of a place whether its body is mostly rests now; undefined: none is. O(bodies). */
  restsNow(): ((place: number) => boolean) | undefined {
    const areRests = this.#bodies.map(
      (body, number) => body !== undefined && this.#leftBytes[number]! * WASTEFUL_FACTOR < body.byteCount,
    );
    // Documents are still put there.
    areRests.pop();
    if (!areRests.includes(true)) return undefined;
    return (place) => areRests[this.#bodyAt(place)] === true;
  }

  clear(): void {
    for (const list of [this.#bodies, this.#starts, this.#counts, this.#leftBytes]) list.length = 0;
    this.#endPlace = 0;
    this.#count = 0;
    this.#heldBytes = 0;
    this.#documentBytes = 0;
    this.#found = 0;
  }

  #bodyAt(place: number): number {
    this.#found = partOfPlace(this.#starts, place, this.#found);
    return this.#found;
  }
}
