import fc from 'fast-check';
import { compareStoreKeys } from '../structures/store-key.js';
import { compareValues, type IndexValue } from './index-value.js';
import { OrderedKeys } from './ordered-keys.js';

interface Item {
  readonly key: number;
}
type Pair = readonly [IndexValue, Item];

const items = Array.from({ length: 400 }, (_, key): Item => ({ key }));
const byPair = (a: Pair, b: Pair): number => compareValues(a[0], b[0]) || compareStoreKeys(a[1].key, b[1].key);

function pairsOf(tree: OrderedKeys<Item>): Pair[] {
  const pairs: Pair[] = [];
  for (
    let leaf: ReturnType<typeof tree.seek>['leaf'] | undefined = tree.seek(undefined).leaf;
    leaf !== undefined;
    leaf = leaf.next
  ) {
    for (const [index, entry] of leaf.entries.entries()) pairs.push([leaf.values[index] as IndexValue, entry]);
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
            const tree = new OrderedKeys<Item>(capacity);
            const reference: Pair[] = [];
            for (const [isInsert, value, which, pick] of script) {
              if (isInsert || reference.length === 0) {
                const pair: Pair = [value, items[which] as Item];
                const isNew = !reference.some((other) => byPair(other, pair) === 0);
                expect(tree.insert(value, pair[1])).toBe(isNew);
                if (isNew) reference.push(pair);
              } else {
                const [[removed, entry]] = reference.splice(pick % reference.length, 1) as [Pair];
                expect(tree.remove(removed, entry.key)).toBe(true);
                expect(tree.remove(removed, entry.key)).toBe(false);
              }
              expect(tree.size).toBe(reference.length);
            }
            const sorted = [...reference].sort(byPair);
            expect(pairsOf(tree)).toEqual(sorted);
            for (const [value, entry] of sorted) {
              expect(tree.rank({ value, key: entry.key, isAfter: false })).toBe(
                sorted.filter((pair) => byPair(pair, [value, entry]) < 0).length,
              );
              expect(tree.rank({ value, key: entry.key, isAfter: true })).toBe(
                sorted.filter((pair) => byPair(pair, [value, entry]) <= 0).length,
              );
              expect(tree.rank({ value, key: undefined, isAfter: false })).toBe(
                sorted.filter((pair) => compareValues(pair[0], value) < 0).length,
              );
              expect(tree.rank({ value, key: undefined, isAfter: true })).toBe(
                sorted.filter((pair) => compareValues(pair[0], value) <= 0).length,
              );
            }
            const bulk = new OrderedKeys<Item>(capacity);
            bulk.build(
              sorted.map((pair) => pair[0]),
              sorted.map((pair) => pair[1]),
            );
            expect(pairsOf(bulk)).toEqual(sorted);
            expect(bulk.size).toBe(sorted.length);
            for (const [value, entry] of sorted)
              expect(bulk.rank({ value, key: entry.key, isAfter: false })).toBe(
                tree.rank({ value, key: entry.key, isAfter: false }),
              );
            for (const [value, entry] of reference) {
              expect(bulk.remove(value, entry.key)).toBe(true);
              tree.remove(value, entry.key);
            }
            expect([pairsOf(bulk), pairsOf(tree), bulk.size, tree.size]).toEqual([[], [], 0, 0]);
          },
        ),
        { numRuns: 25 },
      );
    },
  );

  it('goes on taking writes after a bulk build', () => {
    const tree = new OrderedKeys<Item>(8);
    const even = items.filter((entry) => entry.key % 2 === 0);
    tree.build(
      even.map((entry) => entry.key),
      even,
    );
    for (const entry of items) expect(tree.insert(entry.key, entry)).toBe(entry.key % 2 === 1);
    expect(pairsOf(tree).map((pair) => pair[0])).toEqual(items.map((entry) => entry.key));
  });

  it('replaces the entry of a pair that is there', () => {
    const tree = new OrderedKeys<Item>();
    tree.insert(1, { key: 7 });
    const newer = { key: 7 };
    expect(tree.insert(1, newer)).toBe(false);
    expect(tree.seek(undefined).leaf.entries[0]).toBe(newer);
  });
});
