/** `db.keyValue(name)`: keys and values beside the documents of classes, in one journal and one transaction. */
import assert from 'node:assert';
import fc from 'fast-check';
import { openDatabase, type PlayerInput } from '../../../generated/index.js';
import { copyTo, loadFrom } from '../../copy/src/index.js';
import { MemoryStore } from '../../copy/src/targets/memory/memory-store.js';
import type { DatabaseOptions } from '../src/database/database-options.js';
import { anyFromJson, anyToJson } from '../src/document/any-json.js';
import { frozenAnyValue } from '../src/document/frozen-any-value.js';
import { plain } from '../src/document/plain.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { createTestDatabase } from '../src/testing.js';
import { dumpDirectory, importDump, migrationStatus } from '../src/tools.js';

const ann: PlayerInput = { id: 'p1', email: 'ann@example.org', name: 'Ann', age: 31 };
const keyValues = ['caches', 'settings'];
const open = (options: Partial<DatabaseOptions> = { memory: true }) =>
  openDatabase({ keyValues, ...options } as DatabaseOptions);
const code = (name: string) => expect.objectContaining({ code: name });

/** One of each. */
const VALUES: readonly unknown[] = [
  null,
  true,
  'text',
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2n ** 70n,
  new Date(5),
  new Uint8Array([1, 2]),
  Buffer.from('buffer'),
  Float32Array.of(0.5, Number.NaN),
  new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]),
  [undefined, [], {}],
  { $date: 'not one', more: 1 },
  { $date: 'not one either' },
  { $object: { $object: 1 } },
  JSON.parse('{ "__proto__": { "a": 1 }, "constructor": 2 }'),
];

it('holds values of any shape beside documents, before and after reopening', async () => {
  const fileSystem = new MemoryFileSystem();
  const place = { directory: '/db', fileSystem };
  let db = await open(place);
  const caches = db.keyValue('caches');
  for (const [index, value] of VALUES.entries()) await caches.set(`k${index}`, value);
  await db.keyValue('settings').set('k0', 'another collection');
  await db.player.insert(ann);
  for (let round = 0; round < 3; round++) {
    for (const [index, value] of VALUES.entries())
      assert.deepStrictEqual(plain(db.keyValue('caches').get(`k${index}`)), plain(value), String(index));
    expect([...db.keyValue<string>('settings').entries()]).toEqual([['k0', 'another collection']]);
    expect(db.player.size).toBe(1);
    if (round === 1) await db.compact();
    await db.close();
    db = await open(place);
  }
  await db.close();
});

it('shares transactions with documents: all or nothing, with reads of what was written', async () => {
  await using db = await open();
  const caches = db.keyValue<{ player: string }>('caches');
  await db.transaction((tx) => {
    tx.player.insert(ann);
    tx.keyValue<{ player: string }>('caches').set('s1', { player: 'p1' });
    expect(tx.keyValue('caches').get('s1')).toEqual({ player: 'p1' });
  });
  const failing = db.transaction((tx) => {
    tx.player.delete('p1');
    tx.keyValue('caches').delete('s1');
    tx.keyValue('caches').increment('count');
    tx.keyValue('settings').set('x', 1);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect([db.player.size, caches.get('s1'), caches.has('count'), db.keyValue('settings').size]).toEqual([
    1,
    { player: 'p1' },
    false,
    0,
  ]);
  await db
    .transaction(() => {
      // Writes through `db` join.
      void caches.set('s2', { player: 'p2' });
      throw new Error('no');
    })
    .catch(() => undefined);
  expect(caches.has('s2')).toBe(false);
  const moved = caches.transaction((store) => {
    store.delete('s1');
    return store.size;
  });
  expect(await moved).toBe(0);
});

it('tells of changes by its own events, by those of the database, and by cursors', async () => {
  await using db = await open();
  const heard: unknown[] = [];
  using own = db
    .keyValue('caches')
    .on('change', ({ kind, key, value, before }) => heard.push([kind, key, value, before]));
  using all = db.on('change', ({ collection, key }) => heard.push([collection, key]));
  await db.keyValue('caches').set('s', 1);
  await db.keyValue('settings').set('t', 2);
  await db.keyValue('caches').delete('s');
  expect(heard).toEqual([
    ['set', 's', 1, undefined],
    ['caches', 's'],
    ['settings', 't'],
    ['delete', 's', undefined, 1],
    ['caches', 's'],
  ]);
  expect(() => db.keyValue('caches').on('closed' as never, () => undefined)).toThrow(code('INVALID_OPTION'));
  void own;
  void all;
});

it('expires keys, is forked, and counts in stats', async () => {
  using db = await createTestDatabase((options) => openDatabase({ ...options, keyValues }));
  await db.keyValue('caches').set('s', 'short', { ttlMs: 1_000 });
  await db.keyValue('caches').set('t', 'stays');
  using fork = await db.fork();
  await db.clock.advance(2_000);
  expect([...db.keyValue('caches').keys()]).toEqual(['t']);
  await fork.keyValue('caches').set('u', 1);
  expect(fork.keyValue('caches').has('s')).toBe(true);
  expect(db.keyValue('caches').has('u')).toBe(false);
  expect(db.stats().collections['caches']).toMatchObject({ documentCount: 1 });
});

it('is copied and loaded back, dumped and imported, and shown as JSON', async () => {
  const fileSystem = new MemoryFileSystem();
  const from = await open({ directory: '/db', fileSystem });
  const entries = VALUES.map((value, index) => [`k${index}`, value] as const);
  for (const [key, value] of entries) await from.keyValue('caches').set(key, value);
  await from.player.insert(ann);
  const expected = (db: typeof from) => {
    for (const [key, value] of entries)
      assert.deepStrictEqual(plain(db.keyValue('caches').get(key)), plain(value), key);
    expect(db.keyValue('caches').size).toBe(entries.length);
    expect(db.player.size).toBe(1);
  };
  const store = new MemoryStore();
  await copyTo(from, store);
  const loaded = await open();
  await loadFrom(loaded, store);
  expected(loaded);
  expect(from.reflect().collection('caches').get('k7')).toEqual({
    key: 'k7',
    value: { $date: '1970-01-01T00:00:00.005Z' },
  });
  const reflected = loaded.reflect().collection('caches');
  await reflected.upsert({ key: 'k7', value: { $set: [{ $bigint: '3' }] } });
  expect(loaded.keyValue('caches').get('k7')).toEqual(new Set([3n]));
  await expect(reflected.upsert({ key: 'k7', value: { $bigint: 3 } })).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
  });
  await loaded.close();
  await from.close();
  const lines: string[] = [];
  for await (const line of dumpDirectory({ fileSystem, directory: '/db' })) lines.push(line);
  const other = new MemoryFileSystem();
  await importDump({ lines, fileSystem: other, destination: '/copy' });
  const imported = await open({ directory: '/copy', fileSystem: other });
  expected(imported);
  await imported.close();
});

it('keeps what is in a collection that is not named at one opening', async () => {
  const place = { directory: '/db', fileSystem: new MemoryFileSystem() };
  let db = await open(place);
  await db.keyValue('caches').set('s', 'there');
  await db.close();
  db = await open({ ...place, keyValues: ['settings'] });
  expect(() => db.keyValue('caches')).toThrow(code('INVALID_OPTION'));
  await db.compact();
  await db.close();
  db = await open(place);
  expect(db.keyValue('caches').get('s')).toBe('there');
  await db.close();
  const { models } = await migrationStatus({ ...place, directory: '/db', definitions: [], migrations: [] });
  expect(models).toMatchObject([{ collection: 'caches', documentCount: 1, state: 'keyValue' }]);
});

describe('what is refused', () => {
  it('names that no collection can have, that a class has, or that are named twice', async () => {
    for (const names of [
      [''],
      ['a b'],
      ['transaction'],
      ['keyValue'],
      ['$sync'],
      ['con'],
      'caches',
      [5],
      ['a', 'a'],
      ['a', 'A'],
      Array(1),
      null,
    ])
      await expect(open({ memory: true, keyValues: names as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(open({ memory: true, keyValues: ['player'] })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(open({ memory: true, keyValues: ['a', 'a b'] })).rejects.toThrow('"a b" cannot name a collection');
    // SQLite and MariaDB have one table for both.
    await expect(open({ memory: true, keyValues: ['Player'] })).rejects.toThrow('a class has the collection player');
    await expect(open({ memory: true, keyValues: ['a', 'A'] })).rejects.toThrow('a and A');
  });

  it('collections that are none of keys and values, or of no such name', async () => {
    await using db = await open();
    for (const name of ['player', 'nothing', undefined, '__proto__', 5])
      expect(() => db.keyValue(name as never)).toThrow(code('INVALID_OPTION'));
    await expect(db.transaction((tx) => tx.keyValue('player').size)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('values that could not come back, in every way of writing', async () => {
    await using db = await open();
    class Mine {}
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [undefined, () => 1, Symbol('x'), new Mine(), cycle, new Float64Array(1)]) {
      await expect(db.keyValue('caches').set('k', value)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
      const raw = (db as unknown as Record<string, { insert(entry: object): Promise<object> }>)['caches']!;
      await expect(raw.insert({ key: 'k', value })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    }
    await expect(db.keyValue('caches').set(5 as never, 1)).rejects.toMatchObject({ code: 'INVALID_KEY' });
    expect(db.keyValue('caches').size).toBe(0);
  });

  it('changes of what was given or read', async () => {
    await using db = await open();
    const value = { list: [1] };
    await db.keyValue('caches').set('k', value);
    value.list.push(2);
    expect(db.keyValue('caches').get('k')).toEqual({ list: [1] });
    expect(Object.isFrozen((db.keyValue<typeof value>('caches').get('k') as typeof value).list)).toBe(true);
  });
});

describe('values of any shape as JSON', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withNullPrototype: false,
          key: fc.oneof(fc.string(), fc.constantFrom('$date', '$object', '$set', '__proto__')),
        }),
        (value) => {
          const json = JSON.parse(JSON.stringify(anyToJson(frozenAnyValue(value)))) as unknown;
          const back = anyFromJson(json);
          // An invalid date is no equal of another to `assert`; each value has a JSON of its own.
          assert.deepStrictEqual(JSON.parse(JSON.stringify(anyToJson(back))), json);
          if (!JSON.stringify(json).includes('Invalid Date')) assert.deepStrictEqual(plain(back), plain(value));
        },
      ),
      { numRuns: process.env['NUTHATCH_NIGHTLY'] ? 20_000 : 500 },
    );
  });

  it('may be dates that are no time', () => {
    const json = anyToJson(new Date(Number.NaN));
    expect(json).toEqual({ $date: 'Invalid Date' });
    expect((anyFromJson(json) as Date).getTime()).toBeNaN();
  });

  it('are refused where a mark is no mark', () => {
    const refuse = (path: string, problem: string): never => {
      throw new RangeError(`${path}: ${problem}`);
    };
    for (const json of [
      { $date: 'x' },
      { $bigint: 1 },
      { $bytes: '*' },
      { $floats: ['a'] },
      { $set: {} },
      { $map: [[1]] },
      { $number: '1' },
      { $nothing: 1 },
      { $object: [] },
    ]) {
      expect(() => anyFromJson([json], 'value', refuse)).toThrow('value[0]');
      expect(anyFromJson(json)).toEqual(json);
    }
  });
});
