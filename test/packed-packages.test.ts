/**
 * The packages as a user gets them: packed, installed in an empty project elsewhere, and the README's example written
 * out, generated, compiled by two compilers, and run by Node, tsx and Jest.
 *
 * Needs the build (`npm test` makes it) and the npm registry or a warm cache.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const PACKAGES = ['model', 'decorators', 'codegen', 'runtime', 'copy', 'cli'];
const STEP_MS = 600_000;

/**
 * What a user has and this repository has not. Exact, so that a release of theirs turns no build of ours red overnight;
 * raise them by hand to the newest of each major version, beside "typescript" in package.json, and run this test.
 */
const PEERS_OF_A_USER = { 'typescript-6': 'npm:typescript@6.0.3', tsx: '4.23.15' };
/** As they are installed here, by package-lock.json. */
const SAME_AS_HERE = ['class-validator', '@swc/core', '@swc/jest', 'jest', '@types/node'];

const EXPECTED = [
  'Ann+Bea',
  'Ann+Bea',
  'Ann+Bea',
  'Ann',
  '1 insert p1',
  '2 insert p2',
  '2 insert p3',
  '4 update p1',
  '5 update p1',
  '6 delete p2',
];

let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'nuthatch-packed-'));
  const tarballs = PACKAGES.map((name) => pack(name));
  write('package.json', JSON.stringify({ name: 'packed-example', private: true, type: 'module' }));
  // A registry that is late or gone for a moment is no failure of ours.
  const patience = 'fetch-retries=6\nfetch-retry-mintimeout=2000\nfetch-timeout=120000\n';
  write('.npmrc', `fund=false\naudit=false\nloglevel=error\n${patience}`);
  run('npm', [
    'install',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-save',
    ...tarballs,
    ...SAME_AS_HERE.map((name) => `${name}@${versionHere(name)}`),
    `typescript-7@npm:typescript@${versionHere('typescript')}`,
    ...Object.entries(PEERS_OF_A_USER).map(([name, version]) => `${name}@${version}`),
  ]);
  writeExample();
}, STEP_MS);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('packed packages in an empty project', () => {
  it('hold no tests, sources or build records', () => {
    const names = PACKAGES.flatMap((name) =>
      filesBelow(join(project, 'node_modules', name === 'cli' ? 'nuthatch' : `@nuthatch/${name}`)),
    );
    expect(names.filter((name) => /\.test\.|\/src\/|tsbuildinfo/.test(name))).toEqual([]);
  });

  it('generate repositories for the example of the README', () => {
    const output = runBin('nuthatch', ['generate']);
    expect(output).toContain('created: generated/player.ts');
    expect(runBin('nuthatch', ['generate', '--check'])).toContain('nothing to do');
  });

  it.each(['typescript-6', 'typescript-7'])(
    'compile strictly with %s and run in Node',
    (compiler) => {
      const outDir = `out-${compiler}`;
      run(process.execPath, [join('node_modules', compiler, 'bin', 'tsc'), '-p', 'tsconfig.json', '--outDir', outDir]);
      expect(lastLine(run(process.execPath, [join(outDir, 'run.js'), `data-${compiler}`]))).toEqual(EXPECTED);
    },
    STEP_MS,
  );

  it(
    'run in tsx',
    () => {
      expect(lastLine(runBin('tsx', ['run.ts', 'data-tsx']))).toEqual(EXPECTED);
    },
    STEP_MS,
  );

  it(
    'run in Jest with @swc/jest',
    () => {
      write(
        'example.test.ts',
        `import { main } from './main';\ntest('example', async () => { expect(await main('data-jest')).toEqual(${JSON.stringify(EXPECTED)}); });\n`,
      );
      const swc = {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true },
        },
        module: { type: 'commonjs' },
      };
      const config = {
        testMatch: ['**/example.test.ts'],
        transform: { '\\.ts$': ['@swc/jest', swc] },
        moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
      };
      write('jest.config.json', JSON.stringify(config));
      const output = run(
        process.execPath,
        [join('node_modules', 'jest', 'bin', 'jest.js'), '--config', 'jest.config.json', '--no-watchman'],
        true,
      );
      expect(output).toContain('1 passed');
    },
    STEP_MS,
  );

  it(
    'keep what they stored: the directory of one run opens in the next',
    () => {
      write(
        'reopen.ts',
        "import { openDatabase } from './generated/index.js';\nconst db = await openDatabase({ directory: process.argv[2]! });\nconsole.log(JSON.stringify([db.player.size, db.player.get('p1')?.age, db.club.get('fcb')?.size]));\nawait db.close();\n",
      );
      expect(lastLine(runBin('tsx', ['reopen.ts', 'data-typescript-7']))).toEqual([2, 33, 24]);
    },
    STEP_MS,
  );
});

/** The blocks of the README that are marked as files, each to its file. */
function writeExample(): void {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g)];
  expect(blocks.map(([, name]) => name)).toEqual(['schemas/player.ts', 'schemas/club.ts', 'main.ts']);
  for (const [, name, text] of blocks) write(name!, text!);
  write('run.ts', "import { main } from './main.js';\nconsole.log(JSON.stringify(await main(process.argv[2]!)));\n");
  const options = {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable', 'esnext.decorators'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    experimentalDecorators: true,
    skipLibCheck: false,
    types: ['node'],
    rootDir: '.',
  };
  write(
    'tsconfig.json',
    JSON.stringify({ compilerOptions: options, include: ['**/*.ts'], exclude: ['out-*', 'node_modules', '*.test.ts'] }),
  );
}

function pack(name: string): string {
  const folder = join(ROOT, 'packages', name);
  if (!existsSync(join(folder, 'dist', 'index.js')))
    throw new Error(`packages/${name} is not built: run npm test, or npm run build first`);
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', project], {
      cwd: folder,
      encoding: 'utf8',
    }),
  ) as [{ filename: string }];
  return `./${packed.filename.replace('@', '').replace('/', '-')}`;
}

function versionHere(name: string): string {
  return (JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version;
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(project, name)), { recursive: true });
  writeFileSync(join(project, name), text);
}

function runBin(name: string, args: readonly string[]): string {
  return run(process.execPath, [join('node_modules', name, name === 'tsx' ? 'dist/cli.mjs' : 'dist/bin.js'), ...args]);
}

/** Output of a command in the project; its output is in the error when it fails. */
function run(command: string, args: readonly string[], isStderrWanted = false): string {
  // NODE_OPTIONS of the tests is not the user's.
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: '' };
  try {
    if (!isStderrWanted)
      return execFileSync(command, [...args], {
        cwd: project,
        encoding: 'utf8',
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    return execFileSync('sh', ['-c', 'exec "$0" "$@" 2>&1', command, ...args], { cwd: project, encoding: 'utf8', env });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}\n${stderr ?? ''}`, { cause: error });
  }
}

function lastLine(output: string): unknown {
  return JSON.parse(output.trim().split('\n').at(-1)!);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('node_modules'))
    .map((name) => join('/', name));
}
