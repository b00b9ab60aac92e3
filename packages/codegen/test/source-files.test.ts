/** Which files are read as sources: all that the globs mean, and nothing else; a glob that means nothing is refused. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { GeneratorOptions } from '../src/index.js';
import { TemporaryProject } from './support/temporary-project.js';

const source = (name: string): string =>
  `import { Document, Id } from '@nuthatch/decorators';\n@Document() export class ${name} { @Id() id!: string; }\n`;

/** Class names in models.json, after a run. */
async function read(project: TemporaryProject, options: Partial<GeneratorOptions>): Promise<readonly string[]> {
  expect((await project.generate(options)).diagnostics).toEqual([]);
  const text = project.read(
    relative(project.folder, resolve(options.root ?? project.folder, options.output ?? 'generated', 'models.json')),
  );
  return [...new Set([...text.matchAll(/"name": ?"([A-Z]\w*)"/g)].map(([, name]) => name!))].sort();
}

function projectWith(...files: readonly string[]): TemporaryProject {
  return new TemporaryProject(
    Object.fromEntries(files.map((file, index) => [file, file.endsWith('s') ? source(`C${index}`) : '# no source'])),
  );
}

describe('sources are found', () => {
  it.each<[string, readonly string[], string | readonly string[], readonly string[]]>([
    ['in every folder below', ['schemas/a.ts', 'schemas/x/y/b.ts'], 'schemas/**/*.ts', ['C0', 'C1']],
    ['by **', ['schemas/a.ts', 'schemas/x/y/b.ts'], 'schemas/**', ['C0', 'C1']],
    [
      'by * beside files of other kinds',
      ['schemas/a.ts', 'schemas/readme.md', 'schemas/b.mts'],
      'schemas/*',
      ['C0', 'C2'],
    ],
    ['in a folder that is named', ['schemas/a.ts', 'schemas/x/b.ts', 'other/c.ts'], 'schemas', ['C0', 'C1']],
    ['by ?', ['schemas/quest1.ts', 'schemas/quest22.ts'], 'schemas/quest?.ts', ['C0']],
    ['by braces', ['schemas/a.ts', 'schemas/b.ts', 'schemas/c.ts'], 'schemas/{a,c}.ts', ['C0', 'C2']],
    [
      'in folders named build, dist and migrations',
      ['schemas/build/a.ts', 'schemas/dist/b.ts', 'schemas/migrations/c.ts'],
      'schemas/**/*.ts',
      ['C0', 'C1', 'C2'],
    ],
    [
      'without those of a negated glob',
      ['schemas/a.ts', 'schemas/old/b.ts'],
      ['schemas/**/*.ts', '!schemas/old/**'],
      ['C0'],
    ],
    ['without a folder that is negated', ['schemas/a.ts', 'schemas/old/b.ts'], ['schemas', '!schemas/old'], ['C0']],
    ['outside of node_modules', ['src/a.ts', 'node_modules/x/b.ts'], '**/*.ts', ['C0']],
    [
      'by a name with brackets',
      ['schemas/[id].ts', 'schemas/(a)/b.ts'],
      ['schemas/[id].ts', 'schemas/(a)'],
      ['C0', 'C1'],
    ],
    [
      'without declarations and tests',
      ['schemas/a.ts', 'schemas/b.d.ts', 'schemas/c.test.ts', 'schemas/d.spec.ts'],
      'schemas/*.ts',
      ['C0'],
    ],
  ])('%s', async (_, files, schemas, expected) => {
    using project = projectWith(...files);
    expect(await read(project, { schemas })).toEqual(expected);
  });

  it('by an absolute glob', async () => {
    using project = projectWith('schemas/a.ts', 'schemas/x/b.ts');
    expect(await read(project, { schemas: join(project.folder, 'schemas/**/*.ts') })).toEqual(['C0', 'C1']);
  });

  it('above the project', async () => {
    using project = projectWith('models/a.ts', 'app/x.ts');
    expect(
      await read(project, { root: join(project.folder, 'app'), schemas: '../models/*.ts', output: '../generated' }),
    ).toEqual(['C0']);
  });

  it('through links to files and folders, each once', async () => {
    using project = projectWith('real/a.ts', 'other/b.ts', 'schemas/c.ts');
    symlinkSync(join(project.folder, 'real'), join(project.folder, 'schemas/linked'));
    symlinkSync(join(project.folder, 'other/b.ts'), join(project.folder, 'schemas/b.ts'));
    symlinkSync(join(project.folder, 'schemas/c.ts'), join(project.folder, 'schemas/again.ts'));
    expect(await read(project, {})).toEqual(['C0', 'C1', 'C2']);
  });

  it('in the output folder, and again on the next run', async () => {
    using project = projectWith('models/thing.model.ts');
    const options = { schemas: 'models/*.ts', output: 'models' };
    expect(await read(project, options)).toEqual(['C0']);
    project.write('models/more.model.ts', source('More'));
    expect(await read(project, options)).toEqual(['C0', 'More']);
  });

  it('in a project whose path has characters of globs', async () => {
    using project = projectWith('(app) [x]/schemas/a.ts');
    mkdirSync(dirname(join(project.folder, '(app) [x]/generated')), { recursive: true });
    expect(await read(project, { root: join(project.folder, '(app) [x]'), output: '../generated' })).toEqual(['C0']);
  });
});

describe('a glob that no source matches is refused', () => {
  it.each<[string, string | readonly string[], string]>([
    ['alone', 'models/*.ts', 'models/*.ts'],
    ['beside one that matches', ['schemas/*.ts', 'model/*.ts'], 'model/*.ts'],
    ['a file that is not there', 'schemas/b.ts', 'schemas/b.ts'],
    ['a file that is not a source', 'schemas/readme.md', 'schemas/readme.md'],
  ])('%s', async (_, schemas, named) => {
    using project = projectWith('schemas/a.ts', 'schemas/readme.md');
    await expect(project.generate({ schemas })).rejects.toMatchObject({
      code: 'GENERATION_FAILED',
      message: expect.stringContaining(`no source file matches ${named} in`) as string,
    });
  });
});
