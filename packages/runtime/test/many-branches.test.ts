/** An `or` of many branches: answered as a look at every document would, at a cost that is bounded. */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, openModels, STRING } from './support/open-models.js';
import type { AnyQuery } from './support/thing-database.js';

const COUNT = 2_000;
const BRANCHES = 300;
const MODEL = modelWith(
  [
    field('group', STRING),
    field('wide', STRING),
    field('age', NUMBER),
    field('mail', STRING, { optional: true }),
    field('due', { kind: 'date' }),
  ],
  {
    indexes: [
      { name: 'group', kind: 'tag', fields: ['group'] },
      { name: 'wide', kind: 'tag', fields: ['wide'] },
      { name: 'age', kind: 'range', fields: ['age'] },
      { name: 'mail', kind: 'unique', fields: ['mail'] },
      { name: 'due', kind: 'range', fields: ['due'] },
    ],
  },
);
const thing = (number: number): Fields => ({
  id: `t${number}`,
  group: `g${number % BRANCHES}`,
  wide: `w${number % 3}`,
  age: number % 500,
  ...(number % 2 === 0 && { mail: `m${number}` }),
  due: new Date((number % 40) * 1_000),
});
const THINGS = Array.from({ length: COUNT }, (_, number) => thing(number));

let db: AnyDatabase;
beforeAll(async () => {
  db = await openModels(new MemoryFileSystem(), [MODEL]);
  await db['player']!.insertMany(THINGS);
});
afterAll(() => db.close());

const find = (where: Fields): AnyQuery => db['player']!.find(where) as unknown as AnyQuery;
const branches = (of: (number: number) => Fields): Fields[] => Array.from({ length: BRANCHES }, (_, at) => of(at));
const idsOf = (test: (one: Fields) => boolean): unknown[] => THINGS.filter(test).map(({ id }) => id);

interface Seen {
  readonly seen: number;
  readonly parts?: readonly Seen[];
}
/** Entries listed and documents held against a condition, of all that it is made of. */
const costOf = ({ seen, parts }: Seen): number =>
  parts === undefined ? seen : parts.reduce((sum, part) => sum + costOf(part), 0);

it.each<[string, (at: number) => Fields, (one: Fields) => boolean]>([
  ['of a tag', (at) => ({ group: `g${at % 20}` }), ({ group }) => Number((group as string).slice(1)) < 20],
  ['of a range', (at) => ({ age: at }), ({ age }) => (age as number) < BRANCHES],
  [
    'of a unique field',
    (at) => ({ mail: `m${at}` }),
    ({ mail }) => mail !== undefined && Number((mail as string).slice(1)) < BRANCHES,
  ],
  ['of a range of dates', (at) => ({ due: new Date((at % 3) * 1_000) }), ({ due }) => (due as Date).getTime() < 3_000],
  ['of the key', (at) => ({ id: `t${at}` }), ({ id }) => Number((id as string).slice(1)) < BRANCHES],
])('branches that ask for one value each %s are an `in`', (_, branch, test) => {
  const query = find({ or: branches(branch) });
  expect([...query.keys()].sort()).toEqual(idsOf(test).sort());
  expect(query.explain().conditions).toHaveLength(1);
  expect(['in', 'key', 'index']).toContain(query.explain().conditions[0]!.asked);
});

it('branches with a null, of several fields, or with nothing said stay what they were', () => {
  expect(find({ or: [{ age: 1 }, { group: 'g1' }] }).explain().conditions[0]!.asked).toBe('or');
  expect(() => find({ or: [{ age: 1 }, { age: undefined }] })).toThrow(
    expect.objectContaining({ code: 'INVALID_QUERY' }),
  );
  expect(() => find({ or: [{ age: 1 }, { age: 'x' }] })).toThrow(
    expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }),
  );
  expect(() => find({ or: [{ none: 1 }, { none: 2 }] })).toThrow(expect.objectContaining({ code: 'UNINDEXED_FIELD' }));
});

it('branches of several conditions look at the documents of their narrowest condition, and at none twice once it is met', () => {
  const query = find({ or: branches((at) => ({ group: `g${at}`, age: { gte: at } })) });
  const test = ({ group, age }: Fields): boolean => (age as number) >= Number((group as string).slice(1));
  expect(query.keys()).toEqual(idsOf(test));
  const { seen, conditions } = query.explain();
  expect(seen).toBeLessThanOrEqual(COUNT);
  // Each document is in one group: listed once, held against one condition once, and once more listed for `explain`.
  expect(conditions.reduce((sum, each) => sum + costOf(each), 0)).toBeLessThanOrEqual(3 * COUNT);
});

it.each<[string, (at: number) => Fields, (one: Fields) => boolean]>([
  [
    'all have nearly all documents',
    (at) => ({ age: { gte: at % 3 }, due: { gte: new Date(at % 2) } }),
    ({ age, due }) => (age as number) > 0 || (age === 0 && due !== undefined),
  ],
  ['none has any document', (at) => ({ wide: `w${at % 3}`, age: { gte: 500 + at } }), () => false],
  [
    'all have many, and few meet them',
    (at) => ({ wide: `w${at % 3}`, due: { gte: new Date(39_000) }, not: { age: { lt: 499 } } }),
    ({ age, due }) => age === 499 && (due as Date).getTime() >= 39_000,
  ],
])('branches cost no more than a look at every document where %s', (_, branch, test) => {
  const query = find({ or: branches(branch) });
  expect([...query.keys()].sort()).toEqual(idsOf(test).sort());
  const { seen, conditions } = query.explain();
  expect(seen).toBeLessThanOrEqual(COUNT);
  expect(conditions.reduce((sum, each) => sum + costOf(each), 0)).toBeLessThanOrEqual(3 * COUNT * BRANCHES);
});

it('branches come before a condition with more documents than they have together', () => {
  const query = find({ wide: 'w1', or: branches((at) => ({ group: `g${at % 9}`, age: { gte: at } })) });
  expect(query.explain().index).toBe('or');
  const test = ({ wide, group, age }: Fields): boolean => {
    const number = Number((group as string).slice(1));
    return wide === 'w1' && number < 9 && (age as number) >= number;
  };
  expect(query.keys()).toEqual(idsOf(test));
  expect(
    query
      .orderBy('age' as never)
      .limit(5)
      .keys(),
  ).toHaveLength(5);
  expect(query.limit(3).count()).toBe(3);
});
