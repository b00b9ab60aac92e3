import fc from 'fast-check';
import { runSteps } from '../scheduling/steps.js';
import type { GrowingMapOptions } from './growing-map.js';
import { type HashableKey, hashKey } from './key-hash.js';
import type { Slot } from './slot.js';
import { SlotCells } from './slot-cells.js';
import { SlotTable } from './slot-table.js';

/** A table, and the keys that were added by slot. */
class Entries<K extends HashableKey> {
  readonly keys: (K | undefined)[] = [];
  readonly table: SlotTable<K>;

  constructor(limits: GrowingMapOptions) {
    this.table = new SlotTable(limits);
  }

  add(key: K, slot: Slot = this.keys.length): Slot {
    this.keys[slot] = key;
    this.table.add(key, slot);
    return slot;
  }
}

/** A number whose hash in a table is the given one: the finaliser turned round. */
function numberWithHash(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x7ed1b41d);
  mixed ^= (mixed >>> 13) ^ (mixed >>> 26);
  mixed = Math.imul(mixed, 0xa5cb9243);
  return mixed ^ (mixed >>> 16);
}

const keys = fc.oneof(
  fc.integer({ min: 0, max: 150 }),
  fc.integer({ min: 0, max: 60 }).map(String),
  fc.bigInt({ min: 0n, max: 40n }),
  fc.boolean(),
  // They share the lower bits of the hash, the upper ones, or all that a cell shows of it.
  fc.integer({ min: 0, max: 60 }).map((number) => numberWithHash(number << 20)),
  fc.integer({ min: 0, max: 60 }).map((number) => numberWithHash(number)),
);
const steps = fc.array(fc.tuple(fc.constantFrom('put', 'put', 'put', 'remove', 'clear' as const), keys, fc.nat()), {
  maxLength: 500,
});
const capacities = fc.constantFrom(1, 2, 8, 20, 200);

describe('SlotTable', () => {
  it('answers as a Map while it grows, shrinks and splits, and slots are given out again', () => {
    fc.assert(
      fc.property(steps, capacities, fc.constantFrom(1, 4, 4_096), (script, shardCapacity, maxShards) => {
        const entries = new Entries<HashableKey>({ shardCapacity, maxShards });
        const { table } = entries;
        const reference = new Map<HashableKey, Slot>();
        const free: Slot[] = [];
        for (const [step, key, number] of script) {
          const held = reference.get(key);
          if (step === 'remove') {
            expect(table.remove(key, held ?? 0)).toBe(reference.delete(key));
            if (held !== undefined) free.push(held);
          } else if (step === 'clear' && number % 40 === 0) {
            table.clear();
            reference.clear();
            free.length = 0;
          } else if (step === 'put' && held === undefined)
            reference.set(key, entries.add(key, free.pop() ?? entries.keys.length));
          expect(table.get(key)).toBe(reference.get(key));
          expect(table.size).toBe(reference.size);
        }
        for (const [key, slot] of reference) expect(table.get(key)).toBe(slot);
      }),
    );
  });

  it('takes many at once as it takes single ones, the last slot per key, and takes more afterwards', () => {
    const lists = fc.array(keys, { maxLength: 200 });
    fc.assert(
      fc.property(lists, lists, capacities, (first, later, shardCapacity) => {
        const entries = new Entries<HashableKey>({ shardCapacity, maxShards: 64 });
        entries.keys.push(...first, ...later);
        const reference = new Map(entries.keys.map((key, slot) => [key as HashableKey, slot]));
        let slot = 0;
        for (const part of [first, later])
          runSteps(
            entries.table.filling(
              part,
              part.map(() => slot++),
            ),
          );
        expect(entries.table.size).toBe(reference.size);
        for (const [key, held] of reference) expect(entries.table.get(key)).toBe(held);
        for (const [key, held] of reference) expect(entries.table.remove(key, held)).toBe(true);
        expect([entries.table.size, entries.table.get(first[0] ?? 0)]).toEqual([0, undefined]);
      }),
    );
  });

  it('keeps shards small by splitting them', () => {
    const entries = new Entries<string>({ shardCapacity: 8 });
    for (let index = 0; index < 5_000; index++) entries.add(`key-${index}`);
    expect(entries.table.shardCount).toBeGreaterThan(5_000 / 8);
    expect(entries.table.shardCount).toBeLessThan(5_000);
    expect(entries.keys.map((key) => entries.table.get(key as string))).toEqual([...entries.keys.keys()]);
    expect(entries.keys.every((key) => entries.table.get(`${key}!`) === undefined)).toBe(true);
  });

  it('keeps growing with the largest number of shards', () => {
    const entries = new Entries<number>({ shardCapacity: 8, maxShards: 1 });
    for (let index = 0; index < 1_000; index++) entries.add(index);
    expect(entries.keys.map((key) => entries.table.get(key as number))).toEqual(entries.keys);
    expect(entries.table.size).toBe(1_000);
  });

  it.each([
    ['begin as those that are there and end alike', (index: number) => `${index}-0000000000000000`],
    ['have one and the same hash', (index: number) => `${index.toString(36).padStart(6, '0')}${'x'.repeat(400)}`],
  ])('finds all of them when many later keys %s', (_, keyOf) => {
    const entries = new Entries<string>({ shardCapacity: 1_024 });
    for (let index = 0; index < 2_000; index++) entries.add(`${'x'.repeat(500)}${index.toString(36)}`);
    for (let index = 0; index < 6_000; index++) entries.add(keyOf(index));
    expect(entries.keys.map((key) => entries.table.get(key as string))).toEqual([...entries.keys.keys()]);
    expect(entries.table.shardCount).toBeLessThan(1_000);
  });
});

describe('SlotCells', () => {
  const cellsOf = (shardCells: number): SlotCells<number> =>
    new SlotCells(hashKey, { shardCells, mostDepth: 20, expectedCount: 0 });

  it.each([
    ['one shard', (index: number) => Math.imul(index, 0x9e3779b1) << 8, 20_000, 3_072],
    ['one row of cells', (index: number) => Math.imul(index, 0x9e3779b1) & 0xfffff, 20_000, 128],
    ['one look of a cell', (index: number) => index, 16_000, 16],
  ])('refuses most numbers that were made to meet in %s', (_, hashOf, count, least) => {
    const held = Array.from({ length: count }, (_number, index) => numberWithHash(hashOf(index)));
    const cells = cellsOf(4_096);
    const isAdded = held.map((key, slot) => cells.add(key, slot));
    expect(held.map((key) => cells.find(key))).toEqual(isAdded.map((is, slot) => (is ? slot : undefined)));
    expect(cells.size).toBeGreaterThanOrEqual(least);
    expect(cells.size).toBeLessThan(count / 2);
    expect(cells.directorySize).toBeLessThan(100);
    expect(held.filter((key, slot) => cells.remove(key, slot)).length).toBe(isAdded.filter(Boolean).length);
    expect(cells.size).toBe(0);
  });

  it('has no place for slots beyond 2^26', () => {
    const cells = cellsOf(16);
    expect([cells.add(1, 2 ** 26 - 2), cells.add(2, 2 ** 26 - 1), cells.add(3, 2 ** 31)]).toEqual([true, false, false]);
    expect([cells.remove(1, 2 ** 26 - 2), cells.size]).toEqual([true, 0]);
  });

  it('finds numbers by what hashKey makes of them', () => {
    for (const hash of [0, 1, -1, 0x12345678, 5 << 20]) expect(hashKey(numberWithHash(hash))).toBe(hash);
  });
});
