import fc from 'fast-check';
import { runSteps } from '../scheduling/steps.js';
import { areCells, cellsOf, ImageCells } from './image-cells.js';

const hashes = fc.array(fc.integer(), { minLength: 1, maxLength: 40 });

it('takes out the rows that it holds, and no other for a slot that is behind them', () => {
  fc.assert(
    fc.property(hashes, fc.array(fc.tuple(fc.nat(300), fc.nat(39)), { maxLength: 60 }), (given, removals) => {
      const rowCount = given.length;
      const made = runSteps(cellsOf(Int32Array.from(given), undefined, rowCount));
      if (made === undefined) return;
      expect(runSteps(areCells(made, rowCount, rowCount))).toBe(true);
      const cells = new ImageCells(made, rowCount, rowCount);
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
    }),
  );
});
