import fc from 'fast-check';
import type { Slot } from '../structures/slot.js';
import { RangeIndex } from './range-index.js';

type Tuple = readonly [string, number, string];
const texts = fc.constantFrom('a', 'b', 'bb');
const tuples = fc.array(fc.tuple(texts, fc.integer({ min: 0, max: 2 }), texts), { maxLength: 300 });

/** An index over these, with nodes so small that values go over many of them. */
function indexOf(rows: (Tuple | undefined)[]): RangeIndex {
  const documentOf = (slot: Slot): object => ({ row: rows[slot] });
  const source = { documentOf, peek: documentOf, keyOf: (slot: Slot) => slot, isInKeyOrder: true };
  const rowOf = (document: object): unknown => (document as { readonly row: unknown }).row;
  return new RangeIndex({ source, name: 'of', valueOf: rowOf, nodeCapacity: 4 } as never);
}

describe('a range index of several fields', () => {
  it('counts, lists and sums up what begins with some parts, whatever was added and taken away', () => {
    fc.assert(
      fc.property(tuples, fc.array(fc.nat(299)), (rows, removed) => {
        const held: (Tuple | undefined)[] = [...rows];
        const index = indexOf(held);
        for (const [slot, row] of rows.entries()) index.move(slot, undefined, [...row]);
        for (const slot of removed) {
          const row = held[slot];
          if (row === undefined) continue;
          index.move(slot, [...row], undefined);
          held[slot] = undefined;
        }
        for (const sought of [['a'], ['b', 1], ['bb', 2, 'a'], ['b', 0, 'b'], ['c'], []] as const) {
          const begins = (row: Tuple | undefined): boolean =>
            row !== undefined && sought.every((part, place) => row[place] === part);
          const expected = held.flatMap((row, slot) => (begins(row) ? [slot] : []));
          const cuts = index.cuts({ equals: sought });
          // The bounds of a merged condition are one list, those of others are two.
          const one = { from: cuts.from!, to: { ...cuts.to!, value: cuts.from!.value } };
          expect([index.countBetween(cuts), index.countBetween(one)]).toEqual([expected.length, expected.length]);
          expect([...index.slotsBetween(one, false)].sort((a, b) => a - b)).toEqual(expected);
          let walked = 0;
          index.walkValues(one, (value, count) => {
            expect(begins(value as unknown as Tuple)).toBe(true);
            walked += count;
          });
          expect(walked).toBe(expected.length);
        }
      }),
      { numRuns: 150 },
    );
  });
});
