/**
 * Numbers in the order of values: what a radix sort goes by.
 *
 * A number is its own code, a boolean 0 or 1, a bigint the number next to it, a text the first units behind what all texts
 * begin with. Where different values may have one code, it is not exact, and what it leaves undecided is to be compared.
 */
import { inParts, type Steps } from '../scheduling/steps.js';
import type { StoreKey } from '../structures/store-key.js';
import type { IndexValue } from './index-value.js';

/** A code holds so many bits: a double is exact up to 2^53. */
const CODE_BITS = 48;

export interface SortCodes {
  readonly codes: Float64Array;
  /** Values of one code are one value. */
  readonly isExact: boolean;
}

type Values = ArrayLike<IndexValue | StoreKey>;

/** The codes of values that are all of one type; undefined for composites and several types. O(n). */
export function* sortCodes(values: Values): Steps<SortCodes | undefined> {
  if (values instanceof Float64Array) return { codes: values, isExact: true };
  const type = typeof values[0];
  if (type === 'object' || type === 'undefined') return undefined;
  const isOneType = yield* inParts(values.length, (from, to) => areOfType(values, type, from, to));
  if (!isOneType) return undefined;
  return type === 'string' ? yield* textCodes(values as ArrayLike<string>) : yield* numberCodes(values, type);
}

function areOfType(values: Values, type: string, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (typeof values[index] !== type) return false;
  return true;
}

function* numberCodes(values: Values, type: string): Steps<SortCodes> {
  const codes = new Float64Array(values.length);
  let isExact = true;
  yield* inParts(values.length, (from, to) => {
    for (let index = from; index < to; index++) codes[index] = Number(values[index]);
    if (type === 'bigint') isExact &&= areSafe(codes, from, to);
  });
  return { codes, isExact };
}

function areSafe(codes: Float64Array, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (!Number.isSafeInteger(codes[index])) return false;
  return true;
}

function* textCodes(texts: ArrayLike<string>): Steps<SortCodes> {
  const first = texts[0]!;
  let start = first.length;
  yield* inParts(texts.length, (from, to) => {
    start = sharedPrefixLength(texts, first, start, from, to);
  });
  return (yield* codesFrom(texts, start, 8)) ?? (yield* codesFrom(texts, start, 16))!;
}

/** A text's units from `start` on as digits of `unitBits` each; undefined when a unit does not fit. */
function* codesFrom(texts: ArrayLike<string>, start: number, unitBits: 8 | 16): Steps<SortCodes | undefined> {
  const codes = new Float64Array(texts.length);
  let isExact = true;
  const areAll = yield* inParts(texts.length, (from, to) => {
    const isPartExact = takeCodes(texts, start, unitBits, codes, from, to);
    if (isPartExact === undefined) return false;
    isExact &&= isPartExact;
    return true;
  });
  return areAll ? { codes, isExact } : undefined;
}

/** @returns whether the codes are exact; undefined when a unit does not fit. */
function takeCodes(
  texts: ArrayLike<string>,
  start: number,
  unitBits: 8 | 16,
  codes: Float64Array,
  from: number,
  to: number,
): boolean | undefined {
  const base = 2 ** unitBits;
  const end = start + CODE_BITS / unitBits;
  let isExact = true;
  for (let index = from; index < to; index++) {
    const text = texts[index]!;
    let code = 0;
    for (let unit = start; unit < end; unit++) {
      const digit = unit < text.length ? text.charCodeAt(unit) : 0;
      if (digit >= base) return undefined;
      // The end of a text and a unit of 0 have one digit.
      if (digit === 0 && unit < text.length) isExact = false;
      code = code * base + digit;
    }
    if (text.length > end) isExact = false;
    codes[index] = code;
  }
  return isExact;
}

function sharedPrefixLength(texts: ArrayLike<string>, first: string, most: number, from: number, to: number): number {
  let shared = most;
  for (let index = from; index < to && shared > 0; index++) {
    const text = texts[index]!;
    if (text.length < shared) shared = text.length;
    let unit = 0;
    while (unit < shared && text.charCodeAt(unit) === first.charCodeAt(unit)) unit++;
    shared = unit;
  }
  return shared;
}
