/**
 * What one field says in many documents that stay bytes, noted while they are passed over: indexes are built of it.
 *
 * Lists of texts (tags) are noted one behind the other, since an array for each would be moved by the collector twice.
 */
import type { ByteReader } from './byte-reader.js';

/** Notes of one field, by the number of the document. */
export interface FieldNotes {
  readonly name: string;
  /** Documents noted. */
  readonly count: number;
  /** Makes it so many documents: nothing is known of the new ones, or the last are forgotten. */
  setCount(count: number): void;
  /** Notes the value the reader stands at; undefined: the document has none. @throws DatabaseError `JOURNAL_DAMAGED`. */
  note(reader: ByteReader | undefined): void;
  /** The value in a document. O(value). */
  at(document: number): unknown;
}

export class NotedField implements FieldNotes {
  readonly name: string;
  /** Undefined: a list of texts. */
  readonly #read: ((reader: ByteReader) => unknown) | undefined;
  readonly #values: unknown[] = [];
  /** Of lists: where each ends among the values. */
  readonly #ends: number[] = [];

  /** @param read reads one value; undefined for a list of texts. */
  constructor(name: string, read: ((reader: ByteReader) => unknown) | undefined) {
    this.name = name;
    this.#read = read;
  }

  get count(): number {
    return this.#read === undefined ? this.#ends.length : this.#values.length;
  }

  setCount(count: number): void {
    while (this.count < count) this.note(undefined);
    if (this.#read !== undefined) this.#values.length = count;
    else {
      this.#ends.length = count;
      this.#values.length = count === 0 ? 0 : (this.#ends[count - 1] as number);
    }
  }

  note(reader: ByteReader | undefined): void {
    if (this.#read !== undefined) {
      this.#values.push(reader === undefined ? undefined : this.#read(reader));
      return;
    }
    if (reader !== undefined) {
      const count = reader.count(1);
      for (let index = 0; index < count; index++) this.#values.push(reader.sharedText());
    }
    this.#ends.push(this.#values.length);
  }

  at(document: number): unknown {
    if (this.#read !== undefined) return this.#values[document];
    return this.#values.slice(document === 0 ? 0 : this.#ends[document - 1], this.#ends[document]);
  }
}
