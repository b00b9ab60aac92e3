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
});
