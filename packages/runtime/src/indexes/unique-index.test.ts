import fc from 'fast-check';
import { UniqueIndex } from './unique-index.js';

interface Item {
  readonly key: string;
  document: { readonly value: unknown };
  readonly ordinal: number;
}

let ordinal = 0;
const item = (key: string, value: unknown): Item => ({ key, document: { value }, ordinal: ordinal++ });
const valueOfItem = (document: object): unknown => (document as Item['document']).value;

function put(index: UniqueIndex<Item>, entry: Item, value: unknown): void {
  const before = index.valueOf(entry.document);
  entry.document = { value };
  index.move(entry, before, index.valueOf(entry.document));
}

function filled(index: UniqueIndex<Item>, ...items: Item[]): Item[] {
  for (const entry of items) index.move(entry, undefined, index.valueOf(entry.document));
  return items;
}

describe('UniqueIndex', () => {
  it('finds by typed value: numbers, bigints, texts and dates', () => {
    const index = new UniqueIndex<Item>({ name: 'v', valueOf: valueOfItem });
    const [number, bigint, text, date] = filled(
      index,
      item('a', 1),
      item('b', 1n),
      item('c', '1'),
      item('d', new Date(77)),
    );
    expect([
      index.find(1),
      index.find(1n),
      index.find('1'),
      index.find(new Date(77)),
      index.find(2),
      index.find(null),
    ]).toEqual([number, bigint, text, date, undefined, undefined]);
  });

  it('leaves absent values out, so that many documents may lack one', () => {
    const index = new UniqueIndex<Item>({ name: 'v', valueOf: valueOfItem });
    filled(index, item('a', undefined), item('b', undefined), item('c', null), item('d', ['x', undefined]));
    expect([index.entryCount, index.hasConflicts]).toEqual([0, false]);
  });

  it('compares composites part by part', () => {
    const index = new UniqueIndex<Item>({ name: 'v', valueOf: valueOfItem });
    const [first, second] = filled(index, item('a', ['a', 'bc']), item('b', ['ab', 'c']));
    expect([index.find(['a', 'bc']), index.find(['ab', 'c']), index.hasConflicts]).toEqual([first, second, false]);
  });

  it('takes texts without regard to case when asked', () => {
    const index = new UniqueIndex<Item>({ name: 'v', valueOf: valueOfItem, caseInsensitive: true });
    const [ann] = filled(index, item('a', 'Ann@X.io'));
    expect(index.find('aNN@x.IO')).toBe(ann);
    expect(index.conflictOf(index.valueOf({ value: 'ANN@X.IO' }), 'b')).toBe(ann);
    expect(index.conflictOf(index.valueOf({ value: 'ANN@X.IO' }), 'a')).toBeUndefined();
  });

  it('lets two documents swap their values', () => {
    const index = new UniqueIndex<Item>({ name: 'v', valueOf: valueOfItem });
    const [a, b] = filled(index, item('a', 'x'), item('b', 'y')) as [Item, Item];
    put(index, a, 'y');
    expect(index.conflicts()).toEqual([{ value: 'y', holder: b, contender: a }]);
    put(index, b, 'x');
    expect([index.hasConflicts, index.find('x'), index.find('y')]).toEqual([false, b, a]);
  });

  it('gives the value to the one that waited longest when the holder leaves', () => {
    const index = new UniqueIndex<Item>({ name: 'v', valueOf: valueOfItem });
    const [a, b, c] = filled(index, item('a', 'x'), item('b', 'x'), item('c', 'x')) as [Item, Item, Item];
    expect([index.find('x'), index.entryCount]).toEqual([a, 3]);
    put(index, a, undefined);
    expect([index.find('x'), index.hasConflicts]).toEqual([b, true]);
    put(index, c, undefined);
    expect([index.find('x'), index.hasConflicts]).toEqual([b, false]);
  });

  it('refuses NaN before anything is changed', () => {
    const index = new UniqueIndex<Item>({ name: 'v', valueOf: valueOfItem });
    expect(() => index.valueOf({ value: Number.NaN })).toThrow(
      expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }),
    );
    expect(() => index.rebuild([item('a', 1), item('b', Number.NaN)])).toThrow(
      expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }),
    );
    expect(index.entryCount).toBe(0);
  });

  it('keeps first holders and all contenders as a plain list would, through undo and growth', () => {
    const steps = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 30 }),
        fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
        fc.boolean(),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (script) => {
        const index = new UniqueIndex<Item>({ name: 'v', valueOf: valueOfItem, limits: { shardCapacity: 4 } });
        const items = Array.from({ length: 31 }, (_, key) => item(`k${key}`, undefined));
        const reference = new Map<number, Item[]>();
        const apply = (entry: Item, value: unknown): void => {
          const before = valueOfItem(entry.document) as number | undefined;
          if (before !== value) {
            if (before !== undefined)
              reference.set(
                before,
                (reference.get(before) as Item[]).filter((other) => other !== entry),
              );
            if (value !== undefined) reference.set(value as number, [...(reference.get(value as number) ?? []), entry]);
          }
          put(index, entry, value);
        };
        for (const [which, value, isUndone] of script) {
          const entry = items[which] as Item;
          const before = valueOfItem(entry.document);
          apply(entry, value);
          if (isUndone) apply(entry, before);
        }
        for (let value = 0; value <= 20; value++) expect(index.find(value)).toBe(reference.get(value)?.[0]);
        const crowded = [...reference].filter(([, holders]) => holders.length > 1);
        expect(index.hasConflicts).toBe(crowded.length > 0);
        expect(new Set(index.conflicts().map((conflict) => conflict.value))).toEqual(
          new Set(crowded.map(([value]) => value)),
        );
        const rebuilt = new UniqueIndex<Item>({ name: 'v', valueOf: valueOfItem });
        rebuilt.rebuild(items);
        expect(rebuilt.stats()).toEqual(index.stats());
      }),
    );
  });
});
