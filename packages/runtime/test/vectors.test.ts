/** Vectors that are refused, documents that come and go, openings, forks, and libraries that break. */
import { runInNewContext } from 'node:vm';
import type { DatabaseOptions } from '../src/database/database-options.js';
import { openDatabase } from '../src/database/open-database.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import type { ApproximateVectors } from '../src/indexes/approximate-vectors.js';
import type { NearestQuery } from '../src/repository/nearest-query.js';
import { createTestDatabase } from '../src/testing.js';
import { definitionOf } from './support/definition-of-model.js';
import {
  type AnyDatabase,
  type AnyTypes,
  DIRECTORY,
  type Fields,
  field,
  modelWith,
  NUMBER,
  openModels,
} from './support/open-models.js';

const OPTIONAL = { optional: true };
const plainModel = modelWith([
  field('embedding', { kind: 'floats' }, OPTIONAL),
  field('weights', { kind: 'array', element: NUMBER }, OPTIONAL),
]);
const model = {
  ...plainModel,
  vectors: [
    { field: 'embedding', dimensions: 3, metric: 'cosine' as const },
    { field: 'weights', dimensions: 2, metric: 'euclidean' as const },
  ],
};

const openTest = (options: DatabaseOptions) => openDatabase<object, object>([definitionOf(model)], options);

type AnyNearest = NearestQuery<never>;
const nearest = (db: AnyDatabase, vector: unknown, options: object = { field: 'embedding' }): AnyNearest =>
  db['player']!.nearest(vector as never, options as never) as unknown as AnyNearest;
const idsOf = (query: AnyNearest): string[] => (query.all() as unknown as Fields[]).map(({ id }) => id as string);
const open = (): Promise<AnyDatabase> => openModels(new MemoryFileSystem(), [model]);
const vector = (...numbers: number[]): Float32Array => Float32Array.from(numbers);
const code = (name: string) => expect.objectContaining({ code: name });

it('nearest leaves out conditions that are undefined when asked to', async () => {
  await using db = await open();
  await db['player']!.insert({ id: 'a', embedding: vector(1, 0, 0) });
  const options = { field: 'embedding', where: { id: undefined } };
  expect(idsOf(nearest(db, [1, 0, 0], { ...options, ignoreUndefined: true }))).toEqual(['a']);
  expect(() => nearest(db, [1, 0, 0], options)).toThrow(/leave the condition out/);
  expect(() => nearest(db, [1, 0, 0], { ...options, ignoreUndefined: 'yes' })).toThrow(/INVALID_OPTION/);
});

describe('a vector that does not fit', () => {
  it.each<[string, Fields]>([
    ['too short', { embedding: vector(1, 2) }],
    ['too long', { embedding: vector(1, 2, 3, 4) }],
    ['empty', { embedding: vector() }],
    ['with NaN', { embedding: vector(1, Number.NaN, 3) }],
    ['infinite', { embedding: vector(1, Number.NEGATIVE_INFINITY, 3) }],
    ['of zeros, which have no direction', { embedding: vector(0, 0, 0) }],
    ['of a list with NaN', { weights: [1, Number.NaN] }],
    ['of numbers that single precision cannot hold', { weights: [1, 1e39] }],
  ])('is refused by inserts and updates when it is %s, and nothing changes', async (_, fields) => {
    await using db = await open();
    const [name] = Object.keys(fields) as [string];
    await db['player']!.insert({ id: 'a', embedding: vector(1, 0, 0), weights: [1, 1] });
    await expect(db['player']!.insert({ id: 'b', ...fields })).rejects.toMatchObject({
      code: 'INVALID_INDEX_VALUE',
      facts: { index: name },
    });
    await expect(db['player']!.update('a', fields)).rejects.toMatchObject({ code: 'INVALID_INDEX_VALUE' });
    expect(db['player']!.size).toBe(1);
    expect(nearest(db, vector(2, 0, 0)).hits()).toEqual([
      { document: expect.objectContaining({ id: 'a' }), distance: 0 },
    ]);
    expect(nearest(db, [1, 1], { field: 'weights' }).hits()[0]?.distance).toBe(0);
    expect(() => nearest(db, fields[name], { field: name })).toThrow(code('INVALID_INDEX_VALUE'));
  });

  it('is refused as a question, whatever JavaScript gives', async () => {
    await using db = await open();
    for (const given of [
      undefined,
      null,
      'abc',
      3,
      {},
      ['1', '2', '3'],
      new Array(3),
      new Uint8Array(3),
      new DataView(new ArrayBuffer(12)),
    ])
      expect(() => nearest(db, given)).toThrow(code('INVALID_INDEX_VALUE'));
    // Of another realm, too: a worker, a sandbox, a test.
    const foreign = ['Float32Array.of(1, 2, 3)', 'Float64Array.of(1, 2, 3)', '[1, 2, 3]'].map((code) =>
      runInNewContext(code),
    );
    for (const given of [vector(1, 2, 3), [1, 2, 3], Float64Array.of(1, 2, 3), ...foreign])
      expect(idsOf(nearest(db, given))).toEqual([]);
  });

  it('may be of zeros where the distance is straight, or absent', async () => {
    await using db = await open();
    await db['player']!.insertMany([{ id: 'a', weights: [0, 0] }, { id: 'b', weights: [3, 4] }, { id: 'c' }]);
    expect(
      nearest(db, [0, 0], { field: 'weights' })
        .hits()
        .map(({ distance }) => distance),
    ).toEqual([0, 5]);
    expect(nearest(db, [0, 0], { field: 'weights' }).count()).toBe(2);
  });
});

describe('a question', () => {
  it('names the field where there are several, and only options that there are', async () => {
    await using db = await open();
    expect(() => nearest(db, [1, 2], {})).toThrow(code('INVALID_QUERY'));
    expect(() => nearest(db, [1, 2], { field: 'id' })).toThrow(code('UNINDEXED_FIELD'));
    for (const options of [null, 5, [], { field: 'weights', k: 3 }, { field: 'weights', approximate: 1 }])
      expect(() => nearest(db, [1, 2], options as object)).toThrow(code('INVALID_QUERY'));
    for (const limit of [-1, 1.5, Number.NaN, '3', null])
      expect(() => nearest(db, [1, 2], { field: 'weights', limit })).toThrow(code('INVALID_QUERY'));
    expect(() => nearest(db, [1, 2], { field: 'weights', where: { name: 'x' } })).toThrow(code('UNINDEXED_FIELD'));
    expect(() => nearest(db, [1, 2], { field: 'weights' }).orderBy()).toThrow(code('INVALID_QUERY'));
    expect(() => db['player']!.find({ embedding: vector(1, 2, 3) })).toThrow(code('UNINDEXED_FIELD'));
  });

  it('is refused of a class without vectors', async () => {
    await using db = await openModels(new MemoryFileSystem(), [plainModel]);
    expect(() => nearest(db, [1], {})).toThrow(code('UNINDEXED_FIELD'));
  });

  it('is not changed by who changes the vector afterwards', async () => {
    await using db = await open();
    await db['player']!.insertMany([
      { id: 'a', embedding: vector(1, 0, 0) },
      { id: 'b', embedding: vector(0, 1, 0) },
    ]);
    const given = vector(1, 0.1, 0);
    const query = nearest(db, given);
    given.set([0.1, 1, 0]);
    expect(idsOf(query)).toEqual(['a', 'b']);
  });

  it('refuses the cursor of another vector, and of another field', async () => {
    await using db = await open();
    const all = Array.from({ length: 5 }, (_, number) => ({
      id: `p${number}`,
      embedding: vector(1, number, 0),
      weights: [1, number],
    }));
    await db['player']!.insertMany(all);
    const { next } = nearest(db, [1, 0, 0]).limit(2).page();
    expect((nearest(db, [1, 0, 0]).after(next!).all() as unknown as Fields[]).map(({ id }) => id)).toEqual([
      'p2',
      'p3',
      'p4',
    ]);
    expect(() => nearest(db, [1, 0.5, 0]).after(next!).all()).toThrow(code('INVALID_QUERY'));
    expect(() => nearest(db, [1, 0], { field: 'weights' }).after(next!).all()).toThrow(code('INVALID_QUERY'));
    expect(() => db['player']!.all().after(next!).all()).toThrow(code('INVALID_QUERY'));
  });

  it('counts, adds up and lists values as another query does', async () => {
    await using db = await open();
    await db['player']!.insertMany([
      { id: 'a', embedding: vector(1, 0, 0) },
      { id: 'b', embedding: vector(0, 1, 0) },
      { id: 'c' },
    ]);
    const query = nearest(db, [1, 0, 0]) as unknown as NearestQuery<AnyTypes>;
    expect(query.count()).toBe(2);
    expect(query.distinct('id' as never)).toEqual(['a', 'b']);
    expect(query.aggregate({ count: true, max: 'id' } as never)).toEqual({ count: 2, max: 'b' });
    expect(query.limit(1).distinct('id' as never)).toEqual(['a']);
  });

  it('explains itself, and gives rows with distances', async () => {
    await using db = await open();
    await db['player']!.insertMany([{ id: 'a', embedding: vector(1, 0, 0) }, { id: 'b' }]);
    expect(nearest(db, [1, 0, 0]).explain()).toMatchObject({
      index: 'embedding',
      order: expect.stringContaining('distance of embedding'),
      conditions: [{ asked: 'vector', estimated: 1 }],
      seen: 1,
      matched: 1,
    });
    const rows = nearest(db, [1, 0, 0]).select('id' as never) as unknown as { hits(): unknown[] };
    expect(rows.hits()).toEqual([{ document: { id: 'a' }, distance: 0 }]);
  });
});

describe('the column of vectors', () => {
  it('says in `stats` how many vectors it holds and what they take', async () => {
    await using db = await open();
    const statsOf = () => db.stats().collections['player']!.vectors;
    expect(statsOf()).toEqual({ embedding: { entryCount: 0, byteCount: 0 }, weights: { entryCount: 0, byteCount: 0 } });
    await db['player']!.insertMany([{ id: 'a', embedding: vector(1, 0, 0) }, { id: 'b' }]);
    expect(statsOf()).toMatchObject({ embedding: { entryCount: 1 }, weights: { entryCount: 0, byteCount: 0 } });
    expect(statsOf()['embedding']!.byteCount).toBeGreaterThanOrEqual(3 * 4 + 4);
  });

  it('shows what a transaction wrote inside of it, and not what was taken back', async () => {
    await using db = await open();
    await db['player']!.insert({ id: 'a', embedding: vector(1, 0, 0) });
    const failing = db.transaction((tx) => {
      const players = (tx as unknown as AnyDatabase)['player']!;
      players.update('a', { embedding: vector(0, 0, 1) });
      players.insert({ id: 'b', embedding: vector(1, 0, 0) });
      expect(idsOf(players.nearest([1, 0, 0] as never, { field: 'embedding' } as never) as never)).toEqual(['b', 'a']);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(
      nearest(db, [1, 0, 0])
        .hits()
        .map(({ distance }) => distance),
    ).toEqual([0]);
  });

  it('forgets documents that expire, and gives their slots to others', async () => {
    using db = await createTestDatabase(openTest);
    const players = (db as unknown as AnyDatabase)['player']!;
    await players.insert({ id: 'a', embedding: vector(1, 0, 0) }, { ttlMs: 1_000 });
    await players.insert({ id: 'b', embedding: vector(0, 1, 0) });
    await db.clock.advance(2_000);
    expect(idsOf(nearest(db as unknown as AnyDatabase, [1, 0, 0]))).toEqual(['b']);
    await players.insert({ id: 'c' });
    expect(idsOf(nearest(db as unknown as AnyDatabase, [1, 0, 0]))).toEqual(['b']);
  });

  it('is parted from that of a fork by the first write', async () => {
    using db = await createTestDatabase(openTest);
    const of = (one: unknown): AnyDatabase => one as AnyDatabase;
    await of(db)['player']!.insert({ id: 'a', embedding: vector(1, 0, 0) });
    using fork = await db.fork();
    await of(fork)['player']!.update('a', { embedding: vector(0, 1, 0) });
    await of(fork)['player']!.insert({ id: 'b', embedding: vector(0, 0, 1) });
    expect(
      nearest(of(db), [1, 0, 0])
        .hits()
        .map(({ distance }) => distance),
    ).toEqual([0]);
    expect(
      nearest(of(fork), [1, 0, 0])
        .hits()
        .map(({ distance }) => distance),
    ).toEqual([1, 1]);
  });

  it('is made of documents from before the class had one, and refuses to open over one that does not fit', async () => {
    const fileSystem = new MemoryFileSystem();
    let db = await openModels(fileSystem, [plainModel]);
    await db['player']!.insertMany([
      { id: 'a', embedding: vector(1, 0, 0) },
      { id: 'b', embedding: vector(1, 2) },
    ]);
    await db.close();
    await expect(openModels(fileSystem, [model])).rejects.toMatchObject({
      code: 'INVALID_INDEX_VALUE',
      facts: { index: 'embedding', key: 'b' },
    });
    db = await openModels(fileSystem, [plainModel]);
    await db['player']!.update('b', { embedding: vector(0, 1, 0) });
    await db.close();
    db = await openModels(fileSystem, [model]);
    expect(idsOf(nearest(db, [0, 1, 0]))).toEqual(['b', 'a']);
    expect(fileSystem.list(DIRECTORY)).not.toEqual([]);
    await db.close();
  });
});

describe('a library that approximates', () => {
  class Library implements ApproximateVectors {
    readonly ids = new Set<number>();
    answer: ArrayLike<number> | ArrayLike<bigint> | undefined;
    breaks: keyof ApproximateVectors | undefined;

    #call(name: keyof ApproximateVectors): void {
      if (this.breaks === name) throw new RangeError(`${name} broke`);
    }

    set(id: number): void {
      this.#call('set');
      this.ids.add(id);
    }

    remove(id: number): void {
      this.#call('remove');
      this.ids.delete(id);
    }

    clear(): void {
      this.#call('clear');
      this.ids.clear();
    }

    search(): ArrayLike<number> | ArrayLike<bigint> {
      this.#call('search');
      return this.answer ?? [...this.ids];
    }
  }

  const many = (): Fields[] =>
    Array.from({ length: 200 }, (_, number) => ({
      id: `p${String(number).padStart(3, '0')}`,
      embedding: vector(1, number, 0),
    }));
  const asked = { field: 'embedding', limit: 3, approximate: true };

  it('has to be given first, and to have its methods', async () => {
    await using db = await open();
    expect(() => nearest(db, [1, 0, 0], asked).all()).toThrow(code('INVALID_QUERY'));
    for (const library of [undefined, null, {}, { set() {}, remove() {}, clear() {} }])
      await expect(db['player']!.approximate('embedding' as never, library as never)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
    await expect(db['player']!.approximate('id' as never, new Library())).rejects.toMatchObject({
      code: 'UNINDEXED_FIELD',
    });
  });

  it('is told of writes and undo, and answers by ids of any kind', async () => {
    await using db = await open();
    await db['player']!.insertMany(many());
    const library = new Library();
    await db['player']!.approximate('embedding' as never, library);
    expect(library.ids.size).toBe(200);
    await db['player']!.delete('p000');
    await db
      .transaction((tx) => {
        (tx as unknown as AnyDatabase)['player']!.delete('p001');
        throw new Error('no');
      })
      .catch(() => undefined);
    expect(library.ids.size).toBe(199);
    expect(idsOf(nearest(db, [1, 0, 0], asked))).toEqual(['p001', 'p002', 'p003']);
    // Numbers of more than 32 bits stand for no entry, least of all for that of their lower bits.
    const wrong = [
      -1,
      1.5,
      1e9,
      Number.NaN,
      2 ** 32 + 5,
      2 ** 53,
      null,
      undefined,
      '5',
      {},
      5n + 2n ** 32n,
    ] as number[];
    library.answer = [7, 7, ...wrong, 0, 6, 5, 8];
    expect(idsOf(nearest(db, [1, 0, 0], asked))).toEqual(['p005', 'p006', 'p007']);
    library.answer = BigUint64Array.of(9n, 8n, 8n, 2n ** 63n, 7n);
    expect(idsOf(nearest(db, [1, 0, 0], asked))).toEqual(['p007', 'p008', 'p009']);
    library.answer = { length: Number.POSITIVE_INFINITY, 0: 7, 1: 8, 2: 9 };
    expect(idsOf(nearest(db, [1, 0, 0], asked))).toEqual(['p007', 'p008', 'p009']);
    // Too few of them meet what is asked: all are looked at in the end.
    library.answer = [];
    expect(idsOf(nearest(db, [1, 0, 0], asked))).toEqual(['p001', 'p002', 'p003']);
  });

  it.each([
    ['a promise', Promise.resolve([1]), 'a promise'],
    ['a number', 7, '7'],
    ['nothing', undefined, 'undefined'],
    ['an object without a length', { keys: [1] }, '{"keys":[1]}'],
  ])('that gives %s is refused, and not passed over in silence', async (_, answer, shown) => {
    await using db = await open();
    await db['player']!.insertMany(many());
    const library = Object.assign(new Library(), { search: () => answer });
    await db['player']!.approximate('embedding' as never, library as never);
    expect(() => nearest(db, [1, 0, 0], asked).all()).toThrow(
      expect.objectContaining({
        code: 'INVALID_INDEX_VALUE',
        message: expect.stringContaining(`gave ${shown} in a search`),
      }),
    );
    expect(idsOf(nearest(db, [1, 0, 0]).limit(1))).toEqual(['p000']);
  });

  it('that throws in a write lets the write be, and is refused to queries until it is given again', async () => {
    await using db = await open();
    await db['player']!.insertMany(many());
    const library = new Library();
    await db['player']!.approximate('embedding' as never, library);
    library.breaks = 'set';
    await db['player']!.update('p000', { embedding: vector(1, 500, 0) });
    expect(() => nearest(db, [1, 0, 0], asked).all()).toThrow(code('INVALID_INDEX_VALUE'));
    expect(idsOf(nearest(db, [1, 0, 0]).limit(1))).toEqual(['p001']);
    await expect(db['player']!.approximate('embedding' as never, library)).rejects.toMatchObject({
      code: 'INVALID_INDEX_VALUE',
      cause: expect.objectContaining({ message: 'set broke' }),
    });
    library.breaks = undefined;
    await db['player']!.approximate('embedding' as never, library);
    expect(idsOf(nearest(db, [1, 0, 0], asked))[0]).toBe('p001');
    library.breaks = 'search';
    expect(() => nearest(db, [1, 0, 0], asked).all()).toThrow(code('INVALID_INDEX_VALUE'));
    library.breaks = 'clear';
    await expect(db['player']!.approximate('embedding' as never, library)).rejects.toMatchObject({
      code: 'INVALID_INDEX_VALUE',
    });
  });
});
