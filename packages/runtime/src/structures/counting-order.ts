import { inParts, type Steps } from '../scheduling/steps.js';

/** Positions by ascending pattern; those of one pattern stay in order. O(n). */
export function* countingOrder(patterns: Uint32Array, patternCount: number): Steps<Uint32Array> {
  const next = new Uint32Array(patternCount + 1);
  yield* inParts(patterns.length, (from, to) => countPatterns(patterns, next, from, to));
  for (let pattern = 0; pattern < patternCount; pattern++) next[pattern + 1] = next[pattern + 1]! + next[pattern]!;
  const order = new Uint32Array(patterns.length);
  yield* inParts(patterns.length, (from, to) => placePatterns(patterns, next, order, from, to));
  return order;
}

function countPatterns(patterns: Uint32Array, counts: Uint32Array, from: number, to: number): void {
  for (let position = from; position < to; position++) {
    const pattern = patterns[position]!;
    counts[pattern + 1] = counts[pattern + 1]! + 1;
  }
}

function placePatterns(patterns: Uint32Array, next: Uint32Array, order: Uint32Array, from: number, to: number): void {
  for (let position = from; position < to; position++) {
    const pattern = patterns[position]!;
    const place = next[pattern]!;
    order[place] = position;
    next[pattern] = place + 1;
  }
}
