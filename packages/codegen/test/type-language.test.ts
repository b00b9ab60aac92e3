/**
 * Every construct of TypeScript's type language, one line each: what a field of the type is stored as, or with which code
 * it is refused. Where the compiler has a say, it is asked: a value it takes for the field is stored and read back.
 */
import { describeType, type FieldModel } from '@nuthatch/model';
import { readSources } from '../src/read/source-reader.js';
import { TemporaryProject } from './support/temporary-project.js';

const HEAD = "import { Document, Id, type Key } from '@nuthatch/decorators';\n";

/** Reads one field `x`: `described`, with `?` when it may be absent; or the codes that refuse it. */
function read(field: string, before = '', files: Readonly<Record<string, string>> = {}): string {
  const text = `${HEAD}${before}\n@Document()\nexport class Thing {\n  @Id() id!: string;\n  ${field};\n}\n`;
  using project = new TemporaryProject({ 'schemas/thing.ts': text });
  for (const [name, content] of Object.entries(files)) project.write(name, content);
  const { sources, diagnostics } = readSources([`${project.folder}/schemas/thing.ts`], undefined);
  if (diagnostics.list.length > 0) return diagnostics.list.map(({ code }) => code).join(' ');
  const found = sources.at(-1)!.model.fields.find(({ name }) => name === 'x');
  return found ? described(found) : 'nothing';
}

function described({ type, optional }: FieldModel): string {
  return `${inFull(type)}${optional ? ' ?' : ''}`;
}

/** A type in words, with the fields of objects. */
function inFull(type: FieldModel['type']): string {
  const fieldsOf = (fields: readonly FieldModel[]): string =>
    fields.map((field) => `${field.name}${field.optional ? '?' : ''}: ${inFull(field.type)}`).join(', ');
  switch (type.kind) {
    case 'object':
      return `${type.className ?? ''}{ ${fieldsOf(type.fields)} }`;
    case 'record':
      return `{ ${[...(type.fields.length > 0 ? [fieldsOf(type.fields)] : []), `[${inFull(type.key)}]: ${inFull(type.value)}`].join(', ')} }`;
    case 'variants':
      return `by ${type.discriminator}: ${type.variants.map((variant) => inFull(variant.type)).join(' / ')}`;
    case 'array':
      return `array of ${inFull(type.element)}`;
    case 'set':
      return `set of ${inFull(type.element)}`;
    case 'map':
      return `map of ${inFull(type.key)} to ${inFull(type.value)}`;
    case 'tuple':
      return `[${[...type.elements.map((element, index) => inFull(element) + (index < type.least ? '' : '?')), ...(type.rest ? [`...${inFull(type.rest)}`] : [])].join(', ')}]`;
    case 'nullable':
      return `${inFull(type.of)} or null`;
    case 'union':
      return type.members.map(inFull).join(' or ');
    case 'recursive':
      return `${type.name} = ${inFull(type.of)}`;
    case 'reference':
      return type.name;
    case 'json':
      return type.isObject ? 'json object' : 'json';
    case 'string':
      return type.pattern === undefined ? 'string' : `string ${type.pattern}`;
    default:
      return describeType(type);
  }
}

describe('a field of the type', () => {
  it.each<readonly [field: string, stored: string, before?: string]>([
    // Scalars
    ['x!: string', 'string'],
    ['x!: number', 'number'],
    ['x!: boolean', 'boolean'],
    ['x!: bigint', 'bigint'],
    ['x!: Date', 'date'],
    ['x!: Uint8Array', 'bytes'],
    ['x!: Uint8Array<ArrayBuffer>', 'bytes'],
    ['x!: String', 'string'],
    ['x!: Number | number', 'number'],
    ['x?: string', 'string ?'],
    ['x!: string | undefined', 'string ?'],
    ['x!: string | null', 'string or null'],
    ['x!: A | string', 'string or null', 'type A = string | null;'],
    ['x!: null', 'UNSUPPORTED_TYPE'],
    ['x!: undefined', 'UNSUPPORTED_TYPE'],
    ['x!: void', 'UNSUPPORTED_TYPE'],
    ['x!: never', 'UNSUPPORTED_TYPE'],
    ['x!: string | never', 'string'],
    ['x!: symbol', 'UNSUPPORTED_TYPE'],
    // Opaque JSON
    ['x!: any', 'json ?'],
    ['x!: unknown', 'json ?'],
    ['x!: any | null', 'json ?'],
    ['x!: unknown[]', 'array of json'],
    ['x!: object', 'json object'],
    ['x!: {}', 'json'],
    ['x!: Object', 'json object'],
    ['x!: JsonValue', 'json', "import type { JsonValue } from 'type-fest';"],
    ['x!: Prisma.JsonObject', 'json object', "import type { Prisma } from '@prisma/client';"],
    // Literals
    ["x!: 'a'", '"a"'],
    ["x!: 'a' | 'b' | 1 | true", '"a" | "b" | 1 | true'],
    ['x!: -1', '-1'],
    ['x!: true | false', 'boolean'],
    ['x!: 1n', 'UNSUPPORTED_TYPE'],
    ["x!: 'a' | string", 'string'],
    // Template literal types
    ['x!: `a-${string}`', 'string ^a-(?:[\\s\\S]*)$'],
    ["x!: `${'a' | 'b'}-${1 | 2}`", '"a-1" | "b-1" | "a-2" | "b-2"'],
    ['x!: `${string}`', 'string'],
    ["x!: `a${string}` | 'b'", 'string ^(?:a(?:[\\s\\S]*)|b)$'],
    ["x!: Uppercase<'a' | 'b'>", '"A" | "B"'],
    ['x!: Lowercase<string>', 'string ^\\P{Changes_When_Lowercased}*$'],
    ['x!: `${Lowercase<string>}!`', 'string ^(?:\\P{Changes_When_Lowercased}*)!$'],
    // Enums
    ['x!: E', '0 | 1', 'enum E { A, B }'],
    ['x!: E', '1 | -6', 'enum E { A = +1, C = ~5 }'],
    ['x!: E', '1 | 4 | 5', 'enum E { A = 1 << 0, B = 1 << 2, C = A | B }'],
    ['x!: E', '"a" | "a-b" | "a-b!"', "const P = 'a'; enum E { A = P, B = `${P}-b`, C = B + '!' }"],
    ['x!: E', '1 | 11', 'enum O { A = 10 } enum E { A = 1, B = O.A + E.A }'],
    ['x!: E', '0 | 7', 'enum E { A } enum E { B = 7 }'],
    ['x!: E', '1', 'enum E { A = 1, B = 1 }'],
    ['x!: E.B', '1', 'enum E { A, B }'],
    ['x!: E', 'UNSUPPORTED_TYPE', "enum E { A = 'a'.length }"],
    ['x!: E', 'UNSUPPORTED_TYPE', 'enum E {}'],
    ['x!: keyof typeof E', '"A" | "B"', 'enum E { A, B }'],
    ['x!: (typeof E)[keyof typeof E]', '0 | 1', 'enum E { A, B }'],
    ['x!: `${E}`', '"a"', "enum E { A = 'a' }"],
    // typeof and indexed access
    ['x!: (typeof L)[number]', '"a" | "b"', "const L = ['a', 'b'] as const;"],
    ['x!: (typeof L)[number]', 'string', "const L = ['a', 'b'];"],
    ['x!: (typeof L)[0]', '"a"', "const L = ['a', 'b'] as const satisfies readonly string[];"],
    ['x!: (typeof L)[number]', '"a" | "b" | "c"', "const K = ['a', 'b'] as const; const L = [...K, 'c'] as const;"],
    ['x!: S', '"a" | "b"', "const S = { A: 'a', B: 'b' } as const; type S = (typeof S)[keyof typeof S];"],
    ['x!: R', '"a" | "b"', "type R = (typeof R)[number]; const R = ['a', 'b'] as const;"],
    ['x!: (typeof S)[keyof typeof S]', '"a" | 1', "const S = Object.freeze({ A: 'a', B: 1 });"],
    ['x!: typeof S.A', '"a"', "const S = { A: 'a' } as const;"],
    ['x!: keyof typeof S', '"A" | "B"', "const S = { A: 'a', B: 'b' };"],
    ['x!: typeof D', '{ a: number, b: string }', "const D = { a: 1, b: 'x' };"],
    ['x!: typeof F', 'UNKNOWN_TYPE', 'function F() {}'],
    ['x!: I["a"]', 'number', 'interface I { a: number }'],
    ['x!: I["a" | "b"]', 'number or string ?', 'interface I { a: number; b?: string }'],
    ['x!: I["c"]', 'UNSUPPORTED_TYPE', 'interface I { a: number }'],
    ['x!: string[][number]', 'string'],
    ['x!: keyof I', '"a" | "b"', 'interface I { a: 1; b: 2 }'],
    // Containers
    ['x!: string[]', 'array of string'],
    ['x!: readonly string[]', 'array of string'],
    ['x!: Array<string | null>', 'array of string or null'],
    ['x!: Set<number>', 'set of number'],
    ['x!: ReadonlyMap<string, Date>', 'map of string to date'],
    ['x!: (string | undefined)[]', 'UNSUPPORTED_TYPE'],
    // Tuples
    ['x!: [number, number]', '[number, number]'],
    ['x!: readonly [a: string, b?: number]', '[string, number?]'],
    ['x!: [string, ...number[]]', '[string, ...number]'],
    ['x!: [...P, string]', '[number, number, string]', 'type P = [number, number];'],
    ['x!: [...string[], number]', 'UNSUPPORTED_TYPE'],
    // Objects, records, index signatures
    ['x!: { a: string; b?: number }', '{ a: string, b?: number }'],
    ['x!: Record<string, number>', '{ [string]: number }'],
    ['x!: Record<number, string>', '{ [number]: string }'],
    ["x!: Record<'a' | 'b', number>", '{ a: number, b: number }'],
    ['x!: Record<E, string[]>', '{ a: array of string, b: array of string }', "enum E { A = 'a', B = 'b' }"],
    ["x!: Partial<Record<'a', number>>", '{ a?: number }'],
    ["x!: Record<'in-progress' | 0, number>", '{ in-progress: number, 0: number }'],
    ['x!: Record<string, unknown>', '{ [string]: json }'],
    ['x!: Record<`k${string}`, number>', '{ [string ^k(?:[\\s\\S]*)$]: number }'],
    ['x!: { [key: string]: number }', '{ [string]: number }'],
    ['x!: I', '{ id: string, [string]: json }', 'interface I { id: string; [more: string]: unknown }'],
    ['x!: { f(): void }', 'UNSUPPORTED_TYPE'],
    ['x!: { (): void }', 'UNSUPPORTED_TYPE'],
    ['x!: () => void', 'UNSUPPORTED_TYPE'],
    ['x!: { a: () => void; b: symbol }', 'UNSUPPORTED_TYPE UNSUPPORTED_TYPE'],
    // Mapped and utility types
    ["x!: { [K in 'a' | 'b']?: K }", '{ a?: "a", b?: "b" }'],
    [
      'x!: { [K in keyof I]: I[K] | null }',
      '{ a: number or null, b?: string or null }',
      'interface I { a: number; b?: string }',
    ],
    ['x!: { -readonly [K in keyof I]-?: I[K] }', '{ a: number, b: string }', 'interface I { a: number; b?: string }'],
    ['x!: { [K in string]: number }', '{ [string]: number }'],
    ["x!: { [K in 'a' as `get${K}`]: K }", 'UNSUPPORTED_TYPE'],
    ['x!: Partial<I>', '{ a?: number, b?: string }', 'interface I { a: number; b: string }'],
    ['x!: Required<I>', '{ a: number }', 'interface I { a?: number }'],
    ["x!: Pick<C, 'a'>", '{ a: number }', 'export class C { a!: number; b!: string }'],
    ["x!: Omit<C, 'a'>", '{ b: string }', 'export class C { a!: number; b!: string }'],
    ['x!: Readonly<I>', '{ a: number }', 'interface I { a: number }'],
    ["x!: Exclude<'a' | 'b' | null, 'a'>", '"b" or null'],
    ["x!: Extract<'a' | 1, string>", '"a"'],
    ['x!: NonNullable<string | null | undefined>', 'string'],
    ['x!: ReturnType<typeof F>', 'UNKNOWN_TYPE', 'function F() { return 1 }'],
    ['x!: string extends number ? 1 : 2', 'UNSUPPORTED_TYPE'],
    ['x!: I extends infer T ? T : never', 'UNSUPPORTED_TYPE', 'interface I { a: 1 }'],
    // Intersections
    ['x!: { a: 1 } & { b: 2 }', '{ a: 1, b: 2 }'],
    ['x!: { m: { p: 1 } } & { m: { q: 2 } }', '{ m: { p: 1, q: 2 } }'],
    ["x!: string & { __brand: 'Id' }", 'string'],
    ["x!: ({ a: 1 } | { a: 2 }) & { b: 'b' }", 'by a: { a: 1, b: "b" } / { a: 2, b: "b" }'],
    ['x!: { a?: string } & { a: string | null }', '{ a: string }'],
    ['x!: string & number', 'UNSUPPORTED_TYPE'],
    // Brands say nothing of values, whatever they are made of
    ['x!: string & { _brand: undefined }', 'string'],
    ['x!: number & { readonly __b: never }', 'number'],
    ['x!: string & { __b: () => void }', 'string'],
    ['x!: T', 'string', 'type Tag<N extends string> = { tag: { [K in N]: void } }; type T = string & Tag<"a">;'],
    ['x!: string & Missing', 'UNKNOWN_TYPE'],
    ['x!: { a: string } & { b: undefined }', 'UNSUPPORTED_TYPE'],
    // What only the class's instances have
    [
      'x!: keyof C',
      '"a" | "g" | "m"',
      'export class C { a!: 1; get g() { return 1 } m(): void {} static s(): void {} }',
    ],
    ["x!: Omit<C, 'a'>", 'UNSUPPORTED_TYPE', 'export class C { a!: 1; b!: 2; get g() { return 1 } }'],
    ["x!: Omit<C, 'a' | 'g'>", '{ b: 2 }', 'export class C { a!: 1; b!: 2; get g() { return 1 } }'],
    ["x!: Pick<C, 'a'>", '{ a: 1 }', 'export class C { a!: 1; m(): void {} }'],
    ["x!: Pick<C, 'm'>", 'UNSUPPORTED_TYPE', 'export class C { a!: 1; m(): void {} }'],
    ["x!: Pick<C, 'm'>", 'UNSUPPORTED_TYPE', 'class B { m(): void {} }\nexport class C extends B { a!: 1 }'],
    ['x!: Partial<C>', '{ a?: 1 }', 'export class C { a!: 1; m(): void {} }'],
    ["x!: Partial<Omit<C, 'b'>>", '{ a?: 1 }', 'export class C { a!: 1; b!: 2; m(): void {} }'],
    ['x!: { [K in keyof C]?: C[K] }', '{ a?: 1 }', 'export class C { a!: 1; m(): void {} }'],
    ['x!: C & { b: 2 }', 'UNSUPPORTED_TYPE', 'export class C { a!: 1; m(): void {} }'],
    ['x!: InstanceType<typeof C>', 'C{ a: 1 }', 'export class C { a!: 1 }'],
    // Fields that generated code cannot reach
    ['x!: C', 'PRIVATE_FIELD', 'export class C { private a = 1 }'],
    ['x!: C', 'PRIVATE_FIELD', 'export class C { protected a = 1 }'],
    ['x!: C', 'UNSUPPORTED_MEMBER', 'export class C { accessor a = 1 }'],
    [
      'x!: C',
      'C{ b: 1 }',
      'abstract class B { abstract a: 1 }\nexport class C extends B { b!: 1; get a(): 1 { return 1 } }',
    ],
    // Two declarations of one name
    ['x!: C', 'C{ a: 1, b: 2 }', 'export class C { a!: 1; m(): void {} }\nexport interface C { b: 2; m2(): void }'],
    ['x!: C', 'C{ b: 2, a: 1 }', 'export interface C { b: 2 }\nexport class C { a!: 1 }'],
    ['x!: I', '{ [string]: string or number }', 'interface I { [k: string]: string | number; [n: number]: string }'],
    ['x!: I', 'UNSUPPORTED_TYPE', 'interface I { [k: `a${string}`]: 1; [k: `b${string}`]: 2 }'],
    ['x!: typeof L', 'string', "let L = 'a';"],
    ['x!: E', 'UNSUPPORTED_TYPE', 'declare enum E { A, B }'],
    ['x!: { a: 1 } & Record<string, number>', '{ a: 1, [string]: number }'],
    // Unions of objects
    ["x!: { k: 'a' } | { k: 'b'; n: number }", 'by k: { k: "a" } / { k: "b", n: number }'],
    ["x!: { k: 'a' | 'c' } | { k: 'b' }", 'by k: { k: "a" } / { k: "c" } / { k: "b" }'],
    ['x!: { a: string } | { b: string }', 'UNSUPPORTED_TYPE'],
    ['x!: string[] | Set<string>', 'array of string or set of string'],
    ['x!: string[] | [number]', 'UNSUPPORTED_TYPE'],
    // Names
    ['x!: I', '{ a: string, b: number }', 'interface I { a: string } interface I { b: number }'],
    ['x!: J', '{ a: string, b: number }', 'interface I { a: string } interface J extends I { b: number }'],
    ['x!: J', '{ b: number, c: 1 }', "interface I { a: string; b: number } interface J extends Omit<I, 'a'> { c: 1 }"],
    ['x!: J', 'array of string', 'interface J extends Array<string> {}'],
    ['x!: W<W<string>>', '{ of: { of: string } }', 'type P<T> = { of: T }; type W<T> = P<T>;'],
    ['x!: N.I', '{ a: string }', 'namespace N { export interface I { a: F } export type F = string }'],
    ['x!: N.M.T', 'string', 'namespace N { export namespace M { export type T = string } }'],
    ['x!: Missing', 'UNKNOWN_TYPE'],
    ['x!: N.Missing', 'UNKNOWN_TYPE', 'namespace N {}'],
    ["x!: Key<'Club'>", 'string'],
    ["x!: Key<'Club', number>", 'number'],
    ['x!: this', 'UNSUPPORTED_TYPE'],
    // Recursive types
    ['x!: T', 'T = { below: array of T }', 'interface T { below: T[] }'],
    ['x!: T', 'T = { next: T or null }', 'interface T { next: T | null }'],
    ['x!: T', 'T = { next: T or null } or null', 'type T = { next: T } | null;'],
    [
      'x!: J',
      'J = string or number or boolean or array of J or null or { [string]: J or null } or null',
      'type J = string | number | boolean | null | J[] | { [k: string]: J };',
    ],
    [
      'x!: A',
      'A = { b?: { a: map of string to array of A } }',
      'interface A { b?: B } interface B { a: Map<string, A[]> }',
    ],
    ['x!: C', 'C = C{ below: array of C }', 'export class C { below: C[] = [] }'],
    [
      'x!: E',
      'E = by k: { k: "n", v: number } / { k: "+", l: E, r: E }',
      "type E = { k: 'n'; v: number } | { k: '+'; l: E; r: E };",
    ],
    ['x!: G<string>', 'RECURSIVE_TYPE', 'type G<T> = { more: G<T[]> };'],
    ['x!: A', 'RECURSIVE_TYPE', 'type A = B; type B = A;'],
    ['x!: Thing', 'RECURSIVE_TYPE'],
    // Foreign classes: cause and conversion
    ['x!: RegExp', 'UNSUPPORTED_TYPE'],
    ['x!: Promise<string>', 'UNSUPPORTED_TYPE'],
    ['x!: Decimal', 'UNKNOWN_TYPE', "import { Decimal } from 'decimal.js';"],
    ['x!: Types.ObjectId', 'UNKNOWN_TYPE', "import { Types } from 'mongoose';"],
    ['x!: Relation<string>', 'string', "import type { Relation } from 'typeorm';"],
    ['x!: Foo', 'UNKNOWN_TYPE', "import type { Foo } from 'foo';"],
    // Types that are not written
    ["x = 'a'", 'string'],
    ["readonly x = 'a'", '"a"'],
    ['x = !0', 'boolean'],
    ['x = -1', 'number'],
    ['x = 2 * 3 + 1', 'number'],
    ['x = `a${1}`', 'string'],
    ['x = 5n', 'bigint'],
    ['x = new Date()', 'date'],
    ['x = Date.now()', 'number'],
    ['x = E.A', '0 | 1', 'enum E { A, B }'],
    ['x = S.A', '"a"', "const S = { A: 'a', B: 'b' } as const;"],
    ['x = [1, 2]', 'array of number'],
    ["x = ['a', 1]", 'array of string or number'],
    ['x = { a: 1, b: { c: [true] } }', '{ a: number, b: { c: array of boolean } }'],
    ["x = ['a'] as const", '["a"]'],
    ["x = 'a' as 'a' | 'b'", '"a" | "b"'],
    ['x = new Map<string, number>()', 'map of string to number'],
    ["x = new Set(['a'])", 'set of string'],
    ['x = D', 'number', 'const D = 5;'],
    [
      'x!: C',
      'C{ n: number, e: 0 | 1, list: array of string }',
      "enum E { A, B } export class C { n = 1; e = E.A; list = ['a'] }",
    ],
    // Members that are not fields
    ['[OptionalProps]?: "id"; x!: string', 'string', "import { OptionalProps } from '@mikro-orm/core';"],
    ['[MARK]?: 1; x!: string', 'string', "const MARK: unique symbol = Symbol('m');"],
    ['[MARK] = 1', 'UNSUPPORTED_MEMBER', "const MARK: unique symbol = Symbol('m');"],
    ['[N]!: string', 'string', "const N = 'x';"],
    ['[key: string]: unknown', 'UNSUPPORTED_MEMBER'],
  ])('%s is %s', (field, stored, ...[before]) => {
    expect(read(field as string, before ?? '')).toBe(stored);
  });

  it.each<readonly [field: string, stored: string, before: string, files: Readonly<Record<string, string>>]>([
    ['x!: t.Role', '"a"', "import * as t from './types.js';", { 'types.ts': "export type Role = 'a';" }],
    ['x!: t.E.A', '0', "import type * as t from './types.js';", { 'types.ts': 'export enum E { A }' }],
    [
      'x!: t.E',
      '0',
      "import { t } from './all.js';",
      { 'all.ts': "export * as t from './types.js';", 'types.ts': 'export enum E { A }' },
    ],
    ["x!: import('./types.js').Role", '"a"', '', { 'types.ts': "export type Role = 'a';" }],
    ['x = t.E.A', '0 | 1', "import * as t from './types.js';", { 'types.ts': 'export enum E { A, B }' }],
    [
      'x!: (typeof t.L)[number]',
      '"a"',
      "import * as t from './types.js';",
      { 'types.ts': "export const L = ['a'] as const;" },
    ],
    ['x!: Missing', 'UNKNOWN_TYPE', "import { Missing } from './types.js';", { 'types.ts': '' }],
  ])('%s of another file is %s', (field, stored, before, files) => {
    const inSchemas = Object.fromEntries(Object.entries(files).map(([name, text]) => [`schemas/${name}`, text]));
    expect(read(field, before, inSchemas)).toBe(stored);
  });

  it.each<readonly [base: string, stored: string]>([
    ['PartialType(Base)', 'a?: isString isOptional, b?: '],
    ["PickType(Base, ['a'] as const)", 'a: isString'],
    ["OmitType(Base, ['a'])", 'b: '],
    ["IntersectionType(Other, PickType(Base, ['b']))", 'c: min, b: '],
    ["PartialType(OmitType(Base, ['b']))", 'a?: isString isOptional'],
  ])('of a class that extends %s has %s', (base, stored) => {
    const text = `${HEAD}import { PartialType, PickType, OmitType, IntersectionType } from '@nestjs/mapped-types';
import { IsString, Min } from 'class-validator';
class Base { @IsString() a!: string; b!: number }
class Other { @Min(1) c!: number }
@Document()
export class Thing extends ${base} { @Id() id!: string }
`;
    using project = new TemporaryProject({ 'schemas/thing.ts': text });
    const { sources, diagnostics } = readSources([`${project.folder}/schemas/thing.ts`], undefined);
    expect(diagnostics.list).toEqual([]);
    const fields = sources[0]!.model.fields.filter(({ name }) => name !== 'id');
    const found = fields.map(
      ({ name, optional, rules }) => `${name}${optional ? '?' : ''}: ${rules.map((rule) => rule.name).join(' ')}`,
    );
    expect(found.join(', ')).toBe(stored);
  });

  it.each<readonly [field: string, stored: string, before: string]>([
    ['x!: Role', '"USER" | "ADMIN"', "import { Role } from '@prisma/client';"],
    ['x!: $Enums.Role', '"USER" | "ADMIN"', "import { $Enums } from '@prisma/client';"],
    ['x!: Prisma.SortOrder', '"asc" | "desc"', "import { Prisma } from '@prisma/client';"],
    ['x!: Plain', '0 | 4', "import { Plain } from '@prisma/client';"],
    ['x!: Shape', '{ a: string }', "import type { Shape } from '@prisma/client';"],
    ['x!: Model', 'UNKNOWN_TYPE', "import type { Model } from '@prisma/client';"],
  ])('%s of a package is %s', (field, stored, before) => {
    const files = {
      'node_modules/@prisma/client/package.json': '{ "name": "@prisma/client", "types": "index.d.ts" }',
      'node_modules/@prisma/client/index.d.ts': "export * from '.prisma/client/default';\n",
      'node_modules/.prisma/client/default.d.ts': "export * from './index';\n",
      'node_modules/.prisma/client/index.d.ts': `export namespace $Enums {
  export const Role: { USER: 'USER', ADMIN: 'ADMIN' };
  export type Role = (typeof Role)[keyof typeof Role]
}
export type Role = $Enums.Role
export const Role: typeof $Enums.Role
export namespace Prisma {
  export const SortOrder: { asc: 'asc', desc: 'desc' };
  export type SortOrder = (typeof SortOrder)[keyof typeof SortOrder]
}
export declare enum Plain { A = 0, B = 4 }
export interface Shape { a: string }
export declare class Model { save(): void }
`,
    };
    expect(read(field, before, files)).toBe(stored);
  });
});
