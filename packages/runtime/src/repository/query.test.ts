import { FaultFileSystem } from '../../test/fault-file-system.js';
import { openPlayers, type PlayerDatabase, player } from '../../test/support/open-players.js';

describe('Query', () => {
  let db: PlayerDatabase;
  beforeEach(async () => {
    db = await openPlayers();
    await db.player.insertMany(
      Array.from({ length: 100 }, (_, index) =>
        player(`p${String(index).padStart(2, '0')}`, {
          age: index % 10,
          clubs: [`c${index % 4}`, 'all'],
          joinedAt: new Date(index),
        }),
      ),
    );
  });
  afterEach(() => db.close());

  it('is lazy, immutable and can run again', async () => {
    const query = db.player.findByAge(3);
    const limited = query.limit(2);
    expect(query.count()).toBe(10);
    expect(limited.count()).toBe(2);
    await db.player.delete('p03');
    expect(query.count()).toBe(9);
  });

  it('answers all, first, count, exists, keys and iteration alike', () => {
    const query = db.player.find({ clubs: 'c1', age: { lt: 4 } }).orderBy('joinedAt', 'desc');
    const keys = query.keys();
    expect(keys).toEqual(['p93', 'p81', 'p73', 'p61', 'p53', 'p41', 'p33', 'p21', 'p13', 'p01']);
    expect(query.all().map(({ id }) => id)).toEqual(keys);
    expect([...query].map(({ id }) => id)).toEqual(keys);
    expect(query.first()?.id).toBe('p93');
    expect(query.count()).toBe(10);
    expect(query.exists()).toBe(true);
    expect(db.player.findByAge(77).exists()).toBe(false);
    expect(query.limit(0).all()).toEqual([]);
    expect(query.limit(0).first()).toBeUndefined();
  });

  it('is the list of its answer in JSON, rows too', () => {
    const query = db.player.findByAge(3).orderBy('id').limit(2);
    expect(JSON.parse(JSON.stringify({ query }))).toEqual({
      query: JSON.parse(JSON.stringify(query.all())) as unknown,
    });
    expect(JSON.stringify(query.select('id'))).toBe('[{"id":"p03"},{"id":"p13"}]');
  });

  it('the repository answers first, exists and iteration over all, or over what meets conditions', async () => {
    expect(db.player.first()?.id).toBe('p00');
    expect(db.player.first({ age: 7 })?.age).toBe(7);
    expect(db.player.first({ age: 77 })).toBeUndefined();
    expect(db.player.exists()).toBe(true);
    expect(db.player.exists({ clubs: 'c3' })).toBe(true);
    expect(db.player.exists({ clubs: 'c9' })).toBe(false);
    const ids = [...db.player].map(({ id }) => id);
    expect(ids).toEqual(db.player.all().keys());
    const later: string[] = [];
    for await (const { id } of db.player) later.push(id);
    expect(later).toEqual(ids);
    await db.transaction((tx) => {
      tx.player.deleteMany({});
      expect(tx.player.exists()).toBe(false);
      expect([...tx.player]).toEqual([]);
    });
    expect(db.player.first()).toBeUndefined();
  });

  it('filters by any predicate, several of them together', () => {
    const query = db.player
      .findByClubs('all')
      .filter(({ age }) => age > 5)
      .filter(({ id }) => id.endsWith('7'));
    expect(query.count()).toBe(10);
    expect(query.limit(3).all()).toHaveLength(3);
  });

  it('leaves out what a filter deletes', async () => {
    const gone: Promise<unknown>[] = [];
    const deleting = (id: string): boolean => {
      for (const other of ['p01', 'p50', 'p99']) if (db.player.get(other)) gone.push(db.player.delete(other));
      return id !== 'p02';
    };
    const refill = (): Promise<unknown> => db.player.insertMany(['p01', 'p50', 'p99'].map((id) => player(id)));
    const queries = [
      db.player.all(),
      db.player.findByClubs({ none: ['c0'] }),
      db.player.all().orderBy('age'),
      db.player.findByAge({ gte: 0 }).orderBy('joinedAt'),
    ];
    for (const query of queries) {
      const before = query.keys();
      const answer = query.filter(({ id }) => deleting(id));
      const keys = answer.keys();
      expect(keys).toEqual(before.filter((key) => !['p01', 'p02', 'p50', 'p99'].includes(key)));
      expect(answer.all().map(({ id }) => id)).toEqual(keys);
      await refill();
    }
    await Promise.all(gone);
  });

  it('begins with the narrowest index and says so', () => {
    const plan = db.player.find({ clubs: 'all', age: 3, email: 'p13@x.io' }).explain();
    expect(plan).toMatchObject({ index: 'email', seen: 1, matched: 1 });
    expect(plan.steps.map(({ index, estimated }) => [index, estimated])).toEqual([
      ['email', 1],
      ['age', 10],
      ['clubs', 100],
    ]);
    expect(db.player.all().explain()).toMatchObject({ index: 'all documents', seen: 100, matched: 100 });
  });

  it('walks an order when that looks at fewer documents, and sorts otherwise', () => {
    expect(db.player.findByClubs('all').orderBy('joinedAt').limit(3).explain()).toMatchObject({
      index: 'joinedAt',
      seen: 3,
      order: 'walked joinedAt',
    });
    expect(db.player.find({ email: 'p13@x.io' }).orderBy('joinedAt').explain()).toMatchObject({
      index: 'email',
      seen: 1,
      order: 'sorted by joinedAt',
    });
  });

  it.each(['asc', 'desc'] as const)('pages %s through ties while documents come and go', async (direction) => {
    const query = db.player.findByClubs('all').orderBy('age', direction).limit(7);
    const expected = db.player.findByClubs('all').orderBy('age', direction).keys();
    const seen: string[] = [];
    let page = query.page();
    for (;;) {
      seen.push(...page.items.map(({ id }) => id));
      if (page.next === undefined) break;
      // The last document of the page goes: the cursor stays good.
      await db.player.delete(page.items.at(-1)?.id as string);
      page = query.after(page.next).page();
    }
    expect(seen).toEqual(expected);
  });

  it('pages by key without an order, and refuses a cursor of another order', () => {
    const query = db.player.findByClubs('c2').limit(20);
    const first = query.page();
    const second = query.after(first.next as string).page();
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(db.player.findByClubs('c2').keys().sort());
    expect(second.next).toBeUndefined();
    expect(() =>
      query
        .orderBy('age')
        .after(first.next as string)
        .all(),
    ).toThrow('INVALID_QUERY');
  });

  it('has all items on one page without a limit', () => {
    expect(db.player.findByAge(1).page()).toMatchObject({ items: { length: 10 } });
    expect(db.player.findByAge(1).page().next).toBeUndefined();
  });

  it('iterates asynchronously over the documents of its beginning, while writes go on', async () => {
    const seen: string[] = [];
    for await (const { id } of db.player.findByClubs('all')) {
      seen.push(id);
      if (seen.length === 1) await db.player.deleteMany({ age: { gte: 0 } });
    }
    expect(seen).toHaveLength(100);
    expect(db.player.size).toBe(0);
  });

  it('watches: gives the first answer at once, then additions, removals and changes', async () => {
    const calls: { ids: string[]; added: number; removed: number; changed: number }[] = [];
    const query = db.player.find({ clubs: 'c1' }).orderBy('age', 'desc').limit(2);
    const subscription = query.watch((rows, { added, removed, changed }) =>
      calls.push({
        ids: rows.map(({ id }) => id),
        added: added.length,
        removed: removed.length,
        changed: changed.length,
      }),
    );
    expect(calls).toEqual([{ ids: ['p89', 'p69'], added: 2, removed: 0, changed: 0 }]);
    await db.player.update('p00', { age: 50 });
    expect(calls).toHaveLength(1);
    await db.player.update('p01', { age: 50 });
    await db.player.update('p01', { name: 'x' });
    await db.player.delete('p01');
    expect(calls.slice(1)).toEqual([
      { ids: ['p01', 'p89'], added: 1, removed: 1, changed: 0 },
      { ids: ['p01', 'p89'], added: 0, removed: 0, changed: 1 },
      { ids: ['p89', 'p69'], added: 1, removed: 1, changed: 0 },
    ]);
    subscription.unsubscribe();
    await db.player.delete('p89');
    expect(calls).toHaveLength(4);
  });
});

it('shows a watcher that what it saw was taken back when the journal fails', async () => {
  const fileSystem = new FaultFileSystem();
  const db = await openPlayers({ directory: '/data', fileSystem });
  fileSystem.calls.length = 0;
  fileSystem.plan = { failAt: 0, isPermanent: true };
  const write = db.player.insert(player('p1'));
  const shown: number[] = [];
  db.player.all().watch((rows) => shown.push(rows.length));
  await expect(write).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
  expect(shown).toEqual([1, 0]);
  expect(db.state).toBe('failed');
  await db.close();
});
