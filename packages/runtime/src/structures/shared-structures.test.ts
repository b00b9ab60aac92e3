/** Two tables that hold the same entries until one is written to: see `share` and `part`. */
import fc from 'fast-check';
import { OrderedKeys } from '../indexes/ordered-keys.js';
import type { Leaf } from '../indexes/ordered-node.js';
import { TagPosting } from '../indexes/tag-posting.js';
import { Column } from './column.js';
import { CountColumn } from './count-column.js';
import { GrowingMap } from './growing-map.js';
import { SlotTable } from './slot-table.js';

const SMALL = { shardCapacity: 14, maxShards: 64 };
const writes = fc.array(fc.record({ isFirst: fc.boolean(), key: fc.nat(200), isRemoved: fc.boolean() }), {
  maxLength: 120,
});

describe('structures that are shared', () => {
  it('part as maps, in the midst of a split too', () => {
    fc.assert(
      fc.property(fc.nat(120), writes, (count, changes) => {
        const first = new GrowingMap<number, number>(SMALL);
        for (let key = 0; key < count; key++) first.set(key, key);
        const second = new GrowingMap<number, number>(SMALL);
        second.share(first);
        expect(new Map(second)).toEqual(new Map(first));
        const sides = [first, second].map((map) => ({ map, model: new Map(first), isShared: true }));
        for (const { isFirst, key, isRemoved } of changes) {
          const side = sides[isFirst ? 0 : 1]!;
          if (side.isShared) side.map.part();
          side.isShared = false;
          if (isRemoved) expect(side.map.delete(key)).toBe(side.model.delete(key));
          else {
            side.map.set(key, -key);
            side.model.set(key, -key);
          }
        }
        for (const { map, model } of sides) {
          expect(new Map(map)).toEqual(model);
          expect(map.size).toBe(model.size);
          for (const key of model.keys()) expect(map.get(key)).toBe(model.get(key));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('part as tables of slots, while entries move to cells too', () => {
    fc.assert(
      fc.property(fc.nat(120), writes, (count, changes) => {
        const first = new SlotTable<string>(SMALL);
        const keyOf = (slot: number): string => `key ${slot}`;
        for (let slot = 0; slot < count; slot++) first.add(keyOf(slot), slot);
        const second = new SlotTable<string>(SMALL);
        second.share(first);
        const model = (): Set<number> => new Set(Array.from({ length: count }, (_, slot) => slot));
        const sides = [first, second].map((table) => ({ table, model: model(), isShared: true }));
        for (const { isFirst, key: slot, isRemoved } of changes) {
          const side = sides[isFirst ? 0 : 1]!;
          if (side.isShared) side.table.part();
          side.isShared = false;
          if (isRemoved) expect(side.table.remove(keyOf(slot), slot)).toBe(side.model.delete(slot));
          else if (!side.model.has(slot)) {
            side.table.add(keyOf(slot), slot);
            side.model.add(slot);
          }
        }
        for (const { table, model: due } of sides) {
          expect(table.size).toBe(due.size);
          for (let slot = 0; slot <= 200; slot++) expect(table.get(keyOf(slot))).toBe(due.has(slot) ? slot : undefined);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('part as trees, with their leaves linked', () => {
    fc.assert(
      fc.property(fc.nat(120), writes, (count, changes) => {
        const source = { keyOf: (slot: number): number => slot };
        const residue = (slot: number): number => slot % 17;
        const first = new OrderedKeys(source, 4);
        for (let slot = 0; slot < count; slot++) first.insert(residue(slot), slot);
        const second = new OrderedKeys(source, 4);
        second.share(first);
        const sides = [first, second].map((tree) => ({
          tree,
          model: new Set(Array.from({ length: count }, (_, slot) => slot)),
          isShared: true,
        }));
        for (const { isFirst, key: slot, isRemoved } of changes) {
          const side = sides[isFirst ? 0 : 1]!;
          if (side.isShared) side.tree.part();
          side.isShared = false;
          if (isRemoved) expect(side.tree.remove(residue(slot), slot)).toBe(side.model.delete(slot));
          else {
            expect(side.tree.insert(residue(slot), slot)).toBe(!side.model.has(slot));
            side.model.add(slot);
          }
        }
        for (const { tree, model } of sides) {
          const walked: number[] = [];
          for (let leaf: Leaf | undefined = tree.seek(undefined).leaf; leaf !== undefined; leaf = leaf.next)
            walked.push(...leaf.runs.flat());
          expect(walked).toEqual([...model].sort((a, b) => residue(a) - residue(b) || a - b));
          expect(tree.size).toBe(model.size);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('part as postings, as arrays and as trees', () => {
    for (const count of [0, 3, 40]) {
      const first = new TagPosting(
        Array.from({ length: count }, (_, slot) => slot),
        8,
      );
      const second = first.copy();
      second.add(100);
      first.delete(1);
      expect(second.toArray()).toEqual([...Array.from({ length: count }, (_, slot) => slot), 100]);
      expect(first.count).toBe(Math.max(0, count - (count > 1 ? 1 : 0)));
    }
  });

  it('part as columns, beyond the first chunk too', () => {
    for (const count of [0, 5, 70_000, 200_000]) {
      const items = new Column<number>();
      const counts = new CountColumn();
      for (let position = 0; position < count; position++) {
        items.set(position, position);
        counts.set(position, position % 300);
      }
      const otherItems = new Column<number>();
      const otherCounts = new CountColumn();
      otherItems.share(items);
      otherCounts.share(counts);
      otherItems.part();
      otherCounts.part();
      otherItems.set(count, -1);
      otherCounts.set(count, 299);
      for (let position = 0; position < count; position += 977) {
        items.set(position, -2);
        counts.set(position, 256);
        expect([otherItems.get(position), otherCounts.get(position)]).toEqual([position, position % 300]);
      }
      items.set(count, 7);
      expect([items.get(count), otherItems.get(count), otherCounts.get(count)]).toEqual([7, -1, 299]);
    }
  });
});
