/** One document's bytes, walked from field to field as far as was asked so far. */
import type { ByteReader } from '../codec/byte-reader.js';
import { bitmapOf } from './document-scan.js';
import type { FieldSteps } from './field-steps.js';

/** Stands for an absent field. */
const ABSENT = -1;

export class WalkedDocument {
  readonly #steps: FieldSteps;
  /** Where the fields begin that were reached, from the beginning of the document on. */
  readonly #starts: number[] = [];
  /** Bits of the optional fields that are there; -1: not read yet. */
  #present = -1;
  /** Where the first field begins that was not reached. */
  #end = 0;

  constructor(steps: FieldSteps) {
    this.#steps = steps;
  }

  /**
   * Reads one field: what the document would hold, undefined where it has none. O(bytes up to it that nobody asked for yet).
   *
   * @param reader stands at the beginning of the document.
   * @param number of the field among those of the model; its step has a `read`.
   */
  read(reader: ByteReader, number: number): unknown {
    const { position, end } = reader;
    const starts = this.#starts;
    const read = this.#steps.steps[number]!.read!;
    if (number < starts.length) {
      const start = starts[number]!;
      if (start === ABSENT) return undefined;
      reader.seek(position + start, end);
      return read(reader);
    }
    if (this.#present < 0) this.#present = bitmapOf(reader, this.#steps.bitmapBytes);
    else reader.seek(position + this.#end, end);
    this.#passTo(reader, number, position);
    this.#end = reader.position - position;
    if (!this.#isThere(number)) return undefined;
    return read(reader);
  }

  /** Passes over the fields before one of them. */
  #passTo(reader: ByteReader, number: number, documentStart: number): void {
    const { steps } = this.#steps;
    for (let at = this.#starts.length; at < number; at++) {
      const isThere = this.#isThere(at);
      this.#starts.push(isThere ? reader.position - documentStart : ABSENT);
      if (isThere) steps[at]!.pass(reader);
    }
  }

  #isThere(number: number): boolean {
    const { bit } = this.#steps.steps[number]!;
    return bit === 0 || (this.#present & bit) !== 0;
  }
}
