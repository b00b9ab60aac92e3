/** Bad models: each is reported with its place, why, and what to do; nothing is written then. */
import { TemporaryProject } from './support/temporary-project.js';

const HEAD =
  "import { defineDocument, Document, Expires, field, Id, Index, Lifetime, Range, Released, Tag, Vector } from '@nuthatch/decorators';\n";

/** Reports of one schema as `line:column CODE`. */
async function reports(source: string): Promise<readonly string[]> {
  using project = new TemporaryProject({ 'schemas/thing.ts': HEAD + source });
  const { diagnostics, files } = await project.generate();
  expect(files).toEqual([]);
  expect(project.list('generated')).toEqual([]);
  for (const { message, hint, position } of diagnostics) {
    expect(message).not.toContain('\n');
    expect(hint).toMatch(/\S/);
    expect(hint).not.toContain('\n');
    expect(position.file).toBe(`${project.folder}/schemas/thing.ts`);
  }
  return diagnostics.map(({ code, position }) => `${position.line}:${position.column} ${code}`);
}

/** The body of one class, from line 4 on. */
function thing(...lines: readonly string[]): string {
  return `@Document()\nexport class Thing {\n${lines.join('\n')}\n}\n`;
}

/** More optional fields than one object of cold documents may have. */
const wide = Array.from({ length: 25 }, (_, number) => `f${number}?: string;`).join(' ');

describe('the generator reports', () => {
  it.each([
    ['a class without an id', thing('name!: string;'), ['3:14 NO_ID']],
    [
      'two ids of which one is generated',
      thing('@Id() a!: string;', "@Id({ generate: 'uuidv7' }) b!: string;"),
      ['5:29 GENERATED_COMPOSITE_ID'],
    ],
    ['an id of a type that is not a key', thing('@Id() id!: string[];'), ['4:7 BAD_ID_TYPE']],
    ['an id that may be a date or a text', thing('@Id() id!: Date | string;'), ['4:7 BAD_ID_TYPE']],
    ['a date that is generated', thing("@Id({ generate: 'ulid' }) id!: Date;"), ['4:27 BAD_ID_TYPE']],
    ['an expiry that is not a date', thing('@Id() id!: string;', '@Expires() at!: number;'), ['5:12 BAD_EXPIRES_TYPE']],
    [
      'an expiry that may be null',
      thing('@Id() id!: string;', '@Expires() at!: Date | null;'),
      ['5:12 BAD_EXPIRES_TYPE'],
    ],
    [
      'an expiry that is computed',
      thing('@Id() id!: string;', '@Expires() get at(): Date { return new Date(); }'),
      ['5:16 UNKNOWN_FIELD'],
    ],
    [
      'transitions that miss a state, name an unknown one, or begin with one',
      thing('@Id() id!: string;', "@Lifetime({ transitions: { a: ['c'] }, initial: 'd' }) s!: 'a' | 'b';"),
      ['5:56 BAD_LIFETIME', '5:56 BAD_LIFETIME', '5:56 BAD_LIFETIME'],
    ],
    [
      'a lifetime of another type, optional, or part of the id',
      thing('@Id() id!: string;', '@Lifetime({ transitions: { a: [] } }) s!: string;'),
      ['5:39 BAD_LIFETIME'],
    ],
    [
      'a lifetime that is optional',
      thing('@Id() id!: string;', "@Lifetime({ transitions: { a: [] } }) s?: 'a';"),
      ['5:39 BAD_LIFETIME'],
    ],
    [
      'a lifetime whose initializer is not its initial state',
      thing('@Id() id!: string;', "@Lifetime({ transitions: { a: ['b'], b: [] } }) s: 'a' | 'b' = 'b';"),
      ['5:49 BAD_LIFETIME'],
    ],
    [
      'a lifetime without transitions that can be read',
      thing('@Id() id!: string;', "@Lifetime({ transitions: make() }) s!: 'a';"),
      ['5:1 BAD_DECORATOR'],
    ],
    [
      'two lifetimes of one class',
      thing(
        '@Id() id!: string;',
        "@Lifetime({ transitions: { a: [] } }) s!: 'a';",
        "@Lifetime({ transitions: { a: [] } }) t!: 'a';",
      ),
      ['6:1 BAD_DECORATOR'],
    ],
    [
      'released documents that expire',
      `@Released()\n${thing('@Id() id!: string;', '@Expires() at!: Date;')}`,
      ['6:12 BAD_RELEASED'],
    ],
    [
      'released documents in memory only',
      "@Released()\n@Document({ storage: 'memory' })\nexport class Thing {\n@Id() id!: string;\n}\n",
      ['4:14 BAD_RELEASED'],
    ],
    [
      'a storage that there is not',
      "@Document({ storage: 'cool' as never })\nexport class Thing {\n@Id() id!: string;\n}\n",
      ['2:1 BAD_DECORATOR'],
    ],
    [
      'cold documents with too many optional fields, and objects of such in them',
      `@Document({ storage: 'cold' })\nexport class Thing {\n@Id() id!: string;\n${wide}\nparts?: { ${wide} }[];\n}\n`,
      ['3:14 BAD_STORAGE', '6:1 BAD_STORAGE'],
    ],
    [
      'transitions of .lifetime() that are no list',
      "export const Thing = defineDocument('Thing', { id: field.string().id(), s: field.literal('a').lifetime({ transitions: { a: 'a' } }) });\n",
      ['2:76 BAD_DECORATOR'],
    ],
    [
      'a vector of another type, without dimensions, or of an unknown metric',
      thing(
        '@Id() id!: string;',
        "@Vector({ dimensions: 2, metric: 'cosine' }) a!: string[];",
        "@Vector({ dimensions: 2, metric: 'cosine' }) b!: Float64Array;",
        "@Vector({ dimensions: 0, metric: 'cosine' }) c!: number[];",
        "@Vector({ dimensions: 1.5, metric: 'manhattan' as never }) d!: Float32Array;",
      ),
      ['5:46 BAD_VECTOR', '6:50 UNSUPPORTED_TYPE', '7:46 BAD_VECTOR', '8:60 BAD_VECTOR', '8:60 BAD_VECTOR'],
    ],
    [
      'a vector that is computed',
      thing('@Id() id!: string;', "@Vector({ dimensions: 1, metric: 'dot' }) get a(): number[] { return [1]; }"),
      ['5:47 UNKNOWN_FIELD'],
    ],
    [
      'options of a vector that cannot be read, or that there are not',
      thing(
        '@Id() id!: string;',
        "@Vector({ dimensions: make(), metric: 'cosine' }) a!: number[];",
        '@Vector({ dimensions: 2 }) b!: number[];',
        "@Vector({ dimensions: 2, metric: 'dot', lists: 4 }) c!: number[];",
      ),
      ['5:1 BAD_DECORATOR', '6:1 BAD_DECORATOR', '7:1 BAD_DECORATOR'],
    ],
    [
      'a .vector() without a metric',
      "export const Thing = defineDocument('Thing', { id: field.string().id(), v: field.floats().vector({ dimensions: 2 }) });\n",
      ['2:76 BAD_DECORATOR'],
    ],
    [
      'two expiries of one class',
      thing('@Id() id!: string;', '@Expires() a!: Date;', '@Expires() b!: Date;'),
      ['6:1 BAD_DECORATOR'],
    ],
    ['an optional id', thing('@Id() id?: string;'), ['4:7 BAD_ID_TYPE']],
    ['a ULID that is no text', thing("@Id({ generate: 'ulid' }) id!: number;"), ['4:27 BAD_ID_TYPE']],
    ['an unknown way to generate ids', thing("@Id({ generate: 'uuidv4' }) id!: string;"), ['4:1 BAD_DECORATOR']],
    ['a sequence of strings', thing("@Id({ generate: 'sequence' }) id!: string;"), ['4:31 BAD_ID_TYPE']],
    ['an unknown field type', thing('@Id() id!: string;', 'what!: Mystery;'), ['5:8 UNKNOWN_TYPE']],
    [
      'a type of a package',
      `import type { Foo } from 'foo';\n${thing('@Id() id!: string;', 'what!: Foo;')}`,
      ['6:8 UNKNOWN_TYPE'],
    ],
    ['a function', thing('@Id() id!: string;', 'what!: () => void;'), ['5:8 UNSUPPORTED_TYPE']],
    [
      'a document that contains itself',
      thing('@Id() id!: string;', 'owner!: Owner;') +
        '@Document()\nexport class Owner {\n@Id() id!: string;\nfriend!: Owner;\n}\n',
      ['10:10 RECURSIVE_TYPE'],
    ],
    [
      'objects that cannot be told apart',
      thing('@Id() id!: string;', 'what!: { a: string } | { b: string };'),
      ['5:8 UNSUPPORTED_TYPE'],
    ],
    [
      'elements that may be undefined',
      thing('@Id() id!: string;', 'what!: (string | undefined)[];'),
      ['5:8 UNSUPPORTED_TYPE'],
    ],
    ['a range over an object', thing('@Id() id!: string;', '@Range() place!: { x: number };'), ['5:10 BAD_RANGE_TYPE']],
    ['a range over a boolean', thing('@Id() id!: string;', '@Range() is!: boolean;'), ['5:10 BAD_RANGE_TYPE']],
    ['tags that are objects', thing('@Id() id!: string;', '@Tag() tags!: { a: string }[];'), ['5:8 BAD_TAG_TYPE']],
    ['a unique index over an array', thing('@Id() id!: string;', '@Index() list!: string[];'), ['5:10 BAD_INDEX_TYPE']],
    [
      'an index over a field that is not there',
      `@Document()\n@Index(['id', 'nope'])\nexport class Thing {\n@Id() id!: string;\n}\n`,
      ['4:14 UNKNOWN_FIELD'],
    ],
    [
      'two indexes of one finder',
      thing('@Id() id!: string;', '@Index() @Range() age!: number;'),
      ['5:19 COLLIDING_NAME'],
    ],
    [
      'an index with the name of a word in conditions',
      thing('@Id() id!: string;', '@Tag() or?: string;'),
      ['5:8 COLLIDING_NAME'],
    ],
    ['a #private field', thing('@Id() id!: string;', '#secret = 1;'), ['5:1 PRIVATE_FIELD']],
    ['a private field', thing('@Id() id!: string;', 'private secret = 1;'), ['5:9 PRIVATE_FIELD']],
    [
      'a field declared in the constructor',
      thing('@Id() id!: string;', 'constructor(readonly name: string) {}'),
      ['5:13 UNSUPPORTED_MEMBER'],
    ],
    ['an accessor field', thing('@Id() id!: string;', 'accessor name!: string;'), ['5:10 UNSUPPORTED_MEMBER']],
    [
      'names every object has',
      thing('@Id() id!: string;', "['__proto__']!: string;", "['constructor']!: string;", 'toString!: string;'),
      ['5:1 DANGEROUS_NAME', '6:1 DANGEROUS_NAME', '7:1 DANGEROUS_NAME'],
    ],
    [
      'names with quotes, backticks and line breaks',
      thing('@Id() id!: string;', '"it\'s"!: string;', "'a`${b}'!: string;", "'a\\nb'!: string;"),
      ['5:1 DANGEROUS_NAME', '6:1 DANGEROUS_NAME', '7:1 DANGEROUS_NAME'],
    ],
    [
      'a dangerous name inside a nested object',
      thing('@Id() id!: string;', "nested!: { 'a\"b': string };"),
      ['5:1 DANGEROUS_NAME'],
    ],
    ['a class that is not exported', '@Document()\nclass Thing {\n@Id() id!: string;\n}\n', ['3:7 NOT_EXPORTED']],
    [
      'a collection name that is a path',
      "@Document({ collection: '../x' })\nexport class Thing {\n@Id() id!: string;\n}\n",
      ['3:14 BAD_COLLECTION_NAME'],
    ],
    [
      'a collection that hides a member of the database',
      "@Document({ collection: 'close' })\nexport class Thing {\n@Id() id!: string;\n}\n",
      ['3:14 BAD_COLLECTION_NAME'],
    ],
    [
      'two classes of one collection',
      `${thing('@Id() id!: string;')}@Document({ collection: 'thing' })\nexport class Other {\n@Id() id!: string;\n}\n`,
      ['7:14 DUPLICATE_COLLECTION'],
    ],
    [
      'an unreadable base class',
      `import { Base } from 'somewhere';\n@Document()\nexport class Thing extends Base {\n@Id() id!: string;\n}\n`,
      ['4:28 UNKNOWN_BASE'],
    ],
    [
      'options that are not plain data',
      '@Document(options())\nexport class Thing {\n@Id() id!: string;\n}\n',
      ['2:1 BAD_DECORATOR'],
    ],
    ['a syntax error', thing('@Id() id!: string;', 'name!: ;'), ['5:8 SYNTAX']],
    ['no document class at all', 'export const nothing = 1;\n', ['1:1 NO_DOCUMENTS']],
  ])('%s', async (_what, source, expected) => {
    expect(await reports(source)).toEqual(expected);
  });

  it('all problems at once, in the order of their places', async () => {
    const found = await reports(
      `${thing('@Id() id!: Date | null;')}@Document()\nexport class Other {\nname!: string;\n}\n`,
    );
    expect(found).toEqual(['4:7 BAD_ID_TYPE', '7:14 NO_ID']);
  });
});
