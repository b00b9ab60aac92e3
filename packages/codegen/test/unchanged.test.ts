/** A run over unchanged sources reads nothing but hashes, wherever the project lies; any change is seen. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { schema, TemporaryProject } from './support/temporary-project.js';

const THING = schema('@Id() id!: string;\ncolor!: Light;', "import type { Light } from '../src/light.js';");
const LIGHT = "export type Light = 'r' | 'g';\n";
const UNTYPED = schema('@Id() id!: string;\nit = make();', "import { make } from '../src/light.js';");
const MAKE = 'export const make = (): number => 1;\n';

const projectOf = (thing: string, light: string): TemporaryProject =>
  new TemporaryProject({ 'schemas/thing.ts': thing, 'src/light.ts': light });

describe('unchanged sources are known', () => {
  it.each<[string, string, string]>([
    ['with written types', THING, LIGHT],
    ['with types that the checker found', UNTYPED, MAKE],
  ])('%s, until a file changes that they depend on', async (_, thing, light) => {
    using project = projectOf(thing, light);
    expect(await project.generate()).toMatchObject({ wasCached: false, diagnostics: [] });
    expect(await project.generate()).toMatchObject({ wasCached: true, documentCount: 1 });
    project.write('src/light.ts', light.replace("'g'", "'b'").replace(/number => 1/, "string => ''"));
    expect(await project.generate()).toMatchObject({ wasCached: false, diagnostics: [] });
    expect(await project.generate()).toMatchObject({ wasCached: true });
  });

  it('without node_modules in the project, by those of the workspace', async () => {
    using project = projectOf(THING, LIGHT);
    const root = join(project.folder, 'packages', 'app');
    mkdirSync(root, { recursive: true });
    project.write('packages/app/schemas/own.ts', schema('@Id() id!: string;'));
    expect(await project.generate({ root })).toMatchObject({ wasCached: false, documentCount: 1 });
    expect(await project.generate({ root })).toMatchObject({ wasCached: true });
    expect(project.list('node_modules/.cache/nuthatch')).toHaveLength(1);
  });

  it('without any node_modules, by the cache of the user', async () => {
    using project = projectOf(THING, LIGHT);
    project.remove('node_modules');
    const before = process.env['XDG_CACHE_HOME'];
    process.env['XDG_CACHE_HOME'] = join(project.folder, 'cache');
    try {
      expect(await project.generate()).toMatchObject({ wasCached: false });
      expect(await project.generate()).toMatchObject({ wasCached: true });
    } finally {
      if (before === undefined) delete process.env['XDG_CACHE_HOME'];
      else process.env['XDG_CACHE_HOME'] = before;
    }
  });

  it('until the tsconfig changes that theirs extends', async () => {
    using project = projectOf(THING, LIGHT);
    project.write('base.json', '{ "compilerOptions": {} }');
    project.write('tsconfig.json', '{ "extends": "./base.json" }');
    await project.generate();
    expect(await project.generate()).toMatchObject({ wasCached: true });
    project.write('base.json', '{ "compilerOptions": { "module": "nodenext" } }');
    expect(await project.generate()).toMatchObject({ wasCached: false });
  });

  it.each<[string, string, Readonly<Record<string, string>>, string]>([
    ['a file beside a folder of its name', '../src/light.js', { 'src/light/index.ts': LIGHT }, 'src/light.ts'],
    [
      'a file in the folder that `paths` names first',
      '@app/light',
      {
        'old/light.ts': LIGHT,
        'tsconfig.json':
          '{ "compilerOptions": { "moduleResolution": "bundler", "paths": { "@app/*": ["./new/*", "./old/*"] } } }',
      },
      'new/light.ts',
    ],
  ])('until a file comes that an import means instead: %s', async (_, specifier, files, shadow) => {
    const thing = schema(
      '@Id() id!: string;\ncolor!: Light;',
      `import type { Light } from '${specifier.replace('light.js', 'light')}';`,
    );
    using project = new TemporaryProject({ 'schemas/thing.ts': thing, ...files });
    expect(await project.generate()).toMatchObject({ wasCached: false, diagnostics: [] });
    expect(await project.generate()).toMatchObject({ wasCached: true });
    project.write(shadow, "export type Light = 'b';\n");
    expect(await project.generate()).toMatchObject({ wasCached: false, diagnostics: [] });
    expect(project.read('generated/models.json')).toContain('"b"');
  });
});
