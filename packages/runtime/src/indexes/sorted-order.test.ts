import fc from 'fast-check';
import { runSteps } from '../structures/steps.js';
import { compareStoreKeys, type StoreKey } from '../structures/store-key.js';
import { compareValues, type IndexValue } from './index-value.js';
import { areAscending, sortedOrder } from './sorted-order.js';

const PAIRS = 300;

function expectedOrder(values: readonly IndexValue[], keys: readonly StoreKey[]): number[] {
  return [...values.keys()].sort(
    (a, b) =>
      compareValues(values[a] as IndexValue, values[b] as IndexValue) ||
      compareStoreKeys(keys[a] as StoreKey, keys[b] as StoreKey),
  );
}

const valueKinds: Readonly<Record<string, fc.Arbitrary<IndexValue>>> = {
  'few numbers': fc.integer({ min: -2, max: 2 }),
  numbers: fc.double({ noNaN: true }).map((value) => value + 0),
  'few texts': fc.constantFrom('', 'a', 'ab', 'ab\0', 'b'),
  'long texts that differ late': fc.nat(9).map((digit) => `the same beginning and then ${digit}`),
  texts: fc.string({ unit: 'binary', maxLength: 8 }),
  bigints: fc.bigInt(),
  composites: fc.tuple(fc.nat(3), fc.string({ maxLength: 2 })),
  'bigints near each other': fc.integer({ min: -3, max: 3 }).map((near) => 2n ** 60n + BigInt(near)),
  booleans: fc.boolean(),
  'composites that differ late': fc.tuple(
    fc.nat(2).map((digit) => `the same beginning ${digit}`),
    fc.boolean(),
    fc.constantFrom('', 'x\0', 'x', 'a long text', 'a long text too'),
  ),
  'composites of several kinds': fc.tuple(fc.oneof(fc.nat(2), fc.constantFrom('a', 'b')), fc.bigInt()),
  'several kinds': fc.oneof(fc.nat(3), fc.string({ maxLength: 1 }), fc.boolean()),
};
const keyKinds: Readonly<Record<string, fc.Arbitrary<StoreKey>>> = {
  numbers: fc.integer(),
  'generated texts': fc.nat().map((number) => `person-${String(number).padStart(12, '0')}`),
  texts: fc.string({ unit: 'binary', maxLength: 6 }),
  'several kinds': fc.oneof(fc.nat(9), fc.bigInt(), fc.string({ maxLength: 2 })),
};

describe('sortedOrder', () => {
  const kinds = Object.keys(valueKinds).flatMap((value) => Object.keys(keyKinds).map((key) => [value, key] as const));

  it.each(kinds)('sorts %s, then keys that are %s, as comparing all of them does', (value, key) => {
    const keys = fc.uniqueArray(keyKinds[key] as fc.Arbitrary<StoreKey>, { minLength: PAIRS, maxLength: PAIRS });
    const values = fc.array(valueKinds[value] as fc.Arbitrary<IndexValue>, { minLength: PAIRS, maxLength: PAIRS });
    fc.assert(
      fc.property(values, keys, fc.boolean(), (given, unsorted, areSorted) => {
        const used = areSorted ? [...unsorted].sort(compareStoreKeys) : unsorted;
        const keysOrNone = areAscending(used) ? undefined : used;
        expect([...runSteps(sortedOrder(given, keysOrNone))]).toEqual(expectedOrder(given, used));
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });

  it('sorts few pairs, and none', () => {
    expect([...runSteps(sortedOrder([2, 1, 1], ['a', 'c', 'b']))]).toEqual([2, 1, 0]);
    expect(runSteps(sortedOrder([], [])).length).toBe(0);
  });
});
