/**
 * The README of the Nest package, word for word, from packed packages: with the oldest and the newest major version of Nest
 * that it says it works with. Apart from Jest, which cannot load Nest 12 on Node 20.
 *
 * Needs the build (`npm test` makes it) and the npm registry or a warm cache.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackedProject, ROOT } from './support/packed-project.js';

const STEP_MS = 600_000;
/** Exact, so that a release of theirs turns no build of ours red overnight; raise them by hand. */
const VERSIONS = [
  ['11', ['@nestjs/common@11.2.10', '@nestjs/core@11.2.10', '@nestjs/platform-express@11.2.10']],
  ['12', ['@nestjs/common@12.5.1', '@nestjs/core@12.5.1', '@nestjs/platform-express@12.5.1']],
] as const;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    noEmit: true,
    types: ['node'],
  },
};

describe.each(VERSIONS)('the README of the Nest package under Nest %s', (_, nest) => {
  let project: PackedProject;

  beforeAll(() => {
    project = new PackedProject(['nestjs']);
    project.write('package.json', JSON.stringify({ name: 'packed-nest', private: true, type: 'module' }));
    const peers = [
      ...nest,
      'rxjs@7.8.2',
      'reflect-metadata@0.2.2',
      'tsx@4.23.15',
      'typescript@6.0.3',
      '@types/node@20',
    ];
    project.run('npm', [
      'install',
      '--ignore-scripts',
      '--prefer-offline',
      '--no-save',
      ...project.tarballs.values(),
      ...peers,
    ]);
    project.write('tsconfig.json', JSON.stringify(TSCONFIG));
    const readme = readFileSync(join(ROOT, 'packages/nestjs/README.md'), 'utf8');
    for (const [, name, text] of readme.matchAll(/<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g))
      project.write(name as string, text as string);
    project.run('npx', ['nuthatch', 'generate']);
  }, STEP_MS);

  afterAll(() => project.remove());

  it(
    'compiles',
    () => {
      project.run('npx', ['tsc', '-p', '.']);
    },
    STEP_MS,
  );

  it(
    'runs, and leaves the database closed',
    () => {
      expect(project.run('npx', ['tsx', 'main.ts']).trim()).toBe('water the plants 1');
      expect(project.run('npx', ['nuthatch', 'verify', './data'])).toMatch(/whole/);
    },
    STEP_MS,
  );
});
