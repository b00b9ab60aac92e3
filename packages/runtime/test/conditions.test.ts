/** Conditions and orders: what is refused and how, how the planner answers, and whom a change wakes. */

import type { DocumentModel } from '@nuthatch/model';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { type AnyDatabase, type Fields, field, NUMBER, openModels, STRING } from './support/open-models.js';
import { thingModel } from './support/random-things.js';

const COUNT = 200;

function thing(number: number): Fields {
  return {
    id: `t${String(number).padStart(3, '0')}`,
    ...(number % 10 !== 0 && { age: number % 10 }),
    rank: number % 4 === 0 ? null : number % 4,
    name: `n${number % 5}`,
    tags: [`g${number % 3}`],
    ...(number % 2 === 0 && { code: `c${number}` }),
    balance: BigInt(number % 7),
  };
}

/** A list of two places, of which the first was never set. */
function holed(value: unknown): unknown[] {
  const list: unknown[] = new Array(2);
  list[1] = value;
  return list;
}

describe('conditions', () => {
  let db: AnyDatabase;
  const find = (where: object, options?: object): ReturnType<AnyDatabase[string]['find']> =>
    db['player']!.find(where as Fields, options);
  beforeEach(async () => {
    db = await openModels(new MemoryFileSystem(), [thingModel]);
    await db['player']!.insertMany(Array.from({ length: COUNT }, (_, number) => thing(number)));
  });
  afterEach(() => db.close());

  it.each<[string, object, string, RegExp]>([
    ['undefined', { age: undefined }, 'INVALID_QUERY', /leave the condition out/],
    ['a value that is null where the field never is', { age: null }, 'INVALID_QUERY', /is null/],
    ['undefined in a list', { age: { in: [1, undefined] } }, 'INVALID_QUERY', /is undefined/],
    ['null in a list where the field never is', { age: { in: [1, null] } }, 'INVALID_QUERY', /is null/],
    ['a hole in a list', { age: { in: new Array(1) } }, 'INVALID_QUERY', /is undefined/],
    ['a hole in a list where null is a value', { rank: { in: holed(1) } }, 'INVALID_QUERY', /is undefined/],
    ['a hole in the place of a branch', { or: holed({ age: 1 }) }, 'INVALID_QUERY', /found undefined/],
    ['a hole in the place of all of it', { and: holed({ age: 1 }) }, 'INVALID_QUERY', /found undefined/],
    [
      'a hole in a list of values of several fields',
      { name_balance: { in: holed({ name: 'a' }) } },
      'INVALID_QUERY',
      /undefined/,
    ],
    ['no list', { age: { in: 1 } }, 'INVALID_QUERY', /`in` on age must be a list/],
    ['a text for a list', { name: { in: 'abc' } }, 'INVALID_QUERY', /`in` on name must be a list/],
    ['bounds in a list', { age: { in: [{ gte: 1 }] } }, 'INVALID_QUERY', /an object of gte: give values/],
    ['a value of another type in a list', { age: { in: ['1'] } }, 'INVALID_INDEX_VALUE', /age holds number/],
    ['a number where bigints are', { balance: { gte: 100 } }, 'INVALID_INDEX_VALUE', /balance holds bigint/],
    ['a number beside a bigint', { balance: { gte: 1n, lt: 5 } }, 'INVALID_INDEX_VALUE', /balance holds bigint/],
    ['a number between bigints', { balance: { between: [1n, 5] } }, 'INVALID_INDEX_VALUE', /balance holds bigint/],
    ['a date where numbers are', { age: { not: { lt: new Date() } } }, 'INVALID_INDEX_VALUE', /age holds number/],
    ['`not` undefined', { age: { not: undefined } }, 'INVALID_QUERY', /is undefined/],
    ['an empty `not`', { age: { not: {} } }, 'INVALID_QUERY', /must be a value/],
    ['`absent` of another type', { age: { absent: 1 } }, 'INVALID_QUERY', /must be true or false/],
    ['an inherited word', { age: Object.create({ in: [1] }) as object }, 'INVALID_QUERY', /comes from a class/],
    ['a word that is not known', { age: { in: [1], nin: [2] } }, 'INVALID_QUERY', /found nin/],
    ['a range without an order', { code: { gte: 'a' } }, 'INVALID_INDEX_VALUE', /code holds string/],
    ['an empty `or`', { or: [] }, 'INVALID_QUERY', /found an empty list/],
    ['`or` without a list', { or: { age: 1 } }, 'INVALID_QUERY', /found an object of age/],
    ['an empty branch', { or: [{ age: 1 }, {}] }, 'INVALID_QUERY', /would mean every document/],
    ['a branch that is no object', { and: [3] }, 'INVALID_QUERY', /must be an object of fields/],
    ['undefined in a branch', { or: [{ age: undefined }] }, 'INVALID_QUERY', /leave the condition out/],
    ['an empty negation', { not: {} }, 'INVALID_QUERY', /would mean every document/],
    ['an undefined negation', { not: undefined }, 'INVALID_QUERY', /leave it out/],
    ['a field without an index in a branch', { or: [{ score: 1 }] }, 'UNINDEXED_FIELD', /score has no index/],
    ['a name that is no field in a branch', { or: [{ shoe: 1 }] }, 'UNINDEXED_FIELD', /`shoe` is not a field of/],
    ['a key of another type', { id: 7 }, 'INVALID_KEY', /id/],
    ['a key that is undefined', { id: undefined }, 'INVALID_QUERY', /leave the condition out/],
    ['keys of which one is null', { id: { in: ['t001', null] } }, 'INVALID_QUERY', /is null/],
    ['a range of keys', { id: { gte: 'a' } }, 'INVALID_QUERY', /condition on the key id/],
    ['no word about the key', { id: {} }, 'INVALID_QUERY', /condition on the key id/],
    ['a list of keys without a word', { id: ['t001'] }, 'INVALID_QUERY', /condition on the key id/],
    ['a Map', { or: [new Map([['age', 1]])] }, 'INVALID_QUERY', /found Map/],
  ])('refuses %s', async (_, where, code, message) => {
    const refused = (run: () => unknown): void => {
      expect(run).toThrow(expect.objectContaining({ code }) as Error);
      expect(run).toThrow(message);
    };
    refused(() => find(where));
    refused(() => db['player']!.count(where as Fields));
    await expect(db['player']!.deleteMany(where as Fields)).rejects.toMatchObject({ code });
    await expect(db['player']!.updateMany(where as Fields, { name: 'x' })).rejects.toMatchObject({ code });
    expect(db['player']!.size).toBe(COUNT);
  });

  it('say which words a field takes, and which fields can be ordered by', () => {
    expect(() => find({ age: { greater: 3 } })).toThrow(
      /gt, gte, lt, lte, between, prefix, in, not or absent, found greater/,
    );
    expect(() => find({ tags: { some: ['a'] } })).toThrow(
      /`any`, `all`, `none` or `in`, with `not` or `absent`, found some/,
    );
    expect(() => db['player']!.all().orderBy('tags' as never)).toThrow(
      /player\.tags has no @Range; the fields with @Range are [^.]*age/,
    );
    expect(() => db['player']!.all().orderBy('tags' as never)).not.toThrow(/are [^.]*tags/);
  });

  it('refuses conditions that lie too deep, and those that contain themselves', () => {
    const circle: Record<string, unknown> = { age: 1 };
    circle['not'] = circle;
    const field: Record<string, unknown> = {};
    field['not'] = field;
    const key: Record<string, unknown> = {};
    key['not'] = key;
    for (const where of [circle, { or: [circle] }, { age: field }, { id: key }])
      for (const options of [undefined, { ignoreUndefined: true }])
        expect(() => find(where, options)).toThrow(/more than 32 deep/);
  });

  it('take as many as a list can hold', () => {
    // More than a call takes arguments.
    const many = Array.from({ length: 130_000 }, (_, number) => ({ age: { lt: 100 + number } }));
    expect(find({ or: [{ id: 't002', and: many }, { age: 1 }] }).count()).toBe(21);
    expect(find({ age: { in: many.map((_, number) => number) } }).count()).toBe(180);
    expect(find({ id: { in: many.map((_, number) => `t${number}`) } }).count()).toBe(100);
  });

  it('find nothing by an empty list, and all that is not in it', () => {
    expect(find({ age: { in: [] } }).count()).toBe(0);
    expect(find({ id: { in: [] } }).count()).toBe(0);
    expect(find({ tags: { in: [] } }).keys()).toEqual([]);
    expect(find({ id: { not: { in: [] } } }).count()).toBe(COUNT);
  });

  it('take the same words in bulk writes', async () => {
    expect(await db['player']!.updateMany({ or: [{ age: 1 }, { rank: null }] }, { name: 'changed' })).toBe(70);
    expect(find({ name: 'changed' }).count()).toBe(70);
    expect(await db['player']!.deleteMany({ not: { id: { in: ['t001', 't002'] } }, age: { absent: false } })).toBe(178);
    await db.transaction((tx) => {
      (tx as unknown as AnyDatabase)['player']!.deleteMany({ age: { absent: true } });
    });
    expect(db['player']!.all().keys().sort()).toEqual(['t001', 't002']);
  });

  it('leave out what is undefined when asked to, in reads alone', async () => {
    const options = { ignoreUndefined: true };
    expect(find({ age: undefined, name: 'n1' }, options).count()).toBe(40);
    expect(find({ age: { gte: undefined, lt: undefined }, name: 'n1' }, options).count()).toBe(40);
    expect(find({ age: { gte: 9, lt: undefined } }, options).count()).toBe(20);
    expect(find({ or: [{ age: undefined }, { name: 'n1' }] }, options).count()).toBe(40);
    expect(find({ or: [{ age: undefined }], not: { name: undefined } }, options).count()).toBe(COUNT);
    expect(find({ id: { not: undefined } }, options).count()).toBe(COUNT);
    expect(db['player']!.exists({ age: undefined } as never, options as never)).toBe(true);
    expect(() => find({ or: [] }, options)).toThrow(/found an empty list/);
    expect(() => find({ age: null }, options)).toThrow(/is null/);
    expect(() => find({ age: { gte: undefined } })).toThrow(/leave the condition out/);
    expect(() => find({ age: {} }, { ignoreUndefined: 1 })).toThrow(/the options of a query/);
    expect(() => find({}, { ignoreUndefind: true })).toThrow(/the options of a query/);
    const write = { ...options } as never;
    await expect(db['player']!.deleteMany({ age: undefined }, write)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(db['player']!.updateMany({ age: undefined }, {}, write)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    expect(db['player']!.size).toBe(COUNT);
  });

  it('say as a tree how they were answered', () => {
    const plan = find({ or: [{ age: 1 }, { name: 'n0', balance: { lt: 2n } }], tags: 'g1' }).explain();
    const found = Array.from({ length: COUNT }, (_, number) => number).filter(
      (number) => number % 3 === 1 && (number % 10 === 1 || (number % 5 === 0 && number % 7 < 2)),
    );
    expect(plan).toMatchObject({ index: 'or', matched: found.length });
    expect(plan.conditions).toMatchObject([
      {
        asked: 'or',
        estimated: 60,
        parts: [
          { asked: 'index', index: 'age', estimated: 20 },
          { asked: 'and', estimated: 40, parts: [{ index: 'name' }, { index: 'balance' }] },
        ],
      },
      { asked: 'index', index: 'tags', estimated: 67 },
    ]);
    const negated = find({ age: { not: 1 } }).explain();
    expect(negated).toMatchObject({
      index: 'not',
      matched: 180,
      conditions: [{ asked: 'not', estimated: 180, seen: 180 }],
    });
    expect(find({ age: { absent: true } }).explain()).toMatchObject({ index: 'age', matched: 20, seen: 20 });
    expect(find({ code: { absent: true } }).explain()).toMatchObject({
      index: 'all documents',
      matched: 100,
      seen: COUNT,
    });
    expect(find({ id: { in: ['t001', 't999'] } }).explain()).toMatchObject({ index: 'key', seen: 1, matched: 1 });
    expect(find({ age: { in: [1, 2, 2] } }).explain()).toMatchObject({ index: 'age', seen: 40, matched: 40 });
  });

  it('count lists, negations and keys without a look at a document', () => {
    const { store } = (db as unknown as { player: { collection: { store: { documentOf(slot: number): object } } } })
      .player.collection;
    const original = store.documentOf.bind(store);
    let looked = 0;
    store.documentOf = (slot) => {
      looked++;
      return original(slot);
    };
    expect(find({ age: { in: [1, 2] } }).count()).toBe(40);
    expect(find({ age: { not: 1 } }).count()).toBe(180);
    expect(find({ or: [{ age: 1 }, { tags: 'g1' }] }).count()).toBe(80);
    expect(find({ not: { or: [{ age: 1 }, { tags: 'g1' }] } }).count()).toBe(120);
    expect(find({ id: { in: ['t001'] } }).count()).toBe(1);
    expect(looked).toBe(0);
  });

  it('wake a watched query only for its branches', async () => {
    let asked = 0;
    const noting = (): boolean => {
      asked++;
      return true;
    };
    const query = find({ or: [{ age: 3 }, { age: { between: [7, 8] } }, { id: { in: ['t000', 't001'] } }] });
    const live = query.filter(noting).watch(() => undefined);
    const looks = async (write: () => Promise<unknown>): Promise<number> => {
      asked = 0;
      await write();
      await db.drained();
      return asked;
    };
    expect(await looks(() => db['player']!.update('t005', { age: 6 }))).toBe(0);
    expect(await looks(() => db['player']!.update('t005', { age: 7 }))).toBe(1);
    expect(await looks(() => db['player']!.update('t000', { name: 'n9' }))).toBe(1);
    expect(await looks(() => db['player']!.update('t002', { name: 'n9' }))).toBe(0);
    live.unsubscribe();
    expect(await looks(() => db['player']!.update('t005', { age: 8 }))).toBe(0);
  });

  it('end a watched query when an index in a branch is dropped', async () => {
    await db['player']!.addIndex({ kind: 'range', field: 'name', name: 'by_name' } as never);
    const rows: number[] = [];
    find({ or: [{ age: 3 }, { not: { by_name: 'n1' } }] }).watch((answer) => rows.push(answer.length));
    db['player']!.dropIndex('by_name');
    await db['player']!.update('t005', { name: 'n1' });
    await db.drained();
    expect(rows).toHaveLength(1);
  });

  it('refuse a live index with the name of a word, and let a live index take all words', async () => {
    await expect(db['player']!.addIndex({ kind: 'range', field: 'name', name: 'or' } as never)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    const index = await db['player']!.addIndex({ kind: 'range', field: 'name', name: 'again' } as never);
    const asked = index as unknown as { find(query: object): { count(): number } };
    expect(asked.find({ in: ['n1', 'n2'] }).count()).toBe(80);
    expect(asked.find({ not: 'n1' }).count()).toBe(160);
  });
});

describe('orders', () => {
  let db: AnyDatabase;
  beforeEach(async () => {
    db = await openModels(new MemoryFileSystem(), [thingModel]);
    await db['player']!.insertMany(Array.from({ length: COUNT }, (_, number) => thing(number)));
  });
  afterEach(() => db.close());

  it('sort by each field in turn', () => {
    const query = db['player']!.all().orderBy('age', 'desc').orderBy('name');
    expect(query.limit(3).keys()).toEqual(['t009', 't019', 't029'].map((_, at) => query.keys()[at]));
    const rows = query.all();
    for (const [at, row] of rows.entries()) {
      const next = rows[at + 1];
      if (next === undefined || next['age'] === undefined) continue;
      expect((row['age'] as number) >= (next['age'] as number)).toBe(true);
      if (row['age'] === next['age']) expect((row['name'] as string) <= (next['name'] as string)).toBe(true);
    }
  });

  describe('of many documents', () => {
    const MANY = 4_000;
    const many = (number: number): Fields => ({
      id: `m${String((number * 1_009) % MANY).padStart(4, '0')}`,
      age: (number * 7) % MANY,
      rank: number % 4 === 0 ? null : number % 4,
      name: `n${number % 5}`,
      tags: [(number * 7) % MANY < MANY / 2 ? 'low' : 'high'],
      balance: BigInt((number * 7) % MANY),
    });
    const idsBy = (meets: (thing: Fields) => boolean): unknown[] =>
      Array.from({ length: MANY }, (_, number) => many(number))
        .filter(meets)
        .sort((a, b) => (a['age'] as number) - (b['age'] as number))
        .map(({ id }) => id);
    let large: AnyDatabase;
    beforeAll(async () => {
      large = await openModels(new MemoryFileSystem(), [thingModel]);
      await large['player']!.insertMany(Array.from({ length: MANY }, (_, number) => many(number)));
    });
    afterAll(() => large.close());

    it('give up a walk whose hits lie elsewhere than estimated', () => {
      const query = large['player']!.find({ tags: 'high' }).orderBy('age').limit(5);
      expect(query.keys()).toEqual(idsBy(({ tags }) => (tags as string[])[0] === 'high').slice(0, 5));
      const plan = query.explain();
      expect(plan).toMatchObject({ order: 'sorted by age', matched: 5 });
      // Half of all, and what was looked at before the walk was given up.
      expect(plan.seen).toBeGreaterThan(MANY / 2);
      expect(plan.seen).toBeLessThan(MANY);
      expect(large['player']!.find({ tags: 'low' }).orderBy('age').limit(5).explain()).toMatchObject({ seen: 5 });
      const grouped = large['player']!.find({ tags: 'high' }).orderBy('balance').orderBy('name', 'desc').limit(5);
      expect(grouped.keys()).toEqual(query.keys());
      expect(grouped.explain().seen).toBeLessThan(2 * MANY);
      expect(large['player']!.find({ tags: 'high' }).aggregate({ min: 'age', max: 'age' } as never)).toEqual({
        min: MANY / 2,
        max: MANY - 1,
      });
    });

    it('give out in the order of an index what was looked at in another', () => {
      const where = { age: { gte: 100, lt: 3_900 }, name: { not: 'n3' } };
      const expected = idsBy(({ age, name }) => (age as number) >= 100 && (age as number) < 3_900 && name !== 'n3');
      const query = large['player']!.find(where);
      // Without an order any is right: but parts of the answer must be those of one.
      const all = query.keys();
      expect([...all].sort()).toEqual([...expected].sort());
      for (const [offset, limit] of [
        [0, 1],
        [0, 20],
        [20, 500],
        [500, 1_500],
        [2_990, 100],
      ] as const)
        expect(query.offset(offset).limit(limit).keys()).toEqual(all.slice(offset, offset + limit));
      expect(query.count()).toBe(expected.length);
      expect(query.orderBy('age').keys()).toEqual(expected);
      expect(query.orderBy('id').limit(7).keys()).toEqual([...expected].sort().slice(0, 7));
    });

    it('ask for few candidates when few are wanted', () => {
      const query = large['player']!.find({ age: { gte: 100 }, balance: { gte: 100n } });
      expect(query.limit(3).explain()).toMatchObject({ seen: 3, matched: 3 });
      expect(query.exists()).toBe(true);
      // None at the beginning of the index that is read first, and some behind it.
      const late = large['player']!.find({ age: { lt: 3_000 }, tags: { any: ['high'], none: ['low'] } });
      expect(late.limit(3).keys()).toHaveLength(3);
      expect(late.limit(3).explain().seen).toBeLessThanOrEqual(MANY);
    });
  });

  it('walk a composite index that has the very order', () => {
    const query = db['player']!.all().orderBy('name').orderBy('balance').limit(5);
    expect(query.explain()).toMatchObject({ index: 'name_balance', seen: 5, order: 'walked name, balance' });
    const first = query.page();
    const second = query.after(first.next!);
    expect(second.explain()).toMatchObject({ index: 'name_balance', seen: 5 });
    const mixed = db['player']!.all().orderBy('name').orderBy('balance', 'desc').limit(5);
    // One value of the first field after another, until there are enough.
    expect(mixed.explain()).toMatchObject({ index: 'name', seen: 41, order: 'sorted by name, balance' });
    expect(mixed.after(mixed.page().next!).explain()).toMatchObject({ index: 'name', seen: 41 });
    expect(db['player']!.all().orderBy('name').orderBy('balance', 'desc').explain()).toMatchObject({ seen: COUNT });
  });

  it('take the key: rising keys are walked where documents lie so', () => {
    const query = db['player']!.all().orderBy('id').limit(7);
    expect(query.explain()).toMatchObject({ seen: 7, order: 'walked key' });
    expect(query.after(query.page().next!).explain()).toMatchObject({ seen: 7 });
    expect(db['player']!.all().orderBy('id', 'desc').first()?.['id']).toBe('t199');
  });

  it.each<[string, (db: AnyDatabase) => unknown, RegExp]>([
    ['a field twice', (of) => of['player']!.all().orderBy('age').orderBy('age', 'desc'), /"age" twice/],
    ['the key twice', (of) => of['player']!.all().orderBy('id').orderBy('id'), /the key/],
    ['an offset below 0', (of) => of['player']!.all().offset(-1), /an offset must be/],
    ['an offset of a part', (of) => of['player']!.all().offset(1.5), /an offset must be/],
    ['an offset without a number', (of) => of['player']!.all().offset('2' as never), /an offset must be/],
    ['other options of a page', (of) => of['player']!.all().page({ totl: true } as never), /the options of a page/],
    ['a total that is no boolean', (of) => of['player']!.all().page({ total: 1 } as never), /the options of a page/],
    ['an offset behind a cursor', (of) => behindCursor(of).offset(2).keys(), /cannot be used with `after`/],
    [
      'an offset that is watched',
      (of) =>
        of['player']!.all()
          .offset(2)
          .watch(() => undefined),
      /`offset`/,
    ],
    ['a cursor of fewer fields', (of) => behindCursor(of).orderBy('name').keys(), /the cursor belongs to/],
  ])('refuse %s', (_, run, message) => {
    expect(() => run(db)).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }) as Error);
    expect(() => run(db)).toThrow(message);
  });

  it('refuse a cursor whose values cannot stand in the order', () => {
    const query = db['player']!.all().orderBy('age').orderBy('name').limit(3);
    const forged = (value: unknown): string =>
      Buffer.from(JSON.stringify(['age asc, name asc', value, 't001'])).toString('base64url');
    expect(query.after(forged([1, 'n1'])).keys()).toHaveLength(3);
    for (const value of [null, 1, [1], ['n1', 1], [1, 'n1', 2], [[1], 'n1'], [[[1]], 'n1'], {}])
      expect(() => query.after(forged(value)).keys()).toThrow(/not a cursor/);
  });
});

function behindCursor(db: AnyDatabase): ReturnType<AnyDatabase[string]['all']> {
  const query = db['player']!.all().orderBy('age').limit(3);
  return query.after(query.page().next!);
}

describe('a key of several fields', () => {
  const membership = (name = 'since'): DocumentModel => ({
    name: 'Membership',
    collection: 'membership',
    storage: 'disk',
    key: { fields: ['club', 'player'] },
    fields: [field('club', STRING), field('player', NUMBER), field(name, NUMBER)],
    computed: [],
    indexes: [{ name, kind: 'range', fields: [name] }],
  });
  const members = Array.from({ length: 30 }, (_, number) => ({
    club: `c${number % 3}`,
    player: number,
    since: number,
  }));
  const open = async (): Promise<AnyDatabase> => {
    const db = await openModels(new MemoryFileSystem(), [membership()]);
    await db['membership']!.insertMany(members);
    return db;
  };

  it('is asked for as id', async () => {
    await using db = await open();
    const find = (where: object): unknown[] =>
      db['membership']!.find(where as Fields)
        .all()
        .map(({ since }) => since);
    expect(find({ id: { club: 'c1', player: 4 } })).toEqual([4]);
    expect(find({ id: { club: 'c2', player: 4 } })).toEqual([]);
    const two = {
      in: [
        { club: 'c1', player: 4 },
        { player: 6, club: 'c0' },
        { club: 'no', player: 6 },
      ],
    };
    expect(find({ id: two }).sort()).toEqual([4, 6]);
    expect(find({ id: { not: two } })).toHaveLength(28);
    expect(find({ or: [{ id: two }, { since: { lt: 2 } }] })).toHaveLength(4);
    expect(find({ id: { in: [] } })).toEqual([]);
    const query = db['membership']!.all().orderBy('id', 'desc').limit(2);
    expect(query.select('since' as never).all()).toEqual([{ since: 29 }, { since: 26 }]);
    expect(query.after(query.page().next!).all()).toHaveLength(2);
    expect(await db['membership']!.deleteMany({ id: two })).toBe(2);
  });

  it('is refused without one of its fields, or of other types', async () => {
    await using db = await open();
    const find = (where: object) => () => db['membership']!.find(where as Fields);
    expect(find({ id: { club: 'c1' } })).toThrow('INVALID_QUERY');
    expect(find({ id: { club: 'c1', player: '4' } })).toThrow('INVALID_KEY');
    expect(find({ id: { in: [{ club: 'c1' }] } })).toThrow('INVALID_KEY');
    expect(find({ id: { in: 'c1' } })).toThrow('INVALID_QUERY');
    expect(find({ id: 'c1' })).toThrow('INVALID_KEY');
    expect(find({ id: ['c1', 4] })).toThrow('INVALID_QUERY');
    expect(find({ id: null })).toThrow('INVALID_QUERY');
    expect(find({ id: undefined })).toThrow('INVALID_QUERY');
  });

  it('is asked for by the names of its fields where another field is called id', async () => {
    await using db = await openModels(new MemoryFileSystem(), [membership('id')]);
    await db['membership']!.insertMany(members.map(({ club, player }) => ({ club, player, id: player % 5 })));
    expect(db['membership']!.find({ id: 3 }).count()).toBe(6);
    expect(db['membership']!.find({ club_player: { club: 'c1', player: 4 } }).count()).toBe(1);
  });
});

describe('explain', () => {
  it('says of each part how many entries it gave, or how many documents were held against it', async () => {
    await using db = await openModels(new MemoryFileSystem(), [thingModel]);
    await db['player']!.insertMany(Array.from({ length: COUNT }, (_, number) => thing(number)));
    const plan = db['player']!.find({
      or: [{ age: 1 }, { tags: 'g1', balance: { lt: 2n } }],
      name: { not: 'n0' },
    }).explain();
    expect(plan.conditions.find(({ asked }) => asked === 'or')).toMatchObject({
      parts: [
        // 20 entries, and no document is held against it.
        { index: 'age', seen: 20 },
        { asked: 'and', seen: expect.any(Number) as number },
      ],
    });
    const [negated] = db['player']!.find({ age: { not: 1 } }).explain().conditions;
    expect(negated).toMatchObject({ asked: 'not', parts: [{ index: 'age', seen: 20 }] });
  });
});
