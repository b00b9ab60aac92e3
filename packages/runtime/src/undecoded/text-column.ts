/**
 * Texts that stay bytes in their documents, and a hash table over them: text → document, without a string for any.
 *
 * Ids and unique values of documents nobody has touched. As strings in a Map they took more of an opening than all
 * else: a million of them are 32 bytes each which the collector moves twice, and a million places in a Map. Here a text
 * costs 16 bytes. Texts of more than 63 units or not of ASCII are kept as strings, and not found by `find`.
 *
 *   hashes[document], places[document]    where the text stands; 0: nowhere, or the document has left
 *   cells[hash & mask …] = document + 1   open addressing, linear; -1 where one has left
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
const MAX_PLACE = 2 ** 32 - 2;

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
    const place = this.#places[document]!;
    return place === 0 ? this.#others.get(document) : this.#readerAt(place - 1).string();
  }

  /** Whether the document's text is among those of `find`. */
  isHashed(document: number): boolean {
    return document < this.#count && this.#places[document] !== 0;
  }

  /**
   * Fills the table with the texts that were appended. O(documents).
   *
   * @returns false when a text is there twice: the table is then empty.
   */
  *building(): Steps<boolean> {
    let capacity = FIRST_CAPACITY;
    while (capacity < this.#count * 2) capacity *= 2;
    this.#cells = new Int32Array(capacity);
    this.#size = 0;
    const isWhole = yield* inParts(this.#count, (from, to) => this.#insert(from, to));
    if (!isWhole) this.forget();
    return isWhole;
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
        if (hashes[other - 1] === hash && this.at(other - 1) === this.at(document)) return false;
        cell = (cell + 1) & mask;
      }
      cells[cell] = document + 1;
      this.#size++;
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

  /** The document is bytes no longer, and its text a string: if it was found until now, `onLeave` is called. O(1). */
  leave(document: number, text: unknown): void {
    if (!this.isHashed(document)) return;
    this.#places[document] = 0;
    if (this.#size === 0) return;
    const cells = this.#cells;
    const mask = cells.length - 1;
    let cell = this.#hashes[document]! & mask;
    while (cells[cell] !== document + 1) {
      if (cells[cell] === 0) return;
      cell = (cell + 1) & mask;
    }
    cells[cell] = LEFT;
    this.#size--;
    this.onLeave?.(text as string, document);
  }

  /** Empties the table: nothing is found any more; `at` goes on. */
  forget(): void {
    this.#cells = new Int32Array(0);
    this.#size = 0;
  }

  #grow(): void {
    this.#hashes = doubled(this.#hashes);
    this.#places = doubled(this.#places);
  }
}
