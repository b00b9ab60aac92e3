import fc from 'fast-check';
import { openPlayers, type PlayerDatabase, player } from '../../../test/support/open-players.js';

type Players = PlayerDatabase['player'];
type AnyQuery = ReturnType<Players['find']>;

/** Queries that are found by their values, and such that ask for none in particular. */
const QUERIES: readonly (readonly [string, (players: Players) => AnyQuery])[] = [
  ['all', (players) => players.all()],
  ['one tag', (players) => players.find({ clubs: 'a' })],
  ['any of two tags', (players) => players.find({ clubs: { any: ['a', 'b'] } })],
  ['both tags', (players) => players.find({ clubs: { all: ['b', 'c'] } })],
  ['none of a tag', (players) => players.find({ clubs: { none: ['a'] } })],
  ['any and none', (players) => players.find({ clubs: { any: ['a', 'c'], none: ['b'] } })],
  ['a unique value', (players) => players.find({ email: 'p1@x.io' })],
  ['an equal range', (players) => players.find({ age: 3 })],
  ['bounds', (players) => players.find({ age: { gte: 2, lt: 4 } })],
  ['tag and range', (players) => players.find({ clubs: 'b', age: { gte: 2 } })],
  ['a bound', (players) => players.find({ age: { gt: 4 } })],
  ['between', (players) => players.find({ age: { between: [1, 2] } })],
  ['a filter', (players) => players.all().filter(({ age }) => age % 2 === 0)],
  ['an ordered limit', (players) => players.find({ clubs: 'a' }).orderBy('age', 'desc').limit(2)],
  ['not', (players) => players.find({ age: { not: 3 } })],
  ['not of several', (players) => players.find({ not: { or: [{ clubs: 'a' }, { age: { gte: 4 } }] } })],
  ['absent', (players) => players.find({ nick: { absent: true } })],
  ['not and a filter', (players) => players.find({ age: { not: 3 } }).filter(({ age }) => age % 2 === 0)],
  ['the first of all', (players) => players.all().orderBy('age').limit(3)],
  ['the last of all', (players) => players.all().orderBy('age', 'desc').limit(1)],
  ['the first keys', (players) => players.all().orderBy('id').limit(3)],
  [
    'the last keys',
    (players) =>
      players
        .find({ age: { not: 2 } })
        .orderBy('id', 'desc')
        .limit(2),
  ],
  ['the first of two orders', (players) => players.all().orderBy('age').orderBy('id', 'desc').limit(4)],
  [
    'the first of a range',
    (players) =>
      players
        .find({ age: { gte: 2 } })
        .orderBy('age')
        .limit(2),
  ],
  [
    'the last of a range',
    (players) =>
      players
        .find({ age: { lt: 4 } })
        .orderBy('age', 'desc')
        .limit(2),
  ],
  [
    'a range in another order',
    (players) =>
      players
        .find({ age: { gte: 2 } })
        .orderBy('joinedAt')
        .limit(2),
  ],
  [
    'the first even ones',
    (players) =>
      players
        .all()
        .filter(({ age }) => age % 2 === 0)
        .orderBy('age')
        .limit(2),
  ],
  ['none at all', (players) => players.all().orderBy('age').limit(0)],
];

const step = fc.record({
  // More than the rows that the least limit keeps in hand.
  id: fc.integer({ min: 0, max: 60 }).map((number) => `p${number}`),
  joinedAt: fc.date({ min: new Date(0), max: new Date(9), noInvalidDate: true }),
  nick: fc.option(fc.constant(true), { nil: undefined }),
  age: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  clubs: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
});

it('shows each watched query its new answer, whatever its conditions', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.array(step, { minLength: 1, maxLength: 25 }), { maxLength: 20 }),
    async (transactions) => {
      await using db = await openPlayers();
      const shown = new Map<string, readonly { readonly id: string }[]>();
      for (const [name, query] of QUERIES) query(db.player).watch((rows) => void shown.set(name, rows));
      expect(db.stats().subscriptionCount).toBe(QUERIES.length);
      for (const steps of transactions) {
        await db.transaction((tx) => {
          for (const { id, age, clubs, joinedAt, nick } of steps) {
            if (age === undefined) tx.player.delete(id);
            else tx.player.upsert(player(id, { age, clubs, joinedAt, nick: nick && `nick of ${id}` }));
          }
        });
        for (const [name, query] of QUERIES)
          expect([name, ...(shown.get(name) ?? []).map(({ id }) => id).sort()]).toEqual([
            name,
            ...query(db.player).keys().sort(),
          ]);
      }
    },
  );
  await fc.assert(property, { numRuns: 60, endOnFailure: true });
});

it('looks at those alone that ask for a value of what was written', async () => {
  await using db = await openPlayers();
  let lookedCount = 0;
  let toldCount = 0;
  for (let index = 0; index < 5_000; index++) {
    db.player
      .find({ clubs: `club ${index}` })
      .filter(() => {
        lookedCount++;
        return true;
      })
      .watch(() => void toldCount++);
  }
  toldCount = 0;
  lookedCount = 0;
  await db.player.insert(player('p1', { clubs: ['club 7', 'club 4999', 'no club'] }));
  expect([lookedCount, toldCount]).toEqual([2, 2]);
  await db.player.update('p1', { clubs: ['club 8'] });
  expect([lookedCount, toldCount]).toEqual([3, 5]);
  await db.player.update('p1', { name: 'Other' });
  expect([lookedCount, toldCount]).toEqual([4, 6]);
});

it('releases queries that are no longer watched, also from inside a listener', async () => {
  await using db = await openPlayers();
  const heard: string[] = [];
  const second = (): void => void heard.push('second');
  const subscriptions = [
    db.player.find({ clubs: 'a' }).watch(() => {
      heard.push('first');
      if (heard.length > 2) subscriptions[1]?.unsubscribe();
    }),
    db.player.find({ clubs: { any: ['a', 'b'] } }).watch(second),
  ];
  await db.player.insert(player('p1', { clubs: ['a', 'b'] }));
  expect(heard).toEqual(['first', 'second', 'first']);
  expect(db.stats().subscriptionCount).toBe(1);
  for (const subscription of subscriptions) subscription.unsubscribe();
  await db.player.insert(player('p2', { clubs: ['a'] }));
  expect([heard.length, db.stats().subscriptionCount]).toEqual([3, 0]);
});

it('fills a limited answer up from what it does not hold, and shows it once', async () => {
  await using db = await openPlayers();
  await db.player.insertMany(
    Array.from({ length: 200 }, (_, index) => player(`p${1_000 + index}`, { age: index >> 1 })),
  );
  const answers: number[][] = [];
  const top = db.player.all().orderBy('age').limit(3);
  top.watch((rows) => void answers.push(rows.map(({ age }) => age)));
  await db.transaction((tx) => tx.player.deleteMany({ age: { lt: 50 } }));
  expect(answers).toEqual([
    [0, 0, 1],
    [50, 50, 51],
  ]);
  for (let age = 50; age < 95; age++) await db.player.deleteMany({ age });
  expect(answers.at(-1)).toEqual([95, 95, 96]);
  expect(answers).toHaveLength(47);
});

it('asks once what many ask that name no value, and looks at none whose rows end before a document', async () => {
  await using db = await openPlayers();
  await db.player.insertMany(
    Array.from({ length: 200 }, (_, index) => player(`p${1_000 + index}`, { age: index >> 1, clubs: ['main'] })),
  );
  let askedCount = 0;
  let toldCount = 0;
  const asked = (): boolean => {
    askedCount++;
    return true;
  };
  const told = (): void => void toldCount++;
  for (let index = 0; index < 500; index++) {
    db.player
      .find({ age: { not: 99 } })
      .filter(asked)
      .watch(told);
    db.player
      .find({ clubs: { none: ['main'] } })
      .filter(asked)
      .watch(told);
    db.player
      .find({ nick: { absent: false } })
      .filter(asked)
      .watch(told);
    db.player.all().filter(asked).orderBy('age').limit(5).watch(told);
    db.player.all().filter(asked).orderBy('id', 'asc').limit(5).watch(told);
    db.player.all().filter(asked).limit(5).watch(told);
    db.player.find({ clubs: 'main' }).filter(asked).orderBy('age').limit(5).watch(told);
  }
  askedCount = 0;
  toldCount = 0;
  await db.player.update('p1199', { name: 'Other' });
  expect([askedCount, toldCount]).toEqual([0, 0]);
  await db.player.update('p1199', { age: 98 });
  expect([askedCount, toldCount]).toEqual([500, 500]);
  askedCount = 0;
  toldCount = 0;
  await db.player.update('p1000', { name: 'Other' });
  expect([askedCount, toldCount]).toEqual([2_500, 2_500]);
});
