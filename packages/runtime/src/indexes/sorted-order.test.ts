import fc from 'fast-check';
import { runSteps, STEP_ITEMS } from '../scheduling/steps.js';
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

  const LONG = 40_000;
  const mixed = (index: number): number => Math.imul(index, 0x9e3779b1) >>> 0;
  const shapes: Readonly<Record<string, (index: number) => IndexValue>> = {
    'one value': () => 7,
    'a thousand values': (index) => mixed(index) % 1000,
    'values of their own': mixed,
    'texts that differ late': (index) => `https://${index % 2 === 0 ? 'a' : 'b'}.example.org/${mixed(index)}`,
    'one text': () => 'a text that is longer than its code',
    bigints: (index) => 2n ** 60n + BigInt(mixed(index)),
    booleans: (index) => index % 3 === 0,
    composites: (index) => [`group ${mixed(index) % 1000}`, mixed(index)],
    'composites of several kinds': (index) => [index % 2 === 0 ? index : String(index), 1],
    'several kinds': (index) => (index % 2 === 0 ? mixed(index) : String(mixed(index))),
  };

  /** Reads of the items are counted: what a step costs, whatever the machine. */
  function counted<T>(items: readonly T[], count: () => void): readonly T[] {
    return new Proxy(items, {
      get: (target, name) => {
        if (name !== 'length') count();
        return target[name as never] as unknown;
      },
    });
  }

  it.each(Object.keys(shapes))('looks at few values in a step, of %s', (shape) => {
    let reads = 0;
    let most = 0;
    const values = Array.from({ length: LONG }, (_, index) => (shapes[shape] as (typeof shapes)[string])(index));
    const keys = Array.from({ length: LONG }, (_, index) => `a long beginning ${mixed(index)}`);
    const steps = sortedOrder(
      counted(values, () => reads++),
      counted(keys, () => reads++),
    );
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) {
      most = Math.max(most, reads);
      reads = 0;
    }
    expect(Math.max(most, reads)).toBeLessThanOrEqual(4 * STEP_ITEMS);
    const order = step.value;
    expect(order).toHaveLength(LONG);
    const isSorted = order.every((at, place) => {
      if (place === 0) return true;
      const before = order[place - 1] as number;
      const byValue = compareValues(values[before] as IndexValue, values[at] as IndexValue);
      return byValue < 0 || (byValue === 0 && (keys[before] as string) < (keys[at] as string));
    });
    expect(isSorted).toBe(true);
  });

  it('sorts a few pairs, and an empty list', () => {
    expect([...runSteps(sortedOrder([2, 1, 1], ['a', 'c', 'b']))]).toEqual([2, 1, 0]);
    expect(runSteps(sortedOrder([], [])).length).toBe(0);
  });
});
