/** Questions to fields of a range index over several: which of them it answers alone, without a look at a document. */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, openModels, STRING } from './support/open-models.js';
import type { AnyQuery } from './support/thing-database.js';

const MODEL = modelWith(
  [
    field('project', STRING),
    field('status', { kind: 'literal', values: ['open', 'done'] }),
    field('estimate', NUMBER),
    field('assignee', STRING, { optional: true }),
    field('due', { kind: 'date' }),
  ],
  {
    storage: 'cold',
    indexes: [
      { name: 'project', kind: 'tag', fields: ['project'] },
      { name: 'status', kind: 'tag', fields: ['status'] },
      { name: 'estimate', kind: 'range', fields: ['estimate'] },
      { name: 'assignee', kind: 'tag', fields: ['assignee'] },
      { name: 'due', kind: 'range', fields: ['due'] },
      { name: 'by_status', kind: 'range', fields: ['project', 'status', 'estimate'] },
      { name: 'by_assignee', kind: 'range', fields: ['project', 'assignee'] },
      { name: 'by_due', kind: 'range', fields: ['project', 'due'] },
    ],
  },
);

const issue = (number: number): Fields => ({
  id: `i${number}`,
  project: `p${number % 3}`,
  status: number % 2 === 0 ? 'open' : 'done',
  estimate: number % 7,
  ...(number % 5 !== 0 && { assignee: `a${number % 4}` }),
  due: new Date((number % 9) * 1_000),
});
const COUNT = 120;
const ISSUES = Array.from({ length: COUNT }, (_, number) => issue(number));

let db: AnyDatabase;
const issues = (): AnyDatabase[string] => db['player']!;
const find = (where: Fields): AnyQuery => issues().find(where) as unknown as AnyQuery;
const reads = (): number => db.stats().collections['player']!.coldReadCount!;

beforeEach(async () => {
  const fileSystem = new MemoryFileSystem();
  const first = await openModels(fileSystem, [MODEL], { compaction: 'manual' });
  await first['player']!.insertMany(ISSUES);
  await first.compact();
  await first.close();
  db = await openModels(fileSystem, [MODEL], { compaction: 'manual' });
});
afterEach(() => db.close());

const met = (test: (one: Fields) => boolean): Fields[] => ISSUES.filter(test);
const ids = (of: readonly Fields[]): unknown[] => of.map(({ id }) => id).sort();

it('answer values of leading fields by the index over them, and say so in explain', () => {
  const query = find({ project: 'p1', status: 'open' });
  const expected = met(({ project, status }) => project === 'p1' && status === 'open');
  expect(query.explain()).toMatchObject({
    index: 'by_status',
    seen: expected.length,
    matched: expected.length,
    conditions: [{ asked: 'index', index: 'by_status', estimated: expected.length }],
  });
  expect([...query.keys()].sort()).toEqual(ids(expected));
  expect(query.count()).toBe(expected.length);
  expect(reads()).toBe(0);
});

it('take a range of the next field along, and leave further conditions to be looked at', () => {
  const ranged = find({ project: 'p1', status: 'done', estimate: { gte: 2, lt: 5 } });
  const inRange = ({ project, status, estimate }: Fields): boolean =>
    project === 'p1' && status === 'done' && (estimate as number) >= 2 && (estimate as number) < 5;
  expect(ranged.explain().conditions).toMatchObject([{ index: 'by_status' }]);
  expect(ranged.count()).toBe(met(inRange).length);
  expect(reads()).toBe(0);
  const further = find({ project: 'p1', status: 'done', assignee: 'a1' });
  expect(
    further
      .explain()
      .conditions.map(({ index }) => index)
      .sort(),
  ).toEqual(['by_assignee', 'status']);
  expect(further.count()).toBe(
    met((one) => one['project'] === 'p1' && one['status'] === 'done' && one['assignee'] === 'a1').length,
  );
  const onlyRange = find({ project: 'p2', due: { gt: new Date(3_000) } });
  expect(onlyRange.explain().index).toBe('by_due');
  expect(onlyRange.count()).toBe(met(({ project, due }) => project === 'p2' && (due as Date).getTime() > 3_000).length);
});

it('leave out an index that lacks documents which meet the conditions', async () => {
  await issues().addIndex({ kind: 'range', fields: ['status', 'estimate', 'assignee'], name: 'lacking' } as never);
  await db['player']!.update('i0', { project: 'p9' });
  expect(find({ status: 'open', estimate: 0 }).explain().index).not.toBe('lacking');
  expect(find({ status: 'open', estimate: 0, assignee: 'a2' }).explain().index).toBe('lacking');
  issues().dropIndex('lacking');
  expect(find({ status: 'open', estimate: 0, assignee: 'a2' }).explain().index).not.toBe('lacking');
});

it('sort what the index over them gives, under an order that is none of its own', () => {
  const query = find({ project: 'p1', status: 'open' }).orderBy('id' as never, 'desc');
  const expected = ids(met(({ project, status }) => project === 'p1' && status === 'open')).reverse();
  expect(query.keys()).toEqual(expected);
  expect(query.explain()).toMatchObject({ index: 'by_status', seen: expected.length });
});

it('give groups, sums, ends and values from the values of the index alone', () => {
  const ofProject = met(({ project }) => project === 'p1');
  const groups = ['done', 'open'].map((status) => {
    const members = ofProject.filter((one) => one['status'] === status);
    const estimates = members.map(({ estimate }) => estimate as number);
    const sum = estimates.reduce((a, b) => a + b, 0);
    return { status, count: members.length, sum, avg: sum / members.length, max: Math.max(...estimates) };
  });
  const asked = { count: true, sum: 'estimate', avg: 'estimate', max: 'estimate' };
  const inProject = issues().find({ project: 'p1' });
  expect(inProject.aggregate(asked as never, { by: 'status' } as never)).toEqual(groups);
  const all = issues().all();
  const both = all.aggregate({ count: true } as never, { by: ['project', 'status'] } as never) as unknown as Fields[];
  expect(both).toHaveLength(6);
  expect(both.reduce((total, { count }) => total + (count as number), 0)).toBe(COUNT);
  expect(
    issues()
      .find({ project: 'p1', status: 'open' })
      .aggregate({ min: 'estimate', count: true } as never),
  ).toEqual({
    min: 0,
    count: groups[1]!.count,
  });
  expect(inProject.distinct('assignee' as never)).toEqual(['a0', 'a1', 'a2', 'a3']);
  expect(inProject.distinct('due' as never)).toEqual(
    [...new Set(ofProject.map(({ due }) => (due as Date).getTime()))].sort((a, b) => a - b).map((ms) => new Date(ms)),
  );
  expect(reads()).toBe(0);
});

it('count documents without a value of the grouped field as a group of their own', () => {
  const groups = issues()
    .find({ project: 'p1' })
    .aggregate({ count: true } as never, { by: 'assignee' } as never) as unknown as Fields[];
  const nobody = met(({ project, assignee }) => project === 'p1' && assignee === undefined).length;
  expect(groups.at(-1)).toEqual({ assignee: undefined, count: nobody });
  expect(reads()).toBe(0);
});
