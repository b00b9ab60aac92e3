/**
 * Sorts pairs of value and key for a bulk build: by codes, which are plain numbers in the order of what they stand for.
 *
 * A number is its own code. A text's is made of its first six units behind what all texts begin with; so pairs whose
 * codes are equal come together, and only these are compared. Where any value or key is of another kind (bigint,
 * boolean, composite, several kinds), all pairs are compared.
 */
import { radixOrder } from '../structures/radix-order.js';
import type { Steps } from '../structures/steps.js';
import { compareStoreKeys, type StoreKey } from '../structures/store-key.js';
import { compareValues, type IndexValue } from './index-value.js';

/** Below this many pairs, comparing them is as fast. */
const FEW_PAIRS = 256;
/** A code holds so many bits: a double is exact up to 2^53. */
const CODE_BITS = 48;

/**
 * Positions of the pairs in order of value, then key. O(n) when codes tell them apart, else O(n log n).
 *
 * @param keys undefined: each is greater than the one before.
 */
export function* sortedOrder(values: ArrayLike<IndexValue>, keys: readonly StoreKey[] | undefined): Steps<Uint32Array> {
  const order = new Uint32Array(values.length);
  for (let index = 0; index < order.length; index++) order[index] = index;
  const compare = (a: number, b: number): number =>
    compareValues(values[a] as IndexValue, values[b] as IndexValue) ||
    (keys === undefined ? a - b : compareStoreKeys(keys[a] as StoreKey, keys[b] as StoreKey));
  const valueCodes = values.length < FEW_PAIRS ? undefined : codesOf(values);
  if (valueCodes === undefined) return order.sort(compare);
  let keyCodes: Float64Array | undefined;
  if (keys !== undefined) {
    keyCodes = codesOf(keys);
    if (keyCodes === undefined) return order.sort(compare);
  }
  yield;
  const byKey = keyCodes === undefined ? order : yield* radixOrder(keyCodes, order);
  const sorted = yield* radixOrder(valueCodes, byKey);
  // Codes of different texts may be equal: what they leave undecided is compared.
  if (typeof values[0] === 'string') sortEqual(sorted, valueCodes, valueCodes, compare);
  else if (keyCodes !== undefined && typeof keys?.[0] === 'string') sortEqual(sorted, valueCodes, keyCodes, compare);
  return sorted;
}

/** Numbers in the order of the values, though different values may have one; undefined when there are none such. */
function codesOf(values: ArrayLike<IndexValue>): Float64Array | undefined {
  if (values instanceof Float64Array) return values;
  const type = typeof values[0];
  if (type !== 'number' && type !== 'string') return undefined;
  for (let index = 1; index < values.length; index++) if (typeof values[index] !== type) return undefined;
  return type === 'number' ? Float64Array.from(values as ArrayLike<number>) : textCodes(values as ArrayLike<string>);
}

function textCodes(texts: ArrayLike<string>): Float64Array {
  const start = sharedPrefixLength(texts);
  return codesFrom(texts, start, 8) ?? (codesFrom(texts, start, 16) as Float64Array);
}

/** A text's units from `start` on as digits of `unitBits` each; undefined when a unit does not fit. */
function codesFrom(texts: ArrayLike<string>, start: number, unitBits: 8 | 16): Float64Array | undefined {
  const codes = new Float64Array(texts.length);
  const base = 2 ** unitBits;
  const end = start + CODE_BITS / unitBits;
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index] as string;
    let code = 0;
    for (let unit = start; unit < end; unit++) {
      const digit = unit < text.length ? text.charCodeAt(unit) : 0;
      if (digit >= base) return undefined;
      code = code * base + digit;
    }
    codes[index] = code;
  }
  return codes;
}

function sharedPrefixLength(texts: ArrayLike<string>): number {
  const first = texts[0] as string;
  let shared = first.length;
  for (let index = 1; index < texts.length && shared > 0; index++) {
    const text = texts[index] as string;
    if (text.length < shared) shared = text.length;
    let unit = 0;
    while (unit < shared && text.charCodeAt(unit) === first.charCodeAt(unit)) unit++;
    shared = unit;
  }
  return shared;
}

/** Puts each stretch of positions whose codes are the same in the order of `compare`. Nearly all are in it already. */
function sortEqual(
  order: Uint32Array,
  valueCodes: Float64Array,
  keyCodes: Float64Array,
  compare: (a: number, b: number) => number,
): void {
  for (let start = 0; start < order.length; ) {
    start = nextEqual(order, valueCodes, keyCodes, start);
    let end = start + 1;
    let isSorted = true;
    while (end < order.length && isLikeNext(order, valueCodes, keyCodes, end - 1)) {
      isSorted &&= compare(order[end - 1] as number, order[end] as number) < 0;
      end++;
    }
    if (!isSorted) order.subarray(start, end).sort(compare);
    start = end;
  }
}

/** The first place at or behind `from` whose codes are those of the place behind it; the order's end when there is none. */
function nextEqual(order: Uint32Array, valueCodes: Float64Array, keyCodes: Float64Array, from: number): number {
  for (let place = from; place < order.length - 1; place++)
    if (isLikeNext(order, valueCodes, keyCodes, place)) return place;
  return order.length;
}

function isLikeNext(order: Uint32Array, valueCodes: Float64Array, keyCodes: Float64Array, place: number): boolean {
  const position = order[place] as number;
  const next = order[place + 1] as number;
  return valueCodes[position] === valueCodes[next] && keyCodes[position] === keyCodes[next];
}

/** Whether the keys are of one kind, and each greater than the one before: as generated ids mostly are. */
export function areAscending(keys: Iterable<StoreKey>): boolean {
  let before: StoreKey | undefined;
  for (const key of keys) {
    if (before !== undefined && compareStoreKeys(before, key) >= 0) return false;
    before = key;
  }
  return true;
}
