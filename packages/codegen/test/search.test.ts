/** `@Search` in the source: what is generated, and what is refused with its place and cure. */
import { schema, TemporaryProject } from './support/temporary-project.js';

const WITH = '{"dependencies":{"@nuthatch/search":"*"}}';
const WITH_LANGUAGES =
  '{"dependencies":{"@nuthatch/search":"*","@orama/stemmers":"*"},"devDependencies":{"@orama/stopwords":"*"}}';

function project(body: string, manifest: string | undefined = WITH, before = ''): TemporaryProject {
  return new TemporaryProject({
    'schemas/thing.ts': schema(`@Id() id!: string;\n${body}`)
      .replace(' Range,', ' Range, Search,')
      .replace('@Document()', `@Document()${before}`),
    ...(manifest !== undefined && { 'package.json': manifest }),
  });
}

async function problems(of: TemporaryProject): Promise<string[]> {
  const { diagnostics } = await of.generate();
  return diagnostics.map(({ position, code }) => `${position.line}:${position.column} ${code}`);
}

describe('@Search', () => {
  it('makes a text index of the fields, in their order, with weight and language', async () => {
    using source = project(
      "@Search({ language: 'en' }) text!: string;\n@Search({ weight: 2 }) tags: string[] = [];",
      WITH_LANGUAGES,
    );
    expect(await problems(source)).toEqual([]);
    const text = source.read('generated/thing.ts');
    expect(text).toContain("import { searchIndex } from '@nuthatch/search';");
    expect(text).toContain("search: [{ field: 'text', language: 'en' }, { field: 'tags', weight: 2 }],");
    expect(text).toContain("SearchReads<ThingTypes, 'text' | 'tags'>");
  });

  it('names fields on the class; what stands on a field counts before that', async () => {
    using source = project(
      '@Search({ weight: 5 }) text!: string;\ntitle!: string;',
      WITH,
      "\n@Search({ fields: ['title', 'text'] })",
    );
    expect(await problems(source)).toEqual([]);
    expect(source.read('generated/thing.ts')).toContain("search: [{ field: 'text', weight: 5 }, { field: 'title' }],");
  });

  it('imports nothing where no class has it', async () => {
    using source = project('text!: string;');
    expect(await problems(source)).toEqual([]);
    expect(source.read('generated/thing.ts')).not.toContain('search');
  });

  it.each([
    ['a project without the package', '@Search() text!: string;', '{}', 'MISSING_PACKAGE'],
    ['a project with a torn package.json', '@Search() text!: string;', '{"dependencies":', 'MISSING_PACKAGE'],
    ['a number', '@Search() size!: number;', WITH, 'BAD_SEARCH'],
    ['a list of numbers', '@Search() sizes: number[] = [];', WITH, 'BAD_SEARCH'],
    ['a weight of 0', '@Search({ weight: 0 }) text!: string;', WITH, 'BAD_SEARCH'],
    ['a language that is no code', "@Search({ language: 'English' }) text!: string;", WITH_LANGUAGES, 'BAD_SEARCH'],
    ['a language without rules', "@Search({ language: 'xx' }) text!: string;", WITH_LANGUAGES, 'BAD_SEARCH'],
    ['a language without its libraries', "@Search({ language: 'de' }) text!: string;", WITH, 'MISSING_PACKAGE'],
    ['an unknown option', '@Search({ boost: 2 }) text!: string;', WITH, 'BAD_DECORATOR'],
    ['fields on a field', "@Search({ fields: ['text'] }) text!: string;", WITH, 'BAD_DECORATOR'],
    ['options that are not plain', '@Search(options) text!: string;', WITH, 'BAD_DECORATOR'],
  ])('is refused in %s', async (_, body, manifest, code) => {
    using source = project(body, manifest);
    const [first] = await problems(source);
    expect(first).toMatch(new RegExp(`^\\d+:\\d+ ${code}$`));
    expect(source.has('generated/thing.ts')).toBe(false);
  });

  it('is refused on the class without fields, and with one that is not there', async () => {
    using without = project('text!: string;', WITH, '\n@Search({ weight: 2 })');
    expect((await problems(without))[0]).toContain('BAD_DECORATOR');
    using unknown = project('text!: string;', WITH, "\n@Search({ fields: ['name'] })");
    expect((await problems(unknown))[0]).toContain('UNKNOWN_FIELD');
  });

  it('says at the field which libraries its language needs, until they are named or installed', async () => {
    using source = project("@Search() title!: string;\n@Search({ language: 'de' }) text!: string;");
    const [problem, ...others] = (await source.generate()).diagnostics;
    expect(others).toEqual([]);
    expect(problem?.position.line).toBe(
      source
        .read('schemas/thing.ts')
        .split('\n')
        .findIndex((line) => line.includes("'de'")) + 1,
    );
    expect(`${problem?.message}: ${problem?.hint}`).toBe(
      'Thing.text has @Search with the language de, and the project does not depend on @orama/stemmers and @orama/stopwords: install it with npm i @orama/stemmers @orama/stopwords, and generate again.',
    );
    source.write('node_modules/@orama/stemmers/package.json', '{}');
    expect((await source.generate()).diagnostics[0]?.hint).toBe(
      'install it with npm i @orama/stopwords, and generate again.',
    );
    source.write('node_modules/@orama/stopwords/package.json', '{}');
    expect((await source.generate()).diagnostics).toEqual([]);
  });

  it('names all packages at once where none is there', async () => {
    using source = project("@Search({ language: 'de' }) text!: string;", '{}');
    const [problem] = (await source.generate()).diagnostics;
    expect(problem?.hint).toBe(
      'install it with npm i @nuthatch/search @orama/stemmers @orama/stopwords, and generate again.',
    );
  });

  it('says how to install the package', async () => {
    using source = project('@Search() text!: string;', '{}');
    const [problem] = (await source.generate()).diagnostics;
    expect(`${problem?.message}: ${problem?.hint}`).toBe(
      'Thing.text has @Search, and the project does not depend on @nuthatch/search: install it with npm i @nuthatch/search, and generate again.',
    );
  });
});
