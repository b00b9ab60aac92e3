/**
 * The documents of an image: bytes until their first read, found by key in the table that the image brings along.
 *
 * A body is let go of when the last of its documents was touched. The table of keys stays: it compares with the documents
 * themselves once they are made.
 */
import type { ByteReader } from '../codec/byte-reader.js';
import { partOfPlace } from '../structures/part-of-place.js';
import type { StoreKey } from '../structures/store-key.js';
import type { PartialDocument } from '../undecoded/partial-document.js';
import type { UndecodedForm } from '../undecoded/undecoded-form.js';
import { imageHash } from './image-hash.js';
import type { ImageBodies, ImageRows, PutReader } from './image-tables.js';

/** The part of a store that its image asks. */
export interface ImageOwner {
  /** Whether the row's document, which was made, has the key. */
  hasKey(row: number, key: StoreKey): boolean;
  /** Whether the row's document is still bytes. */
  isUntouched(row: number): boolean;
}

/** Fields that are read alone, and the object they are put in. */
interface Peeked {
  readonly fields: readonly string[];
  readonly partial: PartialDocument;
  readonly values: Record<string, unknown>;
}

export class ImageDocuments {
  readonly rows: ImageRows;
  readonly #owner: ImageOwner;
  readonly #form: UndecodedForm;
  readonly #puts: PutReader;
  readonly #starts: readonly number[];
  readonly #readers: (ByteReader | undefined)[];
  /** How many documents are bytes in each body. */
  readonly #counts: number[];
  #count: number;
  #last = 0;
  #peeked: Peeked | undefined;

  constructor(rows: ImageRows, bodies: ImageBodies, form: UndecodedForm, owner: ImageOwner) {
    this.rows = rows;
    this.#form = form;
    this.#owner = owner;
    this.#puts = bodies.puts;
    this.#starts = bodies.starts;
    this.#readers = [...bodies.readers];
    this.#count = rows.rowCount;
    this.#counts = countsOf(rows, bodies.starts);
    for (const [body, count] of this.#counts.entries()) if (count === 0) this.#readers[body] = undefined;
  }

  /** Documents that are bytes. O(1). */
  get count(): number {
    return this.#count;
  }

  /** Length of the bodies that are held. O(bodies). */
  get heldBytes(): number {
    return this.#readers.reduce((bytes, reader) => bytes + (reader?.byteCount ?? 0), 0);
  }

  /** Keys that are found here. O(1). */
  get size(): number {
    return this.rows.keys.size;
  }

  /** The row of a key. O(length of the key). */
  find(key: StoreKey): number | undefined {
    return this.rows.keys.find(imageHash(key, this.rows.seed), key, this);
  }

  isRow(row: number, key: StoreKey): boolean {
    if (!this.#owner.isUntouched(row)) return this.#owner.hasKey(row, key);
    return this.#puts.hasKey(this.#readerAt(row), key);
  }

  /** The key of a row that is bytes. O(length). */
  keyAt(row: number): StoreKey {
    return this.#puts.key(this.#readerAt(row));
  }

  /** The key no longer leads to the row. */
  forgetKey(key: StoreKey, row: number): boolean {
    return this.rows.keys.remove(imageHash(key, this.rows.seed), row);
  }

  /** The first read of a document, which the caller keeps from now on. Frozen. O(document). */
  decode(row: number): object {
    const document = this.read(row);
    this.leave(row);
    return document;
  }

  /** The document of a row, which stays bytes too. Frozen. O(document). */
  read(row: number): object {
    return this.#form.decode(this.#documentAt(row));
  }

  /** The row is bytes no longer. */
  leave(row: number): void {
    const body = this.#bodyOf(this.rows.places[row]!);
    const left = this.#counts[body]! - 1;
    this.#counts[body] = left;
    if (left === 0) this.#readers[body] = undefined;
    this.#count--;
  }

  /** A passing copy: whole, or only some fields, then good until the next call. */
  peek(row: number, fields: readonly string[] | undefined): object {
    const peeked = fields === undefined ? undefined : this.#peekedOf(fields);
    if (peeked === undefined) return this.read(row);
    this.readPart(row, peeked.partial, peeked.values);
    return peeked.values;
  }

  /** Puts some fields into `values`, and leaves the document as bytes. O(bytes up to the last of them). */
  readPart(row: number, partial: PartialDocument, values: Record<string, unknown>): void {
    partial.read(this.#documentAt(row), values);
  }

  #peekedOf(fields: readonly string[]): Peeked | undefined {
    if (this.#peeked?.fields === fields) return this.#peeked;
    const partial = this.#form.partial(fields);
    if (partial === undefined) return undefined;
    this.#peeked = { fields, partial, values: {} };
    return this.#peeked;
  }

  #documentAt(row: number): ByteReader {
    const reader = this.#readerAt(row);
    this.#puts.toDocument(reader);
    return reader;
  }

  #readerAt(row: number): ByteReader {
    const place = this.rows.places[row]!;
    const body = this.#bodyOf(place);
    const reader = this.#readers[body]!;
    reader.seek(place - this.#starts[body]!, reader.byteCount);
    return reader;
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
