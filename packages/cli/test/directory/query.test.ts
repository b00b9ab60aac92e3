/** Questions to a directory: what is found, how it is printed, and what is refused. */
import { openPlayers, player } from '../../../runtime/test/support/open-players.js';
import { runCli } from '../../src/cli.js';
import { DirectoryFixture } from '../support/directory-fixture.js';

/** What a terminal would obey: a title, a colour by C1, a turned direction, a line end. */
const HOSTILE = 'a\u001b]0;owned\u0007\u009b31m\u202eb\nc';

let fixture: DirectoryFixture;
beforeEach(async () => {
  fixture = new DirectoryFixture();
  const db = await fixture.open();
  await db.player.insertMany([
    player('p1', { age: 31, clubs: ['fcb'], joinedAt: new Date('2024-01-01T10:00:00Z'), name: 'Ann' }),
    player('p2', { age: 19, clubs: ['fcb', 'bvb'], joinedAt: new Date('2025-01-01T10:00:00Z'), name: HOSTILE }),
    player('p3', { age: 20, clubs: ['bvb'], joinedAt: new Date('2026-01-01T10:00:00Z'), name: '日本' }),
  ]);
  await db.close();
});
afterEach(() => fixture.remove());

const query = (...args: readonly string[]) => fixture.run('query', 'data', 'player', ...args);

/** The ids found, in their order. */
async function idsOf(...args: readonly string[]): Promise<readonly string[]> {
  const { exitCode, out, err } = await query(...args, '--json');
  expect([exitCode, err]).toEqual([0, '']);
  return out === '' ? [] : out.split('\n').map((line) => (JSON.parse(line) as { id: string }).id);
}

describe('nuthatch query', () => {
  it('takes every condition that find takes, in JSON5, with dates as text', async () => {
    expect(await idsOf('{ clubs: "fcb" }', '--order', 'age')).toEqual(['p2', 'p1']);
    expect(await idsOf("{ clubs: { any: ['fcb', 'bvb'], none: ['fcb'] } }")).toEqual(['p3']);
    expect(await idsOf('{ age: { gte: 19, lt: 31, }, clubs: "bvb" }', '--order', 'age:desc')).toEqual(['p3', 'p2']);
    expect(await idsOf('{ age: { between: [19, 20] } }', '--order', 'age', '--limit', '1')).toEqual(['p2']);
    expect(await idsOf('{ email: "p1@x.io" }')).toEqual(['p1']);
    expect(await idsOf('{ joinedAt: { gte: "2025-01-01", lt: "2025-06-01T00:00:00Z" } }')).toEqual(['p2']);
    expect(await idsOf('{ joinedAt: "2026-01-01T10:00:00.000Z" }')).toEqual(['p3']);
    expect(await idsOf('--order', 'joinedAt:desc')).toEqual(['p3', 'p2', 'p1']);
    expect(await idsOf('{ age: 99 }')).toEqual([]);
    expect(await idsOf('--key', 'p3')).toEqual(['p3']);
    expect(await idsOf('--key', 'none')).toEqual([]);
  });

  it('takes or, not, in, absent and keys, and several orders', async () => {
    expect(await idsOf('{ or: [{ age: 31 }, { joinedAt: { gte: "2026-01-01" } }] }', '--order', 'id:desc')).toEqual([
      'p3',
      'p1',
    ]);
    expect(await idsOf('{ not: { joinedAt: { in: ["2024-01-01T10:00:00Z"] } } }', '--order', 'age')).toEqual([
      'p2',
      'p3',
    ]);
    expect(await idsOf('{ id: { in: ["p3", "p9"] }, clubs: { absent: false } }')).toEqual(['p3']);
    expect(await idsOf('--order', 'age:desc,id')).toEqual(['p1', 'p3', 'p2']);
    const { out } = await query('{ or: [{ age: 31 }, { clubs: "bvb" }] }', '--explain');
    expect(out.split('\n')).toEqual([
      'read: or',
      'condition or: about 3 documents',
      '  condition on age: about 1 document',
      '  condition on clubs: about 2 documents',
      'order: none',
      '3 documents looked at, 3 found',
    ]);
  });

  it('answers beside a process that has the database open', async () => {
    const db = await openPlayers({ directory: fixture.at('data') });
    await db.player.insert(player('p4', { age: 5 }));
    expect(await idsOf('{ age: 5 }')).toEqual(['p4']);
    await db.close();
  });

  it('prints a table without what a terminal would obey, cut to its width and nowhere else', async () => {
    const { out, err } = await query('--order', 'age', '--fields', 'id', 'name', 'clubs');
    expect(err).toBe('');
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^id {2}name +clubs$/),
      expect.stringMatching(/^-- {2}-+ {2}-+$/),
      'p2  a\\u001b]0;owned\\u0007\\u009b31m\\u202eb\\nc  ["fcb","bvb"]',
      expect.stringMatching(/^p3 {2}日本 +\["bvb"\]$/),
      expect.stringMatching(/^p1 {2}Ann +\["fcb"\]$/),
    ]);
    for (const columns of [60, 40, 20, 5]) {
      const lines: string[] = [];
      const told: string[] = [];
      const output = { out: (text: string) => lines.push(text), err: (text: string) => told.push(text), columns };
      expect(await runCli(['query', 'data', 'player', '--order', 'age'], output, fixture.folder)).toBe(0);
      expect(lines.filter((line) => line.replace(/[日本]/g, '##').length > columns)).toEqual([]);
      expect(told).toEqual(['3 documents, seq 1']);
    }
  });

  it('prints counts and plans', async () => {
    expect((await query('{ clubs: "fcb" }', '--count')).out).toBe('2');
    expect((await query('{ clubs: "fcb" }', '--count', '--json')).out).toBe('{"count":2}');
    expect((await query('--explain', '--order', 'age')).out).toContain('order: walked age');
    const { out } = await query('{ clubs: "fcb" }', '--explain', '--json');
    expect(JSON.parse(out)).toMatchObject({ index: 'clubs', matched: 2 });
  });

  it('loads the code of the project only for a question that needs it', async () => {
    const refused = await query('{ nameLength: 3 }');
    expect([refused.exitCode, refused.out]).toEqual([1, '']);
    expect(refused.err).toMatch(/^UNINDEXED_FIELD: the index nameLength of player needs the code of its class/);
    fixture.writeCode();
    expect(await idsOf('{ nameLength: 3 }')).toEqual(['p1']);
    expect(await idsOf('--order', 'nameLength', '--generated', 'generated/index.ts')).toEqual(['p3', 'p1', 'p2']);
  });

  it.each([
    ['{ name: "Ann" }', 1, /^UNINDEXED_FIELD: player\.name has no index/],
    ['{ age: "31" }', 1, /^INVALID_INDEX_VALUE: /],
    ['{ age: null }', 1, /^INVALID_QUERY: /],
    ['{ joinedAt: "soon" }', 1, /^INVALID_INDEX_VALUE: /],
    ['{ clubs: [] }', 1, /^INVALID_QUERY: |^INVALID_INDEX_VALUE: /],
    ['[]', 1, /^INVALID_QUERY: /],
    ['3', 1, /^INVALID_QUERY: /],
    ['{ __proto__: { age: 31 } }', 1, /^UNINDEXED_FIELD: /],
    ['{ age: 31', 2, /^INVALID_OPTION: conditions are read as JSON5/],
    ['{ age: process.exit(7) }', 2, /^INVALID_OPTION: conditions are read as JSON5/],
  ])('refuses the conditions %s', async (conditions, exitCode, message) => {
    const refused = await query(conditions);
    expect([refused.exitCode, refused.out]).toEqual([exitCode, '']);
    expect(refused.err).toMatch(message);
  });

  it('refuses conditions that are nested as deep as a line is long', async () => {
    const deep = `{ clubs: ${'['.repeat(30_000)}${']'.repeat(30_000)} }`;
    const refused = await query(deep);
    expect([refused.exitCode, refused.err]).toEqual([1, expect.stringMatching(/^INVALID_(QUERY|INDEX_VALUE): /)]);
    expect((await query('[{'.repeat(30_000))).exitCode).toBe(2);
  });

  it('prints values and groups', async () => {
    const lines = async (...args: readonly string[]): Promise<readonly unknown[]> =>
      (await query(...args, '--json')).out.split('\n').map((line) => JSON.parse(line) as unknown);
    expect(await lines('--distinct', 'clubs')).toEqual([{ clubs: 'bvb' }, { clubs: 'fcb' }]);
    expect(await lines('{ clubs: "fcb" }', '--distinct', 'joinedAt')).toEqual([
      { joinedAt: '2024-01-01T10:00:00.000Z' },
      { joinedAt: '2025-01-01T10:00:00.000Z' },
    ]);
    expect(await lines('--sum', 'age', '--avg', 'age', '--max', 'joinedAt', 'age')).toEqual([
      { sum: { age: 70 }, avg: { age: 70 / 3 }, max: { joinedAt: '2026-01-01T10:00:00.000Z', age: 31 } },
    ]);
    expect(await lines('--by', 'clubs', '--min', 'age')).toEqual([
      { clubs: 'bvb', count: 2, min: { age: 19 } },
      { clubs: 'fcb', count: 2, min: { age: 19 } },
    ]);
    expect(await lines('{ age: { gt: 90 } }', '--count', '--sum', 'age', '--min', 'age')).toEqual([
      { count: 0, sum: { age: 0 }, min: {} },
    ]);
    const { out } = await query('{ age: { gt: 19 } }', '--by', 'clubs', 'age', '--max', 'name');
    expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['clubs', 'age', 'count', 'max name'],
      ['-----', '---', '-----', '--------'],
      ['bvb', '20', '1', '日本'],
      ['fcb', '31', '1', 'Ann'],
    ]);
    expect(await query('--sum', 'name')).toMatchObject({ exitCode: 1, err: expect.stringContaining('INVALID_QUERY') });
    expect(await query('--distinct', 'shoe')).toMatchObject({ exitCode: 1, err: expect.stringContaining('shoe') });
  });

  it.each([
    ['--limit', '-1'],
    ['--limit', '1e3'],
    ['--order', 'age:up'],
    ['--order', ':desc'],
    ['--order', 'age,,id'],
    ['--fields', 'nmae'],
    ['--key', 'p1', '--order', 'age'],
    ['--count', '--explain'],
    ['--distinct', 'age', '--by', 'clubs'],
    ['--distinct', 'age', '--count'],
    ['--by', 'clubs', '--explain'],
    ['--sum', 'age', '--fields', 'id'],
    ['--max', 'age', '--key', 'p1'],
  ])('refuses %s %s as a wrong line', async (...args) => {
    expect(await query(...args)).toMatchObject({
      exitCode: 2,
      out: '',
      err: expect.stringMatching(/^INVALID_OPTION: /),
    });
  });

  it('refuses a collection that is not there, and says how to find those that are', async () => {
    const { exitCode, err } = await fixture.run('query', 'data', 'plaier');
    expect([exitCode, err]).toEqual([1, expect.stringContaining('has no documents of a collection plaier')]);
    expect(await fixture.json('query', 'none', 'player')).toMatchObject({
      exitCode: 1,
      result: { error: { code: 'DIRECTORY_UNUSABLE' } },
    });
  });
});
