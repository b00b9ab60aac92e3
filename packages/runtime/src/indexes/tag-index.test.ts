import fc from 'fast-check';
import { SlotItems } from '../../test/support/slot-items.js';
import { runSteps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import { TagIndex } from './tag-index.js';

type Document = { readonly tags: unknown };

const source = new SlotItems<Document>();
const item = (key: string, tags: unknown): Slot => source.add(key, { tags });
const valueOfItem = (document: object): unknown => (document as Document).tags;

function put(index: TagIndex, slot: Slot, tags: unknown): void {
  const before = index.valueOf(source.documentOf(slot));
  source.replace(slot, { tags });
  const after = index.valueOf(source.documentOf(slot));
  if (!index.isSame(before, after)) index.move(slot, before, after);
}

function built(...items: Slot[]): TagIndex {
  const index = new TagIndex({ name: 't', source, valueOf: valueOfItem });
  runSteps(index.rebuilding(items));
  return index;
}

describe('TagIndex', () => {
  it('takes arrays, sets and single values, and tells their types apart', () => {
    const [a, b, c, d] = [
      item('a', ['x', 1]),
      item('b', new Set([1n, 'x'])),
      item('c', 'x'),
      item('d', [true, '1', new Date(9)]),
    ];
    const index = built(a, b, c, d);
    expect(index.collect('x')).toEqual([a, b, c]);
    expect([
      index.collect(1),
      index.collect(1n),
      index.collect('1'),
      index.collect(true),
      index.collect(new Date(9)),
    ]).toEqual([[a], [b], [d], [d], [d]]);
  });

  it('counts a tag named twice by one document once', () => {
    const twice = item('a', ['x', 'x', 'y']);
    const index = built(twice);
    expect([index.count('x'), index.entryCount]).toEqual([1, 2]);
    put(index, twice, ['x']);
    expect([index.count('x'), index.count('y'), index.entryCount]).toEqual([1, 0, 1]);
    put(
      index,
      twice,
      Array.from({ length: 40 }, (_, tag) => `t${tag % 20}`),
    );
    expect([index.count('x'), index.tagCount, index.entryCount]).toEqual([0, 20, 20]);
  });

  it('forgets a tag with its last document', () => {
    const only = item('a', ['x']);
    const index = built(only);
    put(index, only, []);
    expect([[...index.tags()], index.tagCount, index.entryCount]).toEqual([[], 0, 0]);
  });

  it('hands out copies: changing one changes nothing', () => {
    const index = built(item('a', ['x']), item('b', ['x']));
    index.collect('x').length = 0;
    index.sets.any(['x']).pop();
    expect(index.count('x')).toBe(2);
  });

  it('sees no difference between the same tags in another order', () => {
    const index = built();
    expect(index.isSame(['a', 'b'], ['b', 'a'])).toBe(true);
    expect(index.isSame(['a', 'b'], ['a', 'c'])).toBe(false);
    expect(index.isSame(undefined, ['a'])).toBe(false);
  });

  it('refuses NaN', () => {
    expect(() => built(item('a', [Number.NaN]))).toThrow(expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }));
  });

  it.each([2_048, 3])(
    'yields each that keeps the tag exactly once while others come and go (arrays up to %i)',
    (arrayCount) => {
      const index = new TagIndex({ name: 't', source, valueOf: valueOfItem, arrayCount });
      const items = Array.from({ length: 200 }, (_, key) => item(`k${key}`, ['x']));
      runSteps(index.rebuilding(items));
      const seen: Slot[] = [];
      for (const slot of index.entries('x')) {
        seen.push(slot);
        const at = items.indexOf(slot);
        if (at % 3 === 0) put(index, slot, []);
        if (at % 5 === 4) put(index, items[at - 2] as Slot, []);
      }
      expect(new Set(seen).size).toBe(seen.length);
      for (const [at, slot] of items.entries()) if (at % 3 !== 0 && at % 5 !== 2) expect(seen).toContain(slot);
    },
  );

  it('answers any, all, none, counts and lists as plain sets would, whatever the layout', () => {
    const tags = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 });
    const few = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), tags), { maxLength: 150 }),
        few,
        few,
        few,
        fc.constantFrom(2, 5, 100),
        (script, any, all, none, arrayCount) => {
          const index = new TagIndex({
            name: 't',
            source,
            valueOf: valueOfItem,
            arrayCount,
            limits: { shardCapacity: 2 },
          });
          const items = Array.from({ length: 41 }, (_, key) => item(`k${key}`, undefined));
          for (const [which, given] of script) put(index, items[which] as Slot, given);
          const tagsOf = (slot: Slot): number[] => (source.documentOf(slot).tags as number[] | undefined) ?? [];
          for (let tag = 0; tag <= 7; tag++) {
            const expected = items.filter((slot) => tagsOf(slot).includes(tag));
            expect(index.collect(tag)).toEqual(expected);
            expect([...index.entries(tag)]).toEqual(expected);
            expect(index.peek(tag)).toEqual(expected);
            expect(index.peek(tag, 3).slice(0, 3)).toEqual(expected.slice(0, 3));
            expect(index.count(tag)).toBe(expected.length);
            for (const slot of items) expect(index.has(tag, slot)).toBe(expected.includes(slot));
          }
          expect(new Map(index.tags())).toEqual(
            new Map([0, 1, 2, 3, 4, 5, 6].filter((tag) => index.count(tag) > 0).map((tag) => [tag, index.count(tag)])),
          );
          const byKey = (slots: readonly Slot[]): string[] => slots.map((slot) => source.keyOf(slot)).sort();
          const meets = (slot: Slot, isAny: boolean): boolean =>
            (!isAny || any.some((tag) => tagsOf(slot).includes(tag))) &&
            all.every((tag) => tagsOf(slot).includes(tag)) &&
            !none.some((tag) => tagsOf(slot).includes(tag));
          const both = items.filter((slot) => meets(slot, true));
          expect(byKey(index.sets.select({ any, all, none }, () => items))).toEqual(byKey(both));
          expect(byKey(index.sets.select({ all, none }, () => items))).toEqual(
            byKey(items.filter((slot) => meets(slot, false))),
          );
          expect(index.sets.estimate({ any, all, none }, items.length)).toBeGreaterThanOrEqual(both.length);
          const rebuilt = new TagIndex({ name: 't', source, valueOf: valueOfItem });
          runSteps(rebuilt.rebuilding(items));
          expect(rebuilt.stats()).toEqual(index.stats());
          expect(rebuilt.entryCount).toBe(items.reduce((sum, slot) => sum + new Set(tagsOf(slot)).size, 0));
        },
      ),
      { numRuns: 200 },
    );
  });
});
