/**
 * A query walks a stable view: what its filter writes is neither met where it comes to lie nor missed where it lay, by
 * every way to ask.
 */

import type { Query } from '../src/repository/query.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';
import type { PlayerTypes } from './support/player-definition.js';

const COUNT = 60;
const CLUBS = ['all', 'a', 'b', 'c'];

type Document = PlayerTypes['document'];
type Players = Query<PlayerTypes>;

const QUERIES: Readonly<Record<string, (db: PlayerDatabase) => Players>> = {
  'all documents': (db) => db.player.all(),
  'in order': (db) => db.player.all().orderBy('age'),
  'in falling order': (db) => db.player.all().orderBy('age', 'desc'),
  'a range': (db) => db.player.findByAge({ gte: 10, lt: 70 }),
  'a range in its order': (db) => db.player.findByAge({ gte: 10, lt: 70 }).orderBy('age'),
  'a range in another order': (db) => db.player.findByAge({ gte: 10, lt: 70 }).orderBy('joinedAt', 'desc'),
  'a tag': (db) => db.player.findByClubs('all'),
  'a tag in order': (db) => db.player.findByClubs('a').orderBy('age'),
  'sets of tags': (db) => db.player.findByClubs({ any: ['a', 'b'], none: ['c'] }),
  'two conditions': (db) => db.player.find({ clubs: 'all', age: { lt: 50 } }).orderBy('nameLength'),
};

/** What a filter does to the document it looks at, and to others. */
const WRITES: Readonly<Record<string, (db: PlayerDatabase, document: Document) => Promise<unknown>[]>> = {
  'moves it ahead': (db, { id, age }) => [db.player.update(id, { age: Math.min(110, age + 40) })],
  'moves it back': (db, { id, age }) => [db.player.update(id, { age: Math.max(-100, age - 5) })],
  'turns its tags over': (db, { id, clubs }) => [
    db.player.update(id, { clubs: CLUBS.filter((club) => !clubs.includes(club)) }),
  ],
  'adds a document': (db, { id, age }) => [
    db.player.insertIfAbsent(player(`new-${id}`, { age: age + 1, clubs: ['all', 'a'] })),
  ],
  'takes it out and in again': (db, { id, age, clubs }) => [
    db.player.delete(id),
    db.player.insert(player(id, { age: Math.min(110, age + 30), clubs })),
  ],
  'moves the others': (db) => {
    const moved = db.player.get('p07');
    return moved === undefined ? [] : [db.player.update('p07', { age: (moved.age + 37) % 90 })];
  },
};

/** Ways to ask, as ids in the order they come; those that only count or say whether there are any, as their ids' count. */
const TERMINALS: Readonly<Record<string, (query: Players) => readonly string[] | Promise<readonly string[]>>> = {
  all: (query) => query.all().map(({ id }) => id),
  keys: (query) => query.keys(),
  iteration: (query) => [...query].map(({ id }) => id),
  'asynchronous iteration': async (query) => {
    const ids: string[] = [];
    for await (const { id } of query) ids.push(id);
    return ids;
  },
  'a page of all': (query) => {
    const ids = query
      .limit(COUNT * 3)
      .page()
      .items.map(({ id }) => id);
    return ids;
  },
  'what a watch begins with': (query) => {
    let ids: readonly string[] = [];
    query.watch((rows) => (ids = rows.map(({ id }) => id))).unsubscribe();
    return ids;
  },
};

let db: PlayerDatabase;
beforeEach(async () => {
  db = await openPlayers();
  await db.player.insertMany(
    Array.from({ length: COUNT }, (_, index) =>
      player(`p${String((index * 37) % COUNT).padStart(2, '0')}`, {
        age: (index * 7) % 80,
        joinedAt: new Date((index * 11) % 30),
        clubs: ['all', CLUBS[1 + (index % 3)] as string],
      }),
    ),
  );
});
afterEach(() => db.close());

const cases = Object.keys(QUERIES).flatMap((query) => Object.keys(WRITES).map((write) => [query, write] as const));

describe.each(cases)('%s, with a filter that %s', (queryName, writeName) => {
  const query = (): Players => (QUERIES[queryName] as (typeof QUERIES)[string])(db);
  const write = WRITES[writeName] as (typeof WRITES)[string];

  /** The query with a filter that writes, and what it looked at. */
  function writing(): {
    readonly filtered: Players;
    readonly seen: string[];
    readonly settled: () => Promise<unknown>;
  } {
    const seen: string[] = [];
    const writes: Promise<unknown>[] = [];
    const filtered = query().filter((document) => {
      seen.push(document.id);
      writes.push(...write(db, document));
      return document.id !== 'p05';
    });
    return { filtered, seen, settled: () => Promise.all(writes) };
  }

  it.each(Object.keys(TERMINALS))('%s answers each document once, as it was', async (terminal) => {
    const before = query().keys();
    const { filtered, seen, settled } = writing();
    const ids = await (TERMINALS[terminal] as (typeof TERMINALS)[string])(filtered);
    await settled();
    expect([...seen].sort()).toEqual([...before].sort());
    const due = before.filter((id) => id !== 'p05');
    const isOrdered = queryName.includes('order') && terminal !== 'a page of all';
    expect(isOrdered ? ids : [...ids].sort()).toEqual(isOrdered ? due : [...due].sort());
  });

  it('count, exists and first look at no document twice', async () => {
    const before = query().keys();
    for (const ask of [
      (asked: Players) => asked.count(),
      (asked: Players) => asked.exists() as never,
      (asked: Players) => asked.first(),
    ]) {
      const { filtered, seen, settled } = writing();
      ask(filtered);
      await settled();
      expect(new Set(seen).size).toBe(seen.length);
    }
    expect(before.length).toBeGreaterThan(0);
  });

  it('in a transaction all answers each document once', async () => {
    await db.transaction((tx) => {
      const seen: string[] = [];
      const ids = tx.player
        .all()
        .orderBy('age')
        .filter(({ id, age }) => {
          seen.push(id);
          tx.player.update(id, { age: (age * 31) % 100 });
          return true;
        })
        .keys();
      expect(new Set(seen).size).toBe(COUNT);
      expect(ids).toEqual(seen);
    });
  });
});

it('a limit in order is met by the first that pass, and the filter looks no further', async () => {
  const due = db.player.all().orderBy('age').limit(6).keys();
  const seen: string[] = [];
  const writes: Promise<unknown>[] = [];
  const ids = db.player
    .all()
    .orderBy('age')
    .filter(({ id }) => {
      seen.push(id);
      writes.push(db.player.update(id, { age: 119 }));
      return true;
    })
    .limit(6)
    .keys();
  await Promise.all(writes);
  expect(ids).toEqual(due);
  expect(seen).toEqual(due);
});

it('pages with a filter that writes come to each document once', async () => {
  const before = db.player.all().orderBy('joinedAt').keys();
  const ids: string[] = [];
  const writes: Promise<unknown>[] = [];
  const query = db.player
    .all()
    .orderBy('joinedAt')
    .filter(({ id, age }) => {
      writes.push(db.player.update(id, { age: age + 1 }));
      return true;
    })
    .limit(7);
  let page = query.page();
  for (;;) {
    ids.push(...page.items.map(({ id }) => id));
    if (page.next === undefined) break;
    page = query.after(page.next).page();
  }
  await Promise.all(writes);
  expect(ids).toEqual(before);
});

it('a watch whose callback writes shows each document once, and ends where the writes end', async () => {
  const shown: (readonly string[])[] = [];
  const writes: Promise<unknown>[] = [];
  const live = db.player
    .all()
    .orderBy('age', 'desc')
    .limit(5)
    .watch((rows) => {
      shown.push(rows.map(({ id }) => id));
      const first = rows[0];
      if (first !== undefined && first.age < 100) writes.push(db.player.update('p09', { age: first.age + 10 }));
    });
  for (let count = -1; count !== writes.length; ) {
    count = writes.length;
    await Promise.all(writes);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const ids of shown) expect(new Set(ids).size).toBe(ids.length);
  expect(shown.at(-1)).toEqual(db.player.all().orderBy('age', 'desc').limit(5).keys());
  live.unsubscribe();
});
