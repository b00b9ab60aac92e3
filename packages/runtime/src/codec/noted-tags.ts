/**
 * Lists of texts (tags) of documents that stay bytes: each text is made once and numbered, a document has numbers.
 *
 *   numbers[ends[document - 1] … ends[document]]   the texts of a document, in its order
 *   cells[hash & mask …] = number + 1              open addressing, linear: a text is found by its bytes
 *
 * Texts of more than 63 units or not of ASCII are found by a Map.
 */

import type { SlotTags } from '../structures/slot.js';
import { type ByteReader, textHash } from './byte-reader.js';
import type { FieldNotes } from './noted-field.js';

const FIRST_CAPACITY = 1_024;

export class NotedTags implements FieldNotes, SlotTags {
  readonly name: string;
  readonly texts: string[] = [];
  readonly #otherNumbers = new Map<string, number>();
  #cells = new Int32Array(FIRST_CAPACITY);
  #ends = new Int32Array(FIRST_CAPACITY);
  #numbers = new Int32Array(FIRST_CAPACITY);
  #count = 0;

  constructor(name: string) {
    this.name = name;
  }

  get count(): number {
    return this.#count;
  }

  get ends(): Int32Array {
    return this.#ends;
  }

  get numbers(): Int32Array {
    return this.#numbers;
  }

  setCount(count: number): void {
    while (this.#ends.length < count) this.#ends = doubled(this.#ends);
    if (count > this.#count) this.#ends.fill(this.#end, this.#count, count);
    this.#count = count;
  }

  note(reader: ByteReader, starts: Int32Array): void {
    let end = this.#end;
    while (this.#ends.length < this.#count + starts.length) this.#ends = doubled(this.#ends);
    for (let index = 0; index < starts.length; index++) {
      reader.seek(starts[index] as number, reader.byteCount);
      const listEnd = end + reader.count(1);
      while (this.#numbers.length < listEnd) this.#numbers = doubled(this.#numbers);
      for (; end < listEnd; end++) this.#numbers[end] = this.#numberOfNext(reader);
      this.#ends[this.#count++] = end;
    }
  }

  at(document: number): string[] {
    const start = document === 0 ? 0 : (this.#ends[document - 1] as number);
    return Array.from(this.#numbers.subarray(start, this.#ends[document]), (number) => this.texts[number] as string);
  }

  /** Where the next document's numbers begin. */
  get #end(): number {
    return this.#count === 0 ? 0 : (this.#ends[this.#count - 1] as number);
  }

  /** Passes over a text. */
  #numberOfNext(reader: ByteReader): number {
    const hash = reader.nextTextHash();
    if (hash < 0) return this.#numberOfOther(reader.string());
    const cells = this.#cells;
    const mask = cells.length - 1;
    let cell = hash & mask;
    for (;;) {
      const number = (cells[cell] as number) - 1;
      if (number < 0) break;
      if (reader.isNextText(this.texts[number] as string)) {
        reader.passString();
        return number;
      }
      cell = (cell + 1) & mask;
    }
    const number = this.texts.push(reader.string()) - 1;
    cells[cell] = number + 1;
    if (this.texts.length * 2 > cells.length) this.#growCells();
    return number;
  }

  #numberOfOther(text: string): number {
    let number = this.#otherNumbers.get(text);
    if (number === undefined) {
      number = this.texts.push(text) - 1;
      this.#otherNumbers.set(text, number);
    }
    return number;
  }

  #growCells(): void {
    const cells = new Int32Array(this.#cells.length * 2);
    const mask = cells.length - 1;
    for (const [number, text] of this.texts.entries()) {
      const hash = textHash(text);
      if (hash < 0) continue;
      let cell = hash & mask;
      while (cells[cell] !== 0) cell = (cell + 1) & mask;
      cells[cell] = number + 1;
    }
    this.#cells = cells;
  }
}

function doubled(items: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(items.length * 2);
  grown.set(items);
  return grown;
}
