/**
 * The command itself, as Node runs it, in projects of TypeScript that nobody has built: it loads classes, migrations and
 * getters by itself, in both forms of decorators and in both kinds of packages.
 *
 * Needs the build (`npm test` makes it).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { CliProject } from './support/cli-project.js';

const BIN = resolve(__dirname, '../dist/bin.js');

function nuthatch(project: CliProject, ...args: readonly string[]): { exitCode: number; out: string; err: string } {
  if (!existsSync(BIN)) throw new Error('packages/cli is not built: run npm test, or npm run build first');
  // NODE_OPTIONS of the tests is not the user's.
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: project.folder,
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { exitCode: status ?? -1, out: stdout, err: stderr };
}

/** The driver brings no types of its own. */
const Database = createRequire(__filename)('better-sqlite3') as new (
  file: string,
) => { prepare(text: string): { all(): unknown[] }; close(): void };

function rows(project: CliProject, text: string): unknown[] {
  const db = new Database(join(project.folder, 'out.db'));
  try {
    return db.prepare(text).all();
  } finally {
    db.close();
  }
}

function classOf(decorators: string, more: string = ''): string {
  return `${decorators}
import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';
import { shorten } from '#lib/shorten';
export enum Level { low = 1, high }
@Document()
export class Thing {
  @Id() readonly id!: string;
  @Index() @Rule() email!: string;
  level: Level = Level.low;
  @Range() get initial(): string { return shorten(this.email); }
  @Tag() get parts(): string[] { return this.email.split('@'); }
${more}}
`;
}

const LEGACY = "import { IsEmail as Rule } from 'class-validator';";
const TC39 =
  "import { Min } from '@nuthatch/decorators';\nconst Rule = () => (_value: undefined, _context: object) => undefined;";

const PROJECTS = [
  ['of ES modules, legacy decorators', 'module', { experimentalDecorators: true, target: 'es2022' }, LEGACY],
  ['of CommonJS, legacy decorators', 'commonjs', { experimentalDecorators: true, target: 'esnext' }, LEGACY],
  ['of ES modules, TC39 decorators', 'module', { target: 'esnext' }, TC39],
] as const;

function start(type: string, options: object, decorators: string): CliProject {
  const project = new CliProject({ hasDependencies: true });
  const paths = { '#lib/*': ['./lib/*'] };
  project.write('package.json', JSON.stringify({ name: 'unbuilt', type }));
  project.write(
    'base.json',
    JSON.stringify({ compilerOptions: { ...options, module: 'esnext', moduleResolution: 'bundler', paths } }),
  );
  project.write('tsconfig.json', '{ "extends": "./base.json", /* and no more */ }');
  project.write('lib/shorten.ts', 'export const shorten = (text: string): string => text.slice(0, 1);\n');
  project.write('schemas/thing.ts', classOf(decorators.replace("import { Min } from '@nuthatch/decorators';\n", '')));
  return project;
}

describe.each(PROJECTS)('an unbuilt project %s', (_name, type, options, decorators) => {
  it('loads, migrates and copies, computed columns with their values', () => {
    using project = start(type, options, decorators);
    expect(nuthatch(project, 'generate')).toMatchObject({ exitCode: 0, err: '' });
    project.write('things.csv', 'id,email,level\na,ann@x.io,1\nb,bea@x.io,2\n');
    const load = ['load', 'csv', 'data', '--collections', 'thing', '--file', 'things.csv'];
    expect(nuthatch(project, ...load)).toMatchObject({
      exitCode: 0,
      err: '',
      out: 'thing: 2 read, 2 loaded, 0 skipped, 0 rejected\n',
    });
    const copied = nuthatch(project, 'copy', 'sqlite', 'data', '--file', 'out.db');
    expect(copied).toMatchObject({ exitCode: 0, err: '' });
    expect(rows(project, 'SELECT id, level, initial FROM thing ORDER BY id')).toEqual([
      { id: 'a', level: 1, initial: 'a' },
      { id: 'b', level: 2, initial: 'b' },
    ]);
    expect(rows(project, 'SELECT id, tag FROM thing_parts ORDER BY id, tag')).toEqual([
      { id: 'a', tag: 'ann' },
      { id: 'a', tag: 'x.io' },
      { id: 'b', tag: 'bea' },
      { id: 'b', tag: 'x.io' },
    ]);
    project.write(
      'schemas/thing.ts',
      classOf(project.read('schemas/thing.ts').split('\nimport { Document')[0]!, '  note!: string;\n'),
    );
    expect(nuthatch(project, 'generate').exitCode).toBe(0);
    project.edit('note', (text) => text.replace("requiredValue('note')", "'none'"));
    expect(nuthatch(project, 'migrate', 'up', '--data', 'data')).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('2 of 2 documents went up'),
    });
  });
});

describe('a directory with documents of an older class', () => {
  it('is not copied by getters that ask for what they lack, until it is migrated', () => {
    using project = start('module', { experimentalDecorators: true, target: 'es2022' }, LEGACY);
    const head = LEGACY;
    const load = (rows: string): void => {
      project.write('things.csv', rows);
      const { exitCode, err } = nuthatch(
        project,
        'load',
        'csv',
        'data',
        '--collections',
        'thing',
        '--file',
        'things.csv',
      );
      expect([exitCode, err]).toEqual([0, '']);
    };
    nuthatch(project, 'generate');
    load('id,email,level\na,ann@x.io,1\n');
    const more = "  note: string = 'x';\n  @Range() get noteLength(): number { return this.note.length; }\n";
    project.write('schemas/thing.ts', classOf(head, more));
    nuthatch(project, 'generate');
    load('id,email,level,note\nb,bea@x.io,2,yy\n');
    const copy = ['copy', 'sqlite', 'data', '--file', 'out.db'];
    expect(nuthatch(project, ...copy)).toMatchObject({
      exitCode: 1,
      err: expect.stringMatching(/^MODEL_MISMATCH: documents of thing .*migrate up/),
    });
    expect(nuthatch(project, 'migrate', 'up', '--data', 'data').exitCode).toBe(0);
    expect(nuthatch(project, ...copy)).toMatchObject({ exitCode: 0, err: '' });
    expect(rows(project, 'SELECT id, note, noteLength FROM thing ORDER BY id')).toEqual([
      { id: 'a', note: 'x', noteLength: 1 },
      { id: 'b', note: 'yy', noteLength: 2 },
    ]);
  });
});

describe('an unbuilt project whose code does not load', () => {
  it('gets the module and the reason; the configuration is not blamed, and nothing is created', () => {
    using project = start('module', { experimentalDecorators: true }, LEGACY);
    project.write('nuthatch.config.ts', "export default { schemas: 'schemas/**/*.ts' };\n");
    expect(nuthatch(project, 'generate').exitCode).toBe(0);
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['lib/shorten.ts', 'throw new Error("no library today");', /no library today/],
      ['lib/shorten.ts', 'export const shorten = (;', /shorten\.ts/],
      ['lib/shorten.ts', "import 'no-such-package';\nexport const shorten = 1;", /no-such-package/],
    ];
    for (const [name, text, reason] of cases) {
      project.write(name, text);
      const { exitCode, err } = nuthatch(project, 'migrate', 'status', '--data', 'data');
      expect([exitCode, err]).toEqual([
        1,
        expect.stringMatching(/^CODE_NOT_LOADED: generated.index\.ts cannot be run: /),
      ]);
      expect(err).toMatch(reason);
      expect(err).not.toMatch(/nuthatch\.config|\n\s+at /);
      expect(project.has('data')).toBe(false);
    }
  });
});
