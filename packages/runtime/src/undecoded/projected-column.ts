/**
 * The values of one field in many documents that are not decoded, read while these are passed over.
 *
 * Of any type here; plain numbers, lists of texts and texts of one document each have columns of their own, which make
 * nothing that the collector would move: number-column.ts, tag-column.ts, text-column.ts.
 */
import type { ByteReader } from '../codec/byte-reader.js';

/** Values of one field, by the number of the document. */
export interface ProjectedColumn {
  readonly name: string;
  /** Documents whose values are in. */
  readonly count: number;
  /** Makes it so many documents: nothing is known of the new ones, or the last are forgotten. */
  setCount(count: number): void;
  /**
   * Takes in the values of a run of documents that were passed over. O(values).
   *
   * @param starts where they begin in the reader's data; -1: the document has none.
   */
  append(reader: ByteReader, starts: Int32Array): void;
  /** Gives a document another value: what begins at `start`, -1: none. O(value). */
  replace(document: number, reader: ByteReader, start: number): void;
  /** The value in a document. O(value). */
  at(document: number): unknown;
}

export class ValueColumn implements ProjectedColumn {
  readonly name: string;
  readonly #read: (reader: ByteReader) => unknown;
  readonly #values: unknown[] = [];

  /** @param read reads one value. */
  constructor(name: string, read: (reader: ByteReader) => unknown) {
    this.name = name;
    this.#read = read;
  }

  get count(): number {
    return this.#values.length;
  }

  setCount(count: number): void {
    while (this.count < count) this.#values.push(undefined);
    this.#values.length = count;
  }

  append(reader: ByteReader, starts: Int32Array): void {
    for (const start of starts) {
      if (start >= 0) reader.seek(start, reader.byteCount);
      this.#values.push(start < 0 ? undefined : this.#read(reader));
    }
  }

  replace(document: number, reader: ByteReader, start: number): void {
    if (start >= 0) reader.seek(start, reader.byteCount);
    this.#values[document] = start < 0 ? undefined : this.#read(reader);
  }

  at(document: number): unknown {
    return this.#values[document];
  }
}
