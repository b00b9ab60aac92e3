/** Sources nobody should write: circles, decorators in odd places, names that hide what generated code means. */
import { ts } from 'ts-morph';
import { TemporaryProject } from './support/temporary-project.js';

const HEAD = "import { defineDocument, Document, field, Id, Index, Range, Tag } from '@nuthatch/decorators';\n";

async function reports(source: string): Promise<readonly string[]> {
  using project = new TemporaryProject({ 'schemas/thing.ts': HEAD + source });
  const { diagnostics } = await project.generate();
  if (diagnostics.length > 0) expect(project.list('generated')).toEqual([]);
  return diagnostics.map(({ code, position }) => `${position.line}:${position.column} ${code}`);
}

/** One class, its body on line 2 after `@Document() export class Thing {`. */
function thing(body: string, before = ''): string {
  return `${before}@Document() export class Thing { @Id() id!: string; ${body} }\n`;
}

describe('the generator', () => {
  it.each([
    [
      'a class that extends itself',
      '@Document() export class Thing extends Thing { @Id() id!: string }',
      ['2:40 UNKNOWN_BASE'],
    ],
    [
      'classes that extend each other',
      'class Base extends Thing {}\n@Document() export class Thing extends Base { @Id() id!: string }',
      ['2:20 UNKNOWN_BASE'],
    ],
    [
      'an interface that extends itself',
      thing('x!: Loop;', 'interface Loop extends Loop { a: string }\n'),
      ['2:24 RECURSIVE_TYPE'],
    ],
    ['an alias of itself', thing('x!: A;', 'type A = B;\ntype B = A;\n'), ['4:57 RECURSIVE_TYPE']],
    [
      'an alias that grows without end',
      thing('x!: Grow<string>;', 'type Grow<T> = Grow<T[]>;\n'),
      ['2:16 RECURSIVE_TYPE'],
    ],
    [
      'a document class in a function',
      `export function make() {\n  @Document() class Inner { @Id() id!: string }\n  return Inner;\n}\n`,
      ['3:3 NOT_EXPORTED'],
    ],
    [
      'a decorator without brackets',
      '@Document export class Thing { @Id id!: string }',
      ['2:1 BAD_DECORATOR', '2:32 BAD_DECORATOR'],
    ],
    ['an index over a method', thing('@Range() size() { return 1 }'), ['2:53 BAD_DECORATOR']],
    ['an index over a static field', thing("@Index() static kind: string = ''"), ['2:53 BAD_DECORATOR']],
    ['an enum without members', thing('x!: None;', 'export enum None {}\n'), ['3:57 UNSUPPORTED_TYPE']],
    [
      'a rule that does not exist',
      "export const Thing = defineDocument('Thing', { id: field.string().id().rule('isNice') });",
      ['2:52 BAD_DECORATOR'],
    ],
    [
      'options of a definition that are computed',
      "const name = () => 'x';\nexport const Thing = defineDocument('Thing', { id: field.string().id() }, { collection: name() });",
      ['3:75 BAD_DECORATOR'],
    ],
    ...[
      ['{ id: my.string() }', 'my is not field'],
      ["{ id: field.string().id(), a: field.array(field.string().rule('isEmail')) }", 'rules of elements'],
      ['{ id: field.string().id(), a: field.array(field.string().optional()) }', 'optional elements'],
      ['{ id: field.string().id(), a: field.object({ b: field.string().unique() }) }', 'an index inside'],
      ['{ id: field.string().id(make()) }', 'options that are computed'],
      ['{ id: field.string().id(), a: field.string().unique({ caseInsensitive: make() }) }', 'a flag that is computed'],
      ['{ id: field.string().id(), a: field.string().unique(options) }', 'options elsewhere'],
      ['{ id: field.string().id() }, { ...options }', 'options that are spread'],
      ["{ id: field.string().id() }, { indexes: [{ tag: ['id', 'a'] }] }", 'an index of no kind'],
    ].map(([text, name]): [string, string, readonly string[]] => [
      `of definitions: ${name}`,
      `declare const my: typeof field, make: () => never, options: {};\nexport const Thing = defineDocument('Thing', ${text});`,
      [expect.stringMatching(/^3:\d+ BAD_DECORATOR$/) as string],
    ]),
    [
      'a flag of an index that is computed',
      'declare const make: () => boolean;\n@Document() export class Thing { @Id() id!: string; @Index({ caseInsensitive: make() }) a!: string }',
      ['3:53 BAD_DECORATOR'],
    ],
    [
      'an index of a definition whose fields are computed',
      "const names = () => ['id'];\nexport const Thing = defineDocument('Thing', { id: field.string().id() }, { indexes: [{ unique: names() }] });",
      ['3:89 BAD_DECORATOR'],
    ],
    ['a type that was not written and cannot be stored', thing('x = () => 1;'), ['2:53 UNSUPPORTED_TYPE']],
    [
      'a class called like a type generated code imports',
      '@Document() export class Query { @Id() id!: string }',
      ['2:26 COLLIDING_NAME'],
    ],
    ['a class called like a global', '@Document() export class Map { @Id() id!: string }', ['2:26 COLLIDING_NAME']],
  ])('refuses %s', async (_, source, expected) => {
    expect([...(await reports(source))].sort()).toEqual([...expected].sort());
  });

  it.each([
    [
      'a generic within itself',
      thing(
        'x!: Pair<Pair<string>>; y!: Maybe<Maybe<number>>;',
        'export class Pair<T> { a!: T; b!: T }\ntype Maybe<T> = T | null;\n',
      ),
    ],
    [
      'a class called Transaction, another whose file would be the index',
      "@Document({ collection: 'transfers' }) export class Transaction { @Id() id!: string }\n@Document() export class Index2 { @Id() id!: string }\n@Document({ collection: 'page' }) export class Äpfel { @Id() id!: string }\n",
    ],
    ['defaults no JSON can hold', thing('a: number = 1e400; b: number = -0; c: bigint[] = [1n];')],
    ['many optional fields', thing(Array.from({ length: 70 }, (_, index) => `o${index}?: number;`).join(' '))],
    [
      'a byte order mark and Windows line ends',
      `\ufeff${thing('@Index({ where: (it) =>\r\n  it.x !== undefined })\r\nx?: string;')}`,
    ],
  ])('accepts %s', async (_, source) => {
    using project = new TemporaryProject({ 'schemas/thing.ts': HEAD + source });
    const { diagnostics } = await project.generate();
    expect(diagnostics).toEqual([]);
    for (const name of project.list('generated').filter((file) => file.endsWith('.ts'))) {
      const { diagnostics: errors } = ts.transpileModule(project.read(`generated/${name}`), {
        reportDiagnostics: true,
      });
      expect(errors).toEqual([]);
    }
  });

  it('imports the type of schemas by another name where a class has its own', async () => {
    const nested = 'export class DocumentSchema { x!: number }\n';
    for (const source of [
      '@Document() export class DocumentSchema { @Id() id!: string }\n',
      `${nested}@Document() export class Thing { @Id() id!: string; of!: DocumentSchema }\n`,
    ]) {
      using project = new TemporaryProject({ 'schemas/thing.ts': HEAD + source });
      const { diagnostics } = await project.generate();
      expect(diagnostics).toEqual([]);
      const [name] = project.list('generated').filter((file) => /^(?:thing|document-schema)\.ts$/.test(file));
      const text = project.read(`generated/${name}`);
      expect(text).toContain('type DocumentSchema as SchemaOfInput');
      expect(text).toMatch(/Schema: SchemaOfInput<\w+Input> = schemaOf\(/);
    }
  });
});
