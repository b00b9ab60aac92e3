/** Lists of numbers whose length is not known before. */
import { doubled } from './doubled.js';

const FIRST_LENGTH = 256;

type Numbers = Int32Array | Uint32Array | Float64Array | Uint8Array;

export class GrowingNumbers<T extends Numbers> {
  #items: T;
  #length = 0;

  /** @param type such as `Uint32Array`. */
  constructor(type: new (length: number) => T) {
    this.#items = new type(FIRST_LENGTH);
  }

  get length(): number {
    return this.#length;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) this.#items = doubled(this.#items) as T;
    this.#items[this.#length++] = item;
  }

  /** @param index below `length`. */
  at(index: number): number {
    return this.#items[index]!;
  }

  /** @param index below `length`. */
  set(index: number, item: number): void {
    this.#items[index] = item;
  }

  /** A view of all items, good until the next `push`. */
  items(): T {
    return this.#items.subarray(0, this.#length) as T;
  }
}
