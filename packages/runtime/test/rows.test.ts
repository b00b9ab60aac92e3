/** Rows of some fields in the place of documents. */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
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
