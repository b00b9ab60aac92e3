/** Every command line of docs/guide/shell.md, run in a project that has what the page speaks of. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliProject } from './support/cli-project.js';

const PAGE = resolve(__dirname, '../../../docs/guide/shell.md');
/** Goes on until it is stopped: real-command.test.ts. */
const ENDLESS = /--watch/;

/** The words of a line as a shell takes them: single quotes, and nothing else that is special. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

const LINES = [...readFileSync(PAGE, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block]) => block!.trim().split('\n'))
  .filter((line) => !ENDLESS.test(line));

/** The program of the page, word for word. */
const PROGRAM = /```js\n\/\/ seeds\/40-more\.js\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8'))?.[1];

let project: CliProject;

beforeAll(async () => {
  project = new CliProject({ hasDependencies: true });
  project.schema(
    'Player',
    `@Id() readonly id!: string;
  @Tag() clubs: string[] = [];
  @Range() age!: number;
  @Range() joinedAt: Date = new Date(0);
  name!: string;
  nick?: string;`,
  );
  project.write('tsconfig.json', '{ "compilerOptions": { "strict": true, "experimentalDecorators": true } }');
  project.write('package.json', '{ "type": "module" }');
  expect((await project.run('generate')).exitCode).toBe(0);
  const players = [{ id: 'p1', clubs: ['fcb'], age: 31, joinedAt: '2024-03-01', name: 'Ann' }];
  project.write('seeds/10-player.json', JSON.stringify(players));
  project.write('seeds/40-more.ts', PROGRAM!);
  expect(await project.run('seed', '--data', 'data')).toMatchObject({ exitCode: 0 });
});
afterAll(() => project[Symbol.dispose]());

it('has lines of every verb that the page is about', () => {
  expect([...new Set(LINES.map((line) => wordsOf(line)[2]))].sort()).toEqual([
    ...['bench', 'completion', 'doctor', 'query', 'seed', 'stats'],
  ]);
});

it.each(LINES)('%s', async (line) => {
  const [npx, nuthatch, ...args] = wordsOf(line);
  expect([npx, nuthatch]).toEqual(['npx', 'nuthatch']);
  const { exitCode, out, err } = await project.run(...args);
  // The disk of the machine that tests is not ours to judge.
  if (args[0] === 'doctor') expect([0, 1]).toContain(exitCode);
  else expect([exitCode, err]).toEqual([0, '']);
  expect(out).not.toBe('');
});
