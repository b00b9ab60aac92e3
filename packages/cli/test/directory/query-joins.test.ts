/** Questions to a directory about what fields refer to: with the stored models alone. */
import { openDatabase } from '../../../../examples/issue-tracker/generated/index.js';
import { DirectoryFixture } from '../support/directory-fixture.js';

let fixture: DirectoryFixture;
beforeAll(async () => {
  fixture = new DirectoryFixture();
  const db = await openDatabase({ directory: fixture.at('data') });
  await db.person.insertMany([
    { id: 'ada', name: 'Ada' },
    { id: 'bo', name: 'Bo' },
  ]);
  await db.project.insertMany([
    { id: 'core', lead: 'ada' },
    { id: 'site', area: 'tools', lead: 'bo' },
  ]);
  await db.issue.insertMany([
    { title: 'crash', project: 'core', watchers: ['bo'] },
    { title: 'typo', project: 'site', parent: 1 },
    { title: 'slow', project: 'site', blockedBy: new Set([2]) },
  ]);
  await db.close();
});
afterAll(() => fixture.remove());

async function idsOf(where: string, ...args: readonly string[]): Promise<readonly number[]> {
  const { exitCode, out, err } = await fixture.run('query', 'data', 'issue', where, '--order', 'id', '--json', ...args);
  expect([exitCode, err]).toEqual([0, '']);
  return out === '' ? [] : out.split('\n').map((line) => (JSON.parse(line) as { id: number }).id);
}

it('takes conditions on what a field refers to, at any depth', async () => {
  expect(await idsOf('{ project: { area: "tools" } }')).toEqual([2, 3]);
  expect(await idsOf('{ project: { lead: { name: "Ada" } }, status: "open" }')).toEqual([1]);
  expect(await idsOf('{ watchers: { id: { in: ["bo"] } } }')).toEqual([1]);
  expect(await idsOf('{ blockedBy: { parent: { project: "core" } } }')).toEqual([3]);
  expect(await idsOf('{ project: { not: { lead: "ada" } } }')).toEqual([2, 3]);
  expect(await idsOf('{ or: [{ project: { id: "core" } }, { parent: { title: "crash" } }] }')).toEqual([1, 2]);
  expect(await idsOf('{ project: { not: "core" } }')).toEqual([2, 3]);
});

it('says how a join was answered, and refuses what it cannot be asked', async () => {
  const { out } = await fixture.run('query', 'data', 'issue', '{ project: { area: "tools" } }', '--explain');
  expect(out).toContain('condition join on project: about 2 documents');
  const refused = await fixture.run('query', 'data', 'issue', '{ project: { colour: "red" } }');
  expect([refused.exitCode, refused.err]).toEqual([expect.any(Number), expect.stringContaining('UNINDEXED_FIELD')]);
  expect(refused.exitCode).not.toBe(0);
});
