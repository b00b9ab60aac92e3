import fc from 'fast-check';
import { SlotItems } from '../../test/support/slot-items.js';
import { runSteps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import { UniqueIndex } from './unique-index.js';

type Document = { readonly value: unknown };

const source = new SlotItems<Document>();
const item = (key: string, value: unknown): Slot => source.add(key, { value });
const valueOfItem = (document: object): unknown => (document as Document).value;
/** The value is a stored field: an index of many need not keep it. */
const valueOfField = Object.assign((document: object) => (document as Document).value, { fields: ['value'] });

function put(index: UniqueIndex, slot: Slot, value: unknown): void {
  const before = index.valueOf(source.documentOf(slot));
  source.replace(slot, { value });
  index.move(slot, before, index.valueOf(source.documentOf(slot)));
}

function filled(index: UniqueIndex, ...items: Slot[]): Slot[] {
  for (const slot of items) index.move(slot, undefined, index.valueOf(source.documentOf(slot)));
  return items;
}

describe('UniqueIndex', () => {
  it('finds by typed value: numbers, bigints, texts and dates', () => {
    const index = new UniqueIndex({ name: 'v', source, valueOf: valueOfItem });
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
    const index = new UniqueIndex({ name: 'v', source, valueOf: valueOfItem });
    filled(index, item('a', undefined), item('b', undefined), item('c', null), item('d', ['x', undefined]));
    expect([index.entryCount, index.hasConflicts]).toEqual([0, false]);
  });

  it('compares composites part by part', () => {
    const index = new UniqueIndex({ name: 'v', source, valueOf: valueOfItem });
    const [first, second] = filled(index, item('a', ['a', 'bc']), item('b', ['ab', 'c']));
    expect([index.find(['a', 'bc']), index.find(['ab', 'c']), index.hasConflicts]).toEqual([first, second, false]);
  });

  it('ignores the case of texts on request', () => {
    const index = new UniqueIndex({ name: 'v', source, valueOf: valueOfItem, caseInsensitive: true });
    const [ann] = filled(index, item('a', 'Ann@X.io'));
    expect(index.find('aNN@x.IO')).toBe(ann);
    expect(index.conflictOf(index.valueOf({ value: 'ANN@X.IO' }), undefined)).toBe(ann);
    expect(index.conflictOf(index.valueOf({ value: 'ANN@X.IO' }), ann)).toBeUndefined();
  });

  it('lets two documents swap their values', () => {
    const index = new UniqueIndex({ name: 'v', source, valueOf: valueOfItem });
    const [a, b] = filled(index, item('a', 'x'), item('b', 'y')) as [Slot, Slot];
    put(index, a, 'y');
    expect(index.conflicts()).toEqual([{ value: 'y', holder: b, contender: a }]);
    put(index, b, 'x');
    expect([index.hasConflicts, index.find('x'), index.find('y')]).toEqual([false, b, a]);
  });

  it('gives the value to the one that waited longest when the holder leaves', () => {
    const index = new UniqueIndex({ name: 'v', source, valueOf: valueOfItem });
    const [a, b, c] = filled(index, item('a', 'x'), item('b', 'x'), item('c', 'x')) as [Slot, Slot, Slot];
    expect([index.find('x'), index.entryCount]).toEqual([a, 3]);
    put(index, a, undefined);
    expect([index.find('x'), index.hasConflicts]).toEqual([b, true]);
    put(index, c, undefined);
    expect([index.find('x'), index.hasConflicts]).toEqual([b, false]);
  });

  it('refuses NaN before anything is changed', () => {
    const index = new UniqueIndex({ name: 'v', source, valueOf: valueOfItem });
    expect(() => index.valueOf({ value: Number.NaN })).toThrow(
      expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }),
    );
    expect(() => runSteps(index.rebuilding([item('a', 1), item('b', Number.NaN)]))).toThrow(
      expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }),
    );
    expect(index.entryCount).toBe(0);
  });

  it.each([
    { title: 'numbers of getters', valueOf: valueOfItem, isOfDates: false },
    { title: 'numbers of a field', valueOf: valueOfField, isOfDates: false },
    { title: 'dates of a field', valueOf: valueOfField, isOfDates: true },
  ])('keeps first holders and all contenders of $title as a plain list would, through undo and growth', (form) => {
    const valueOfForm = form.valueOf;
    const rawOf = (value: number | undefined): unknown =>
      value !== undefined && form.isOfDates ? new Date(value) : value;
    const heldIn = (slot: Slot): number | undefined => {
      const raw = valueOfItem(source.documentOf(slot));
      return raw === undefined ? undefined : Number(raw);
    };
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
        const index = new UniqueIndex({ name: 'v', source, valueOf: valueOfForm, limits: { shardCapacity: 4 } });
        const items = Array.from({ length: 31 }, (_, key) => item(`k${key}`, undefined));
        const reference = new Map<number, Slot[]>();
        const apply = (slot: Slot, value: number | undefined): void => {
          const before = heldIn(slot);
          if (before !== value) {
            if (before !== undefined)
              reference.set(
                before,
                (reference.get(before) as Slot[]).filter((other) => other !== slot),
              );
            if (value !== undefined) reference.set(value, [...(reference.get(value) ?? []), slot]);
          }
          put(index, slot, rawOf(value));
        };
        for (const [which, value, isUndone] of script) {
          const slot = items[which] as Slot;
          const before = heldIn(slot);
          apply(slot, value);
          if (isUndone) apply(slot, before);
        }
        for (let value = 0; value <= 20; value++) expect(index.find(value)).toBe(reference.get(value)?.[0]);
        const crowded = [...reference].filter(([, holders]) => holders.length > 1);
        expect(index.hasConflicts).toBe(crowded.length > 0);
        expect(new Set(index.conflicts().map((conflict) => conflict.value))).toEqual(
          new Set(crowded.map(([value]) => value)),
        );
        const rebuilt = new UniqueIndex({ name: 'v', source, valueOf: valueOfForm });
        runSteps(rebuilt.rebuilding(items));
        expect(rebuilt.stats()).toEqual(index.stats());
      }),
    );
  });
});
