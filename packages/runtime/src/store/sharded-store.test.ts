import fc from 'fast-check';
import { ShardedStore } from './sharded-store.js';

const document = (id: unknown): object => Object.freeze({ id });

describe.each([{ keyField: 'id' }, { keyField: undefined }])('ShardedStore with $keyField', (options) => {
  it('tells keys of different types apart', () => {
    const store = new ShardedStore({ ...options, shardCapacity: 2 });
    const keys = [1, '1', 1n, 2, '2', 2n];
    const slots = keys.map((key) => store.add(key, document(key), 1, undefined));
    expect([store.size, ...store.slots()]).toEqual([6, ...slots]);
    for (const [index, key] of keys.entries()) {
      expect(store.get(key)).toBe(slots[index]);
      expect(store.keyOf(slots[index] as number)).toBe(key);
      expect(store.find(key)).toEqual({ id: key });
    }
    expect(store.delete('1')).toBe(slots[1]);
    expect(store.delete('1')).toBeUndefined();
    expect([store.has(1), store.has('1'), store.has(1n)]).toEqual([true, false, true]);
  });

  it('holds far more documents than a shard with tiny limits', () => {
    const store = new ShardedStore({ ...options, shardCapacity: 8, maxShards: 4_096 });
    for (let index = 0; index < 10_000; index++) store.add(`p${index}`, document(`p${index}`), 1, undefined);
    expect(store.shardCount).toBeGreaterThan(1_000);
    expect(store.size).toBe(10_000);
    expect(new Set(Array.from(store.slots(), (slot) => store.keyOf(slot))).size).toBe(10_000);
    for (let index = 0; index < 10_000; index++) expect(store.find(`p${index}`)).toEqual({ id: `p${index}` });
    store.clear();
    expect([store.size, store.shardCount, [...store.slots()].length]).toEqual([0, 1, 0]);
  });

  it('knows that slots are in the order of keys, until a key or a slot breaks it', () => {
    const add = (store: ShardedStore, ...keys: (string | number)[]): boolean => {
      for (const key of keys) store.add(key, document(key), 1, undefined);
      return store.isInKeyOrder;
    };
    const store = new ShardedStore(options);
    expect(add(store, 7, 9, 'a', 'c')).toBe(true);
    store.delete('a');
    expect(store.isInKeyOrder).toBe(true);
    expect(add(store, 'd')).toBe(false);
    expect(add(store, 'e')).toBe(false);
    store.clear();
    expect(add(store, 'x')).toBe(true);
    expect(add(store, 'b')).toBe(false);
    const recovered = new ShardedStore(options);
    for (const key of ['a', 'b']) recovered.recovered.put(key, document(key), 1, undefined, true);
    expect(recovered.isInKeyOrder).toBe(true);
    recovered.recovered.put('b', document('b'), 2, undefined, true);
    recovered.recovered.settle();
    expect(recovered.isInKeyOrder).toBe(false);
  });

  it('gives the slot of a removed entry out again, with nothing of the old one left', () => {
    const store = new ShardedStore(options);
    const [first, second] = ['a', 'b'].map((key) => store.add(key, document(key), 4, 99)) as [number, number];
    store.delete('a');
    expect([...store.slots()]).toEqual([second]);
    expect([...store.expiries()]).toEqual([[second, 99]]);
    expect(store.add('c', document('c'), 1, undefined)).toBe(first);
    expect([store.keyOf(first), store.revisionOf(first), store.expiresAtOf(first)]).toEqual(['c', 1, undefined]);
    expect(store.documentsOf([second, first])).toEqual([{ id: 'b' }, { id: 'c' }]);
    expect(store.add('d', document('d'), 1, undefined)).toBe(2);
  });

  it('changes document, revision and expiry of an entry in its place', () => {
    const store = new ShardedStore(options);
    const slot = store.add('a', document('a'), 1, 5);
    const next = document('a');
    store.replace(slot, next, 2, undefined);
    expect([store.get('a'), store.revisionOf(slot), store.expiresAtOf(slot)]).toEqual([slot, 2, undefined]);
    expect(store.find('a')).toBe(next);
    store.setExpiry(slot, 7);
    expect(store.expiresAtOf(slot)).toBe(7);
  });

  it('walks over what stays exactly once while entries come and go', () => {
    const store = new ShardedStore(options);
    for (let key = 0; key < 300; key++) store.add(key, document(key), 1, undefined);
    const seen: unknown[] = [];
    for (const slot of store.slots()) {
      const key = store.keyOf(slot) as number;
      seen.push(key);
      if (key % 3 === 0) store.delete(key);
      if (key % 3 === 1) store.add(1_000 + key, document(1_000 + key), 1, undefined);
    }
    const staying = seen.filter((key) => (key as number) < 300 && (key as number) % 3 !== 0);
    expect(staying).toEqual(Array.from({ length: 300 }, (_, key) => key).filter((key) => key % 3 !== 0));
  });
});

describe('ShardedStore', () => {
  it('refuses limits that are not counts', () => {
    expect(() => new ShardedStore({ shardCapacity: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => new ShardedStore({ maxShards: 1.5 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it.each([undefined, 'key'])('holds what was recovered as if it had come one by one (key field: %s)', (keyField) => {
    const key = fc.integer({ min: 0, max: 30 }).map((number) => `k${number}`);
    const script = fc.array(fc.tuple(key, fc.nat(), fc.constantFrom('new', 'new', 'later', 'delete')), {
      maxLength: 120,
    });
    fc.assert(
      fc.property(script, (steps) => {
        const store = new ShardedStore({ shardCapacity: 8, keyField });
        const reference = new Map<string, number>();
        for (const [name, revision, step] of steps) {
          if (step === 'delete') {
            store.recovered.settle();
            expect(store.delete(name) !== undefined).toBe(reference.delete(name));
          } else {
            const expiresAt = revision % 3 === 0 ? revision : undefined;
            // Not always true that it is new: a delete in between may have been lost.
            store.recovered.put(name, Object.freeze({ key: name }), revision, expiresAt, step === 'new');
            reference.set(name, revision);
          }
        }
        store.recovered.settle();
        expect([store.size, [...store.slots()].length]).toEqual([reference.size, reference.size]);
        for (const [name, revision] of reference) {
          const slot = store.get(name) as number;
          expect([store.keyOf(slot), store.revisionOf(slot)]).toEqual([name, revision]);
          expect(store.expiresAtOf(slot)).toBe(revision % 3 === 0 ? revision : undefined);
        }
        expect([...store.expiries()].length).toBe([...reference.values()].filter((value) => value % 3 === 0).length);
      }),
    );
  });
});
