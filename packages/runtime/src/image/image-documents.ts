/**
 * The documents of an image: bytes until their first read, found by key in the table that the image brings along.
 *
 * The table of keys stays when documents are made: it compares with these from then on.
 */
import type { ByteReader } from '../codec/byte-reader.js';
import type { EncodedDocument } from '../codec/encoded-document.js';
import type { StoreKey } from '../structures/store-key.js';
import type { PartialDocument } from '../undecoded/partial-document.js';
import type { UndecodedForm } from '../undecoded/undecoded-form.js';
import { BodyMemory } from './body-memory.js';
import { imageHash } from './image-hash.js';
import type { ImageBodies, ImageRows, PutReader } from './image-tables.js';
import { PeekedFields } from './peeked-fields.js';
import type { StoreImage } from './store-image.js';

/** The part of a store that its image asks. */
export interface ImageOwner {
  /** Whether the row's document, which was made, has the key. */
  hasKey(row: number, key: StoreKey): boolean;
  /** Whether the row's document is still bytes. */
  isUntouched(row: number): boolean;
}

export class ImageDocuments implements StoreImage {
  readonly rows: ImageRows;
  readonly #owner: ImageOwner;
  readonly #form: UndecodedForm;
  readonly #puts: PutReader;
  readonly #bodies: BodyMemory;
  #count: number;
  readonly #peeked: PeekedFields;

  constructor(rows: ImageRows, bodies: ImageBodies, form: UndecodedForm, owner: ImageOwner) {
    this.rows = rows;
    this.#form = form;
    this.#owner = owner;
    this.#puts = bodies.puts;
    this.#bodies = new BodyMemory(rows, bodies);
    this.#peeked = new PeekedFields(form);
    this.#count = rows.rowCount;
  }

  /** Documents that are bytes. O(1). */
  get count(): number {
    return this.#count;
  }

  /** Length of the bodies that are held. O(bodies). */
  get heldBytes(): number {
    return this.#bodies.heldBytes;
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

  encodedAt(row: number): EncodedDocument {
    const { data, position, end } = this.#documentAt(row);
    return { data, start: position, end };
  }

  /** The row is bytes no longer. */
  leave(row: number): void {
    this.#bodies.leave(this.rows.places[row]!);
    this.#count--;
  }

  /** A passing copy: whole, or only some fields, then good until the next call. */
  peek(row: number, fields: readonly string[] | undefined): object {
    const peeked = fields === undefined ? undefined : this.#peeked.of(fields);
    if (peeked === undefined) return this.read(row);
    this.readPart(row, peeked.partial, peeked.values);
    return peeked.values;
  }

  /** Puts some fields into `values`, and leaves the document as bytes. O(bytes up to the last of them). */
  readPart(row: number, partial: PartialDocument, values: Record<string, unknown>): void {
    partial.read(this.#documentAt(row), values);
  }

  bytesAt(row: number): ByteReader {
    return this.#documentAt(row);
  }

  #documentAt(row: number): ByteReader {
    const reader = this.#readerAt(row);
    this.#puts.toDocument(reader);
    return reader;
  }

  #readerAt(row: number): ByteReader {
    return this.#bodies.readerAt(this.rows.places[row]!);
  }
}
