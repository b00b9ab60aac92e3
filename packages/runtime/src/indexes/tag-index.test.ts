import fc from 'fast-check';
import { TagIndex } from './tag-index.js';

interface Item {
  readonly key: string;
  document: { readonly tags: unknown };
  readonly ordinal: number;
}

let ordinal = 0;
const item = (key: string, tags: unknown): Item => ({ key, document: { tags }, ordinal: ordinal++ });
const valueOfItem = (document: object): unknown => (document as Item['document']).tags;

function put(index: TagIndex<Item>, entry: Item, tags: unknown): void {
  const before = index.valueOf(entry.document);
  entry.document = { tags };
  const after = index.valueOf(entry.document);
  if (!index.isSame(before, after)) index.move(entry, before, after);
}

function built(...items: Item[]): TagIndex<Item> {
  const index = new TagIndex<Item>({ name: 't', valueOf: valueOfItem });
  index.rebuild(items);
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
    index.any(['x']).pop();
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
      const index = new TagIndex<Item>({ name: 't', valueOf: valueOfItem, arrayCount });
      const items = Array.from({ length: 200 }, (_, key) => item(`k${key}`, ['x']));
      index.rebuild(items);
      const seen: Item[] = [];
      for (const entry of index.entries('x')) {
        seen.push(entry);
        const at = items.indexOf(entry);
        if (at % 3 === 0) put(index, entry, []);
        if (at % 5 === 4) put(index, items[at - 2] as Item, []);
      }
      expect(new Set(seen).size).toBe(seen.length);
      for (const [at, entry] of items.entries()) if (at % 3 !== 0 && at % 5 !== 2) expect(seen).toContain(entry);
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
          const index = new TagIndex<Item>({
            name: 't',
            valueOf: valueOfItem,
            arrayCount,
            limits: { shardCapacity: 2 },
          });
          const items = Array.from({ length: 41 }, (_, key) => item(`k${key}`, undefined));
          for (const [which, given] of script) put(index, items[which] as Item, given);
          const tagsOf = (entry: Item): number[] => (entry.document.tags as number[] | undefined) ?? [];
          for (let tag = 0; tag <= 7; tag++) {
            const expected = items.filter((entry) => tagsOf(entry).includes(tag));
            expect(index.collect(tag)).toEqual(expected);
            expect([...index.entries(tag)]).toEqual(expected);
            expect(index.count(tag)).toBe(expected.length);
            for (const entry of items) expect(index.has(tag, entry)).toBe(expected.includes(entry));
          }
          expect(new Map(index.tags())).toEqual(
            new Map([0, 1, 2, 3, 4, 5, 6].filter((tag) => index.count(tag) > 0).map((tag) => [tag, index.count(tag)])),
          );
          const byKey = (entries: readonly Item[]): string[] => entries.map((entry) => entry.key).sort();
          const meets = (entry: Item, isAny: boolean): boolean =>
            (!isAny || any.some((tag) => tagsOf(entry).includes(tag))) &&
            all.every((tag) => tagsOf(entry).includes(tag)) &&
            !none.some((tag) => tagsOf(entry).includes(tag));
          const both = items.filter((entry) => meets(entry, true));
          expect(byKey(index.select({ any, all, none }, () => items))).toEqual(byKey(both));
          expect(byKey(index.select({ all, none }, () => items))).toEqual(
            byKey(items.filter((entry) => meets(entry, false))),
          );
          expect(index.estimate({ any, all, none }, items.length)).toBeGreaterThanOrEqual(both.length);
          const rebuilt = new TagIndex<Item>({ name: 't', valueOf: valueOfItem });
          rebuilt.rebuild(items);
          expect(rebuilt.stats()).toEqual(index.stats());
          expect(rebuilt.entryCount).toBe(items.reduce((sum, entry) => sum + new Set(tagsOf(entry)).size, 0));
        },
      ),
      { numRuns: 200 },
    );
  });
});
