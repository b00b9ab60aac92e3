/**
 * The packages as a user gets them: packed, installed in an empty project elsewhere, and the README's example written
 * out, generated, compiled by two compilers, and run by Node, tsx and Jest.
 *
 * Needs the build (`npm test` makes it) and the npm registry or a warm cache.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, PackedProject, ROOT, versionHere } from './support/packed-project.js';

const PACKAGES = ['model', 'decorators', 'codegen', 'runtime', 'copy', 'sync', 'cli'];
const STEP_MS = 600_000;

/**
 * What a user has and this repository has not. Exact, so that a release of theirs turns no build of ours red overnight;
 * raise them by hand to the newest of each major version, beside "typescript" in package.json, and run this test.
 */
const PEERS_OF_A_USER = { 'typescript-6': 'npm:typescript@6.0.3', tsx: '4.23.15' };
/** As they are installed here, by package-lock.json. */
const SAME_AS_HERE = ['class-validator', 'fast-check', '@swc/core', '@swc/jest', 'jest', '@types/node'];

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

let project: PackedProject;

beforeAll(() => {
  project = new PackedProject();
  project.write('package.json', JSON.stringify({ name: 'packed-example', private: true, type: 'module' }));
  project.run('npm', [
    'install',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-save',
    ...project.tarballs.values(),
    ...SAME_AS_HERE.map((name) => `${name}@${versionHere(name)}`),
    `typescript-7@npm:typescript@${versionHere('typescript')}`,
    ...Object.entries(PEERS_OF_A_USER).map(([name, version]) => `${name}@${version}`),
  ]);
  writeExample();
}, STEP_MS);

afterAll(() => project.remove());

describe('packed packages in an empty project', () => {
  it('hold no tests and no build records', () => {
    const names = PACKAGES.flatMap((name) => filesBelow(project.installed(name)));
    expect(names.filter((name) => /\.test\.|tsbuildinfo/.test(name))).toEqual([]);
  });

  it('hold no sources, and maps that lead to lines of sources in the repository', () => {
    for (const name of PACKAGES) {
      const files = filesBelow(project.installed(name));
      expect(files.filter((path) => /\.ts$/.test(path) && !path.endsWith('.d.ts'))).toEqual([]);
      const maps = files.filter((path) => path.endsWith('.js.map'));
      expect(maps.length).toBeGreaterThan(0);
      for (const map of maps) {
        const { sourceRoot, sources } = JSON.parse(
          readFileSync(join(project.installed(name), map), 'utf8'),
        ) as SourceMap;
        expect(sources.length).toBeGreaterThan(0);
        for (const source of sources.map((path) => sourceRoot + path)) {
          expect(source).toMatch(/^nuthatch:\/\/\/packages\//);
          expect([source, existsSync(join(ROOT, source.slice('nuthatch:///'.length)))]).toEqual([source, true]);
        }
      }
    }
  });

  it('name the source of an error that was thrown in them', () => {
    project.write(
      'stack.mjs',
      "import { openDatabase } from '@nuthatch/runtime';\nopenDatabase([], { directory: 5 }).catch((error) => console.log(JSON.stringify(error.stack)));\n",
    );
    const stack = lastLine(project.run(process.execPath, ['--enable-source-maps', 'stack.mjs'])) as string;
    const places = [...stack.matchAll(/nuthatch:\/\/\/(\S+?):(\d+):\d+/g)];
    expect(places.length).toBeGreaterThan(0);
    for (const [, path, line] of places) {
      const lines = readFileSync(join(ROOT, path!), 'utf8').split('\n');
      expect(lines[Number(line) - 1]).toMatch(/\S/);
    }
    expect(places.some(([, path]) => path!.includes('packages/runtime/src/'))).toBe(true);
    // Without maps the names of functions and classes are still those of the sources.
    const bare = lastLine(project.run(process.execPath, ['stack.mjs'])) as string;
    expect(bare).toContain('at openDatabase (');
  });

  it('show an error that nobody caught without their whole code before it', () => {
    const program = "require('@nuthatch/runtime').openDatabase([], { directory: 5 });";
    const shown = project.run('sh', ['-c', '! "$0" -e "$1" 2>&1', process.execPath, program]);
    expect(shown).toContain('INVALID_OPTION');
    expect(shown.length).toBeLessThan(5_000);
    for (const name of PACKAGES) {
      const folder = project.installed(name);
      const files = filesBelow(folder).filter((path) => /dist\/.*\.js$/.test(path));
      const lines = files.flatMap((path) => readFileSync(join(folder, path), 'utf8').split('\n'));
      expect(lines.filter((line) => line.length > 4_000 && line.includes('Error('))).toEqual([]);
    }
  });

  it('have each class once, whichever entry point a program loads it from, as module or by require', () => {
    project.write('identities.cjs', IDENTITIES);
    const { shared, different } = lastLine(project.run(process.execPath, ['identities.cjs'])) as Identities;
    expect(different).toEqual([]);
    expect(shared).toEqual(expect.arrayContaining(['DatabaseError', 'Database', 'Repository', 'ByteReader']));
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
      project.run(process.execPath, [
        join('node_modules', compiler, 'bin', 'tsc'),
        '-p',
        'tsconfig.json',
        '--outDir',
        outDir,
      ]);
      expect(lastLine(project.run(process.execPath, [join(outDir, 'run.js'), `data-${compiler}`]))).toEqual(EXPECTED);
    },
    STEP_MS,
  );

  it(
    'run the example of tests in node:test, and leave nothing open',
    () => {
      const output = project.run(process.execPath, ['--test', '--test-reporter=tap', 'out-typescript-7/runner.js']);
      expect(output).toContain('# pass 2');
      expect(output).toContain('# fail 0');
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
      project.write(
        'example.test.ts',
        `import { main } from './main';\n${FORGETFUL}\ntest('example', async () => { expect(await main('data-jest')).toEqual(${JSON.stringify(EXPECTED)}); });\n`,
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
      project.write('jest.config.json', JSON.stringify(config));
      const output = project.run(
        process.execPath,
        [join('node_modules', 'jest', 'bin', 'jest.js'), '--config', 'jest.config.json', '--no-watchman'],
        true,
      );
      expect(output).toContain('2 passed');
      expect(output).not.toMatch(/did not exit|open handle/);
    },
    STEP_MS,
  );

  it(
    'keep what they stored: the directory of one run opens in the next',
    () => {
      project.write(
        'reopen.ts',
        "import { openDatabase } from './generated/index.js';\nconst db = await openDatabase({ directory: process.argv[2]! });\nconsole.log(JSON.stringify([db.player.size, db.player.get('p1')?.age, db.club.get('fcb')?.size]));\nawait db.close();\n",
      );
      expect(lastLine(runBin('tsx', ['reopen.ts', 'data-typescript-7']))).toEqual([2, 33, 24]);
    },
    STEP_MS,
  );

  it(
    'offer replicas where the project asks for them, and do not import sync where it does not',
    () => {
      expect(project.read('generated/index.ts')).not.toContain('@nuthatch/sync');
      const config = { schemas: 'schemas/**/*.ts', output: 'with-sync', importExtension: '.js', sync: true };
      project.write('sync.config.json', JSON.stringify(config));
      runBin('nuthatch', ['generate', '--config', 'sync.config.json']);
      project.write('replica.ts', REPLICA);
      const settings = { extends: './tsconfig.json', include: ['replica.ts', 'with-sync', 'schemas'] };
      project.write('tsconfig.sync.json', JSON.stringify(settings));
      const compiler = join('node_modules', 'typescript-7', 'bin', 'tsc');
      project.run(process.execPath, [compiler, '-p', 'tsconfig.sync.json', '--outDir', 'out-sync']);
      expect(lastLine(project.run(process.execPath, ['out-sync/replica.js']))).toEqual(['Ann', 'Bea', 2]);
    },
    STEP_MS,
  );
});

interface SourceMap {
  readonly sourceRoot: string;
  readonly sources: readonly string[];
}

interface Identities {
  readonly shared: readonly string[];
  readonly different: readonly string[];
}

/** Compares each name that two entry points export, functions and objects alike, loaded in both ways. */
const IDENTITIES = `const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const names = ['model', 'decorators', 'codegen', 'runtime', 'copy', 'sync'].map((name) => '@nuthatch/' + name);
const folderOf = (name) => join(__dirname, 'node_modules', name);
const entries = names.flatMap((name) =>
  Object.keys(JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8')).exports).map((path) => name + path.slice(1)),
);
(async () => {
  const seen = new Map();
  const shared = new Set();
  const different = [];
  for (const entry of entries)
    for (const exported of [require(entry), await import(entry)])
      for (const [name, value] of Object.entries(exported)) {
        if (['default', 'module.exports', '__esModule'].includes(name)) continue;
        if (!seen.has(name)) seen.set(name, { value, entry });
        else if (seen.get(name).value !== value) different.push(name + ' of ' + entry + ' and ' + seen.get(name).entry);
        else if (seen.get(name).entry !== entry) shared.add(name);
      }
  console.log(JSON.stringify({ shared: [...shared], different }));
})();
`;

/** A test that closes nothing: Jest ends all the same. */
const FORGETFUL = `import { createTestDatabase, factory } from '@nuthatch/runtime/testing';
import { openDatabase, Player } from './generated/index';
test('forgets to close', async () => {
  const base = await createTestDatabase(openDatabase);
  const db = base.fork();
  await db.player.insert(factory(Player).build(), { ttlMs: 1e6 });
  db.player.all().watch(() => undefined);
  expect(db.player.size).toBe(1);
});`;

/** A server and a replica over a WebSocket. */
const REPLICA = `import { serve } from '@nuthatch/sync';
import { openDatabase, openReplica } from './with-sync/index.js';

await using db = await openDatabase({ memory: true });
await db.player.insert({ id: 'p1', email: 'ann@x.io', age: 30, name: 'Ann' });
await using server = await serve(db, {
  port: 0,
  authenticate: (token) => (token === 'secret' ? { id: 'ann' } : undefined),
  policy: () => ({ player: { read: true, write: true } }),
});
await using replica = await openReplica({
  url: \`ws://127.0.0.1:\${server.port}\`,
  memory: true,
  token: 'secret',
  subscribe: { player: true },
});
await replica.connection.synced();
await replica.player.insert({ id: 'p2', email: 'bea@x.io', age: 31, name: 'Bea' });
await replica.connection.synced();
console.log(JSON.stringify([replica.player.require('p1').name, db.player.require('p2').name, db.player.size]));
`;

/** The blocks of the README that are marked as files, each to its file. */
function writeExample(): void {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g)];
  expect(blocks.map(([, name]) => name)).toEqual(['schemas/player.ts', 'schemas/club.ts', 'main.ts']);
  for (const [, name, text] of blocks) project.write(name!, text!);
  const testing = readFileSync(join(ROOT, 'docs/guide/testing.md'), 'utf8');
  project.write('runner.ts', /<!-- example: test-runner -->\n```ts\n([\s\S]*?)```/.exec(testing)![1]!);
  project.write(
    'run.ts',
    "import { main } from './main.js';\nconsole.log(JSON.stringify(await main(process.argv[2]!)));\n",
  );
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
  project.write(
    'tsconfig.json',
    JSON.stringify({ compilerOptions: options, include: ['**/*.ts'], exclude: ['out-*', 'node_modules', '*.test.ts'] }),
  );
}

function runBin(name: string, args: readonly string[]): string {
  return project.run(process.execPath, [
    join('node_modules', name, name === 'tsx' ? 'dist/cli.mjs' : 'dist/bin.js'),
    ...args,
  ]);
}

function lastLine(output: string): unknown {
  return JSON.parse(output.trim().split('\n').at(-1)!);
}
