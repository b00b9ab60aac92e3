import fc from 'fast-check';
import { firstInOrder } from './first-in-order.js';

describe('the first items in an order', () => {
  it('are those of a whole sort, equal ones in the order they came', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 400 }),
        fc.oneof(fc.integer({ min: 0, max: 120 }), fc.constant(Number.POSITIVE_INFINITY)),
        (values, limit) => {
          const items = values.map((value, at) => ({ value, at }));
          const compare = (a: { value: number }, b: { value: number }): number => a.value - b.value;
          expect(firstInOrder(items.values(), limit, compare)).toEqual([...items].sort(compare).slice(0, limit));
        },
      ),
    );
  });

  it('costs little more than a comparison per item when few of many are wanted', () => {
    let comparisonCount = 0;
    const items = Array.from({ length: 100_000 }, (_, at) => ({ value: (at * 7919) % 100_003 }));
    firstInOrder(items, 10, (a, b) => {
      comparisonCount++;
      return a.value - b.value;
    });
    expect(comparisonCount).toBeLessThan(120_000);
  });
});
