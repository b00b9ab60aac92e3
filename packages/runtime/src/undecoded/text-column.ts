/**
 * Texts that stay bytes in their documents, and a hash table over them: text → document, without a string for any.
 *
 * Ids and unique values of documents nobody has touched. As strings in a Map they took more of an opening than all
 * else: a million of them are 32 bytes each which the collector moves twice, and a million places in a Map. Here a text
 * costs 16 bytes. Texts of more than 63 units or not of ASCII are kept as strings, and not found by `find`.
 *
 *   hashes[document], places[document]    where the text stands; 0: nowhere, or the document has left
 *   cells[hash & mask …] = document + 1   open addressing, linear, at most half full; -1 where one has left
 */

import { type ByteReader, textHash } from '../codec/byte-reader.js';
import { inParts, type Steps } from '../scheduling/steps.js';
import { doubled } from '../structures/doubled.js';
import type { ProjectedColumn } from './projected-column.js';
import type { ProjectedTexts } from './projected-columns.js';

/** Gives a reader that stands at a place. */
export type ReaderAt = (place: number) => ByteReader;

const FIRST_CAPACITY = 1_024;
const LEFT = -1;
/** Places beyond do not fit their column. */
export const MAX_PLACE = 2 ** 32 - 2;

export class TextColumn implements ProjectedColumn, ProjectedTexts {
  readonly name: string;
  onLeave: ((text: string, document: number) => void) | undefined;
  readonly #readerAt: ReaderAt;
  #hashes = new Int32Array(FIRST_CAPACITY);
  #places = new Uint32Array(FIRST_CAPACITY);
  #cells = new Int32Array(0);
  #count = 0;
  /** Of documents whose texts have no hash. */
  readonly #others = new Map<number, string>();
  /** Where the data begin that the reader of `append` reads. */
  startPlace = 0;
  #ascendingFrom = 0;
  #size = 0;
  /** Cells that are not empty: those of documents that have left too. */
  #takenCount = 0;

  constructor(name: string, readerAt: ReaderAt) {
    this.name = name;
    this.#readerAt = readerAt;
  }

  get count(): number {
    return this.#count;
  }

  /** Texts that `find` finds. */
  get size(): number {
    return this.#size;
  }

  /** From this document on each text is above the one before; the count when nobody knows. */
  get ascendingFrom(): number {
    return this.#ascendingFrom;
  }

  setCount(count: number): void {
    if (this.#count < count || count < this.#ascendingFrom) this.#ascendingFrom = count;
    while (this.#places.length < count) this.#grow();
    if (this.#count < count) this.#places.fill(0, this.#count, count);
    for (let document = count; document < this.#count; document++) this.#others.delete(document);
    this.#count = count;
    if (count > 0) return;
    this.#hashes = new Int32Array(FIRST_CAPACITY);
    this.#places = new Uint32Array(FIRST_CAPACITY);
  }

  append(reader: ByteReader, starts: Int32Array): void {
    const end = reader.byteCount;
    while (this.#places.length < this.#count + starts.length) this.#grow();
    for (let index = 0; index < starts.length; index++) {
      const start = starts[index]!;
      if (start < 0) this.#places[this.#count++] = 0;
      else {
        reader.seek(start, end);
        this.#appendNext(reader, this.startPlace + start);
      }
    }
  }

  /** As of a column's `replace`. While the table holds the document, it must be the same text at another place. */
  replace(document: number, reader: ByteReader, start: number): void {
    if (this.#others.size > 0) this.#others.delete(document);
    this.#places[document] = 0;
    if (start < 0) return;
    reader.seek(start, reader.byteCount);
    const place = this.startPlace + start;
    const hash = place > MAX_PLACE ? -1 : reader.nextTextHash();
    if (hash < 0) this.#others.set(document, reader.string());
    else {
      this.#hashes[document] = hash;
      this.#places[document] = place + 1;
    }
  }

  /** The bytes of the document have moved. */
  move(document: number, byPlaces: number): void {
    if (this.isHashed(document)) this.#places[document] = this.#places[document]! + byPlaces;
  }

  #appendNext(reader: ByteReader, place: number): void {
    const document = this.#count;
    const hash = place > MAX_PLACE ? -1 : reader.nextTextHash();
    if (this.#ascendingFrom < document && !this.#isAbovePrevious(reader, document, hash))
      this.#ascendingFrom = document;
    this.#count = document + 1;
    if (hash < 0) {
      this.#places[document] = 0;
      this.#others.set(document, reader.string());
    } else {
      this.#hashes[document] = hash;
      this.#places[document] = place + 1;
    }
  }

  /** Whether the text that comes next is above that of the document before. */
  #isAbovePrevious(reader: ByteReader, document: number, hash: number): boolean {
    const previousPosition = this.#places[document - 1]! - 1 - this.startPlace;
    // Both of the same body, as nearly always: no string is made.
    if (hash >= 0 && previousPosition >= 0) return reader.isNextTextAbove(previousPosition);
    const { position, end } = reader;
    const text = reader.string();
    // May move the reader, if it is that of the document before.
    const previous = this.at(document - 1);
    reader.seek(position, end);
    return previous !== undefined && text > previous;
  }

  at(document: number): string | undefined {
    const place = document < this.#count ? this.#places[document]! : 0;
    return place === 0 ? this.#others.get(document) : this.#readerAt(place - 1).string();
  }

  /** Whether the document's text is among those of `find`. */
  isHashed(document: number): boolean {
    return document < this.#count && this.#places[document] !== 0;
  }

  /**
   * Fills the table with the texts that were appended. O(documents), amortised.
   *
   * @param since those before are in it.
   * @returns false when a text is there twice: the table is then empty.
   */
  *building(since = 0): Steps<boolean> {
    if (since === 0) this.forget();
    const first = this.#makeCellsFor(this.#count - since, since === 0 ? 2 : 3) ? 0 : since;
    const isWhole = yield* inParts(this.#count - first, (from, to) => this.#insert(first + from, first + to));
    if (!isWhole) this.forget();
    return isWhole;
  }

  /** Adds to the table the text of a document, which no other has. O(1), amortised. */
  add(document: number): void {
    if (this.#makeCellsFor(1, 3)) this.#insert(0, this.#count);
    else this.#insert(document, document + 1);
  }

  /**
   * Sees to it that so many more find room.
   *
   * @param cellsPerText of a new table, at least. Above 2, so that documents that come and go do not need one each time.
   * @returns whether the table is new, and empty.
   */
  #makeCellsFor(addedCount: number, cellsPerText: number): boolean {
    if ((this.#takenCount + addedCount) * 2 <= this.#cells.length) return false;
    let capacity = FIRST_CAPACITY;
    while (capacity < (this.#size + addedCount) * cellsPerText) capacity *= 2;
    this.#cells = new Int32Array(capacity);
    this.#size = 0;
    this.#takenCount = 0;
    return true;
  }

  /** Puts documents into the table. @returns false when the text of one is there already. */
  #insert(from: number, to: number): boolean {
    const cells = this.#cells;
    const hashes = this.#hashes;
    const places = this.#places;
    const mask = cells.length - 1;
    for (let document = from; document < to; document++) {
      if (places[document] === 0) continue;
      const hash = hashes[document]!;
      let cell = hash & mask;
      for (;;) {
        const other = cells[cell]!;
        if (other === 0) break;
        if (other !== LEFT && hashes[other - 1] === hash && this.at(other - 1) === this.at(document)) return false;
        cell = (cell + 1) & mask;
      }
      cells[cell] = document + 1;
      this.#size++;
      this.#takenCount++;
    }
    return true;
  }

  /** The document with the text. O(length), O(1) where there is none. */
  find(text: string): number | undefined {
    // First: each insert asks here for its key and its unique values, and mostly there are no texts any more.
    if (this.#size === 0) return undefined;
    const hash = textHash(text);
    if (hash < 0) return undefined;
    const cells = this.#cells;
    const mask = cells.length - 1;
    for (let cell = hash & mask; ; cell = (cell + 1) & mask) {
      const document = cells[cell]! - 1;
      if (document === -1) return undefined;
      if (document < 0 || this.#hashes[document] !== hash) continue;
      if (this.#readerAt(this.#places[document]! - 1).isNextText(text)) return document;
    }
  }

  /** As `find`, of the text that comes next. The reader stands where it stood. */
  findNext(reader: ByteReader): number | undefined {
    const { data, position, end } = reader;
    const hash = this.#size === 0 ? -1 : reader.nextTextHash();
    if (hash < 0) return undefined;
    const byteCount = 1 + (data[position]! >>> 1);
    const cells = this.#cells;
    const mask = cells.length - 1;
    for (let cell = hash & mask; ; cell = (cell + 1) & mask) {
      const document = cells[cell]! - 1;
      if (document === -1) return undefined;
      if (document < 0 || this.#hashes[document] !== hash) continue;
      const other = this.#readerAt(this.#places[document]! - 1);
      const isSame = areSameBytes(data, position, other.data, other.position, byteCount);
      // May be the reader of the other one too.
      reader.seek(position, end);
      if (isSame) return document;
    }
  }

  /** The document is bytes no longer, and its text a string: if it was found until now, `onLeave` is called. O(1). */
  leave(document: number, text: unknown): void {
    if (this.drop(document)) this.onLeave?.(text as string, document);
  }

  /** The document is gone. @returns whether it was found until now. O(1). */
  drop(document: number): boolean {
    if (!this.isHashed(document)) {
      if (this.#others.size > 0) this.#others.delete(document);
      return false;
    }
    this.#places[document] = 0;
    if (this.#size === 0) return false;
    const cells = this.#cells;
    const mask = cells.length - 1;
    let cell = this.#hashes[document]! & mask;
    while (cells[cell] !== document + 1) {
      if (cells[cell] === 0) return false;
      cell = (cell + 1) & mask;
    }
    cells[cell] = LEFT;
    this.#size--;
    return true;
  }

  /** Empties the table: nothing is found any more; `at` goes on. */
  forget(): void {
    this.#cells = new Int32Array(0);
    this.#size = 0;
    this.#takenCount = 0;
  }

  #grow(): void {
    this.#hashes = doubled(this.#hashes);
    this.#places = doubled(this.#places);
  }
}

function areSameBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, byteCount: number): boolean {
  for (let index = 0; index < byteCount; index++) if (a[aStart + index] !== b[bStart + index]) return false;
  return true;
}
