/**
 * The README of the search package, word for word, from packed packages, and a field with a language without its libraries.
 *
 * Needs the build (`npm test` makes it) and the npm registry or a warm cache.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackedProject, ROOT } from './support/packed-project.js';

const STEP_MS = 600_000;

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

let project: PackedProject;

beforeAll(() => {
  project = new PackedProject(['search']);
  const dependencies = { '@nuthatch/search': '*' };
  project.write('package.json', JSON.stringify({ name: 'packed-search', private: true, type: 'module', dependencies }));
  const others = ['tsx@4.23.15', 'typescript@6.0.3', '@types/node@20'];
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-save'];
  project.run('npm', ['install', ...flags, ...project.tarballs.values(), ...others]);
  project.write('tsconfig.json', JSON.stringify(TSCONFIG));
}, STEP_MS);

afterAll(() => project.remove());

describe('the packed search package', () => {
  it(
    'compiles and runs its README',
    () => {
      const readme = readFileSync(join(ROOT, 'packages/search/README.md'), 'utf8');
      for (const [, name, text] of readme.matchAll(/<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g))
        project.write(name as string, text as string);
      project.run('npx', ['nuthatch', 'generate']);
      project.run('npx', ['tsc', '-p', '.']);
      expect(project.run('npx', ['tsx', 'main.ts']).trim().split('\n')).toEqual([
        'Bicycle: The red one needs a [lamp]',
        'Shopping: Crème fraîche, coffee, a new bicycle [lamp]',
      ]);
    },
    STEP_MS,
  );

  it(
    'says which libraries a language needs',
    () => {
      const note = project.read('schemas/note.ts').replace('@Search() text', "@Search({ language: 'en' }) text");
      project.write('schemas/note.ts', note);
      const generate = (): string => project.run('npx', ['nuthatch', 'generate'], true);
      expect(generate).toThrow(
        /schemas\/note\.ts:\d+:\d+ MISSING_PACKAGE[\s\S]*npm i @orama\/stemmers @orama\/stopwords/,
      );
      // Named, and not installed: the opening says it.
      const manifest = JSON.parse(project.read('package.json'));
      const dependencies = { ...manifest.dependencies, '@orama/stemmers': '*', '@orama/stopwords': '*' };
      project.write('package.json', JSON.stringify({ ...manifest, dependencies }));
      generate();
      const program = `import { openDatabase } from './generated/index.js';
openDatabase({ memory: true })
  .then((db) => console.log(db.note.search('the lamps').count()))
  .catch((error) => console.log(error.message));
`;
      project.write('language.ts', program);
      expect(project.run('npx', ['tsx', 'language.ts'])).toContain(
        '@Search on note.text has the language "en", and @orama/stemmers cannot be loaded: install what it needs with npm i @orama/stemmers @orama/stopwords',
      );
    },
    STEP_MS,
  );
});
