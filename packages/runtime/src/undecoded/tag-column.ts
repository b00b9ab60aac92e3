/**
 * Lists of texts (tags) of documents that stay bytes: each text is made once and numbered, a document has numbers.
 *
 *   numbers[starts[document] … ends[document]]     the texts of a document, in its order
 *   cells[(hash & mask) * 2 …] = hash, number + 1  open addressing, linear
 *   bytes[textStarts[number] …]                    a text as documents have it: two million took three fifths of the
 *                                                  time it takes to compare texts, which are all over the heap
 *
 * Texts of more than 63 units or not of ASCII are found by a map, as are those beyond the 131,072 that the cells take: to
 * double larger cells is a long turn.
 */

import type { ByteReader } from '../codec/byte-reader.js';
import { doubled } from '../structures/doubled.js';
import { GrowingMap } from '../structures/growing-map.js';
import type { ProjectedColumn } from './projected-column.js';
import type { ProjectedTags } from './projected-columns.js';

const FIRST_CAPACITY = 1_024;
/** Of lists, and of numbers in them: not those of other columns, or all of them would move in one turn when a collection grows. */
const FIRST_LISTS = 1_152;
const FIRST_NUMBERS = 1_536;
/** Texts the cells take, at a quarter to a half of their number. */
const MAX_IN_CELLS = 2 ** 17;

export class TagColumn implements ProjectedColumn, ProjectedTags {
  readonly name: string;
  readonly texts: string[] = [];
  readonly #otherNumbers = new GrowingMap<string, number>();
  #inCells = 0;
  #cells = new Int32Array(FIRST_CAPACITY * 2);
  #textStarts = new Int32Array(FIRST_CAPACITY);
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #byteCount = 0;
  #starts = new Int32Array(FIRST_LISTS);
  #ends = new Int32Array(FIRST_LISTS);
  #numbers = new Int32Array(FIRST_NUMBERS);
  /** Of the numbers: those of a document that was replaced stay among them. */
  #end = 0;
  #count = 0;

  constructor(name: string) {
    this.name = name;
  }

  get count(): number {
    return this.#count;
  }

  get starts(): Int32Array {
    return this.#starts;
  }

  get ends(): Int32Array {
    return this.#ends;
  }

  get numbers(): Int32Array {
    return this.#numbers;
  }

  setCount(count: number): void {
    this.#makeRoom(count);
    if (count > this.#count) {
      this.#starts.fill(0, this.#count, count);
      this.#ends.fill(0, this.#count, count);
    }
    this.#count = count;
  }

  append(reader: ByteReader, starts: Int32Array): void {
    this.#makeRoom(this.#count + starts.length);
    for (let index = 0; index < starts.length; index++) this.replace(this.#count++, reader, starts[index]!);
  }

  replace(document: number, reader: ByteReader, start: number): void {
    reader.seek(start, reader.byteCount);
    let end = this.#end;
    const listEnd = end + reader.count(1);
    while (this.#numbers.length < listEnd) this.#numbers = doubled(this.#numbers);
    this.#starts[document] = end;
    for (; end < listEnd; end++) this.#numbers[end] = this.#numberOfNext(reader);
    this.#ends[document] = end;
    this.#end = end;
  }

  #makeRoom(count: number): void {
    while (this.#ends.length < count) {
      this.#starts = doubled(this.#starts);
      this.#ends = doubled(this.#ends);
    }
  }

  at(document: number): string[] {
    const numbers = this.#numbers.subarray(this.#starts[document], this.#ends[document]);
    return Array.from(numbers, (number) => this.texts[number]!);
  }

  /** Passes over a text. */
  #numberOfNext(reader: ByteReader): number {
    const hash = reader.nextTextHash();
    if (hash < 0) return this.#numberOfOther(reader.string());
    const cells = this.#cells;
    const mask = cells.length - 1;
    let cell = (hash * 2) & mask;
    for (;;) {
      const number = cells[cell + 1]! - 1;
      if (number < 0)
        return this.#inCells < MAX_IN_CELLS ? this.#add(reader, hash, cell) : this.#numberOfOther(reader.string());
      if (cells[cell] === hash && this.#passIfSame(reader, this.#textStarts[number]!)) return number;
      cell = (cell + 2) & mask;
    }
  }

  /** Passes over a text of up to 63 units if it is the one whose bytes begin at `start`. */
  #passIfSame(reader: ByteReader, start: number): boolean {
    const { data, position } = reader;
    const byteCount = 1 + (data[position]! >>> 1);
    const bytes = this.#bytes;
    for (let index = 0; index < byteCount; index++) if (bytes[start + index] !== data[position + index]) return false;
    reader.skip(byteCount);
    return true;
  }

  #add(reader: ByteReader, hash: number, cell: number): number {
    const { data, position } = reader;
    const number = this.texts.push(reader.string()) - 1;
    const text = data.subarray(position, reader.position);
    while (this.#bytes.length < this.#byteCount + text.length) this.#bytes = doubled(this.#bytes);
    while (this.#textStarts.length <= number) this.#textStarts = doubled(this.#textStarts);
    this.#bytes.set(text, this.#byteCount);
    this.#textStarts[number] = this.#byteCount;
    this.#byteCount += text.length;
    this.#cells[cell] = hash;
    this.#cells[cell + 1] = number + 1;
    if (++this.#inCells * 4 > this.#cells.length) this.#growCells();
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
    const old = this.#cells;
    const cells = new Int32Array(old.length * 2);
    const mask = cells.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let cell = (old[from]! * 2) & mask;
      while (cells[cell + 1] !== 0) cell = (cell + 2) & mask;
      cells[cell] = old[from]!;
      cells[cell + 1] = old[from + 1]!;
    }
    this.#cells = cells;
  }
}
