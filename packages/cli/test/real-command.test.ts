/**
 * Every verb by the real command, in a pipe and in a pseudo-terminal. The terminal is made by `script` of util-linux,
 * which is part of every Debian (package bsdutils); where it is not there, that half is left out and says so.
 *
 * Needs the build, as `npm test` makes it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandLine } from '../src/cli.js';
import { CliProject } from './support/cli-project.js';

const BIN = resolve(__dirname, '../dist/bin.js');
/** Goes on until it is stopped, and has tests of its own. */
const ENDLESS = ['serve'];

/** What a terminal would obey: a title, a colour by C1, a direction of writing. */
const HOSTILE = 'x\u001b]0;owned\u0007\u009b31m\u202ey';

/** Where the directory of a journal is said. */
const VARIABLE = 'NUTHATCH_TEST_JOURNALS';
const JOURNAL = `--journal game --url-env ${VARIABLE}`;

/** Lines of every verb, in an order in which each finds what it needs, with their exit codes. */
const LINES: readonly (readonly [line: string, exitCode: number])[] = [
  ['generate --check', 0],
  ['init --yes', 0],
  ['schema --json-schema', 0],
  ['doctor data', 0],
  ['bench --seconds 0.05', 0],
  ['verify data', 0],
  ['inspect data', 0],
  ['stats data', 0],
  ['query data player \'{ clubs: "fcb" }\' --order age:desc --limit 20', 0],
  ['query data player --key p1 --json', 0],
  ['dump data', 0],
  ['dump data --output dump.jsonl', 0],
  ['import imported --input dump.jsonl', 0],
  ['backup data copy', 0],
  ['restore copy restored', 0],
  ['repair restored repaired', 0],
  ['compact copy', 0],
  ['copy csv data --collections player --file players.csv', 0],
  ['load csv data --collections player --file players.csv --conflict skip', 0],
  ['seed', 0],
  ['import-model sqlite --file none.db --table t', 1],
  ['migrate status', 0],
  ['migrate up', 0],
  ['migrate down', 0],
  ['migrate new NOT/A/NAME', 2],
  ['migrate check', 0],
  ['migrate squash 1 2', 1],
  [`cluster import restored ${JOURNAL} --unsafe`, 0],
  [`cluster status ${JOURNAL}`, 0],
  [`cluster truncate ${JOURNAL} --unsafe --yes --write-image --retention 0s`, 0],
  [`cluster export exported ${JOURNAL} --unsafe`, 0],
  // No node has used the directory.
  [`cluster diff data ${JOURNAL}`, 1],
  [`cluster adopt data ${JOURNAL}`, 1],
  ['completion bash', 0],
];

let project: CliProject;
beforeAll(async () => {
  project = new CliProject({ hasDependencies: true });
  project.schema(
    'Player',
    '@Id() readonly id!: string;\n  @Tag() clubs: string[] = [];\n  @Range() age!: number;\n  name!: string;',
  );
  project.write('tsconfig.json', '{ "compilerOptions": { "strict": true, "experimentalDecorators": true } }');
  project.write('package.json', '{ "type": "commonjs", "scripts": { "generate": "nuthatch generate" } }');
  project.write('nuthatch.config.json', '{ "data": "data" }');
  project.write('seeds/player.json', '[{ "id": "s1", "age": 3, "name": "Seeded" }]');
  expect((await project.run('generate')).exitCode).toBe(0);
  process.env[VARIABLE] = pathToFileURL(join(project.folder, 'journals')).href;
});
afterAll(() => {
  delete process.env[VARIABLE];
  project[Symbol.dispose]();
});

/** The database anew, so that both ways find the same. */
async function fill(): Promise<void> {
  for (const name of [
    'data',
    'dump.jsonl',
    'imported',
    'copy',
    'restored',
    'repaired',
    'players.csv',
    'journals',
    'exported',
  ])
    if (project.has(name)) project.remove(name);
  const players = Array.from({ length: 30 }, (_, index) => ({
    id: `p${index}`,
    clubs: ['fcb'],
    age: index,
    name: HOSTILE,
  }));
  await project.withDatabase((db) => db['player']!.insertMany(players));
}

interface Ran {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

function inPipe(line: string, env: NodeJS.ProcessEnv = {}): Ran {
  const ran = spawnSync('/bin/sh', ['-c', `"$NODE" "$BIN" ${line}`], {
    ...{ cwd: project.folder, encoding: 'utf8', input: '' },
    env: { ...process.env, NODE: process.execPath, BIN, ...env },
  });
  return { exitCode: ran.status, out: ran.stdout, err: ran.stderr };
}

/** Both outputs come as one, as a person sees them. */
function inTerminal(line: string, columns: number = 60): Ran {
  const command = `stty cols ${columns} rows 20; "$NODE" "$BIN" ${line}`;
  const ran = spawnSync('script', ['-qec', command, '/dev/null'], {
    ...{ cwd: project.folder, encoding: 'utf8', input: '' },
    env: { ...process.env, NODE: process.execPath, BIN, NO_COLOR: '1' },
  });
  return { exitCode: ran.status, out: ran.stdout.replaceAll('\r\n', '\n').replace('^D\b\b', ''), err: '' };
}

function hasTerminal(): boolean {
  const { stdout, error } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  if (error === undefined && stdout.includes('util-linux')) return true;
  process.stdout.write('not run in a pseudo-terminal: there is no `script` of util-linux here\n');
  return false;
}

/** Whatever would turn, colour or retitle the terminal, other than our own wiping of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const OBEYED = /\u001b(?!\[2K)|[\u0080-\u009f\u0007\u202e]/;

it('is tested with every verb there is', () => {
  const { program } = commandLine({ out: () => undefined, err: () => undefined }, '.');
  const verbs = program.commands.flatMap((verb) =>
    verb.commands.length === 0 ? [verb.name()] : verb.commands.map((each) => `${verb.name()} ${each.name()}`),
  );
  const untested = verbs.filter((verb) => !LINES.some(([line]) => `${line} `.startsWith(`${verb} `)));
  expect(untested.filter((verb) => !ENDLESS.includes(verb))).toEqual([]);
});

it('runs every verb in a pipe: results on standard output, nothing that only a terminal knows', async () => {
  await fill();
  for (const [line, exitCode] of LINES) {
    const { exitCode: code, out, err } = inPipe(line);
    // The disk of the machine that tests is not ours to judge.
    if (line.startsWith('doctor')) expect([0, 1]).toContain(code);
    else expect([line, code, err]).toEqual([line, exitCode, expect.any(String)]);
    expect([line, /defect of Nuthatch|\n\s+at /.test(out + err)]).toEqual([line, false]);
    expect([line, (exitCode === 0 ? out : err).length > 0]).toEqual([line, true]);
    expect([line, err.includes('\u001b')]).toEqual([line, false]);
    // Most pipes end at a terminal: `| head`, `| grep`.
    expect([line, OBEYED.exec(out)]).toEqual([line, null]);
    expect([line, out.includes('…')]).toEqual([line, false]);
  }
});

it('changes no document in a pipe: JSON by its escapes, CSV not at all', async () => {
  await fill();
  const { out } = inPipe('query data player --key p1 --json');
  expect((JSON.parse(out) as { name: string }).name).toBe(HOSTILE);
  expect(inPipe('copy csv data --collections player').out).toContain(HOSTILE);
});

it('never takes code of the project that ends the process, or never ends, for work that is done', async () => {
  await fill();
  const seeds: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ['exits.mjs', 'export default () => process.exit(0);', /seeds\/exits\.mjs called `process\.exit`/],
    [
      'waits.mjs',
      'export default () => new Promise(() => undefined);',
      /seeds\/waits\.mjs called `process\.exit`, or waits/,
    ],
    [
      'forgets.mjs',
      'export default (db) => void db.player.insert({ id: 3 });',
      /^SEED_FAILED: .*forgets\.mjs: INVALID_KEY/,
    ],
    [
      'forgets-work.mjs',
      'export default (db) => void db.transaction(() => { throw new Error("no luck"); });',
      /^SEED_FAILED: .*forgets-work\.mjs: no luck/,
    ],
    // The compiler itself would close the bracket, and go on.
    ['half.ts', 'export default async (db) => {\n  await db.player.clear();', /half\.ts:2:\d+: '}' expected/],
    ['throws-nothing.mjs', 'export default () => { throw Object.create(null); };', /^SEED_FAILED: .*cannot be shown/],
  ];
  for (const [name, text, message] of seeds) {
    project.write(`seeds/${name}`, text);
    const { exitCode, out, err } = inPipe(`seed seeds/${name}`);
    expect([name, exitCode, out]).toEqual([name, 1, '']);
    expect(err).toMatch(message);
    project.remove(`seeds/${name}`);
    expect(project.has('data/seeds.json')).toBe(false);
  }
  project.write('ends.mjs', 'process.exit(0);');
  const { exitCode, out } = inPipe('doctor --config ends.mjs --json');
  expect([exitCode, JSON.parse(out)]).toMatchObject([1, { error: { code: 'CODE_NOT_LOADED' } }]);
});

it('runs every verb in a pseudo-terminal, and nothing of a document reaches it raw', async () => {
  if (!hasTerminal()) return;
  await fill();
  for (const [line, exitCode] of LINES) {
    const { exitCode: code, out } = inTerminal(line);
    if (line.startsWith('doctor')) expect([0, 1]).toContain(code);
    else expect([line, code, out]).toEqual([line, exitCode, expect.any(String)]);
    expect([line, OBEYED.exec(out)]).toEqual([line, null]);
    expect([line, /defect of Nuthatch|\n\s+at /.test(out)]).toEqual([line, false]);
  }
});

it('fits tables to the terminal, however narrow', async () => {
  if (!hasTerminal()) return;
  await fill();
  for (const columns of [120, 40, 12])
    for (const line of ['query data player --order age', 'stats data']) {
      const { out } = inTerminal(line, columns);
      // Paths and sentences may be longer; the terminal breaks them.
      const rows = out
        .split('\n')
        .filter((row) => /^(p\d|player|id: |name: |clubs: |collection: |documents: )/.test(row));
      expect(rows.length).toBeGreaterThan(0);
      expect([columns, rows.filter((row) => row.length > columns)]).toEqual([columns, []]);
    }
});

it('ends with 141, and without a word, when the reader of a long answer has enough', async () => {
  await fill();
  const players = Array.from({ length: 5_000 }, (_, index) => ({ id: `q${index}`, age: 1, name: 'x'.repeat(200) }));
  await project.withDatabase((db) => db['player']!.insertMany(players));
  const long = spawnSync(
    'bash',
    ['-c', '"$NODE" "$BIN" query data player --json | head -n 1; echo "${PIPESTATUS[0]}"'],
    {
      ...{ cwd: project.folder, encoding: 'utf8' },
      env: { ...process.env, NODE: process.execPath, BIN },
    },
  );
  expect(long.stderr).toBe('');
  expect(long.stdout.trim().split('\n')).toEqual([expect.stringMatching(/^\{"id":"p0"/), '141']);
});

it('watches figures in a pipe until a signal ends it', async () => {
  await fill();
  const child = spawn(process.execPath, [BIN, 'stats', 'data', '--watch', '--every', '0.1', '--json'], {
    cwd: project.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((done) => child.once('exit', (_code, signal) => done(signal)));
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trim().split('\n')));
  const reaches = async (count: number): Promise<void> => {
    while (lines.length < count && child.exitCode === null) await new Promise((done) => setTimeout(done, 10));
  };
  await reaches(1);
  await project.withDatabase((db) => db['player']!.insertMany([{ id: 'new', age: 1, name: 'New' }]));
  while (!/"documentCount":31/.test(lines.at(-1) ?? '') && child.exitCode === null)
    await new Promise((done) => setTimeout(done, 10));
  child.kill('SIGINT');
  expect(await ended).toBe('SIGINT');
  expect(JSON.parse(lines[0]!)).toMatchObject({ collections: [{ name: 'player', documentCount: 30 }] });
});

it('keeps compiled code in the project where Node can, and nowhere else', () => {
  using other = new CliProject();
  const env = { ...process.env };
  delete env['NODE_COMPILE_CACHE'];
  const { status } = spawnSync(process.execPath, [BIN, 'completion', 'bash'], { cwd: other.folder, env });
  expect(status).toBe(0);
  const [major = 0] = process.versions.node.split('.').map(Number);
  expect(other.has('node_modules/.cache/nuthatch/compiled')).toBe(major >= 22);
});
