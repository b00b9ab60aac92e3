import fc from 'fast-check';
import { CountColumn } from './count-column.js';

describe('CountColumn', () => {
  it('holds small and large counts, in every order of replacement', () => {
    const counts = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(253, 254, 255, 256, 2 ** 40));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 99 }), counts), { maxLength: 200 }), (script) => {
        const column = new CountColumn();
        const reference: number[] = [];
        for (let position = 0; position < 100; position++) {
          reference[position] = 1;
          column.set(position, 1);
        }
        for (const [position, count] of script) {
          reference[position] = count;
          column.set(position, count);
        }
        expect(reference.map((_, position) => column.get(position))).toEqual(reference);
      }),
    );
  });

  it('grows over chunks', () => {
    const column = new CountColumn();
    const count = 2 ** 18 + 3_000;
    for (let position = 0; position < count; position++) column.set(position, position % 300);
    for (let position = 0; position < count; position++)
      if (column.get(position) !== position % 300) throw new RangeError(String(position));
    column.clear();
    column.set(0, 9);
    expect(column.get(0)).toBe(9);
  });

  it('is filled with 1 without memory for each count, and one that changes leaves the others', () => {
    const column = new CountColumn();
    const count = 2 ** 19 + 10;
    column.fill(count, undefined, []);
    column.set(2 ** 18 + 5, 7);
    column.set(2 ** 19 + 3, 300);
    const other = new CountColumn();
    other.share(column);
    other.part();
    other.set(4, 9);
    column.set(count, 1);
    expect([4, 2 ** 18 + 4, 2 ** 18 + 5, 2 ** 19 + 3, count].map((place) => column.get(place))).toEqual([
      1, 1, 7, 300, 1,
    ]);
    expect([4, 5, 2 ** 18 + 5, 2 ** 19 + 3].map((place) => other.get(place))).toEqual([9, 1, 7, 300]);
    other.clear();
    other.set(0, 2);
    expect([other.get(0), column.get(0)]).toEqual([2, 1]);
  });
});
