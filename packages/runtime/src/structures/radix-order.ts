/**
 * Sorts positions by numbers without comparing any: a radix sort over the bits of the doubles.
 *
 * A million positions take 50 ms, where sorting them by a comparing function takes 1.5 s. Stable, so that sorting by
 * the lesser key first and by the greater one afterwards sorts by both.
 *
 *   bits of a double, the sign turned over (all bits, for negative ones) → unsigned integers in the order of the numbers
 *   for each 11 bits of them, lowest first: count, then place; bits that all numbers share are passed over
 */

/** 64 bits in six passes; with 8 bits, the counters are smaller and it takes eight. */
const DIGIT_BITS = 11;
const DIGIT_MASK = 2 ** DIGIT_BITS - 1;
const WORD_BITS = 32;
const SIGN = 0x80000000;

/**
 * The positions in ascending order of their numbers; equal ones stay as they were. O(n), 20 bytes a number.
 *
 * @param numbers one for each position, no NaN; -0 is 0.
 * @param order every position once, in any order; may be changed.
 */
export function radixOrder(numbers: Float64Array, order: Uint32Array): Uint32Array {
  const { length } = numbers;
  const { low, high } = sortableWords(numbers);
  let from: Uint32Array = order;
  let to: Uint32Array = new Uint32Array(length);
  const ends = new Uint32Array(DIGIT_MASK + 1);
  for (const words of [low, high]) {
    for (let shift = 0; shift < WORD_BITS; shift += DIGIT_BITS) {
      if (!countDigits(words, shift, ends)) continue;
      placeByDigit(words, shift, ends, from, to);
      const sorted = to;
      to = from;
      from = sorted;
    }
  }
  return from;
}

/** The bits of each number as two words of an unsigned integer; these are in the order of the numbers. */
function sortableWords(numbers: Float64Array): { readonly low: Uint32Array; readonly high: Uint32Array } {
  const { length } = numbers;
  const low = new Uint32Array(length);
  const high = new Uint32Array(length);
  const double = new Float64Array(1);
  const words = new Uint32Array(double.buffer);
  // The machine's own byte order decides which word comes first: 1 is 0x3ff00000_00000000.
  double[0] = 1;
  const highWord = words[1] === 0 ? 0 : 1;
  for (let index = 0; index < length; index++) {
    double[0] = (numbers[index] as number) + 0; // -0 + 0 is 0
    const top = words[highWord] as number;
    const isNegative = top >>> 31 === 1;
    low[index] = isNegative ? ~(words[1 - highWord] as number) : (words[1 - highWord] as number);
    high[index] = isNegative ? ~top : top ^ SIGN;
  }
  return { low, high };
}

/**
 * Puts each position behind the others of its digit. A function of its own, since the engine compiles short ones while
 * they run: inside the loops around it a million positions took 1.7 s.
 */
function placeByDigit(words: Uint32Array, shift: number, ends: Uint32Array, from: Uint32Array, to: Uint32Array): void {
  for (let index = 0; index < from.length; index++) {
    const position = from[index] as number;
    const digit = ((words[position] as number) >>> shift) & DIGIT_MASK;
    const place = ends[digit] as number;
    ends[digit] = place + 1;
    to[place] = position;
  }
}

/** Sets where each digit's positions begin. @returns false when all have the same digit: there is nothing to move. */
function countDigits(words: Uint32Array, shift: number, starts: Uint32Array): boolean {
  const { length } = words;
  starts.fill(0);
  for (let index = 0; index < length; index++) {
    const digit = ((words[index] as number) >>> shift) & DIGIT_MASK;
    starts[digit] = (starts[digit] as number) + 1;
  }
  const firstDigit = ((words[0] as number) >>> shift) & DIGIT_MASK;
  if (length === 0 || starts[firstDigit] === length) return false;
  let sum = 0;
  for (let digit = 0; digit < starts.length; digit++) {
    const count = starts[digit] as number;
    starts[digit] = sum;
    sum += count;
  }
  return true;
}
