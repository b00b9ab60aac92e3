import { Entry } from './entry.js';
import { ShardedStore } from './sharded-store.js';

const entryOf = (key: string | number | bigint): Entry => new Entry(key, Object.freeze({ key }), 1);

describe('ShardedStore', () => {
  it('tells keys of different types apart', () => {
    const store = new ShardedStore({ shardCapacity: 2 });
    const entries = [1, '1', 1n, 2, '2', 2n].map(entryOf);
    for (const entry of entries) store.set(entry);
    expect(store.size).toBe(6);
    for (const entry of entries) expect(store.get(entry.key)).toBe(entry);
    expect(store.delete('1')).toBe(true);
    expect(store.delete('1')).toBe(false);
    expect([store.has(1), store.has('1'), store.has(1n)]).toEqual([true, false, true]);
  });

  it('holds far more documents than a shard with tiny limits', () => {
    const store = new ShardedStore({ shardCapacity: 8, maxShards: 4_096 });
    for (let index = 0; index < 10_000; index++) store.set(entryOf(`p${index}`));
    expect(store.shardCount).toBeGreaterThan(1_000);
    expect(store.size).toBe(10_000);
    expect(new Set(Array.from(store, (entry) => entry.key)).size).toBe(10_000);
    for (let index = 0; index < 10_000; index++) expect(store.get(`p${index}`)?.key).toBe(`p${index}`);
    store.clear();
    expect([store.size, store.shardCount, [...store].length]).toEqual([0, 1, 0]);
  });

  it('replaces an entry of the same key', () => {
    const store = new ShardedStore();
    const [first, second] = [entryOf('a'), entryOf('a')];
    store.set(first);
    store.set(second);
    expect(store.get('a')).toBe(second);
    expect(store.size).toBe(1);
    expect(second.ordinal).toBeGreaterThan(first.ordinal);
  });

  it('refuses limits that are no counts', () => {
    expect(() => new ShardedStore({ shardCapacity: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => new ShardedStore({ maxShards: 1.5 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
