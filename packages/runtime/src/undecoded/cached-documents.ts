/**
 * The documents of one collection in a database with `cacheBytes`: decoded at a read, and bytes again when others need
 * the room. See decoded-cache.ts.
 *
 *   read from the disk      its bytes stay when it is decoded, its texts are found as before: to go back costs nothing
 *   written since           it has no bytes: they are made when it goes back; its key and unique values stay texts
 *   cold                    it is in the file of the image: to go back costs nothing, to come again costs a read
 *
 * A document stays as long as a watched query shows it, and for good when it has fields its class does not know.
 */
import { ByteWriter } from '../codec/byte-writer.js';
import { keptFieldsOf } from '../codec/kept-fields.js';
import { doubled } from '../structures/doubled.js';
import type { Slot } from '../structures/slot.js';
import type { CacheOwner, DecodedCache } from './decoded-cache.js';
import type { DocumentColumn, PlacedDocuments, UndecodedDocuments } from './undecoded-documents.js';

const FIRST_CAPACITY = 1_024;
/** Below every place, and what stands for a row of an image. */
const NOWHERE = -2;
const writer = new ByteWriter();

/** The facts about a collection that decide what goes and what stays. */
export interface CachedDocumentsParts {
  readonly cache: DecodedCache;
  readonly documents: DocumentColumn;
  readonly undecoded: UndecodedDocuments;
  /** Reads the document at a place. */
  readonly read: (place: number, slot: Slot) => object;
  /** A document has no bytes from now on. */
  readonly leave: (place: number, slot: Slot, document: object) => void;
  /** About how many bytes a document takes. */
  readonly sizeOf: (document: object) => number;
  /** Whether somebody relies on the very object. */
  readonly isPinned: (slot: Slot) => boolean;
  /** Called before a document that was written goes back to bytes: its key must be known without it. */
  readonly beforeEncoding: (slot: Slot) => void;
}

export class CachedDocuments implements CacheOwner, PlacedDocuments {
  readonly #parts: CachedDocumentsParts;
  /** Position in the cache by slot, one more than it is; 0: the document is bytes, or there is none. */
  #positions = new Int32Array(FIRST_CAPACITY);
  /** A bit for each slot. */
  #used = new Uint32Array(FIRST_CAPACITY / 32);
  #placedCount = 0;
  /** Those of them whose bytes are in an image. */
  #imageCount = 0;

  constructor(parts: CachedDocumentsParts) {
    this.#parts = parts;
  }

  /** Decoded documents whose bytes are still here. */
  get placedCount(): number {
    return this.#placedCount;
  }

  /** Decoded documents whose bytes are in an image. */
  get imageCount(): number {
    return this.#imageCount;
  }

  /** A document was read. O(1). */
  note(slot: Slot): void {
    this.#used[slot >>> 5]! |= 1 << (slot & 31);
  }

  takeUsed(slot: Slot): boolean {
    const word = slot >>> 5;
    const bit = 1 << (slot & 31);
    const used = this.#used[word]!;
    this.#used[word] = used & ~bit;
    return (used & bit) !== 0;
  }

  /** Where the bytes of a decoded document are; negative: nowhere, or in an image. O(1). */
  placeOf(slot: Slot): number {
    const position = this.#positionOf(slot);
    return position < 0 ? NOWHERE : this.#parts.cache.placeAt(position);
  }

  /** The bytes of a decoded document have moved. */
  setPlace(slot: Slot, place: number): void {
    this.#parts.cache.setPlace(this.#positionOf(slot), place);
  }

  /** Whether the document of a slot is decoded and has no bytes. O(1). */
  isWithoutBytes(slot: Slot): boolean {
    const position = this.#positionOf(slot);
    return position >= 0 && this.#parts.cache.placeAt(position) === NOWHERE;
  }

  /** The bytes of a decoded document are in an image now. @param isNew it had none. */
  gain(slot: Slot, place: number, isNew: boolean): void {
    this.setPlace(slot, place);
    this.#imageCount++;
    if (isNew) this.#placedCount++;
  }

  /** Reads a document that is bytes. O(document). */
  decode(place: number, slot: Slot): object {
    const { cache, documents, read, sizeOf } = this.#parts;
    const document = read(place, slot);
    documents.set(slot, document);
    this.#countPlaced(place, 1);
    cache.add(this, slot, sizeOf(document), place);
    return document;
  }

  /** A document stands in a slot that has no bytes: it is new, or replaces one that was detached. O(document). */
  put(slot: Slot, document: object): void {
    const { cache, sizeOf } = this.#parts;
    const position = this.#positionOf(slot);
    if (position < 0) cache.add(this, slot, sizeOf(document), NOWHERE);
    else cache.replace(position, sizeOf(document), NOWHERE);
  }

  /** Before a document is written to: its bytes no longer count, and its texts are found by strings. O(document). */
  detach(slot: Slot): object {
    const { cache, documents, read, leave } = this.#parts;
    const held = documents.get(slot);
    if (typeof held === 'number') {
      const document = read(held, slot);
      leave(held, slot, document);
      documents.set(slot, document);
      return document;
    }
    const place = this.placeOf(slot);
    if (place !== NOWHERE) {
      leave(place, slot, held as object);
      cache.setPlace(this.#positionOf(slot), NOWHERE);
      this.#countPlaced(place, -1);
    }
    return held as object;
  }

  /** The entry of a slot is gone; it was detached. O(1). */
  remove(slot: Slot): void {
    const position = this.#positionOf(slot);
    if (position >= 0) this.#parts.cache.remove(position);
  }

  evict(slot: Slot, place: number): boolean {
    const { documents, undecoded, isPinned, beforeEncoding } = this.#parts;
    const document = documents.get(slot) as object;
    if ((place === NOWHERE && keptFieldsOf(document) !== undefined) || isPinned(slot)) return false;
    if (place !== NOWHERE) {
      documents.set(slot, place);
      this.#countPlaced(place, -1);
      return true;
    }
    beforeEncoding(slot);
    writer.reset();
    undecoded.encode(document, writer);
    documents.set(slot, undecoded.keep(writer.finish()));
    return true;
  }

  setPosition(slot: Slot, position: number): void {
    while (this.#positions.length <= slot) {
      this.#positions = doubled(this.#positions);
      this.#used = doubled(this.#used);
    }
    this.#positions[slot] = position + 1;
  }

  /** Lets go of all of them, as of an entry each. O(slots). */
  clear(): void {
    for (let slot = 0; slot < this.#positions.length; slot++) this.remove(slot);
    this.#placedCount = 0;
    this.#imageCount = 0;
  }

  #countPlaced(place: number, by: number): void {
    this.#placedCount += by;
    if (place < 0) this.#imageCount += by;
  }

  #positionOf(slot: Slot): number {
    return slot < this.#positions.length ? this.#positions[slot]! - 1 : NOWHERE;
  }
}
