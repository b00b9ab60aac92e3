/**
 * Pages without an order: every document that is there all along comes once, whatever comes and goes meanwhile, and a page
 * costs no more than its documents.
 */
import fc from 'fast-check';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import type { Query } from '../src/repository/query.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';
import type { PlayerTypes } from './support/player-definition.js';

const COUNT = 3_000;
const CLUBS = ['all', 'a', 'b', 'c'];
type Players = Query<PlayerTypes>;

const QUERIES: Readonly<Record<string, (db: PlayerDatabase) => Players>> = {
  'all documents': (db) => db.player.all(),
  'a tag of all': (db) => db.player.findByClubs('all'),
  'any of two tags': (db) => db.player.findByClubs({ any: ['a', 'b'] }),
  'any and all of some tags': (db) => db.player.findByClubs({ any: ['a', 'b'], all: ['all'], none: ['c'] }),
  'none of a tag': (db) => db.player.findByClubs({ none: ['a'] }),
  'a wide range': (db) => db.player.findByAge({ gte: 5 }),
  'a range and a tag': (db) => db.player.find({ age: { gte: 5 }, clubs: 'all' }),
  'a narrow range': (db) => db.player.findByAge(7),
  'a tag, filtered': (db) => db.player.findByClubs('all').filter(({ age }) => age % 2 === 0),
};

const inOrder = (index: number): string => `p${String(index).padStart(6, '0')}`;
const mixed = (index: number): string => `p${(Math.imul(index, 0x9e3779b1) >>> 0).toString(36)}-${index}`;
const documentOf = (keyOf: (index: number) => string, index: number): ReturnType<typeof player> =>
  player(keyOf(index), { age: index % 50, clubs: ['all', CLUBS[1 + (index % 3)] as string] });

async function filled(keyOf: (index: number) => string, options = {}): Promise<PlayerDatabase> {
  const db = await openPlayers({ memory: true, ...options } as never);
  await db.player.insertMany(Array.from({ length: COUNT }, (_, index) => documentOf(keyOf, index)));
  return db;
}

async function idsOfPages(query: Players, between: () => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  let page = query.page();
  for (;;) {
    ids.push(...page.items.map(({ id }) => id));
    if (page.next === undefined) return ids;
    await between();
    page = query.after(page.next).page();
  }
}

const orders = [
  ['in order', inOrder],
  ['in no order', mixed],
] as const;

describe.each(orders)('with keys %s, pages of', (_, keyOf) => {
  it.each(Object.keys(QUERIES))('%s come to each document once while others come and go', async (name) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 90, max: 900 }),
        fc.infiniteStream(fc.nat(COUNT * 2)),
        async (limit, numbers) => {
          const db = await filled(keyOf);
          const query = (): Players => (QUERIES[name] as (typeof QUERIES)[string])(db);
          const before = query().keys();
          const gone = new Set<string>();
          const next = (): number => numbers.next().value as number;
          const ids = await idsOfPages(query().limit(limit), () =>
            db.transaction((tx) => {
              for (let count = 0; count < 30; count++) {
                const index = next();
                const id = keyOf(index);
                if (tx.player.delete(id)) gone.add(id);
                else if (!gone.has(id)) tx.player.insert(documentOf(keyOf, index));
              }
            }),
          );
          expect(new Set(ids).size).toBe(ids.length);
          const found = new Set(ids);
          expect(before.filter((id) => !gone.has(id) && !found.has(id))).toEqual([]);
          await db.close();
        },
      ),
      { numRuns: 2, endOnFailure: true },
    );
  });

  it.each(Object.keys(QUERIES))('%s are those of all() together', async (name) => {
    const db = await filled(keyOf);
    const query = (QUERIES[name] as (typeof QUERIES)[string])(db);
    const ids = await idsOfPages(query.limit(450), async () => undefined);
    expect([...ids].sort()).toEqual([...query.keys()].sort());
    await db.close();
  });
});

describe('a page without an order', () => {
  it.each(orders)('looks at no more documents than it has, with keys %s', async (_, keyOf) => {
    const db = await filled(keyOf);
    for (const query of [db.player.all(), db.player.findByClubs('all'), db.player.findByAge({ gte: 0 })]) {
      const { next } = query.limit(20).page();
      const behind = query.limit(20).after(next as string);
      expect(behind.explain().seen).toBeLessThanOrEqual(21);
      expect(behind.page().items).toHaveLength(20);
    }
    await db.close();
  });

  it('continues after a restart if keys came in order, also after a deleted document', async () => {
    const fileSystem = new MemoryFileSystem();
    const options = { memory: undefined, directory: '/data', fileSystem };
    let db = await filled(inOrder, options);
    const before = db.player.all().keys();
    const { items, next } = db.player.all().limit(1000).page();
    await db.player.delete(items.at(-1)?.id as string);
    await db.close();
    db = await openPlayers({ directory: '/data', fileSystem });
    const rest = db.player
      .all()
      .after(next as string)
      .keys();
    expect(rest).toEqual(before.slice(1000));
    expect(
      db.player
        .all()
        .limit(5)
        .after(next as string)
        .explain().seen,
    ).toBe(5);
    await db.close();
  });

  it('refuses a cursor of an earlier opening where keys came in no order, and one of an order does not', async () => {
    const fileSystem = new MemoryFileSystem();
    const options = { memory: undefined, directory: '/data', fileSystem };
    let db = await filled(mixed, options);
    const { next } = db.player.all().limit(10).page();
    const ordered = db.player.all().orderBy('age').limit(10).page();
    const few = db.player.findByAge(7).limit(10).page();
    const range = db.player.findByAge({ gte: 5 }).limit(10).page();
    await db.close();
    db = await openPlayers({ directory: '/data', fileSystem });
    expect(() =>
      db.player
        .all()
        .after(next as string)
        .page(),
    ).toThrow('orderBy');
    expect(
      db.player
        .all()
        .orderBy('age')
        .after(ordered.next as string)
        .count(),
    ).toBe(COUNT - 10);
    expect(
      db.player
        .findByAge(7)
        .after(few.next as string)
        .count(),
    ).toBe(COUNT / 50 - 10);
    expect(
      db.player
        .findByAge({ gte: 5 })
        .after(range.next as string)
        .count(),
    ).toBe((COUNT / 50) * 45 - 10);
    await db.close();
  });

  it('refuses cursors that it never gave out', async () => {
    const db = await filled(mixed);
    const cursor = (...parts: readonly unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const { next } = db.player.all().limit(10).page();
    const [order] = JSON.parse(Buffer.from(next as string, 'base64url').toString()) as [string];
    for (const bad of [
      cursor(order, null, 'p1'),
      cursor(order, 5, 'p1'),
      cursor(order, [-1, 0], 'p1'),
      cursor(order, [1.5, 0], 'p1'),
      cursor(order, ['1', 0], 'p1'),
      cursor(order, [1, 0], 5),
      cursor('slot other', [1, 0], 'p1'),
      cursor('', 1, 'p1'),
      cursor('of age', 'a text', 'p1'),
      cursor('of email', 'a text', 'p1'),
      cursor('of nothing', 1, 'p1'),
    ])
      expect(() => db.player.all().after(bad).page()).toThrow(/INVALID_QUERY|UNINDEXED_FIELD/);
    await db.close();
  });
});
