/**
 * What one field says in many documents that stay bytes, noted while they are passed over: indexes are built of it.
 *
 * Of any type here; plain numbers, lists of texts and texts of one document each have forms of their own, which make
 * nothing that the collector would move: noted-numbers.ts, noted-tags.ts, noted-texts.ts.
 */
import type { ByteReader } from './byte-reader.js';

/** Notes of one field, by the number of the document. */
export interface FieldNotes {
  readonly name: string;
  /** Documents noted. */
  readonly count: number;
  /** Makes it so many documents: nothing is known of the new ones, or the last are forgotten. */
  setCount(count: number): void;
  /**
   * Notes the values of documents that were passed over, one behind the other. O(values).
   *
   * @param starts where they begin in the reader's data; -1: the document has none.
   */
  note(reader: ByteReader, starts: Int32Array): void;
  /** The value in a document. O(value). */
  at(document: number): unknown;
}

export class NotedField implements FieldNotes {
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

  note(reader: ByteReader, starts: Int32Array): void {
    for (const start of starts) {
      if (start >= 0) reader.seek(start, reader.byteCount);
      this.#values.push(start < 0 ? undefined : this.#read(reader));
    }
  }

  at(document: number): unknown {
    return this.#values[document];
  }
}
