import fc from 'fast-check';
import { runSteps } from '../scheduling/steps.js';
import { radixOrder } from './radix-order.js';

const positions = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, index) => index);

describe('radixOrder', () => {
  it('sorts as a stable comparison does, infinities and both zeros included', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer({ min: -3, max: 3 }),
      fc.integer(),
      fc.constantFrom(0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE, -Number.MIN_VALUE),
    );
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 200 }), (values) => {
        const expected = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
        // Infinity - Infinity is NaN, which `||` passes to the positions: equal ones stay in order.
        expect([...runSteps(radixOrder(Float64Array.from(values), positions(values.length)))]).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the given order among equal numbers', () => {
    expect([...runSteps(radixOrder(Float64Array.of(1, 0, 1, 0), Uint32Array.of(3, 2, 1, 0)))]).toEqual([3, 1, 2, 0]);
  });
});
