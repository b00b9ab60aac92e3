/** Generated code that is older than its class does not compile; generated code that is not compiles with every warning on. */
import { compile } from './support/compile.js';
import { TemporaryProject } from './support/temporary-project.js';

const SOURCE = `import { Document, Id, Range } from '@nuthatch/decorators';
export enum Color { Red = 'r', Blue = 'b' }
export class Empty {}
export class Part { width!: number; height!: number; depth?: number; get area(): number { return this.width * this.height; } }
export class Circle { readonly kind = 'circle'; radius!: number; get area(): number { return this.radius ** 2 * 3; } }
export class Square { readonly kind = 'square'; side!: number; area(): number { return this.side ** 2; } }
export class Branch { name!: string; below: Branch[] = []; first?: Branch | null; get size(): number { return this.below.length; } }
export class Pair<T> { left!: T; right!: T }
@Document()
export class Thing {
  @Id() readonly id!: string;
  labels!: string[];
  readonly tags: readonly string[] = [];
  kind: 'a' | 'b' = 'a';
  maybe: string | undefined;
  readonly serial?: number;
  boxed!: Number;
  color: Color = Color.Red;
  nick?: string | null;
  part!: Part;
  parts: Part[] = [];
  byName?: Map<string, Part>;
  byText: Record<string, Part> = {};
  byKind?: Partial<Record<'a' | 'b', Part | null>>;
  pairOf?: [Part, string | null, Part?];
  manyOf?: [Circle, ...Part[]];
  manyOrNone?: [string?, ...(Part | null)[]];
  either?: Part | string | number[] | null;
  shapes?: (Circle | Square)[];
  branch?: Branch;
  empty?: Empty;
  pair?: Pair<number>;
  @Range() get size(): number { return this.labels.length; }
  describe(): string { return this.id; }
}
`;

const MAIN = `import { openDatabase, Thing, type ThingInput } from './generated/index.js';
export async function main(): Promise<Thing | undefined> {
  const db = await openDatabase({ memory: true });
  const input: ThingInput = { id: 'a', labels: [], boxed: 1, part: { width: 1, height: 2 }, parts: [{ width: 1, height: 1 }] };
  const part = { width: 1, height: 2 };
  const thing = await db.thing.insert({
    ...input,
    byText: { a: part },
    byKind: { a: part, b: null },
    pairOf: [part, null, part],
    manyOf: [{ kind: 'circle', radius: 1 }, part, part],
    manyOrNone: ['x', part, null],
    either: part,
    shapes: [{ kind: 'circle', radius: 1 }, { kind: 'square', side: 1 }],
    branch: { name: 'a', below: [{ name: 'b', below: [], first: { name: 'c', below: [] } }] },
  });
  await db.thing.upsert(thing);
  await db.thing.update('a', { either: [1], shapes: thing.shapes, branch: thing.branch, pairOf: [part, 'x'] });
  await db.thing.update('a', { manyOf: thing.manyOf, manyOrNone: thing.manyOrNone });
  // @ts-expect-error a circle where a part belongs
  await db.thing.update('a', { manyOf: [{ kind: 'circle', radius: 1 }, { kind: 'circle', radius: 1 }] });
  // @ts-expect-error a shape without its side
  await db.thing.update('a', { shapes: [{ kind: 'square' }] });
  // @ts-expect-error a field that is set once
  await db.thing.update('a', { serial: 7 });
  // @ts-expect-error and is not counted up
  await db.thing.increment('a', 'serial');
  return new Thing();
}
`;

async function generated(): Promise<TemporaryProject> {
  const project = new TemporaryProject({ 'schemas/thing.ts': SOURCE, 'main.ts': MAIN }, { hasDependencies: true });
  expect((await project.generate()).diagnostics).toEqual([]);
  return project;
}

describe('generated code', () => {
  it.each([
    ['strict', { strict: true }],
    ['strict, with exact optional properties', { strict: true, exactOptionalPropertyTypes: true }],
    ['loose', { strict: false }],
  ])('compiles without a warning: %s', async (_, options) => {
    using project = await generated();
    expect(compile(project, options)).toEqual([]);
  });

  it.each([
    ['a field is added', 'labels!: string[];', 'labels!: string[]; extra?: number;', '"extra"'],
    ['a field has another type', 'labels!: string[];', 'labels!: number[];', "'string[]'|'number[]'|labels"],
    ['a field is renamed', 'nick?: string | null;', 'nickname?: string | null;', '"nickname"'],
    ['a required field is gone', 'boxed!: Number;', '', 'boxed'],
    ['a required field is optional', 'boxed!: Number;', 'boxed?: Number;', 'boxed'],
    ['a field may not be absent any more', 'nick?: string | null;', 'nick!: string | null;', 'nick'],
    [
      'a type of letters is narrower',
      'nick?: string | null;',
      "nick?: 'a' | null;",
      'is not assignable to type \'"a" | null',
    ],
    [
      'a type is a brand now',
      'readonly tags: readonly string[] = [];',
      'readonly tags: readonly (string & { b: 1 })[] = [];',
      'string & { b: 1; }',
    ],
    ['literals are fewer', "kind: 'a' | 'b' = 'a';", "kind = 'a' as const;", 'is not assignable to type ."a"'],
    [
      'a field of a nested class is narrower',
      'height!: number;',
      'height!: 1 | 2;',
      'is not assignable to type .1 | 2',
    ],
    ['a field of a nested class must be there', 'depth?: number;', 'depth!: number;', 'depth'],
    ['an enum has another member', "Blue = 'b'", "Blue = 'b', Green = 'g'", 'color'],
    ['a nested class has another field', 'width!: number;', 'width!: number; weight?: number;', '"weight"'],
  ])('does not compile when %s', async (_, before, after, expected) => {
    using project = await generated();
    expect(SOURCE).toContain(before);
    project.write('schemas/thing.ts', SOURCE.replace(before, after));
    expect(compile(project, { strict: true }).join('\n')).toMatch(new RegExp(expected));
  });

  it('compiles when only methods and getters are added', async () => {
    using project = await generated();
    project.write(
      'schemas/thing.ts',
      SOURCE.replace(
        'describe()',
        'get more(): number { return 1; }\n  other(): void {}\n  static s = 1;\n  describe()',
      ),
    );
    expect(compile(project, { strict: true })).toEqual([]);
  });
});
