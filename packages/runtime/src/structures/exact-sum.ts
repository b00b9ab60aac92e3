/**
 * The exact sum of numbers that come and go, rounded once when it is read: the same numbers give the same sum in whatever
 * order they came, and what is taken out again leaves nothing behind.
 *
 * Whole numbers are added as they are, as long as their sum is safe. Others go to a pair of numbers, what a sum of two
 * rounds off beside the sum itself (D. E. Knuth, "The Art of Computer Programming", volume 2, 4.2.2), as long as the pair
 * holds all of it. What it cannot hold is kept as parts that do not overlap (J. R.
 * Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997), rounded as Python's `math.fsum` does. Of numbers so
 * large that parts of them could overflow, the sum is a bigint. O(parts) for each number: one or two parts as a rule, 40
 * at most.
 *
 * NaN, or Infinity beside -Infinity: NaN, for as long as they are in. A sum of nothing is 0, never -0.
 */

/** From here on numbers are whole, and 2^53 of those below it do not overflow together. */
const HUGE = 2 ** 970;
/** Every number is a multiple of it. */
const LEAST_EXPONENT = -1_074;

const bits = new DataView(new ArrayBuffer(8));

export class ExactSum {
  /** Of whole numbers, safe. */
  #whole = 0;
  /** The pair: of others, as far as both together hold them exactly. */
  #high = 0;
  #low = 0;
  /** Rising in magnitude, none overlaps another; no zeros. */
  #parts: number[] = [];
  #huge = 0n;
  #nanCount = 0;
  /** Infinity and -Infinity that are in. */
  #risenCount = 0;
  #sunkCount = 0;

  add(value: number): void {
    if (Number.isFinite(value)) this.#add(value);
    else this.#count(value, 1);
  }

  /** Adds a number so many times. O(1) for whole numbers of a safe product, else O(bits of the count). */
  addTimes(value: number, count: number): void {
    const product = value * count;
    // A product that is safe was not rounded; -0 is as good as 0 here.
    if (Number.isSafeInteger(value) && Number.isSafeInteger(product)) this.#add(product);
    else if (!Number.isFinite(value)) this.#count(value, count);
    else if (Math.abs(value) >= HUGE) this.#huge += BigInt(value) * BigInt(count);
    // Twice a number is exact, and so is the sum of those that make up the count.
    else
      for (let left = count, power = value; left > 0; left = Math.floor(left / 2), power *= 2)
        if (left % 2 === 1) this.#add(power);
  }

  /** Takes out a number that was added. */
  remove(value: number): void {
    if (Number.isFinite(value)) this.#add(-value);
    else this.#count(value, -1);
  }

  /** The number nearest to the exact sum; of two that are as near, the even one. */
  get value(): number {
    if (this.#nanCount > 0 || (this.#risenCount > 0 && this.#sunkCount > 0)) return Number.NaN;
    if (this.#risenCount > 0) return Number.POSITIVE_INFINITY;
    if (this.#sunkCount > 0) return Number.NEGATIVE_INFINITY;
    if (this.#huge !== 0n) return this.#hugeValue();
    if (this.#high === 0 && this.#low === 0 && this.#parts.length === 0) return this.#whole;
    return rounded(this.#allParts());
  }

  /** One of its own, of the same numbers. */
  copy(): ExactSum {
    const copy = new ExactSum();
    copy.#whole = this.#whole;
    copy.#high = this.#high;
    copy.#low = this.#low;
    copy.#parts = [...this.#parts];
    copy.#huge = this.#huge;
    copy.#nanCount = this.#nanCount;
    copy.#risenCount = this.#risenCount;
    copy.#sunkCount = this.#sunkCount;
    return copy;
  }

  #add(value: number): void {
    if (Number.isSafeInteger(value)) {
      const whole = this.#whole + value;
      if (Number.isSafeInteger(whole)) {
        this.#whole = whole;
        return;
      }
      this.#addToPair(value);
    } else if (Math.abs(value) < HUGE) this.#addToPair(value);
    else this.#huge += BigInt(value);
  }

  #addToPair(value: number): void {
    const high = this.#high + value;
    const lost = roundedOff(this.#high, value, high);
    const low = this.#low + lost;
    if (roundedOff(this.#low, lost, low) === 0) {
      this.#high = high;
      this.#low = low;
    } else addPart(this.#parts, value);
  }

  #allParts(): number[] {
    const parts = [...this.#parts];
    addPart(parts, this.#low);
    addPart(parts, this.#high);
    addPart(parts, this.#whole);
    return parts;
  }

  #count(value: number, by: number): void {
    if (Number.isNaN(value)) this.#nanCount += by;
    else if (value > 0) this.#risenCount += by;
    else this.#sunkCount += by;
  }

  #hugeValue(): number {
    let sum = this.#huge << BigInt(-LEAST_EXPONENT);
    for (const part of this.#allParts()) sum += scaled(part);
    return unscaled(sum);
  }
}

/** What the sum of two numbers lacks to be exact. */
function roundedOff(a: number, b: number, sum: number): number {
  const part = sum - a;
  return a - (sum - part) + (b - part);
}

/** Adds a number to parts that stay exact: each sum of two goes on, and what rounding took from it stays as a part. */
function addPart(parts: number[], value: number): void {
  let count = 0;
  let carried = value;
  for (let index = 0; index < parts.length; index++) {
    let part = parts[index]!;
    if (Math.abs(carried) < Math.abs(part)) [carried, part] = [part, carried];
    const high = carried + part;
    const low = part - (high - carried);
    if (low !== 0) parts[count++] = low;
    carried = high;
  }
  parts.length = count;
  if (carried !== 0) parts.push(carried);
}

/** The sum of parts that do not overlap, rounded once. */
function rounded(parts: readonly number[]): number {
  let left = parts.length;
  if (left === 0) return 0;
  let high = parts[--left]!;
  let low = 0;
  while (left > 0 && low === 0) {
    const before = high;
    const part = parts[--left]!;
    high = before + part;
    low = part - (high - before);
  }
  // Half way between two numbers: the parts that are left say to which side it leans.
  if (left > 0 && ((low < 0 && parts[left - 1]! < 0) || (low > 0 && parts[left - 1]! > 0))) {
    const doubled = low * 2;
    const next = high + doubled;
    if (doubled === next - high) high = next;
  }
  return high;
}

/** A number as a multiple of the least one. */
function scaled(value: number): bigint {
  bits.setFloat64(0, value);
  const exponent = (bits.getUint16(0) >> 4) & 0x7ff;
  const fraction = bits.getBigUint64(0) & 0xf_ffff_ffff_ffffn;
  const size = exponent === 0 ? fraction : (fraction | 0x10_0000_0000_0000n) << BigInt(exponent - 1);
  return value < 0 ? -size : size;
}

/** The number nearest to a multiple of the least one. */
function unscaled(sum: bigint): number {
  const size = sum < 0n ? -sum : sum;
  const length = size.toString(2).length;
  // A few bits more than a number holds; of those that are dropped one remembers whether any was set.
  const dropped = Math.max(0, length - 64);
  const isInexact = dropped > 0 && BigInt.asUintN(dropped, size) !== 0n;
  const kept = (size >> BigInt(dropped)) | (isInexact ? 1n : 0n);
  const value = Number(kept) * 2 ** (dropped + LEAST_EXPONENT);
  return sum < 0n ? -value : value;
}
