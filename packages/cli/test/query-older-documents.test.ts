/** Questions to documents that an older class wrote: with the project's code they are of today, without it they are told. */
import { CliProject, type CliResult } from './support/cli-project.js';

let project: CliProject;

beforeEach(async () => {
  project = new CliProject({ hasDependencies: true });
  project.schema('Player', '@Id() readonly id!: string;\n  @Range() age!: number;\n  since!: string;');
  project.write('tsconfig.json', '{ "compilerOptions": { "strict": true, "experimentalDecorators": true } }');
  expect((await project.run('generate')).exitCode).toBe(0);
  await project.withDatabase((db) =>
    db['player']!.insertMany([
      { id: 'p1', age: 31, since: '2024-01-01' },
      { id: 'p2', age: 19, since: '2025-01-01' },
    ]),
  );
  project.schema(
    'Player',
    '@Id() readonly id!: string;\n  @Range() age!: number;\n  @Range() since!: Date;\n  @Tag() clubs: string[] = [];',
  );
  expect((await project.run('generate')).exitCode).toBe(0);
});
afterEach(() => project[Symbol.dispose]());

const query = (...args: readonly string[]): Promise<CliResult> => project.run('query', 'data', 'player', ...args);
const rowsOf = ({ out }: CliResult): readonly unknown[] => out.split('\n').map((line) => JSON.parse(line) as unknown);

it('runs the migrations in memory, and the indexes are those of today', async () => {
  project.edit('since', (text) => text.replace(/requiredValue\('since'\)/, 'new Date(document.since)'));
  const answer = await query('{ since: { gte: "2024-06-01" } }', '--json');
  expect([answer.exitCode, answer.err]).toEqual([0, '']);
  expect(rowsOf(answer)).toEqual([{ id: 'p2', age: 19, since: '2025-01-01T00:00:00.000Z', clubs: [] }]);
  // Nothing was written: the documents still wait for the migration.
  expect((await project.run('migrate', 'status', '--data', 'data')).out).toContain('pending for 2 documents');
});

it('does not load the code for a question that the stored model answers, whatever the state of the code', async () => {
  const answer = await query('{ age: { gt: 20 } }', '--json');
  expect([answer.exitCode, rowsOf(answer)]).toEqual([0, [{ id: 'p1', age: 31, since: '2024-01-01' }]]);
});

it('tells of documents of an older class beside newer ones, and prints each by its own model', async () => {
  project.edit('since', (text) => text.replace(/requiredValue\('since'\)/, 'new Date(document.since)'));
  await project.withDatabase((db) =>
    db['player']!.insertMany([{ id: 'p3', age: 50, since: new Date('2026-01-01'), clubs: ['fcb'] }]),
  );
  const withCode = await query('--order', 'age', '--json');
  expect(rowsOf(withCode)).toMatchObject([{ id: 'p2', clubs: [] }, { id: 'p1' }, { id: 'p3', clubs: ['fcb'] }]);
  project.remove('generated');
  const without = await query('{ age: { lt: 99 } }', '--order', 'age', '--json');
  expect(without.exitCode).toBe(0);
  expect(without.err).toMatch(/^2 documents of player are of an older class: a field that it lacks is shown as absent/);
  expect(rowsOf(without)).toEqual([
    { id: 'p2', age: 19, since: '2025-01-01' },
    { id: 'p1', age: 31, since: '2024-01-01' },
    { id: 'p3', age: 50, since: '2026-01-01T00:00:00.000Z', clubs: ['fcb'] },
  ]);
});
