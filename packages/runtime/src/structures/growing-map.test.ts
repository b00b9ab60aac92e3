import fc from 'fast-check';
import { runSteps } from '../scheduling/steps.js';
import { GrowingMap } from './growing-map.js';
import { type HashableKey, hashFor, hashKey, headHash, tailHash } from './key-hash.js';

const TINY = { shardCapacity: 8, maxShards: 64 };

const keys = fc.oneof(
  fc.integer({ min: 0, max: 150 }),
  fc.integer({ min: 0, max: 60 }).map(String),
  fc.bigInt({ min: 0n, max: 40n }),
  fc.boolean(),
);
const steps = fc.array(
  fc.tuple(fc.constantFrom('set', 'set', 'set', 'delete', 'get', 'clear' as const), keys, fc.integer()),
  { maxLength: 600 },
);

describe('GrowingMap', () => {
  it('answers as a Map while it grows, shrinks and splits', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 2, 8, 20), (script, shardCapacity) => {
        const map = new GrowingMap<HashableKey, number>({ shardCapacity, maxShards: 64 });
        const reference = new Map<HashableKey, number>();
        for (const [step, key, value] of script) {
          if (step === 'set') {
            map.set(key, value);
            reference.set(key, value);
          } else if (step === 'delete') expect(map.delete(key)).toBe(reference.delete(key));
          else if (step === 'clear' && value % 40 === 0) {
            map.clear();
            reference.clear();
          }
          expect(map.get(key)).toBe(reference.get(key));
          expect(map.has(key)).toBe(reference.has(key));
          expect(map.size).toBe(reference.size);
        }
        expect(new Map(map.entries())).toEqual(reference);
        expect([...map.values()].sort()).toEqual([...reference.values()].sort());
      }),
    );
  });

  it('keeps shards small by splitting them', () => {
    const map = new GrowingMap<string, number>({ shardCapacity: 8 });
    for (let index = 0; index < 5_000; index++) map.set(`key-${index}`, index);
    expect(map.shardCount).toBeGreaterThan(5_000 / 8);
    expect(map.shardCount).toBeLessThan(5_000);
    for (let index = 0; index < 5_000; index++) expect(map.get(`key-${index}`)).toBe(index);
  });

  it('never lets a shard outgrow its capacity, also while it is split', () => {
    const map = new GrowingMap<string, number>({ shardCapacity: 1_024 });
    let largest = 0;
    for (let index = 0; index < 40_000; index++) {
      map.set(`key-${index}`, index);
      largest = Math.max(largest, map.largestShardSize);
    }
    expect(largest).toBeGreaterThan(1_000);
    expect(largest).toBeLessThan(1_024);
    expect(map.size).toBe(40_000);
  });

  it('takes many at once as it takes single ones, and takes more afterwards', () => {
    const pairs = fc.array(fc.tuple(keys, fc.integer()), { maxLength: 200 });
    fc.assert(
      fc.property(pairs, pairs, fc.constantFrom(1, 2, 8, 20, 1_000), (first, later, shardCapacity) => {
        const map = new GrowingMap<HashableKey, number>({ shardCapacity, maxShards: 64 });
        const reference = new Map([...first, ...later]);
        for (const part of [first, later])
          runSteps(
            map.filling(
              part.map(([key]) => key),
              part.map(([, value]) => value),
            ),
          );
        expect([new Map(map.entries()), map.size]).toEqual([reference, reference.size]);
        for (let key = 0; key < 200; key++) {
          map.set(key, -1);
          reference.set(key, -1);
        }
        for (const [key, value] of reference) expect(map.get(key)).toBe(value);
        for (const key of reference.keys()) expect(map.delete(key)).toBe(true);
        expect([map.size, [...map]]).toEqual([0, []]);
      }),
    );
  });

  it('finds keys of another kind after it was cleared or filled again', () => {
    const map = new GrowingMap<string, number>({ shardCapacity: 64 });
    const kinds = [
      (index: number) => `${hex(index, 8)}@mail.example.org`,
      (index: number) => `person-${String(index).padStart(8, '0')}`,
      (index: number) => `prefix-${index}-suffix`,
    ];
    for (const isFilled of [false, true, false])
      for (const keyOf of kinds) {
        map.clear();
        const keys = Array.from({ length: 2_000 }, (_, index) => keyOf(index));
        if (isFilled)
          runSteps(
            map.filling(
              keys,
              keys.map((_, index) => index),
            ),
          );
        else for (const [index, key] of keys.entries()) map.set(key, index);
        expect(map.shardCount).toBeGreaterThan(10);
        expect(keys.map((key) => map.get(key))).toEqual(keys.map((_, index) => index));
      }
  });

  it('keeps growing with the largest number of shards', () => {
    const map = new GrowingMap<number, number>({ shardCapacity: 8, maxShards: 5 });
    for (let index = 0; index < 1_000; index++) map.set(index, index);
    expect(map.shardCount).toBe(4);
    expect(map.size).toBe(1_000);
  });

  it('takes deletes while its only shard is being split', () => {
    const map = new GrowingMap<number, number>({ shardCapacity: 64 });
    for (let index = 0; index < 48; index++) map.set(index, index);
    map.set(48, 48);
    for (let index = 0; index < 40; index++) map.delete(index);
    for (let index = 100; index < 200; index++) map.set(index, index);
    expect(Array.from(map, ([key]) => key).sort((a, b) => a - b)).toEqual([
      ...Array.from({ length: 9 }, (_, index) => 40 + index),
      ...Array.from({ length: 100 }, (_, index) => 100 + index),
    ]);
  });

  it('iterates exactly once over entries that stay, while shards split', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 600 })), { maxLength: 600 }),
        (count, writes) => {
          const map = new GrowingMap<number, number>(TINY);
          for (let key = 0; key < count; key++) map.set(key, key);
          const staying = new Set(Array.from({ length: count }, (_, key) => key));
          for (const [isDelete, key] of writes) if (isDelete) staying.delete(key);
          const deleted = new Set<number>();
          const seen: number[] = [];
          let next = 0;
          for (const [key, value] of map) {
            expect(deleted.has(key)).toBe(false);
            expect(value).toBe(map.get(key));
            seen.push(key);
            for (let burst = 0; burst < 7 && next < writes.length; burst++) {
              const [isDelete, written] = writes[next++] as [boolean, number];
              if (isDelete) {
                map.delete(written);
                deleted.add(written);
              } else {
                map.set(written, -written);
                deleted.delete(written);
              }
            }
          }
          const counts = new Map<number, number>();
          for (const key of seen) counts.set(key, (counts.get(key) ?? 0) + 1);
          for (const key of staying) expect(counts.get(key)).toBe(1);
        },
      ),
    );
  });

  it('keeps the order of insertion while there is one shard', () => {
    const map = new GrowingMap<string, number>();
    for (const key of ['c', 'a', 'b']) map.set(key, 1);
    expect(Array.from(map, ([key]) => key)).toEqual(['c', 'a', 'b']);
  });
});

/** Scattered digits. */
function hex(number: number, digits: number): string {
  return (Math.imul(number + 1, 0x9e3779b1) >>> 0).toString(16).padStart(digits, '0').slice(0, digits);
}

describe('hashKey', () => {
  it.each([
    ['a shared suffix', (index: number) => `${index}-0001`],
    ['a shared prefix', (index: number) => `0001-${index}`],
    ['a long shared suffix', (index: number) => `${index}${'x'.repeat(100)}`],
    ['numbers a power of two apart', (index: number) => index * 65_536],
    ['fractions', (index: number) => index / 7],
    ['large bigints', (index: number) => (BigInt(index) << 32n) + (1n << 80n)],
    ['bigints a power of two apart', (index: number) => BigInt(index) << 32n],
  ])('spreads keys with %s', (_, keyOf) => {
    const shards = new Map<number, number>();
    for (let index = 0; index < 16_000; index++) {
      const shard = hashKey(keyOf(index)) & 15;
      shards.set(shard, (shards.get(shard) ?? 0) + 1);
    }
    expect(shards.size).toBe(16);
    expect(Math.max(...shards.values())).toBeLessThan(1_500);
  });

  it('gives equal hashes to keys that are one to a Map', () => {
    for (const hash of [hashKey, tailHash, headHash]) {
      expect(hash(-0)).toBe(hash(0));
      expect(hash(Number.NaN)).toBe(hash(0 / 0));
    }
  });

  it.each([
    ['numbers behind a prefix', (index: number) => `person-${String(index).padStart(8, '0')}`, tailHash],
    ['UUIDs', (index: number) => `${hex(index, 8)}-${hex(index * 7, 4)}-4000-8000-${hex(index * 31, 12)}`, tailHash],
    ['addresses', (index: number) => `${hex(index, 8)}.${index}@mail.example.org`, headHash],
    ['numbers in the middle', (index: number) => `prefix-${index}-suffix`, hashKey],
    ['numbers', (index: number) => index, tailHash],
  ])('is the quickest that tells %s apart', (_, keyOf, hash) => {
    expect(hashFor(Array.from({ length: 4_096 }, (_key, index) => keyOf(index * 48)))).toBe(hash);
  });
});
