/**
 * Sorts positions by comparing what they stand for, in steps: small runs first, then each two neighbours into one.
 *
 * For what no code tells apart (see radix-order.ts). Stable. A step ends after so many comparisons, whatever the count.
 */
import { STEP_COMPARISONS, type Steps } from '../scheduling/steps.js';

/** Positions that the engine's own sort takes at once: about as many comparisons as a step may have. */
const RUN_LENGTH = 128;

/** Below 0: what the first position stands for comes first. */
export type ComparePositions = (a: number, b: number) => number;

/** Two neighbouring runs and how far they have come into one. */
interface Merge {
  left: number;
  right: number;
  place: number;
  readonly middle: number;
  readonly end: number;
}

/** Sorts the positions from place `from` to before place `to`, in place. O(n log n) comparisons, 4 bytes a position. */
export function* sortPositions(order: Uint32Array, from: number, to: number, compare: ComparePositions): Steps {
  for (let start = from; start < to; start += RUN_LENGTH) {
    order.subarray(start, Math.min(to, start + RUN_LENGTH)).sort(compare);
    yield;
  }
  if (to - from <= RUN_LENGTH) return;
  let source: Uint32Array = order.subarray(from, to);
  let target: Uint32Array = new Uint32Array(source.length);
  for (let width = RUN_LENGTH; width < source.length; width *= 2) {
    for (let start = 0; start < source.length; start += 2 * width) {
      const middle = Math.min(source.length, start + width);
      const end = Math.min(source.length, middle + width);
      const merge: Merge = { left: start, right: middle, place: start, middle, end };
      while (!mergeSome(source, target, merge, compare)) yield;
      yield;
    }
    [source, target] = [target, source];
  }
  if (source.buffer !== order.buffer) order.set(source, from);
}

/** Takes some of two runs into the target. @returns whether that was all. */
function mergeSome(source: Uint32Array, target: Uint32Array, merge: Merge, compare: ComparePositions): boolean {
  const { middle, end } = merge;
  let { left, right, place } = merge;
  // Runs that are in order as they stand are copied without a look at each.
  const areInOrder = right < end && left < middle && compare(source[middle - 1]!, source[right]!) <= 0;
  const most = areInOrder ? 0 : STEP_COMPARISONS;
  for (let count = 0; count < most && left < middle && right < end; count++) {
    const isRight = compare(source[right]!, source[left]!) < 0;
    target[place++] = source[isRight ? right++ : left++]!;
  }
  merge.left = left;
  merge.right = right;
  merge.place = place;
  if (!areInOrder && left < middle && right < end) return false;
  target.set(source.subarray(left, middle), place);
  target.set(source.subarray(right, end), place + middle - left);
  return true;
}
