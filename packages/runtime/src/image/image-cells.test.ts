import fc from 'fast-check';
import { runSteps } from '../scheduling/steps.js';
import { areCells, cellsOf, ImageCells } from './image-cells.js';

const hashes = fc.array(fc.integer(), { minLength: 1, maxLength: 40 });

const shared = (cells: Uint32Array): Uint32Array => {
  const copy = new Uint32Array(new SharedArrayBuffer(cells.byteLength));
  copy.set(cells);
  return copy;
};

it.each([
  ['of its own', (cells: Uint32Array) => cells],
  ['in shared memory', shared],
])('takes out the rows that it holds, and no other for a slot that is behind them, %s', (_, placed) => {
  fc.assert(
    fc.property(hashes, fc.array(fc.tuple(fc.nat(300), fc.nat(39)), { maxLength: 60 }), (given, removals) => {
      const rowCount = given.length;
      const plain = runSteps(cellsOf(Int32Array.from(given), undefined, rowCount));
      if (plain === undefined) return;
      const made = placed(plain);
      const before = made.slice();
      expect(runSteps(areCells(made, rowCount, rowCount, 'share'))).toBe(true);
      const cells = new ImageCells(made, rowCount, rowCount, 'share');
      const held = new Set(given.keys());
      for (const [slot, at] of removals) {
        const hash = given[at % rowCount]!;
        // The very hash of a row, with the slot of a document that came later: as when a value is taken twice.
        const isThere = held.has(slot) && given[slot] === hash;
        expect(cells.remove(hash, slot)).toBe(isThere);
        if (isThere) held.delete(slot);
        expect(cells.size).toBe(held.size);
      }
      for (const [row, hash] of given.entries()) {
        const found = cells.find(hash, row, { isRow: (candidate) => candidate === row });
        expect(found).toBe(held.has(row) ? row : undefined);
      }
      expect([...cells.rows()].sort((a, b) => a - b)).toEqual([...held].sort((a, b) => a - b));
      // Other threads see the same memory: it stays as it is.
      if (made.buffer instanceof SharedArrayBuffer) expect(made).toEqual(before);
    }),
  );
});

/** As format 2 has them: a power of two long. */
function cellsOfFormat2(given: readonly number[]): Uint32Array {
  const rowBits = 32 - Math.clz32(given.length);
  const cells = new Uint32Array(2 ** (rowBits + 1));
  for (const [row, hash] of given.entries()) {
    let place = (hash & (cells.length - 1)) >>> 0;
    while (cells[place] !== 0) place = (place + 1) % cells.length;
    cells[place] = (hash & ~(2 ** rowBits - 1)) | (row + 1);
  }
  return cells;
}

it('finds the rows of tables of format 2, and takes them out', () => {
  fc.assert(
    fc.property(hashes, (given) => {
      const rowCount = given.length;
      const made = cellsOfFormat2(given);
      expect(runSteps(areCells(made, rowCount, rowCount, 'mod'))).toBe(true);
      expect(runSteps(areCells(made.slice(1), rowCount, rowCount, 'mod'))).toBe(false);
      const cells = new ImageCells(made, rowCount, rowCount, 'mod');
      for (const [row, hash] of given.entries()) {
        expect(cells.find(hash, row, { isRow: (candidate) => candidate === row })).toBe(row);
        expect(cells.remove(hash, row)).toBe(true);
        expect(cells.find(hash, row, { isRow: (candidate) => candidate === row })).toBeUndefined();
      }
      expect(cells.size).toBe(0);
    }),
  );
});

it('finds rows by the highest and the lowest hash there is, in tables of any length', () => {
  for (let rowCount = 1; rowCount < 3_000; rowCount = Math.ceil(rowCount * 1.3)) {
    const given = Int32Array.from({ length: rowCount }, (_, row) => (row < 40 ? -1 - row : Math.imul(row, 0x9e3779b1)));
    const made = runSteps(cellsOf(given, undefined, rowCount))!;
    expect(made.length).toBeLessThanOrEqual(rowCount / 0.7 + 2);
    const cells = new ImageCells(made, rowCount, rowCount, 'share');
    for (let row = 0; row < rowCount; row++)
      expect(cells.find(given[row]!, row, { isRow: (candidate) => candidate === row })).toBe(row);
  }
});

it('are a table without rows, too', () => {
  const made = runSteps(cellsOf(new Int32Array(0), undefined, 5))!;
  expect(runSteps(areCells(made, 0, 5, 'share'))).toBe(true);
  expect(new ImageCells(made, 0, 5, 'share').find(-1, 0, { isRow: () => true })).toBeUndefined();
});
