/** Questions to views, which no file has: their rows are made by the project's code of the documents that are read. */
import { CliProject, type CliResult } from './support/cli-project.js';

let project: CliProject;

beforeEach(async () => {
  project = new CliProject({ hasDependencies: true });
  project.schema('Player', '@Id() readonly id!: string;\n  country!: string;\n  goals!: number;');
  project.write(
    'schemas/country-stats.ts',
    `import { Count, Range, Sum, Top, View } from '@nuthatch/decorators';
import { Player } from './player.js';
@View(() => Player, { where: { goals: { gte: 1 } }, groupBy: 'country' })
export class CountryStats {
  country!: string;
  @Count() players!: number;
  @Sum('goals') @Range() goals!: number;
  @Top(1, 'goals') best!: Pick<Player, 'id'>[];
}
`,
  );
  project.write('tsconfig.json', '{ "compilerOptions": { "strict": true, "experimentalDecorators": true } }');
  expect((await project.run('generate')).exitCode).toBe(0);
  await project.withDatabase((db) =>
    db['player']!.insertMany([
      { id: 'p1', country: 'CH', goals: 3 },
      { id: 'p2', country: 'CH', goals: 5 },
      { id: 'p3', country: 'DE', goals: 2 },
      { id: 'p4', country: 'FR', goals: 0 },
    ]),
  );
});
afterEach(() => project[Symbol.dispose]());

const query = (...args: readonly string[]): Promise<CliResult> => project.run('query', 'data', 'countryStats', ...args);
const rowsOf = ({ out }: CliResult): readonly unknown[] => out.split('\n').map((line) => JSON.parse(line) as unknown);

it('answers by key, condition, order and count, as of a collection', async () => {
  const answer = await query('{ goals: { gte: 1 } }', '--order', 'goals:desc', '--json');
  expect([answer.exitCode, answer.err, rowsOf(answer)]).toEqual([
    0,
    '',
    [
      { country: 'CH', players: 2, goals: 8, best: [{ id: 'p2' }] },
      { country: 'DE', players: 1, goals: 2, best: [{ id: 'p3' }] },
    ],
  ]);
  expect((await query('--key', 'DE', '--fields', 'goals', '--json')).out).toBe('{"goals":2}');
  expect((await query('--count')).out).toBe('2');
  // A question to the documents needs no code, as before.
  expect((await project.run('query', 'data', 'player', '--count')).out).toBe('4');
});

it('says that there is no such collection where no code knows one', async () => {
  expect((await project.run('query', 'data', 'nothing')).err).toContain('has no documents of a collection nothing');
  project.remove('generated');
  const { exitCode, err } = await query();
  expect([exitCode > 0, err.includes('has no documents of a collection countryStats')]).toEqual([true, true]);
});
