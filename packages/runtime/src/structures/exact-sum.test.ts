import fc from 'fast-check';
import { ExactSum } from './exact-sum.js';

/** An independent measure: numbers as fractions over 2^1074. */
function fraction(value: number): bigint {
  let exponent = 0;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    exponent++;
  }
  return BigInt(scaled) * 2n ** BigInt(1_074 - exponent);
}

function next(value: number, isUp: boolean): number {
  if (value === 0) return isUp ? Number.MIN_VALUE : -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (isUp === value > 0 ? 1n : -1n));
  return view.getFloat64(0);
}

/** No other number is nearer to the exact sum. */
function expectNearest(found: number, exact: bigint): void {
  const distance = (value: number): bigint => {
    const away = fraction(value) - exact;
    return away < 0n ? -away : away;
  };
  if (!Number.isFinite(found)) {
    const size = exact < 0n ? -exact : exact;
    expect(size >= fraction(Number.MAX_VALUE)).toBe(true);
    expect(found > 0).toBe(exact > 0n);
    return;
  }
  for (const other of [next(found, true), next(found, false)])
    if (Number.isFinite(other)) expect(distance(found) <= distance(other)).toBe(true);
}

const awkward = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.constantFrom(0.1, -0.1, 1e16, -1e16, 1, -0, 2 ** 53, 2 ** 970, -(2 ** 970), 1.7e308, -1.7e308, 5e-324, -5e-324),
);

describe('ExactSum', () => {
  it('is the number nearest to the exact sum, whatever came and went', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(awkward, fc.boolean()), { maxLength: 60 }), (steps) => {
        const sum = new ExactSum();
        let exact = 0n;
        const held: number[] = [];
        for (const [value, isTaken] of steps) {
          sum.add(value);
          held.push(value);
          exact += fraction(value);
          if (isTaken) {
            const gone = held.splice(Math.floor(held.length / 2), 1)[0]!;
            sum.remove(gone);
            exact -= fraction(gone);
          }
          expectNearest(sum.value, exact);
        }
        const copy = sum.copy();
        for (const value of held) sum.remove(value);
        expect(Object.is(sum.value, 0)).toBe(true);
        expectNearest(copy.value, exact);
      }),
      { numRuns: 300 },
    );
  });

  it('adds a number many times as if it came so often', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(awkward, fc.nat({ max: 2 ** 31 - 1 })), { maxLength: 8 }), (steps) => {
        const sum = new ExactSum();
        let exact = 0n;
        for (const [value, count] of steps) {
          sum.addTimes(value, count);
          exact += fraction(value) * BigInt(count);
        }
        expectNearest(sum.value, exact);
      }),
      { numRuns: 300 },
    );
    const sum = new ExactSum();
    sum.addTimes(Number.POSITIVE_INFINITY, 3);
    sum.addTimes(0.1, 10);
    expect(sum.value).toBe(Number.POSITIVE_INFINITY);
    for (let count = 0; count < 3; count++) sum.remove(Number.POSITIVE_INFINITY);
    expect(sum.value).toBe(1);
  });

  it('does not drift: what plain adding loses is there', () => {
    const sum = new ExactSum();
    for (let count = 0; count < 10; count++) sum.add(0.1);
    expect(sum.value).toBe(1);
    sum.add(1e100);
    sum.remove(1e100);
    expect(sum.value).toBe(1);
    for (let count = 0; count < 10; count++) sum.remove(0.1);
    expect(sum.value).toBe(0);
  });

  it('is NaN or infinite only for as long as such numbers are in', () => {
    const sum = new ExactSum();
    sum.add(1);
    sum.add(Number.NaN);
    sum.add(Number.POSITIVE_INFINITY);
    expect(sum.value).toBeNaN();
    sum.remove(Number.NaN);
    expect(sum.value).toBe(Number.POSITIVE_INFINITY);
    sum.add(Number.NEGATIVE_INFINITY);
    expect(sum.value).toBeNaN();
    sum.remove(Number.POSITIVE_INFINITY);
    expect(sum.value).toBe(Number.NEGATIVE_INFINITY);
    sum.remove(Number.NEGATIVE_INFINITY);
    expect(sum.value).toBe(1);
  });

  it('holds more than the greatest number for a while', () => {
    const sum = new ExactSum();
    sum.add(Number.MAX_VALUE);
    sum.add(Number.MAX_VALUE);
    expect(sum.value).toBe(Number.POSITIVE_INFINITY);
    sum.add(0.5);
    sum.remove(Number.MAX_VALUE);
    sum.remove(Number.MAX_VALUE);
    expect(sum.value).toBe(0.5);
  });
});
