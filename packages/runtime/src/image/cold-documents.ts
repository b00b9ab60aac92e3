/**
 * The documents of a cold collection: in the file of the image, each read when it is asked for. Keys are in memory.
 *
 *   key ─▶ cell ─▶ row ─▶ compared with the key bytes in memory
 *   slot ─▶ place, length, checksum ─▶ one positioned read ─▶ checked ─▶ decoded
 *
 * Row n of the image that an opening read is slot n. When the next image is written, all slots move to its file at once
 * (`moveTo`); slots that were written meanwhile have their documents in memory and are not asked for here.
 */
import { ByteReader } from '../codec/byte-reader.js';
import type { EncodedDocument } from '../codec/encoded-document.js';
import { KeptFields, keepFields } from '../codec/kept-fields.js';
import type { StoreKey } from '../structures/store-key.js';
import type { PartialDocument } from '../undecoded/partial-document.js';
import type { UndecodedForm } from '../undecoded/undecoded-form.js';
import { ImageCells } from './image-cells.js';
import { imageHash } from './image-hash.js';
import type { ColdBytes, ColdPlaces, ColdRows, ImageRows, PutReader } from './image-tables.js';
import { PeekedFields } from './peeked-fields.js';
import type { StoreImage } from './store-image.js';

/** Cold documents with the keys that are found here. */
interface KeyedColdRows extends Pick<ImageRows, 'seed'> {
  /** Undefined: none is. */
  readonly keys: ImageCells | undefined;
  /** Documents that are here. */
  readonly rowCount: number;
  readonly cold: ColdRows;
}

export class ColdDocuments implements StoreImage {
  readonly #form: UndecodedForm;
  readonly #puts: PutReader;
  readonly #cells: ImageCells;
  readonly #seed: number;
  /** A reader over the keys of rows, and where each ends. */
  readonly #keys: ByteReader;
  readonly #keyEnds: Uint32Array;
  readonly #peeked: PeekedFields;
  #bytes: ColdBytes;
  /** By slot. */
  #places: ColdPlaces;
  /** Undefined once an image of today's class is read. */
  #readOlder: ColdRows['readOlder'];
  #count: number;
  #readCount = 0;

  constructor(form: UndecodedForm, puts: PutReader, { keys, seed, rowCount, cold }: KeyedColdRows) {
    this.#form = form;
    this.#puts = puts;
    this.#cells = keys ?? new ImageCells(new Uint32Array(2), 0, 0, 'share');
    this.#seed = seed;
    this.#keys = new ByteReader(cold.keyBytes);
    this.#keyEnds = cold.keyEnds;
    this.#places = cold.places;
    this.#bytes = cold.bytes;
    this.#readOlder = cold.readOlder;
    this.#count = rowCount;
    this.#peeked = new PeekedFields(form);
  }

  get count(): number {
    return this.#count;
  }

  /** None: they are in the file. */
  get heldBytes(): number {
    return 0;
  }

  get size(): number {
    return this.#cells.size;
  }

  /** Documents that were read from the file since the opening. */
  get readCount(): number {
    return this.#readCount;
  }

  find(key: StoreKey): number | undefined {
    return this.#cells.find(imageHash(key, this.#seed), key, this);
  }

  isRow(row: number, key: StoreKey): boolean {
    return this.#puts.isKey(this.#keyReaderAt(row), key);
  }

  keyAt(row: number): StoreKey {
    return this.#puts.keyAlone(this.#keyReaderAt(row));
  }

  forgetKey(key: StoreKey, row: number): boolean {
    return this.#cells.remove(imageHash(key, this.#seed), row);
  }

  #keyReaderAt(row: number): ByteReader {
    const keys = this.#keys;
    keys.seek(row === 0 ? 0 : this.#keyEnds[row - 1]!, this.#keyEnds[row]!);
    return keys;
  }

  decode(row: number): object {
    const document = this.read(row);
    this.leave();
    return document;
  }

  read(slot: number): object {
    return this.#documentAt(this.#readerAt(slot));
  }

  /** The document of the put that the reader stands at, with its unknown fields. */
  #documentAt(reader: ByteReader): object {
    const putEnd = reader.end;
    const hasMore = this.#puts.toDocument(reader);
    const { position, end } = reader;
    const unknownFields = hasMore ? unknownFieldsAt(reader, end, putEnd) : undefined;
    reader.seek(position, end);
    if (this.#readOlder !== undefined) return this.#readOlder(reader, unknownFields);
    const document = this.#form.decode(reader);
    if (unknownFields !== undefined) keepFields(document, new KeptFields(unknownFields));
    return document;
  }

  /** A copy: what the file is read into is used again. Undefined for an older model, and where unknown fields follow. */
  encodedAt(slot: number): EncodedDocument | undefined {
    if (this.#readOlder !== undefined) return undefined;
    const reader = this.#readerAt(slot);
    if (this.#puts.toDocument(reader)) return undefined;
    const data = Uint8Array.prototype.slice.call(reader.data, reader.position, reader.end);
    return { data, start: 0, end: data.length };
  }

  leave(): void {
    this.#count--;
  }

  /** A document that was written since is here from now on. */
  join(): void {
    this.#count++;
  }

  /** Whole where the document has unknown fields, whatever is asked for: who looks for these asks for no field. */
  peek(slot: number, fields: readonly string[] | undefined): object {
    const peeked = fields === undefined || this.#readOlder !== undefined ? undefined : this.#peeked.of(fields);
    const reader = this.#readerAt(slot);
    const { position, end } = reader;
    const hasMore = peeked !== undefined && this.#puts.toDocument(reader);
    if (peeked === undefined || hasMore) {
      reader.seek(position, end);
      return this.#documentAt(reader);
    }
    peeked.partial.read(reader, peeked.values);
    return peeked.values;
  }

  readPart(slot: number, partial: PartialDocument, values: Record<string, unknown>): void {
    const reader = this.#readerAt(slot);
    if (this.#readOlder === undefined) {
      this.#puts.toDocument(reader);
      partial.read(reader, values);
      return;
    }
    const document = this.#documentAt(reader) as Readonly<Record<string, unknown>>;
    for (const name of partial.fields) values[name] = document[name];
  }

  bytesAt(slot: number): ByteReader | undefined {
    if (this.#readOlder !== undefined) return undefined;
    const reader = this.#readerAt(slot);
    this.#puts.toDocument(reader);
    return reader;
  }

  /** From now on the documents are in another file, each slot at its place there. @returns the file that it was so far. */
  moveTo(bytes: ColdBytes, places: ColdPlaces): ColdBytes {
    const before = this.#bytes;
    this.#bytes = bytes;
    this.#places = places;
    this.#readOlder = undefined;
    return before;
  }

  #readerAt(slot: number): ByteReader {
    this.#readCount++;
    const { starts, lengths, checksums } = this.#places;
    return this.#bytes.readerAt(starts[slot]!, lengths[slot]!, checksums[slot]!);
  }
}

function unknownFieldsAt(reader: ByteReader, from: number, to: number): Uint8Array {
  reader.seek(from, to);
  return reader.bytes();
}
