/**
 * Sorts pairs of value and key for a bulk build, in steps: by codes, which are plain numbers in the order of what they
 * stand for (see sort-codes.ts). A composite value has codes for each of its parts.
 *
 *   the least column first (the key), then the parts of the value from the last to the first: each a radix sort that
 *   keeps what the ones before it have done
 *   where a column's codes are not exact: pairs whose codes are one up to that column come together, and only these
 *   are compared
 *
 * Where a column holds several types, all pairs are compared.
 */

import { inParts, STEP_ITEMS, type Steps } from '../scheduling/steps.js';
import { type ComparePositions, sortPositions } from '../structures/merge-order.js';
import { radixOrder } from '../structures/radix-order.js';
import { compareStoreKeys, type StoreKey } from '../structures/store-key.js';
import { compareValues, type IndexValue, type ScalarValue } from './index-value.js';
import { type SortCodes, sortCodes } from './sort-codes.js';

/** Below this many pairs, comparing them is as fast. */
const FEW_PAIRS = 256;

/**
 * Positions of the pairs in order of value, then key. O(n) when codes tell them apart, else O(n log n).
 *
 * @param keys undefined: each is greater than the one before.
 */
export function* sortedOrder(values: ArrayLike<IndexValue>, keys: readonly StoreKey[] | undefined): Steps<Uint32Array> {
  let order: Uint32Array = new Uint32Array(values.length);
  yield* inParts(order.length, (from, to) => {
    for (let index = from; index < to; index++) order[index] = index;
  });
  const compare = (a: number, b: number): number =>
    compareValues(values[a]!, values[b]!) || (keys === undefined ? a - b : compareStoreKeys(keys[a]!, keys[b]!));
  const columns = values.length < FEW_PAIRS ? undefined : yield* columnsOf(values, keys);
  if (columns === undefined) {
    yield* sortPositions(order, 0, order.length, compare);
    return order;
  }
  for (const { codes } of [...columns].reverse()) order = yield* radixOrder(codes, order);
  const unsure = columns.findIndex(({ isExact }) => !isExact);
  if (unsure >= 0) {
    const told = columns.slice(0, unsure + 1).map(({ codes }) => codes);
    yield* sortEqual(order, told, compare);
  }
  return order;
}

/** Codes of what decides, the first of it first; undefined when something has none. */
function* columnsOf(
  values: ArrayLike<IndexValue>,
  keys: readonly StoreKey[] | undefined,
): Steps<readonly SortCodes[] | undefined> {
  const columns: SortCodes[] = [];
  const first = values[0]!;
  const partCount = typeof first === 'object' ? first.length : 0;
  if (partCount === 0) {
    const codes = yield* sortCodes(values);
    if (codes === undefined) return undefined;
    columns.push(codes);
  }
  for (let part = 0; part < partCount; part++) {
    const parts: ScalarValue[] = [];
    const areAll = yield* inParts(values.length, (from, to) => takeParts(values, part, partCount, parts, from, to));
    const codes = areAll ? yield* sortCodes(parts) : undefined;
    if (codes === undefined) return undefined;
    columns.push(codes);
  }
  if (keys === undefined) return columns;
  const codes = yield* sortCodes(keys);
  if (codes === undefined) return undefined;
  columns.push(codes);
  return columns;
}

/** @returns false for a value that is not a composite of so many parts. */
function takeParts(
  values: ArrayLike<IndexValue>,
  part: number,
  partCount: number,
  parts: ScalarValue[],
  from: number,
  to: number,
): boolean {
  for (let index = from; index < to; index++) {
    const value = values[index]!;
    if (typeof value !== 'object' || value.length !== partCount) return false;
    parts.push(value[part]!);
  }
  return true;
}

/** Puts each stretch of positions whose codes are the same in the order of `compare`. Nearly all are in it already. */
function* sortEqual(order: Uint32Array, columns: readonly Float64Array[], compare: ComparePositions): Steps {
  let start = 0;
  let isSorted = true;
  for (let from = 0; from < order.length; from += STEP_ITEMS) {
    const to = Math.min(order.length, from + STEP_ITEMS);
    for (let place = from; place < to; place++) {
      const end = place + 1;
      if (end < order.length && areEqual(order, columns, place)) {
        isSorted &&= compare(order[place]!, order[end]!) < 0;
        continue;
      }
      if (!isSorted) yield* sortPositions(order, start, end, compare);
      start = end;
      isSorted = true;
    }
    yield;
  }
}

/** Whether the codes at a place are those of the place after it. */
function areEqual(order: Uint32Array, columns: readonly Float64Array[], place: number): boolean {
  const position = order[place]!;
  const next = order[place + 1]!;
  for (let column = 0; column < columns.length; column++) {
    const codes = columns[column]!;
    if (codes[position] !== codes[next]) return false;
  }
  return true;
}

/** Whether the keys from one place to before another are of one kind, and each greater than the one before. */
export function areAscending(keys: readonly StoreKey[], from: number = 0, to: number = keys.length): boolean {
  for (let index = Math.max(1, from); index < to; index++)
    if (compareStoreKeys(keys[index - 1]!, keys[index]!) >= 0) return false;
  return true;
}
