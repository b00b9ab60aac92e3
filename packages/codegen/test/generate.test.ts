/** What a run writes, leaves alone and refuses. */
import { DatabaseError } from '@nuthatch/model';
import { schema, TemporaryProject } from './support/temporary-project.js';

const THING = schema('@Id() id!: string;\n@Range() size: number = 0;\nname?: string;');

describe('generate', () => {
  it('writes one file per class, an index and the models, the same bytes on every run', async () => {
    using project = new TemporaryProject({ 'schemas/thing.ts': THING });
    await project.generate();
    expect(project.list('generated')).toEqual(['index.ts', 'models.json', 'thing.ts']);
    const texts = project.list('generated').map((name) => project.read(`generated/${name}`));
    const again = await project.generate({ isForced: true });
    expect(again.files.map(({ action }) => action)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    expect(project.list('generated').map((name) => project.read(`generated/${name}`))).toEqual(texts);
  });

  it('lets null be asked for where a field may hold it, and nowhere else', async () => {
    const fields = ['@Id() id!: string;', '@Range() rank!: number | null;', '@Tag() team?: string | null;'];
    const others = ['@Index() code?: string | null;', '@Range() age?: number;'];
    using project = new TemporaryProject({ 'schemas/thing.ts': schema([...fields, ...others].join('\n')) });
    expect((await project.generate()).diagnostics).toEqual([]);
    const where = /interface ThingWhere [^}]*}/.exec(project.read('generated/thing.ts'))?.[0];
    expect(where?.split('\n')).toEqual([
      'interface ThingWhere extends CombinedConditions<ThingWhere> {',
      '  readonly id?: KeyQuery<ThingKey>;',
      "  readonly rank?: RangeQuery<NonNullable<Thing['rank']> | null>;",
      "  readonly team?: TagQuery<NonNullable<Thing['team']> | null>;",
      "  readonly code?: ValueQuery<NonNullable<Thing['code']> | null>;",
      "  readonly age?: RangeQuery<NonNullable<Thing['age']>>;",
      '}',
    ]);
  });

  it('is the same in every folder and for every order of files', async () => {
    const other = THING.replace('Thing', 'Other');
    using first = new TemporaryProject({ 'schemas/a.ts': THING, 'schemas/b.ts': other });
    using second = new TemporaryProject({ 'schemas/b.ts': other, 'schemas/a.ts': THING });
    await first.generate();
    await second.generate();
    for (const name of first.list('generated'))
      expect(second.read(`generated/${name}`)).toBe(first.read(`generated/${name}`));
  });

  it('reads nothing but hashes when nothing has changed, and notices every change', async () => {
    using project = new TemporaryProject({ 'schemas/thing.ts': THING });
    await project.generate();
    expect(await project.generate()).toMatchObject({ wasCached: true, documentCount: 1 });
    project.write('schemas/thing.ts', THING.replace('size', 'weight'));
    expect((await project.generate()).files.map(({ action }) => action)).toContain('updated');
    project.write('schemas/second.ts', THING.replace('Thing', 'Second'));
    expect((await project.generate()).documentCount).toBe(2);
  });

  it('names experimentalDecorators where class-validator is used and it is not set, on every run until it is', async () => {
    const rules = schema(
      '@Id() id!: string;\n@IsEmail() email!: string;',
      "import { IsEmail } from 'class-validator';",
    );
    using project = new TemporaryProject({ 'schemas/thing.ts': rules });
    const missing =
      /^class-validator needs legacy decorators: set "experimentalDecorators": true .* of (a )?tsconfig\.json\.$/;
    const warn = async (): Promise<readonly string[]> => (await project.generate()).warnings;
    expect(await warn()).toEqual([expect.stringMatching(missing)]);
    project.write('tsconfig.json', '{ "compilerOptions": { "target": "es2022" } }');
    expect(await warn()).toEqual([expect.stringMatching(missing)]);
    expect(await warn()).toEqual([expect.stringMatching(missing)]);
    project.write('base.json', '{ "compilerOptions": { "experimentalDecorators": true, /* set here */ } }');
    project.write('tsconfig.json', '{ "extends": "./base.json" }');
    expect(await warn()).toEqual([]);
    project.write('schemas/thing.ts', THING);
    project.remove('tsconfig.json');
    expect(await warn()).toEqual([]);
  });

  it('removes the files of a removed class, and nothing else', async () => {
    using project = new TemporaryProject({
      'schemas/thing.ts': THING,
      'schemas/other.ts': THING.replace('Thing', 'Other'),
    });
    await project.generate();
    project.write('generated/mine.ts', '// not generated\n');
    project.write('schemas/other.ts', '// gone\n');
    await project.generate();
    expect(project.list('generated')).toEqual(['index.ts', 'mine.ts', 'models.json', 'thing.ts']);
  });

  it('refuses to overwrite a file that was edited by hand, except with --force', async () => {
    using project = new TemporaryProject({ 'schemas/thing.ts': THING });
    await project.generate();
    const edited = `${project.read('generated/thing.ts')}// mine\n`;
    project.write('generated/thing.ts', edited);
    const error = await project.generate().catch((thrown: unknown) => thrown);
    expect(DatabaseError.is(error, 'GENERATION_FAILED')).toBe(true);
    expect(project.read('generated/thing.ts')).toBe(edited);
    await project.generate({ isForced: true });
    expect(project.read('generated/thing.ts')).not.toContain('// mine');
  });

  it('writes nothing when it only checks or plans', async () => {
    using project = new TemporaryProject({ 'schemas/thing.ts': THING });
    for (const mode of [{ isCheck: true }, { isDryRun: true }]) {
      const { files } = await project.generate(mode);
      expect(files.map(({ action }) => action)).toEqual(['created', 'created', 'created']);
      expect(project.list('generated')).toEqual([]);
    }
  });

  it('says in words what a changed class changes', async () => {
    using project = new TemporaryProject({ 'schemas/thing.ts': THING });
    await project.generate();
    project.write(
      'schemas/thing.ts',
      schema('@Id() id!: string;\n@Range() size: number = 0;\n@Tag() kinds: string[] = [];'),
    );
    expect((await project.generate()).modelChanges).toEqual([
      'thing: adds field kinds: an array of string',
      'thing: removes field name',
      'thing: adds tag index kinds',
    ]);
  });

  it('writes a migration stub once when stored documents cannot be read by the new class', async () => {
    using project = new TemporaryProject({ 'schemas/thing.ts': THING });
    await project.generate();
    project.write('schemas/thing.ts', THING.replace('name?: string', 'name!: Date'));
    const { migrations } = await project.generate();
    expect(migrations).toHaveLength(1);
    const [folder] = project.list('schemas/migrations');
    expect(folder).toMatch(/^0001-thing-/);
    const stub = project.read(`schemas/migrations/${folder}/migration.ts`);
    expect(stub).toContain('export interface ThingV1');
    expect(stub).toContain('export function up(document: ThingV1): ThingV2');
    project.write(`schemas/migrations/${folder}/migration.ts`, stub.replace('return {', 'return /* mine */ {'));
    expect((await project.generate({ isForced: true })).migrations).toEqual([]);
    expect(project.read(`schemas/migrations/${folder}/migration.ts`)).toContain('/* mine */');
  });

  it.each([
    [
      'with .js, as the sources do',
      "import './other.js';\nexport {} from './other.js';\n",
      undefined,
      "'../schemas/thing.js'",
    ],
    [
      'bare, as the sources do',
      "export {} from './other';\n",
      '{ "compilerOptions": { "module": "nodenext" } }',
      "'../schemas/thing'",
    ],
    [
      'with .js when modules are resolved as Node does',
      '',
      '{ "compilerOptions": { "module": "NodeNext" } }',
      "'../schemas/thing.js'",
    ],
    [
      'with .ts when the tsconfig lets imports end so',
      '',
      '{ "compilerOptions": { "module": "NodeNext", "rewriteRelativeImportExtensions": true } }',
      "'../schemas/thing.ts'",
    ],
    [
      'bare for a bundler, though the tsconfig lets imports end in .ts',
      '',
      '{ "compilerOptions": { "module": "preserve", "allowImportingTsExtensions": true } }',
      "'../schemas/thing'",
    ],
    ['bare when nothing asks for more', '', undefined, "'../schemas/thing'"],
  ])('imports %s', async (_how, extra, tsconfig, expected) => {
    using project = new TemporaryProject({
      'schemas/thing.ts': THING,
      'schemas/other.ts': extra,
      ...(tsconfig && { 'tsconfig.json': tsconfig }),
    });
    await project.generate();
    expect(project.read('generated/thing.ts')).toContain(`from ${expected};`);
  });

  it('refuses globs that match nothing', async () => {
    using project = new TemporaryProject();
    await expect(project.generate()).rejects.toMatchObject({ code: 'GENERATION_FAILED' });
  });

  it('never runs the sources it reads', async () => {
    using project = new TemporaryProject({ 'schemas/thing.ts': `${THING}\nthrow new Error('this was run');\n` });
    expect((await project.generate()).diagnostics).toEqual([]);
  });

  it('asks the type checker only for fields without a written type', async () => {
    using project = new TemporaryProject(
      {
        'schemas/thing.ts': schema(
          '@Id() id!: string;\nsizes = [1, 2].map((n) => n * 2);\n@Range() get count() { return this.sizes.length; }',
        ),
      },
      { hasDependencies: true },
    );
    await project.generate();
    const { models } = JSON.parse(project.read('generated/models.json')) as {
      models: Record<string, { fields: { name: string; type: unknown }[]; computed: unknown[] }>;
    };
    const [model] = Object.values(models);
    expect(model!.fields[1]).toMatchObject({ name: 'sizes', type: { kind: 'array', element: { kind: 'number' } } });
    expect(model!.computed).toEqual([{ name: 'count', type: { kind: 'number' }, optional: false }]);
  });
});

describe('generated text', () => {
  it('holds everything that a user wrote as data, never as code', async () => {
    const nasty = 'a\\\'b"c`${process.exit(3)}\u2028*/ //\\n';
    const text = JSON.stringify(nasty);
    using project = new TemporaryProject(
      {
        'schemas/thing.ts': schema(
          `@Id() id!: string;\n/** ${'*'}/ */\n@Equals(${text}, { message: ${text} }) kind: ${text} = ${text};\n@Index({ where: (t: Thing) => t.kind !== ${text} }) other?: string;`.replace(
            '/** */ */\n',
            '',
          ),
          "import { Equals } from 'class-validator';",
        ),
      },
      { hasDependencies: true },
    );
    expect((await project.generate()).diagnostics).toEqual([]);
    const { thingDefinition } = project.load<{
      thingDefinition: {
        build(input: object): { kind: string };
        validate(document: object): readonly { message: string }[] | undefined;
      };
    }>('generated/thing.ts');
    const document = thingDefinition.build({ id: 'x' });
    expect(document.kind).toBe(nasty);
    expect(thingDefinition.validate(document)).toBeUndefined();
  });

  it('works for fields named like keywords and like its own variables', async () => {
    const names = [
      'class',
      'default',
      'new',
      'values',
      'violations',
      'path',
      'model',
      'reader',
      'writer',
      'document',
      'input',
      'value',
      'arguments',
      'Object',
      'undefined_',
      '$',
      '_',
      'ünï',
    ];
    using project = new TemporaryProject(
      {
        'schemas/thing.ts': schema(
          `@Id() id!: string;\n${names.map((name) => `${name}!: string;\n${name}List!: string[];`).join('\n')}`,
        ),
      },
      { hasDependencies: true },
    );
    expect((await project.generate()).diagnostics).toEqual([]);
    const { thingDefinition: definition } = project.load<{
      thingDefinition: {
        build(input: object): object;
        validate(document: object): unknown;
        seal(document: object): object;
      };
    }>('generated/thing.ts');
    const input = Object.fromEntries([
      ['id', 'x'],
      ...names.flatMap((name) => [
        [name, name],
        [`${name}List`, [name]],
      ]),
    ]);
    const document = definition.build(input);
    expect(definition.validate(document)).toBeUndefined();
    expect({ ...definition.seal(document) }).toEqual(input);
  });
});
