/**
 * The values of an index as an image holds them, by number: doubles side by side, or bytes of "Values of any shape" with
 * the place at which each ends. A value of bytes is made when it is asked for, and not kept.
 */
import { decodeAnyValue, encodeAnyValue } from '../codec/any-value-codec.js';
import { ByteReader } from '../codec/byte-reader.js';
import { ByteWriter } from '../codec/byte-writer.js';
import { inParts, STEP_KEYS, type Steps } from '../scheduling/steps.js';

/** A value of one field, or the parts of several. Dates are epoch milliseconds. */
export type ImageValue = string | number | bigint | boolean | readonly (string | number | bigint | boolean)[];

export interface ImageValues {
  readonly length: number;
  at(number: number): ImageValue;
}

/** Numbers. */
export class ImageNumbers implements ImageValues {
  readonly values: Float64Array | Uint32Array;

  constructor(values: Float64Array | Uint32Array) {
    this.values = values;
  }

  get length(): number {
    return this.values.length;
  }

  at(number: number): number {
    return this.values[number]!;
  }
}

/** Texts, and all that is no plain number. */
export class EncodedValues implements ImageValues {
  readonly #ends: Uint32Array;
  readonly #reader: ByteReader;

  /** @param ends where each value ends in `bytes`; rising, the last at their end. */
  constructor(bytes: Uint8Array, ends: Uint32Array) {
    this.#reader = new ByteReader(bytes);
    this.#ends = ends;
  }

  get length(): number {
    return this.#ends.length;
  }

  at(number: number): ImageValue {
    const reader = this.#reader;
    reader.seek(number === 0 ? 0 : this.#ends[number - 1]!, this.#ends[number]!);
    return decodeAnyValue(reader) as ImageValue;
  }
}

export interface EncodedList {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/** The bytes of values. O(values). @returns undefined when they take 4 GiB or more. */
export function* encodedList(values: readonly unknown[]): Steps<EncodedList | undefined> {
  const writer = new ByteWriter(1_024);
  const ends = new Uint32Array(values.length);
  for (let from = 0; from < values.length; from += STEP_KEYS) {
    const to = Math.min(values.length, from + STEP_KEYS);
    for (let index = from; index < to; index++) {
      encodeAnyValue(values[index], writer);
      ends[index] = writer.position;
    }
    if (writer.position > LONGEST_BYTES) return undefined;
    yield;
  }
  return { bytes: writer.finish(), ends };
}

const LONGEST_BYTES = 2 ** 31;

/** Whether ends rise up to the length of the bytes. O(ends). */
export function* areEnds(ends: Uint32Array, byteCount: number): Steps<boolean> {
  if ((ends[ends.length - 1] ?? 0) !== byteCount) return false;
  return yield* inParts(ends.length, (from, to) => areRising(ends, from, to));
}

function areRising(ends: Uint32Array, from: number, to: number): boolean {
  for (let index = Math.max(1, from); index < to; index++) if (ends[index]! < ends[index - 1]!) return false;
  return true;
}
