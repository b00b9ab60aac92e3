/**
 * A number, or the time of a date, of each document that stays bytes: what a range index is built of, eight bytes each.
 */

import type { ByteReader } from '../codec/byte-reader.js';
import { frozenDateOf } from '../document/frozen-values.js';
import { doubled } from '../structures/doubled.js';
import type { ProjectedColumn } from './projected-column.js';
import type { ProjectedNumbers } from './projected-columns.js';

/** Not that of other columns: a collection that grows would have all of them move in one turn. */
const FIRST_CAPACITY = 1_280;

export class NumberColumn implements ProjectedColumn, ProjectedNumbers {
  readonly name: string;
  readonly #isDate: boolean;
  #values = new Float64Array(FIRST_CAPACITY);
  #count = 0;

  /** @param isDate numbers are epoch milliseconds, and `at` answers dates. */
  constructor(name: string, isDate: boolean) {
    this.name = name;
    this.#isDate = isDate;
  }

  get count(): number {
    return this.#count;
  }

  get values(): Float64Array {
    return this.#values;
  }

  setCount(count: number): void {
    while (this.#values.length < count) this.#values = doubled(this.#values);
    this.#count = count;
  }

  append(reader: ByteReader, starts: Int32Array): void {
    const first = this.#count;
    this.setCount(first + starts.length);
    const values = this.#values;
    for (let index = 0; index < starts.length; index++) {
      reader.seek(starts[index]!, reader.byteCount);
      values[first + index] = reader.number();
    }
  }

  replace(document: number, reader: ByteReader, start: number): void {
    reader.seek(start, reader.byteCount);
    this.#values[document] = reader.number();
  }

  at(document: number): unknown {
    const value = this.#values[document]!;
    return this.#isDate ? frozenDateOf(value) : value;
  }
}
