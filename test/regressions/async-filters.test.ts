/** A filter that is async: its promise is no answer, and must neither let every document through nor reject by itself. */
import { openDatabase } from '../../generated/index.js';

const REFUSED = expect.objectContaining({ code: 'INVALID_QUERY' });

const FILTERS: Readonly<Record<string, () => unknown>> = {
  'promises false': async () => false,
  'promises true': async () => true,
  rejects: async () => {
    throw new Error('a filter');
  },
  'is only like a promise': () => Object.fromEntries([['then', () => undefined]]),
};

it.each(Object.entries(FILTERS))('is refused by every way to ask when it %s', async (_, filter) => {
  await using db = await openDatabase({ memory: true });
  await db.player.insert({ id: 'p1', email: 'p1@x.io', age: 1, name: 'One' });
  const query = db.player.all().filter(filter as () => boolean);
  const both = db.player
    .all()
    .filter(() => true)
    .filter(filter as () => boolean);
  for (const asked of [query, both, query.orderBy('age').limit(1)]) {
    expect(() => asked.all()).toThrow(REFUSED);
    expect(() => asked.first()).toThrow(REFUSED);
    expect(() => asked.count()).toThrow(REFUSED);
    expect(() => asked.exists()).toThrow(REFUSED);
    expect(() => asked.keys()).toThrow(REFUSED);
    expect(() => asked.page()).toThrow(REFUSED);
    expect(() => asked.explain()).toThrow(REFUSED);
    expect(() => [...asked]).toThrow(REFUSED);
    expect(() => asked.watch(() => undefined)).toThrow(REFUSED);
    await expect(asked[Symbol.asyncIterator]().next()).rejects.toEqual(REFUSED);
  }
});

it('takes what is true or false in the way of JavaScript', async () => {
  await using db = await openDatabase({ memory: true });
  await db.player.insert({ id: 'p1', email: 'p1@x.io', age: 1, name: 'One' });
  const counts = [1, 'x', {}, [], 0, '', null, undefined].map((answer) =>
    db.player
      .all()
      .filter(() => answer as never)
      .count(),
  );
  expect(counts).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
});
