import { Column } from './column.js';

describe('Column', () => {
  it('holds what was set, over many chunks, through growth and replacement', () => {
    const column = new Column<number>();
    const count = 600_000;
    for (let position = 0; position < count; position++) column.set(position, position);
    for (let position = 0; position < count; position += 3) column.set(position, -position);
    for (let position = 0; position < count; position++)
      if (column.get(position) !== (position % 3 === 0 ? -position : position)) throw new RangeError(String(position));
    expect(column.pick([count - 1, 0, 2 ** 16 - 1, 2 ** 16, 2 ** 17 - 1, 2 ** 17])).toEqual([
      count - 1,
      -0,
      -(2 ** 16 - 1),
      2 ** 16,
      2 ** 17 - 1,
      2 ** 17,
    ]);
    column.clear();
    for (let position = 0; position < 6; position++) column.set(position, position + 7);
    expect(column.pick([5, 0, 3, 1, 2, 4])).toEqual([12, 7, 10, 8, 9, 11]);
  });

  it('is filled with one item at the cost of a chunk, and each item that is set leaves all others', () => {
    for (const count of [1, 100, 2 ** 17, 2 ** 17 + 1, 2 ** 18 + 9, 5 * 2 ** 16]) {
      const reference = new Map<number, number>();
      const column = new Column<number>();
      column.fill(count, -1);
      const looked = [0, 1, 5, 2 ** 16 + 5, 2 ** 17 - 1, 2 ** 17 + 5, 2 ** 17 + 2 ** 16 + 5, count - 1].filter(
        (place) => place < count,
      );
      for (const place of looked) {
        column.set(place, place);
        reference.set(place, place);
        expect(column.pick(looked)).toEqual(looked.map((other) => reference.get(other) ?? -1));
      }
      column.set(count, 3);
      const other = new Column<number>();
      other.share(column);
      other.part();
      other.set(0, 77);
      expect([column.get(0), column.get(count), other.get(0), other.get(count)]).toEqual([0, 3, 77, 3]);
    }
  });
});
