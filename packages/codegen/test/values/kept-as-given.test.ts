/** What is read is what was put in, before and after reopening; values of another realm become ours; nothing of the caller's stays. */
import assert from 'node:assert';
import { runInNewContext } from 'node:vm';
import { type DatabaseOptions, MemoryFileSystem, plain } from '@nuthatch/runtime';
import { openClasses, type Untyped } from './open-classes.js';
import { Values } from './value-classes.js';

const open = (options?: DatabaseOptions): Promise<Untyped> => openClasses('value-classes.ts', { Values }, options);

describe('a Buffer', () => {
  const given = () => ({
    id: 'a',
    data: Buffer.from('data'),
    pieces: [Buffer.from('one'), Buffer.from('two')],
    byName: new Map([['x', Buffer.from('x')]]),
    holder: { bytes: Buffer.from('held') },
    either: Buffer.from('either'),
    orNull: Buffer.from('or null'),
  });

  const texts = (document: Untyped): unknown[] => [
    document.data.toString('utf8'),
    document.pieces.map((piece: Buffer) => piece.toString('utf8')),
    document.byName.get('x').toString('utf8'),
    document.holder.bytes.toString('utf8'),
    document.either.toString('utf8'),
    document.orNull.toString('utf8'),
  ];

  it('is a Buffer before and after reopening, compacting, and in nested places', async () => {
    const fileSystem = new MemoryFileSystem();
    let db = await open({ directory: '/db', fileSystem });
    const inserted = await db.values.insert(given());
    const expected = ['data', ['one', 'two'], 'x', 'held', 'either', 'or null'];
    expect(texts(inserted)).toEqual(expected);
    await db.close();
    db = await open({ directory: '/db', fileSystem });
    expect(texts(db.values.get('a'))).toEqual(expected);
    expect(Buffer.isBuffer(db.values.get('a').data)).toBe(true);
    await db.compact();
    await db.close();
    db = await open({ directory: '/db', fileSystem });
    expect(texts(db.values.get('a'))).toEqual(expected);
    assert.deepStrictEqual(plain(db.values.get('a')), given());
    await db.close();
  });

  it('given as other bytes is made one, and a Uint8Array given as a Buffer is made that', async () => {
    await using db = await open();
    const stored = await db.values.insert({ id: 'a', data: new Uint8Array([65]), bytes: Buffer.from('B') });
    expect(stored.data.toString('utf8')).toBe('A');
    expect(Buffer.isBuffer(stored.bytes)).toBe(false);
    expect(stored.bytes).toEqual(new Uint8Array([66]));
  });

  it('has memory of its own, shared neither with the caller nor with a pool', async () => {
    await using db = await open();
    const data = Buffer.from('mine');
    await db.values.insert({ id: 'a', data });
    data.fill(0);
    expect(db.values.get('a').data.toString()).toBe('mine');
    expect(db.values.get('a').data.buffer.byteLength).toBe(4);
  });
});

describe('a Float32Array', () => {
  const numbers = [0.1, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 3.4e38];

  it('is one of its own, before and after reopening and compacting, with every number as it was', async () => {
    const fileSystem = new MemoryFileSystem();
    const given = Float32Array.from(numbers);
    let db = await open({ directory: '/db', fileSystem });
    const inserted = await db.values.insert({ id: 'a', floats: given });
    expect(inserted.floats).not.toBe(given);
    given.fill(7);
    for (let round = 0; round < 2; round++) {
      assert.deepStrictEqual(db.values.get('a').floats, Float32Array.from(numbers));
      assert.deepStrictEqual(plain(db.values.get('a')), { id: 'a', floats: Float32Array.from(numbers) });
      await db.compact();
      await db.close();
      db = await open({ directory: '/db', fileSystem });
    }
    await db.close();
  });

  it('comes of another realm and of a part of a larger buffer, and is refused where it is of another class', async () => {
    await using db = await open();
    const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const stored = await db.values.insert({ id: 'a', floats: part });
    expect([...stored.floats]).toEqual([2, 3]);
    expect(stored.floats.buffer.byteLength).toBe(8);
    await db.values.update('a', runInNewContext('({ floats: new Float32Array([5]) })'));
    expect(db.values.get('a').floats).toBeInstanceOf(Float32Array);
    for (const floats of [[1, 2], new Float64Array(2), new Uint8Array(4), Object.create(Float32Array.prototype)])
      await expect(db.values.update('a', { floats })).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
        facts: { violations: [{ path: 'floats' }] },
      });
  });

  it('is not taken for JSON in a field of any type, which would give it back as an object', async () => {
    await using db = await open();
    await expect(db.values.insert({ id: 'a', anything: Float32Array.of(1) })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  });

  it('is an array of numbers in JSON, and comes back of it', async () => {
    await using db = await open();
    const values = db.reflect().collection('values');
    await values.insert({ id: 'a', floats: [0.5, 'NaN', '-0'] });
    assert.deepStrictEqual(db.values.get('a').floats, Float32Array.of(0.5, Number.NaN, -0));
    expect(values.get('a').floats).toEqual([0.5, 'NaN', '-0']);
    await expect(values.update('a', { floats: ['x'] })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});

describe('values of another realm', () => {
  const foreign = (): Untyped =>
    runInNewContext(`({
      id: 'a', at: new Date(5), days: [new Date(5), new Date(6)], bytes: new Uint8Array([1, 2]),
      data: new Uint8Array([65]), names: new Set(['x']), counts: new Map([['y', 1]]), numbers: [1, 2],
      holder: { at: new Date(7), bytes: new Uint8Array([66]) },
    })`);

  it('are accepted and become ours', async () => {
    await using db = await open();
    const stored = await db.values.insert(foreign());
    expect(stored.at).toBeInstanceOf(Date);
    expect(stored.names).toBeInstanceOf(Set);
    expect(stored.counts).toBeInstanceOf(Map);
    expect(stored.bytes).toBeInstanceOf(Uint8Array);
    expect(stored.numbers).toBeInstanceOf(Array);
    expect(Object.getPrototypeOf(stored.numbers)).toBe(Array.prototype);
    expect(Object.getPrototypeOf(stored.holder)).toBe(Object.prototype);
    assert.deepStrictEqual(plain(stored), {
      id: 'a',
      at: new Date(5),
      days: [new Date(5), new Date(6)],
      data: Buffer.from('A'),
      bytes: new Uint8Array([1, 2]),
      holder: { bytes: Buffer.from('B'), at: new Date(7) },
      names: new Set(['x']),
      counts: new Map([['y', 1]]),
      numbers: [1, 2],
    });
  });

  it('are accepted in patches, in values of queries, in bounds and in tags', async () => {
    await using db = await open();
    await db.values.insert({ id: 'a' });
    await db.values.update('a', runInNewContext('({ at: new Date(5), days: [new Date(9)] })'));
    await db.values.update('a', () => runInNewContext("({ names: new Set(['z']) })"));
    const date = (ms: number): Date => runInNewContext(`new Date(${ms})`);
    const ids = (found: Iterable<Untyped>): string[] => [...found].map(({ id }) => id);
    expect(ids(db.values.findByAt(date(5)))).toEqual(['a']);
    expect(ids(db.values.findByAt({ gte: date(5), lt: date(6) }))).toEqual(['a']);
    expect(ids(db.values.find(runInNewContext('({ at: { between: [new Date(1), new Date(5)] } })')))).toEqual(['a']);
    expect(ids(db.values.find({ names: runInNewContext("({ any: ['z', 'x'] })") }))).toEqual(['a']);
    await db.values.addTag('a', 'names', 'y');
    expect([...db.values.get('a').names]).toEqual(['z', 'y']);
  });

  it('are accepted as results of structuredClone', async () => {
    await using db = await open();
    await db.values.insert(
      structuredClone({ id: 'a', at: new Date(5), names: new Set(['x']), bytes: new Uint8Array(2) }),
    );
    expect(db.values.get('a').at.getTime()).toBe(5);
  });
});

it('what only looks like a date, a map, a set or bytes is refused with its path', async () => {
  await using db = await open();
  for (const [field, value] of [
    ['at', Object.create(Date.prototype)],
    ['names', Object.create(Set.prototype)],
    ['counts', Object.create(Map.prototype)],
    ['bytes', Object.create(Uint8Array.prototype)],
    ['data', new Float64Array(1)],
    ['bytes', new ArrayBuffer(1)],
    ['bytes', new Uint8ClampedArray(1)],
    ['at', new Date(Number.NaN)],
    ['at', 5],
    ['at', Number.NaN],
    ['days[0]', 5],
  ] as const) {
    const input = field === 'days[0]' ? { days: [value] } : { [field]: value };
    await expect(db.values.insert({ id: 'a', ...input })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      facts: { violations: [{ path: field }] },
    });
  }
});

it('an object whose contents are not its properties is refused, since they would be lost', async () => {
  await using db = await open();
  const hiding = [
    Promise.resolve({ at: new Date(5) }),
    new Error('text'),
    /text/,
    Object(1),
    Object('text'),
    new ArrayBuffer(1),
    new WeakMap(),
    runInNewContext('new Error("text")'),
    runInNewContext('Promise.resolve()'),
  ];
  for (const value of hiding) {
    for (const field of ['holder', 'scores']) {
      await expect(db.values.insert({ id: 'a', [field]: value })).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
        facts: { violations: [{ path: field }] },
      });
    }
  }
});

it('a record is no instance of a class; an object with fields may be one', async () => {
  class Held {
    score = 1;
  }
  await using db = await open();
  for (const scores of [new Held(), Object.create({ inherited: 1 }), new URLSearchParams('a=1')])
    await expect(db.values.insert({ id: 'a', scores })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  class Holding {
    bytes = Buffer.from('held');
    get at(): Date {
      return new Date(5);
    }
    readonly [Symbol.toStringTag] = 'Holding';
  }
  const stored = await db.values.insert({ id: 'a', holder: new Holding(), scores: Object.create(null) });
  assert.deepStrictEqual(plain(stored), {
    id: 'a',
    holder: { bytes: Buffer.from('held'), at: new Date(5) },
    scores: {},
  });
});

it('arrays, dates, maps and sets of classes of the caller are stored as plain ones', async () => {
  class List extends Array<number> {}
  class Day extends Date {
    override getTime(): number {
      return 77;
    }
  }
  class Names extends Set<string> {
    override *[Symbol.iterator](): SetIterator<string> {
      yield 'not in it';
    }
  }
  await using db = await open();
  const numbers = Object.freeze(List.from([1, 2]));
  const stored = await db.values.insert({ id: 'a', numbers, at: new Day(5), names: new Names(['x']) });
  assert.deepStrictEqual(plain(stored), { id: 'a', at: new Date(5), names: new Set(['x']), numbers: [1, 2] });
  expect(Object.getPrototypeOf(stored.numbers)).toBe(Array.prototype);
});

it('a frozen array with a getter is read once', async () => {
  let asked = 0;
  const numbers = Object.freeze(Object.defineProperty([0], 0, { get: () => ++asked, enumerable: true }));
  await using db = await open();
  await db.values.insert({ id: 'a', numbers });
  expect(plain(db.values.get('a')).numbers).toEqual([1]);
  expect(plain(db.values.get('a')).numbers).toEqual([1]);
});
