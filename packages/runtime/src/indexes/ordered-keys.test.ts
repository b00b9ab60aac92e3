import fc from 'fast-check';
import { runSteps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import { compareStoreKeys } from '../structures/store-key.js';
import { compareValues, type IndexValue } from './index-value.js';
import { OrderedKeys } from './ordered-keys.js';

/** Value and slot; the key is the slot's number below zero, so that the two cannot be mixed up. */
type Pair = readonly [IndexValue, Slot];

const slots = Array.from({ length: 400 }, (_, slot): Slot => slot);
const keyOf = (slot: Slot): number => slot - 400;
const source = { keyOf };
const byPair = (a: Pair, b: Pair): number => compareValues(a[0], b[0]) || compareStoreKeys(keyOf(a[1]), keyOf(b[1]));

function pairsOf(tree: OrderedKeys): Pair[] {
  const pairs: Pair[] = [];
  for (
    let leaf: ReturnType<typeof tree.seek>['leaf'] | undefined = tree.seek(undefined).leaf;
    leaf !== undefined;
    leaf = leaf.next
  ) {
    for (const [index, run] of leaf.runs.entries())
      for (const slot of [run].flat()) pairs.push([leaf.values[index] as IndexValue, slot]);
    if (leaf.next !== undefined) expect(leaf.next.previous).toBe(leaf);
  }
  return pairs;
}

const valueKinds = {
  'few numbers': fc.integer({ min: 0, max: 5 }),
  'many numbers': fc.double({ noNaN: true }).map((value) => (value === 0 ? 0 : value)),
  strings: fc.string({ maxLength: 2 }),
  bigints: fc.bigInt({ min: -30n, max: 30n }),
  composites: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.string({ maxLength: 1 })),
  mixtures: fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.string({ maxLength: 1 }),
    fc.boolean(),
    fc.bigInt({ min: 0n, max: 4n }),
  ),
};

describe('OrderedKeys', () => {
  it.each(Object.entries(valueKinds))(
    'keeps %s in order through inserts and removals, and knows every rank',
    (_, values) => {
      const step = fc.tuple(fc.boolean(), values, fc.integer({ min: 0, max: 399 }), fc.nat());
      fc.assert(
        fc.property(
          fc.array(step, { maxLength: 300, size: 'max' }),
          fc.constantFrom(4, 5, 8, 64),
          (script, capacity) => {
            const tree = new OrderedKeys(source, capacity);
            const reference: Pair[] = [];
            for (const [isInsert, value, which, pick] of script) {
              if (isInsert || reference.length === 0) {
                const pair: Pair = [value, which];
                const isNew = !reference.some((other) => byPair(other, pair) === 0);
                expect(tree.insert(value, which)).toBe(isNew);
                if (isNew) reference.push(pair);
              } else {
                const [[removed, slot]] = reference.splice(pick % reference.length, 1) as [Pair];
                expect(tree.remove(removed, slot)).toBe(true);
                expect(tree.remove(removed, slot)).toBe(false);
              }
              expect(tree.size).toBe(reference.length);
            }
            const sorted = [...reference].sort(byPair);
            expect(pairsOf(tree)).toEqual(sorted);
            for (const [value, slot] of sorted) {
              expect(tree.rank({ value, key: keyOf(slot), isAfter: false })).toBe(
                sorted.filter((pair) => byPair(pair, [value, slot]) < 0).length,
              );
              expect(tree.rank({ value, key: keyOf(slot), isAfter: true })).toBe(
                sorted.filter((pair) => byPair(pair, [value, slot]) <= 0).length,
              );
              expect(tree.rank({ value, key: undefined, isAfter: false })).toBe(
                sorted.filter((pair) => compareValues(pair[0], value) < 0).length,
              );
              expect(tree.rank({ value, key: undefined, isAfter: true })).toBe(
                sorted.filter((pair) => compareValues(pair[0], value) <= 0).length,
              );
            }
            const bulk = new OrderedKeys(source, capacity);
            runSteps(
              bulk.building(
                sorted.map((pair) => pair[0]),
                sorted.map((pair) => pair[1]),
              ),
            );
            expect(pairsOf(bulk)).toEqual(sorted);
            expect(bulk.size).toBe(sorted.length);
            for (const [value, slot] of sorted)
              expect(bulk.rank({ value, key: keyOf(slot), isAfter: false })).toBe(
                tree.rank({ value, key: keyOf(slot), isAfter: false }),
              );
            for (const [value, slot] of reference) {
              expect(bulk.remove(value, slot)).toBe(true);
              tree.remove(value, slot);
            }
            expect([pairsOf(bulk), pairsOf(tree), bulk.size, tree.size]).toEqual([[], [], 0, 0]);
          },
        ),
        { numRuns: 25 },
      );
    },
  );

  it('takes writes after a bulk build', () => {
    const tree = new OrderedKeys(source, 8);
    const even = slots.filter((slot) => slot % 2 === 0);
    runSteps(tree.building(even, even));
    for (const slot of slots) expect(tree.insert(slot, slot)).toBe(slot % 2 === 1);
    expect(pairsOf(tree).map((pair) => pair[0])).toEqual(slots);
  });

  it.each([
    ['as the slots do', true, (slot: Slot) => `k${slot + 1_000}`],
    ['as the slots do, unknown to the tree', false, (slot: Slot) => `k${slot + 1_000}`],
    ['against the slots', false, (slot: Slot) => `k${2_000 - slot}`],
    ['in no order', false, (slot: Slot) => `k${(slot * 7_919) % 1_009}`],
  ])('keeps few values in order while entries move among them and keys go %s', (_, isInKeyOrder, keyFor) => {
    const move = fc.tuple(fc.integer({ min: 0, max: 399 }), fc.integer({ min: 0, max: 2 }));
    const property = fc.property(fc.array(move, { maxLength: 800, size: 'max' }), (moves) => {
      const tree = new OrderedKeys({ keyOf: keyFor, isInKeyOrder }, 8);
      const held = new Map<Slot, number>();
      for (const [slot, value] of moves) {
        const before = held.get(slot);
        if (before !== undefined) expect(tree.remove(before, slot)).toBe(true);
        expect(tree.insert(value, slot)).toBe(true);
        held.set(slot, value);
      }
      const sorted = [...held].sort((a, b) => a[1] - b[1] || compareStoreKeys(keyFor(a[0]), keyFor(b[0])));
      expect(pairsOf(tree)).toEqual(sorted.map(([slot, value]) => [value, slot]));
    });
    fc.assert(property, { numRuns: 25 });
  });

  it('orders equal values by keys that come in no order of slots', () => {
    const keys = ['m', 'c', 'x', 'a', 'p'];
    const tree = new OrderedKeys({ keyOf: (slot) => keys[slot] as string }, 4);
    for (const slot of keys.keys()) tree.insert(1, slot);
    expect(pairsOf(tree).map(([, slot]) => keys[slot])).toEqual(['a', 'c', 'm', 'p', 'x']);
    expect(tree.remove(1, 0)).toBe(true);
    expect(pairsOf(tree).map(([, slot]) => keys[slot])).toEqual(['a', 'c', 'p', 'x']);
  });
});
