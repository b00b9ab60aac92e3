/** Names are found as the compiler finds them: through aliases, packages of the workspace, namespaces and re-exports. */
import { join } from 'node:path';
import type { FieldType } from '@nuthatch/model';
import { parseModels } from '../src/emit/models-emitter.js';
import { schema, TemporaryProject } from './support/temporary-project.js';

/** The type of the field `it` of the class Thing in models.json. */
function typeOfIt(project: TemporaryProject): FieldType | undefined {
  return parseModels(project.read('generated/models.json'))
    .models.find(({ name }) => name === 'Thing')
    ?.fields.find(({ name }) => name === 'it')?.type;
}

const LIGHTS = `export enum Light { Red = 'r', Green = 'g' }\nexport type Age = number;\n`;
const LIGHT: FieldType = { kind: 'literal', values: ['r', 'g'] };
const field = (type: string, imports: string): string => schema(`@Id() id!: string;\nit!: ${type};`, imports);

describe('an import is found', () => {
  it.each<[string, Record<string, string>]>([
    [
      'by paths of the tsconfig',
      {
        'tsconfig.json': '{ // comment\n "compilerOptions": { "paths": { "@app/*": ["./src/*"] } }, }',
        'src/lights.ts': LIGHTS,
        'schemas/thing.ts': field('Light', "import { Light } from '@app/lights';"),
      },
    ],
    [
      'by paths of a tsconfig that it extends',
      {
        'config/base.json': '{ "compilerOptions": { "paths": { "@app/*": ["../src/*"] } } }',
        'tsconfig.json': '{ "extends": "./config/base.json" }',
        'src/lights/index.ts': LIGHTS,
        'schemas/thing.ts': field('Light', "import type { Light } from '@app/lights';"),
      },
    ],
    [
      'by paths of a project that the tsconfig refers to',
      {
        'tsconfig.json': '{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }',
        'tsconfig.app.json': '{ "compilerOptions": { "composite": true, "paths": { "~/*": ["./src/*"] } } }',
        'src/lights.ts': LIGHTS,
        'schemas/thing.ts': field('Light', "import { Light } from '~/lights';"),
      },
    ],
    [
      'from the baseUrl',
      {
        'tsconfig.json': '{ "compilerOptions": { "baseUrl": "." } }',
        'src/lights.ts': LIGHTS,
        'schemas/thing.ts': field('Light', "import { Light } from 'src/lights';"),
      },
    ],
    [
      'by imports of package.json',
      {
        'package.json': '{ "name": "app", "imports": { "#types": "./src/lights.ts", "#lib/*": "./src/*.ts" } }',
        'src/lights.ts': LIGHTS,
        'schemas/thing.ts': field('Light', "import { Light } from '#lib/lights';"),
      },
    ],
    [
      'in a package of the workspace that is not built',
      {
        'package.json': '{ "workspaces": ["packages/*"] }',
        'packages/shared/package.json': '{ "name": "@app/shared", "main": "dist/index.js" }',
        'packages/shared/src/index.ts': "export * from './lights';",
        'packages/shared/src/lights.ts': LIGHTS,
        'schemas/thing.ts': field('Light', "import { Light } from '@app/shared';"),
      },
    ],
    [
      'in a folder of a package of the pnpm workspace',
      {
        'pnpm-workspace.yaml': "packages:\n  - 'packages/*'\n",
        'packages/shared/package.json': '{ "name": "shared" }',
        'packages/shared/src/lights.ts': LIGHTS,
        'schemas/thing.ts': field('Light', "import { Light } from 'shared/lib/lights';"),
      },
    ],
    [
      "in a package's declarations",
      {
        'node_modules/lights/package.json': '{ "name": "lights", "types": "./index.d.ts" }',
        'node_modules/lights/index.d.ts': "export declare enum Light { Red = 'r', Green = 'g' }",
        'schemas/thing.ts': field('Light', "import { Light } from 'lights';"),
      },
    ],
    [
      'as a whole module',
      { 'schemas/lights.ts': LIGHTS, 'schemas/thing.ts': field('all.Light', "import * as all from './lights.js';") },
    ],
    [
      'as a module within a module',
      {
        'schemas/lights.ts': LIGHTS,
        'schemas/all.ts': "export * as lights from './lights.js';",
        'schemas/thing.ts': field('all.lights.Light', "import * as all from './all.js';"),
      },
    ],
    [
      'in a namespace',
      {
        'schemas/thing.ts': field(
          'Traffic.Signal',
          "export namespace Traffic { export enum Light { Red = 'r', Green = 'g' } export type Signal = Light }",
        ),
      },
    ],
    [
      'in a namespace of a namespace, in two parts, imported',
      {
        'schemas/traffic.ts':
          "export namespace Road.Traffic { export type Red = 'r' }\nexport namespace Road.Traffic { export type Light = Red | 'g' }",
        'schemas/thing.ts': field('R.Traffic.Light', "import { Road as R } from './traffic.js';"),
      },
    ],
    [
      'as the default of its module',
      {
        'schemas/lights.ts': "enum Light { Red = 'r', Green = 'g' }\nexport default Light;",
        'schemas/thing.ts': field('L', "import L from './lights.js';"),
      },
    ],
    [
      'under another name, through several modules',
      {
        'schemas/lights.ts': LIGHTS,
        'schemas/more.ts': "export { Light as Lamp } from './lights.js';",
        'schemas/all.ts': "export * from './more.js';",
        'schemas/thing.ts': field('L', "import { Lamp as L } from './all.js';"),
      },
    ],
    [
      'in a global declaration of the project',
      {
        'tsconfig.json': '{ "include": ["types", "schemas"] }',
        'types/global.d.ts': "export {};\ndeclare global { type Light = 'r' | 'g' }",
        'schemas/thing.ts': field('Light', ''),
      },
    ],
    [
      'beside a value of its name, before or after it',
      {
        'schemas/lights.ts':
          "export type Light = 'r' | 'g';\nexport const Light = { Red: 'r' };\nexport const Lamp = 1;\nexport type Lamp = Light;",
        'schemas/thing.ts': field('Lamp', "import { Lamp } from './lights.js';"),
      },
    ],
  ])('%s', async (_, files) => {
    using project = new TemporaryProject(files);
    expect((await project.generate()).diagnostics).toEqual([]);
    expect(typeOfIt(project)).toEqual(LIGHT);
  });

  it('or reported as missing, and an alias is not called a package', async () => {
    using project = new TemporaryProject({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@app/*": ["./src/*"] } } }',
      'schemas/thing.ts': field('Light', "import { Light } from '@app/nowhere';"),
    });
    const { diagnostics } = await project.generate();
    expect(diagnostics).toMatchObject([
      { code: 'UNKNOWN_TYPE', message: 'the type Light is imported from @app/nowhere, which leads to no source' },
    ]);
  });

  it("but a package's class is not a value of a field, and the remedy is named", async () => {
    using project = new TemporaryProject({
      'node_modules/decimal/package.json': '{ "name": "decimal", "types": "./index.d.ts" }',
      'node_modules/decimal/index.d.ts': 'export declare class Decimal { d: number[]; }',
      'schemas/thing.ts': field('Decimal', "import { Decimal } from 'decimal';"),
    });
    const { diagnostics } = await project.generate();
    expect(diagnostics).toMatchObject([{ code: 'UNKNOWN_TYPE', hint: expect.stringContaining('string') as string }]);
  });
});

describe('our decorators are known', () => {
  const body = '@Doc() export class Thing { @Key() id!: string; it!: number; }';
  it.each<[string, Record<string, string>]>([
    ['re-exported by a file', { 'orm.ts': "export { Document as Doc, Id as Key } from '@nuthatch/decorators';" }],
    [
      'renamed by constants',
      {
        'orm.ts':
          "import * as n from '@nuthatch/decorators';\nimport { Id } from '@nuthatch/decorators';\nexport const Doc = n.Document;\nexport const Key = Id;",
      },
    ],
    [
      'taken out of the module',
      { 'orm.ts': "import * as n from '@nuthatch/decorators';\nexport const { Document: Doc, Id: Key } = n;" },
    ],
    [
      're-exported twice',
      {
        'orm.ts': "export * from './more.js';",
        'more.ts': "import { Document, Id } from '@nuthatch/decorators';\nexport { Document as Doc, Id as Key };",
      },
    ],
  ])('%s', async (_, files) => {
    const inSchemas = Object.fromEntries(Object.entries(files).map(([name, text]) => [`schemas/${name}`, text]));
    using project = new TemporaryProject({
      ...inSchemas,
      'schemas/thing.ts': `import { Doc, Key } from './orm.js';\n${body}`,
    });
    expect(await project.generate()).toMatchObject({ diagnostics: [], documentCount: 1 });
  });

  it.each([
    ['in brackets', '@(Document()) export class Thing { @(Id()) id!: string; }'],
    [
      'of a required module',
      "const n = require('@nuthatch/decorators');\n@n.Document() export class Thing { @n.Id() id!: string; }",
    ],
    [
      'taken out of a required module',
      "const { Document: D, Id: I } = require('@nuthatch/decorators');\n@D() export class Thing { @I() id!: string; }",
    ],
    ['of an object', 'const d = { Doc: Document, Id };\n@d.Doc() export class Thing { @d.Id() id!: string; }'],
    ['of a default export', "import d from './orm.js';\n@d.Document() export class Thing { @d.Id() id!: string; }"],
  ])('%s', async (_, text) => {
    using project = new TemporaryProject({
      'schemas/orm.ts': "import { Document, Id } from '@nuthatch/decorators';\nexport default { Document, Id };",
      'schemas/thing.ts': `import { Document, Id } from '@nuthatch/decorators';\n${text}`,
    });
    expect(await project.generate()).toMatchObject({ diagnostics: [], documentCount: 1 });
  });

  it('through a module of the project that re-exports all of them', async () => {
    using project = new TemporaryProject({
      'schemas/orm.ts': "export * from '@nuthatch/decorators';",
      'schemas/all.ts': "export * as orm from './orm.js';",
      'schemas/thing.ts':
        "import { orm } from './all.js';\nimport { Id } from './orm.js';\n@orm.Document() export class Thing { @Id() id!: string; }",
    });
    expect(await project.generate()).toMatchObject({ diagnostics: [], documentCount: 1 });
  });
});

const OTHER = '@Document() export class Other { @Id() id!: string; }\n';

describe('our decorators are never ignored silently', () => {
  it.each<[string, string, string]>([
    [
      'inside a function',
      'const Entity = () => Document();\n@Entity() export class Thing { @Id() id!: string; }',
      '@Entity applies @Document inside a function',
    ],
    [
      'inside a function that composes several',
      'function Entity() { return apply(Document(), other()); }\n@Entity() export class Thing { @Id() id!: string; }',
      '@Entity applies @Document inside a function',
    ],
    [
      'inside a function, on a field',
      'const Key = () => Id();\n@Document() export class Thing { @Key() id!: string; }',
      '@Key applies @Id inside a function',
    ],
    [
      'in a class without @Document',
      '@Document() export class Other { @Id() id!: string; }\nexport class Thing { @Id() id!: string; }',
      '@Id stands in Thing, which has no @Document',
    ],
    [
      'inside a function that another one calls',
      'function make() { return Id(); }\nconst Key = () => make();\n@Document() export class Thing { @Key() id!: string; }',
      '@Key applies @Id inside a function',
    ],
    [
      'as a static member',
      `${OTHER}class D { static Doc = Document }\n@D.Doc() export class Thing {}`,
      '@D.Doc applies @Document',
    ],
    [
      'as what is exported by default',
      `import Doc from './made.js';\n${OTHER}@Doc export class Thing {}`,
      '@Doc applies @Document',
    ],
    ['called as functions', `${OTHER}export class Thing {}\nDocument()(Thing);`, 'Document() is called as a function'],
    [
      'called as functions of a class without a name',
      `${OTHER}export const Thing = Document()(class {});`,
      'Document() is called as a function',
    ],
    ...[
      'export default DEFINED;',
      'export const all = { Thing: DEFINED };',
      'export const Thing = wrap(DEFINED);',
      'export class All { static Thing = DEFINED }',
      'export namespace N { export const Thing = DEFINED }',
      'export const make = () => DEFINED;',
    ].map((text): [string, string, string] => [
      `as a definition: ${text}`,
      OTHER + text.replace('DEFINED', "defineDocument('Thing', { id: field.string().id() })"),
      'defineDocument stands where it is not read',
    ]),
  ])('%s', async (_, body, expected) => {
    using project = new TemporaryProject({
      'schemas/made.ts': "import { Document } from '@nuthatch/decorators';\nexport default Document();",
      'schemas/thing.ts': `import { defineDocument, Document, field, Id } from '@nuthatch/decorators';\n${body}`,
    });
    const { diagnostics } = await project.generate();
    expect(diagnostics.map(({ message }) => message).join()).toContain(expected);
    expect(project.has('generated')).toBe(false);
  });

  it('but a base and an abstract class need no @Document', async () => {
    using project = new TemporaryProject({
      'schemas/thing.ts':
        "import { Document, Id } from '@nuthatch/decorators';\nexport abstract class Left { @Id() id!: string; }\nexport class Base { @Id() id!: string; }\n@Document() export class Thing extends Base {}",
    });
    expect(await project.generate()).toMatchObject({ diagnostics: [], documentCount: 1 });
  });

  it.each([
    ['a method', '#help(): void {}'],
    ['a getter', 'get #help(): number { return 1; }'],
  ])('and %s that only a constructor would put in is refused', async (_, member) => {
    using project = new TemporaryProject({
      'schemas/thing.ts': `import { Document, Id } from '@nuthatch/decorators';\nexport class Part { x!: number; ${member} }\n@Document() export class Thing { @Id() id!: string; ${member} static #fine(): void {} part!: Part; }`,
    });
    const { diagnostics } = await project.generate();
    expect(diagnostics.map(({ code }) => code)).toEqual(['PRIVATE_FIELD', 'PRIVATE_FIELD']);
  });
});

describe('a class that is the default of its module', () => {
  it.each([
    ['export default class', '@Document() export default class Thing { @Id() id!: string; part?: Part; }'],
    ['exported apart', '@Document() class Thing { @Id() id!: string; part?: Part; }\nexport default Thing;'],
    [
      'exported as default',
      '@Document() class Thing { @Id() id!: string; part?: Part; }\nexport { Thing as default };',
    ],
    [
      'exported under another name',
      '@Document() class Thing { @Id() id!: string; part?: Part; }\nexport { Thing as Item };',
    ],
  ])('is a document: %s', async (_, text) => {
    using project = new TemporaryProject(
      {
        'schemas/part.ts': 'export default class Part { x!: number; double(): number { return this.x * 2; } }',
        'schemas/thing.ts': `import { Document, Id } from '@nuthatch/decorators';\nimport Part from './part.js';\n${text}\n`,
        'main.ts': "export { openDatabase, Thing } from './generated/index.js';",
      },
      { hasDependencies: true },
    );
    expect((await project.generate()).diagnostics).toEqual([]);
    const { openDatabase, Thing } = project.load<{
      openDatabase: (
        options: object,
      ) => Promise<Record<string, { insert(input: object): Promise<unknown> }> & { close(): Promise<void> }>;
      Thing: new () => object;
    }>('main.ts');
    const directory = join(project.folder, 'data');
    const db = await openDatabase({ directory });
    const thing = await db['thing']!.insert({ id: 'a', part: { x: 2 } });
    expect(thing).toBeInstanceOf(Thing);
    expect((thing as { part: { double(): number } }).part.double()).toBe(4);
    await db.close();
  });
});

describe('generated code imports the sources', () => {
  it.each<[string, Record<string, string>, string]>([
    [
      'with extensions, for a tsconfig whose base resolves as Node does',
      {
        'base.json': '{ "compilerOptions": { /* as Node */ "module": "nodenext" } }',
        'tsconfig.json': '{ "extends": "./base" }',
      },
      "from '../schemas/thing.js'",
    ],
    [
      'without extensions, for a tsconfig that only says so in a comment',
      { 'tsconfig.json': '{ // "module": "nodenext"\n }' },
      "from '../schemas/thing'",
    ],
    ['as .mjs where they are .mts', { 'schemas/thing.mts': 'THING' }, "from '../schemas/thing.mjs'"],
    ['as .cjs where they are .cts', { 'schemas/thing.cts': 'THING' }, "from '../schemas/thing.cjs'"],
  ])('%s', async (_, files, expected) => {
    const text = field('string', '');
    const named = Object.fromEntries(
      Object.entries(files).map(([name, content]) => [name, content === 'THING' ? text : content]),
    );
    const hasOwn = Object.keys(files).some((name) => name.startsWith('schemas/'));
    using project = new TemporaryProject({ ...(!hasOwn && { 'schemas/thing.ts': text }), ...named });
    await project.generate({ schemas: 'schemas/*' });
    expect(project.read('generated/thing.ts')).toContain(expected);
  });
});

describe('a document class that an interface of its name adds to', () => {
  it('has the fields of both', async () => {
    using project = new TemporaryProject({
      'schemas/thing.ts':
        "import { Document, Id } from '@nuthatch/decorators';\ninterface Stamped { at: Date }\nexport interface Thing extends Stamped { readonly it: string; help(): void }\n@Document() export class Thing { @Id() id!: string; }",
    });
    expect((await project.generate()).diagnostics).toEqual([]);
    expect(typeOfIt(project)).toEqual({ kind: 'string' });
    expect(project.read('generated/thing.ts')).toMatch(/readonly fixed: 'it';/);
    expect(project.read('generated/models.json')).toContain('"at"');
  });

  it('from another file is refused', async () => {
    using project = new TemporaryProject({
      'schemas/thing.ts':
        "import { Document, Id } from '@nuthatch/decorators';\n@Document() export class Thing { @Id() id!: string; }",
      'schemas/more.ts': "import './thing.js';\ndeclare module './thing.js' { interface Thing { it: string } }",
    });
    expect((await project.generate()).diagnostics).toMatchObject([{ code: 'UNSUPPORTED_MEMBER' }]);
  });

  it('and what other files add to types that are not read is of no interest', async () => {
    using project = new TemporaryProject({
      'schemas/thing.ts':
        "import { Document, Id } from '@nuthatch/decorators';\nexport interface Events { a: 1 }\n@Document() export class Thing { @Id() id!: string; }",
      'schemas/more.ts': "import './thing.js';\ndeclare module './thing.js' { interface Events { it: () => void } }",
    });
    expect((await project.generate()).diagnostics).toEqual([]);
  });

  it('has no value under a name that an accessor implements', async () => {
    using project = new TemporaryProject({
      'schemas/thing.ts':
        "import { Document, Id } from '@nuthatch/decorators';\nabstract class Base { @Id() id!: string; abstract it: string; }\n@Document() export class Thing extends Base { get it(): string { return this.id; } }",
    });
    expect((await project.generate()).diagnostics).toEqual([]);
    expect(typeOfIt(project)).toBeUndefined();
  });
});

describe('names that generated code has for itself give way to those of the sources', () => {
  it('of nested classes: two of the same name, and names of generated code', async () => {
    using project = new TemporaryProject(
      {
        'schemas/a.ts': 'export class Part { a!: number; twice(): number { return this.a * 2; } }',
        'schemas/b.ts': 'export class Part { b!: string; loud(): string { return this.b.toUpperCase(); } }',
        'schemas/thing.ts': `import { Document, Id } from '@nuthatch/decorators';
import * as a from './a.js';
import * as b from './b.js';
export class Query { c!: number; }
export class ThingInput { d!: number; }
@Document() export class Thing { @Id() id!: string; a!: a.Part; b!: b.Part[]; query!: Query; input!: ThingInput; }
`,
        'main.ts': "export { openDatabase } from './generated/index.js';",
      },
      { hasDependencies: true },
    );
    expect((await project.generate()).diagnostics).toEqual([]);
    const { openDatabase } = project.load<{
      openDatabase: (
        options: object,
      ) => Promise<{ thing: { insert(input: object): Promise<unknown> }; close(): Promise<void> }>;
    }>('main.ts');
    const db = await openDatabase({ memory: true });
    const thing = await db.thing.insert({ id: 'a', a: { a: 2 }, b: [{ b: 'x' }], query: { c: 1 }, input: { d: 1 } });
    const { a, b } = thing as { a: { twice(): number }; b: { loud(): string }[] };
    expect([a.twice(), b[0]!.loud()]).toEqual([4, 'X']);
    await db.close();
  });

  it('of documents: what an insert of Recipe takes is not the document RecipeInput', async () => {
    using project = new TemporaryProject({
      'schemas/thing.ts': `import { defineDocument, Document, field, Id } from '@nuthatch/decorators';
@Document() export class Recipe { @Id() id!: string; }
@Document() export class RecipeInput { @Id() id!: string; }
export const RecipeKey = defineDocument('RecipeKey', { id: field.string().id() });
`,
    });
    expect((await project.generate()).diagnostics).toEqual([]);
    expect(project.read('generated/recipe.ts')).toMatch(/export interface RecipeInputType \{/);
    expect(project.read('generated/recipe.ts')).toMatch(/readonly input: RecipeInputType;/);
    expect(project.read('generated/recipe.ts')).toMatch(/export type RecipeKeyType = /);
    expect(project.read('generated/recipe-input.ts')).toMatch(/export interface RecipeInputInput \{/);
  });
});
