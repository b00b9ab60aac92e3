import fc from 'fast-check';
import { SlotItems } from '../../test/support/slot-items.js';
import { runSteps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import { compareStoreKeys } from '../structures/store-key.js';
import { compareValues, type IndexValue, indexValue } from './index-value.js';
import type { RangeBounds } from './range-bounds.js';
import { RangeIndex } from './range-index.js';

type Document = { readonly value: unknown };

const source = new SlotItems<Document>();
const item = (key: string, value: unknown): Slot => source.add(key, { value });
const valueOfItem = (document: object): unknown => (document as Document).value;
const options = { name: 'r', source, valueOf: valueOfItem, nodeCapacity: 4 };

function put(index: RangeIndex, slot: Slot, value: unknown): void {
  const before = index.valueOf(source.documentOf(slot));
  source.replace(slot, { value });
  index.move(slot, before, index.valueOf(source.documentOf(slot)));
}

function built(...values: unknown[]): RangeIndex {
  const index = new RangeIndex(options);
  runSteps(index.rebuilding(values.map((value, at) => item(`k${String(at).padStart(3, '0')}`, value))));
  return index;
}

const valueAt = (slot: Slot): unknown => source.documentOf(slot).value;
const valuesOf = (slots: Iterable<Slot>): unknown[] => Array.from(slots, valueAt);

describe('RangeIndex', () => {
  it('counts and yields between bounds, both ways', () => {
    const index = built(5, 1, 3, 3, 9, 7, undefined, null);
    expect(valuesOf(index.scan({ gt: 1, lte: 7 }))).toEqual([3, 3, 5, 7]);
    expect(valuesOf(index.scan({ gte: 3, lt: 7 }, { isReverse: true }))).toEqual([5, 3, 3]);
    expect(valuesOf(index.collect({ between: [3, 5] }, 2))).toEqual([3, 3]);
    expect([index.count(), index.count({ equals: 3 }), index.count({ gt: 100 }), index.entryCount]).toEqual([
      6, 2, 0, 6,
    ]);
  });

  it('takes inverted bounds as empty', () => {
    const index = built(1, 2, 3, 4, 5, 6, 7, 8, 9);
    for (const bounds of [
      { gt: 5, lt: 3 },
      { gt: 4, lt: 4 },
      { gte: 9, lte: 1 },
      { between: [8, 2] },
    ] satisfies RangeBounds[]) {
      expect([
        index.count(bounds),
        [...index.scan(bounds)],
        [...index.scan(bounds, { isReverse: true })],
        index.collect(bounds),
        index.sum(bounds),
      ]).toEqual([0, [], [], [], 0]);
    }
  });

  it('knows ends, sums and dates', () => {
    const index = built(4, 10, 6);
    expect([
      index.min(),
      index.max(),
      index.min({ gt: 4 }),
      index.max({ lt: 4 }),
      index.sum(),
      index.sum({ gte: 6 }),
    ]).toEqual([4, 10, 6, undefined, 20, 16]);
    expect([built(2n, 40n).sum(), built().sum(), built(new Date(5), new Date(3)).min()]).toEqual([42n, 0, 3]);
    // Exact, then rounded once: adding one by one gives 0.9999999999999999 and 0.
    expect([built(...Array(10).fill(0.1)).sum(), built(1e100, 1, -1e100).sum()]).toEqual([1, 1]);
    expect(() => built('a').sum()).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }));
    expect(valuesOf(built(new Date(5), new Date(3), new Date(9)).scan({ gte: new Date(4) }))).toEqual([
      new Date(5),
      new Date(9),
    ]);
  });

  it('finds prefixes by code unit, also at the end of the code space', () => {
    const index = built('a', 'ab', 'abc', 'b', '\uffff', '\uffff\uffff', 'ab\uffff');
    expect(valuesOf(index.scan({ prefix: 'ab' }))).toEqual(['ab', 'abc', 'ab\uffff']);
    expect(valuesOf(index.scan({ prefix: '\uffff' }))).toEqual(['\uffff', '\uffff\uffff']);
    expect(index.count({ prefix: '' })).toBe(7);
  });

  it('takes composite bounds that leave out last parts', () => {
    const index = built(['a', 1], ['a', 2], ['b', 1], ['b', 5], ['c', 0], ['c', undefined]);
    expect(valuesOf(index.scan({ equals: ['b'] }))).toEqual([
      ['b', 1],
      ['b', 5],
    ]);
    expect(valuesOf(index.scan({ gt: ['a'], lt: ['c'] }))).toEqual([
      ['b', 1],
      ['b', 5],
    ]);
    expect(valuesOf(index.scan({ gte: ['a', 2], lte: ['b', 1] }))).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });

  it('refuses NaN, absent bounds and two bounds on one side', () => {
    const index = built(1);
    expect(() => index.valueOf({ value: Number.NaN })).toThrow(
      expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }),
    );
    expect(() => index.count({ gt: Number.NaN })).toThrow(expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }));
    expect(() => index.count({ gt: null })).toThrow(expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }));
    for (const bounds of [
      { gt: 1, gte: 1 },
      { lt: 1, lte: 1 },
      { equals: 1, gt: 1 },
      { prefix: 'a', lt: 'b' },
      { prefix: 5 as unknown as string },
    ]) {
      expect(() => index.count(bounds)).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }));
    }
  });

  it('continues after a position whose entry was removed', () => {
    const index = built(1, 2, 2, 2, 3);
    const after = { value: 2, key: 'k002' };
    const keys = (slots: Iterable<Slot>): string[] => Array.from(slots, (slot) => source.keyOf(slot));
    expect(keys(index.scan({}, { after }))).toEqual(['k003', 'k004']);
    expect(keys(index.scan({}, { after, isReverse: true }))).toEqual(['k001', 'k000']);
    expect(keys(index.collect({ gte: 3 }, 9, { after }))).toEqual(['k004']);
    expect(keys(index.collect({ lte: 1 }, 9, { after, isReverse: true }))).toEqual(['k000']);
    expect(keys(index.collect({ lte: 2 }, 9, { after: { value: 2, key: 'k003' } }))).toEqual([]);
  });

  it.each([false, true])('walks on through writes, each that stays exactly once (reverse: %s)', (isReverse) => {
    const writes = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 59 }), fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined })),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 60, maxLength: 60 }),
        writes,
        (values, script) => {
          const index = new RangeIndex(options);
          const items = values.map((value, at) => item(`k${at}`, value));
          runSteps(index.rebuilding(items));
          const touched = new Set(script.map(([which]) => which));
          const bounds = { gte: 5, lt: 25 };
          const seen: Slot[] = [];
          let next = 0;
          for (const slot of index.scan(bounds, { isReverse })) {
            expect(valueAt(slot)).toBeGreaterThanOrEqual(5);
            expect(valueAt(slot)).toBeLessThan(25);
            seen.push(slot);
            for (let burst = 0; burst < 4 && next < script.length; burst++) {
              const [which, value] = script[next++] as [number, number | undefined];
              put(index, items[which] as Slot, value);
            }
          }
          for (const [at, slot] of items.entries()) {
            const isInside = (values[at] as number) >= 5 && (values[at] as number) < 25;
            if (!touched.has(at)) expect(seen.filter((other) => other === slot).length).toBe(isInside ? 1 : 0);
          }
        },
      ),
    );
  });

  const kinds: Record<string, fc.Arbitrary<unknown>> = {
    numbers: fc.integer({ min: -20, max: 20 }),
    doubles: fc.double({ noNaN: true, min: -2, max: 2 }),
    dates: fc.integer({ min: 0, max: 40 }).map((timeMs) => new Date(timeMs)),
    strings: fc.string({ maxLength: 2 }),
    bigints: fc.bigInt({ min: -20n, max: 20n }),
    composites: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.string({ maxLength: 1 })),
  };

  it.each(Object.entries(kinds))(
    'answers every range of %s as a sorted array would, built at once or step by step',
    (_, values) => {
      const script = fc.array(
        fc.tuple(fc.integer({ min: 0, max: 50 }), fc.option(values, { nil: undefined, freq: 8 })),
        { maxLength: 150 },
      );
      const side = (...names: string[]): fc.Arbitrary<RangeBounds> =>
        fc.oneof(
          fc.constant({}),
          fc.tuple(fc.constantFrom(...names), values).map(([name, value]) => ({ [name]: value })),
        );
      const bounds = fc.oneof(
        fc.tuple(side('gt', 'gte'), side('lt', 'lte')).map(([lower, upper]) => ({ ...lower, ...upper })),
        fc.tuple(values, values).map((between) => ({ between })),
        values.map((equals) => ({ equals })),
      );
      fc.assert(
        fc.property(
          script,
          fc.array(bounds, { minLength: 1, maxLength: 5 }),
          fc.integer({ min: 0, max: 8 }),
          (steps, questions, limit) => {
            const index = new RangeIndex(options);
            const items = Array.from({ length: 51 }, (_, key) => item(`k${key}`, undefined));
            for (const [which, value] of steps) put(index, items[which] as Slot, value);
            const rebuilt = new RangeIndex(options);
            runSteps(rebuilt.rebuilding(items));
            const normal = (raw: unknown): IndexValue => indexValue(raw, 'r') as IndexValue;
            const sorted = items
              .filter((slot) => valueAt(slot) !== undefined)
              .sort(
                (a, b) =>
                  compareValues(normal(valueAt(a)), normal(valueAt(b))) ||
                  compareStoreKeys(source.keyOf(a), source.keyOf(b)),
              );
            const compare = (slot: Slot, raw: unknown): number => compareValues(normal(valueAt(slot)), normal(raw));
            for (const question of questions as RangeBounds[]) {
              const { gt, gte, lt, lte, between, equals } = question;
              const expected = sorted.filter(
                (slot) =>
                  (gt === undefined || compare(slot, gt) > 0) &&
                  (gte === undefined || compare(slot, gte) >= 0) &&
                  (lt === undefined || compare(slot, lt) < 0) &&
                  (lte === undefined || compare(slot, lte) <= 0) &&
                  (between === undefined || (compare(slot, between[0]) >= 0 && compare(slot, between[1]) <= 0)) &&
                  (equals === undefined || compare(slot, equals) === 0),
              );
              for (const asked of [index, rebuilt]) {
                expect(asked.count(question)).toBe(expected.length);
                expect([...asked.scan(question)]).toEqual(expected);
                expect([...asked.scan(question, { isReverse: true })]).toEqual(expected.toReversed());
                expect(asked.collect(question, limit)).toEqual(expected.slice(0, limit));
                expect([...asked.slotsBetween(asked.cuts(question), false)]).toEqual(expected);
                expect([...asked.slotsBetween(asked.cuts(question), true)]).toEqual([...expected].reverse());
                expect(asked.collect(question, limit, { isReverse: true })).toEqual(
                  expected.toReversed().slice(0, limit),
                );
                expect([asked.first(question), asked.last(question)]).toEqual([expected[0], expected.at(-1)]);
              }
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});
