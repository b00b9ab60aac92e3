/** Rows of some fields in the place of documents. */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { field, modelWith, NUMBER, openModels } from './support/open-models.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const COUNT = 200;

async function filled(): Promise<PlayerDatabase> {
  const options = { directory: '/data', fileSystem: new MemoryFileSystem(), compaction: 'manual' } as const;
  const db = await openPlayers(options);
  await db.player.insertMany(
    Array.from({ length: COUNT }, (_, index) =>
      player(`p${1_000 + index}`, {
        age: index % 50,
        clubs: [`c${index % 10}`],
        ...(index % 2 === 0 && { nick: `nick${index}` }),
      }),
    ),
  );
  await db.compact();
  await db.close();
  return openPlayers(options);
}

const undecoded = (db: PlayerDatabase): number => db.stats().collections['player']!.undecodedCount;

describe('a query with select', () => {
  it('leaves documents as bytes, whatever conditions, orders and pages it has', async () => {
    await using db = await filled();
    const query = db.player
      .find({ age: { gte: 10 }, clubs: { not: 'c3' } })
      .orderBy('joinedAt', 'desc')
      .select('id', 'clubs', 'age');
    expect(query.all()).toHaveLength(144);
    expect(query.offset(3).limit(2).all()).toHaveLength(2);
    expect(query.first()).toEqual({ id: 'p1199', clubs: ['c9'], age: 49 });
    expect(query.count()).toBe(144);
    const found: string[] = [];
    for await (const { id } of query) found.push(id);
    expect(found).toHaveLength(144);
    expect(undecoded(db)).toBe(COUNT);
    expect(query.limit(7).page().items).toHaveLength(7);
    expect(undecoded(db)).toBeGreaterThanOrEqual(COUNT - 1);
  });

  it('gives what the documents hold, frozen, in rows of the caller', async () => {
    await using db = await filled();
    const [row] = db.player.find({ id: 'p1000' }).select('clubs', 'joinedAt', 'nick').all();
    expect(Object.isFrozen(row!.clubs)).toBe(true);
    expect(() => (row!.joinedAt as Date).setTime(0)).toThrow('READ_ONLY_VALUE');
    const document = db.player.require('p1000');
    expect(row).toEqual({ clubs: document.clubs, joinedAt: document.joinedAt, nick: 'nick0' });
    expect(Object.keys(db.player.find({ id: 'p1001' }).select('nick').first()!)).toEqual(['nick']);
    (row as { nick: string }).nick = 'mine';
    expect(db.player.require('p1000').nick).toBe('nick0');
  });

  it('takes getters of the class, and names fields once', async () => {
    await using db = await filled();
    const query = db.player.find({ id: 'p1000' }).select('nameLength', 'name', 'name');
    const { name } = db.player.require('p1000');
    expect(query.first()).toEqual({ nameLength: name.length, name });
  });

  it.each([
    ['no field', []],
    ['another name', ['shoeSize']],
    ['a name of all objects', ['constructor']],
    ['a prototype', ['__proto__']],
    ['a method of all objects', ['toString']],
    ['a list', [['name']]],
    ['a symbol', [Symbol('name')]],
    ['nothing', [undefined]],
    ['an object without a prototype', [Object.create(null)]],
  ])('refuses %s', async (_, fields) => {
    await using db = await openPlayers({ memory: true });
    expect(() => db.player.all().select(...(fields as never as ['name']))).toThrow(
      expect.objectContaining({ code: 'INVALID_QUERY' }) as Error,
    );
  });

  it('is said once', async () => {
    await using db = await openPlayers({ memory: true });
    const query = db.player.all().select('name') as unknown as ReturnType<typeof db.player.all>;
    expect(() => query.select('name')).toThrow('name all fields in one `select`');
  });

  it('counts and yields rows after a filter that writes', async () => {
    await using db = await filled();
    const query = db.player
      .find({ clubs: 'c1' })
      .filter(({ id }) => {
        void db.player.update(id, { name: `${id} was seen` });
        return true;
      })
      .select('id', 'name');
    const rows = query.all();
    expect(rows).toHaveLength(20);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(20);
  });

  it('yields rows of a loop as they were when it began', async () => {
    await using db = await filled();
    const names: string[] = [];
    for await (const { id, name } of db.player.find({ clubs: 'c1' }).orderBy('age').select('id', 'name')) {
      if (names.length === 0)
        for (const other of db.player.find({ clubs: 'c1' }).keys()) void db.player.update(other, { name: 'new' });
      names.push(`${id} ${name}`);
    }
    expect(names.some((text) => text.endsWith('new'))).toBe(false);
    expect(new Set(names).size).toBe(20);
  });
});

describe('a watched query with select', () => {
  it('is told when a row differs, and not when another field does', async () => {
    await using db = await openPlayers({ memory: true });
    await db.player.insertMany([player('a', { age: 1 }), player('b', { age: 2 })]);
    const told: string[] = [];
    let last: readonly object[] = [];
    db.player
      .all()
      .orderBy('age')
      .select('id', 'name')
      .watch((rows, { added, removed, changed }) => {
        last = rows;
        told.push(`${rows.map(({ id }) => id).join()} +${added.length} -${removed.length} ~${changed.length}`);
      });
    const [first, second] = last;
    await db.player.update('a', { clubs: ['x'] });
    await db.player.update('b', { name: 'Bea' });
    expect(last[0]).toBe(first);
    expect(last[1]).toEqual({ id: 'b', name: 'Bea' });
    expect(last[1]).not.toBe(second);
    // The order is not in the row, and tells all the same.
    await db.player.update('a', { age: 3 });
    await db.player.delete('b');
    expect(told).toEqual(['a,b +2 -0 ~0', 'a,b +0 -0 ~1', 'b,a +0 -0 ~0', 'a +0 -1 ~0']);
  });
});

describe('distinct and aggregate', () => {
  it('leave documents as bytes, by an index or by a pass', async () => {
    await using db = await filled();
    expect(db.player.all().distinct('clubs')).toEqual(Array.from({ length: 10 }, (_, index) => `c${index}`));
    expect(db.player.findByAge({ lt: 3 }).distinct('age')).toEqual([0, 1, 2]);
    expect(db.player.find({ clubs: 'c3', age: { lt: 20 } }).distinct('age')).toEqual([3, 13]);
    expect(db.player.all().aggregate({ count: true, min: 'age', max: 'age', sum: 'age', avg: 'age' })).toEqual({
      count: 200,
      min: 0,
      max: 49,
      sum: 4_900,
      avg: 24.5,
    });
    expect(db.player.find({ clubs: 'c3' }).aggregate({ avg: ['age'], min: 'id' })).toEqual({
      avg: { age: 23 },
      min: 'p1003',
    });
    const groups = db.player.all().aggregate({ count: true, max: 'name' }, { by: ['clubs', 'age'] });
    expect(groups).toHaveLength(50);
    expect(groups[0]).toMatchObject({ clubs: 'c0', age: 0, count: 4 });
    expect(undecoded(db)).toBe(COUNT);
  });

  it('add numbers exactly: by the index and by a pass', async () => {
    await using db = await openPlayers({ memory: true });
    const ages = Array<number>(10).fill(0.1);
    await db.player.insertMany(ages.map((age, index) => player(`p${index}`, { age, clubs: ['x'] })));
    for (const query of [db.player.all(), db.player.find({ clubs: 'x' }), db.player.all().filter(() => true)])
      expect(query.aggregate({ sum: 'age', avg: 'age' })).toEqual({ sum: 1, avg: 0.1 });
  });

  it('define what there is of no document', async () => {
    await using db = await openPlayers({ memory: true });
    const query = db.player.all();
    expect(query.aggregate({ count: true, sum: 'age', avg: 'age', min: 'joinedAt', max: 'age' })).toEqual({
      count: 0,
      sum: 0,
      avg: undefined,
      min: undefined,
      max: undefined,
    });
    expect(query.aggregate({ count: true }, { by: 'clubs' })).toEqual([]);
    expect(query.distinct('age')).toEqual([]);
  });

  it('put documents without a value into a group of their own, so that counts add up', async () => {
    await using db = await openPlayers({ memory: true });
    await db.player.insertMany([player('a', { clubs: ['x', 'y'] }), player('b', { clubs: [] })]);
    expect(db.player.all().aggregate({ count: true }, { by: 'clubs' })).toEqual([
      { clubs: 'x', count: 1 },
      { clubs: 'y', count: 1 },
      { clubs: undefined, count: 1 },
    ]);
    expect(db.player.all().distinct('clubs')).toEqual(['x', 'y']);
  });

  it('see what a transaction has written so far, and forget it with the transaction', async () => {
    await using db = await openPlayers({ memory: true });
    await db.player.insert(player('a', { age: 7 }));
    await expect(
      db.transaction((tx) => {
        tx.player.insert(player('b', { age: 9 }));
        expect(tx.player.all().aggregate({ max: 'age', count: true })).toEqual({ max: 9, count: 2 });
        throw new Error('enough');
      }),
    ).rejects.toThrow('enough');
    expect(db.player.all().distinct('age')).toEqual([7]);
  });

  it.each<readonly [string, unknown, unknown?]>([
    ['nothing', undefined],
    ['null', null],
    ['a name', 'count'],
    ['a list', ['count']],
    ['no measure', {}],
    ['another measure', { average: 'age' }],
    ['a count of a field', { count: 'age' }],
    ['a count that is false', { count: false }],
    ['an undefined field', { sum: undefined }],
    ['an empty list', { sum: [] }],
    ['another field', { sum: 'shoeSize' }],
    ['a number', { min: 3 }],
    ['a sum of texts', { sum: 'name' }],
    ['an average of dates', { avg: 'joinedAt' }],
    ['an end of lists', { max: 'clubs' }],
    ['undefined groups', { count: true }, { by: undefined }],
    ['options without groups', { count: true }, {}],
    ['options that are null', { count: true }, null],
    ['other options', { count: true }, { by: 'age', having: 1 }],
    ['groups by another field', { count: true }, { by: 'shoeSize' }],
    ['groups by no field', { count: true }, { by: [] }],
  ])('refuse %s', async (_, what, ...[options]) => {
    await using db = await openPlayers({ memory: true });
    const refused = expect.objectContaining({ code: 'INVALID_QUERY' }) as Error;
    expect(() => db.player.all().aggregate(what as never, options as never)).toThrow(refused);
  });

  it.each([['shoeSize'], [undefined], [null], [['age']], ['__proto__'], [Symbol('age')]])(
    'refuse values of %p',
    async (field) => {
      await using db = await openPlayers({ memory: true });
      expect(() => db.player.all().distinct(field as never)).toThrow('INVALID_QUERY');
    },
  );
});

describe('sum', () => {
  it('is a bigint of no bigints', async () => {
    const balance = field('balance', { kind: 'bigint' }, { optional: true });
    const model = modelWith([balance], { indexes: [{ name: 'balance', kind: 'range', fields: ['balance'] }] });
    await using db = await openModels(new MemoryFileSystem(), [model]);
    expect(db['player']!.sum('balance' as never)).toBe(0n);
    expect(db['player']!.all().aggregate({ sum: 'balance', avg: 'balance' } as never)).toEqual({
      sum: 0n,
      avg: undefined,
    });
    await db['player']!.insertMany([{ id: 'a', balance: 2n ** 70n }, { id: 'b', balance: 3n }, { id: 'c' }]);
    expect(db['player']!.sum('balance' as never)).toBe(2n ** 70n + 3n);
    expect(db['player']!.sum('balance' as never, { id: { not: 'b' } })).toBe(2n ** 70n);
  });
});

describe('fields of other kinds', () => {
  it('are grouped where their values are scalars, and refused where not', async () => {
    const model = modelWith([
      field('mixed', { kind: 'union', members: [{ kind: 'date' }, { kind: 'number' }] }),
      field('place', { kind: 'object', fields: [field('x', NUMBER)] }),
      field('score', NUMBER),
      field('count', NUMBER),
    ]);
    await using db = await openModels(new MemoryFileSystem(), [model]);
    const rest = { place: { x: 1 }, count: 1 };
    await db['player']!.insertMany([
      { id: 'a', mixed: new Date(5), score: -0, ...rest },
      { id: 'b', mixed: 5, score: 0, ...rest },
      { id: 'c', mixed: new Date(5), score: Number.POSITIVE_INFINITY, ...rest },
    ]);
    const query = db['player']!.all();
    expect(query.aggregate({ count: true } as never, { by: 'mixed' } as never)).toEqual([
      { mixed: new Date(5), count: 2 },
      { mixed: 5, count: 1 },
    ]);
    expect(query.distinct('score' as never)).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(() => query.distinct('place' as never)).toThrow('INVALID_QUERY');
    expect(() => query.aggregate({ sum: 'mixed' } as never)).toThrow('INVALID_QUERY');
    expect(() => query.aggregate({ sum: 'score' } as never, { by: 'count' } as never)).toThrow('INVALID_QUERY');
    expect(query.select('place' as never).first()).toEqual({ place: { x: 1 } });
  });
});
