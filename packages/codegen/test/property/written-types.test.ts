/** Any type that people write, in fields of classes: it is refused with file and line, or its generated code compiles. */
import fc from 'fast-check';
import { repeats } from '../../../runtime/test/support/long-run.js';
import { compile } from '../support/compile.js';
import { TemporaryProject } from '../support/temporary-project.js';

const COUNT = repeats('NUTHATCH_WRITTEN_TYPES', 80);
/** Classes of one project: the compiler begins once for all of them. */
const CLASSES_PER_PROJECT = 400;

const HEAD = `import { Document, Id, type JsonValue } from '@nuthatch/decorators';
export enum Color { Red, Green = 'green' }
export class Empty {}
export class Money { amount!: bigint; currency: 'EUR' | 'USD' = 'EUR'; at?: Date; get text() { return String(this.amount); } }
export abstract class Base<T> { value!: T; list: T[] = []; }
export class DateBox extends Base<Date> { extra?: Record<string, Money>; pair?: [Money, ...string[]]; }
export interface Pair<T> { left: T; right?: T | null }
export interface Tree { name: string; below: Tree[]; money?: Money }
export class Chain { name!: string; next?: Chain; all: Chain[] = []; }
export type Shape = { kind: 'circle'; r: number } | { kind: 'rect'; box: DateBox };
`;

const NAMED = [
  ...['string', 'number', 'boolean', 'bigint', 'Date', 'Buffer', 'Uint8Array', 'Float32Array', "'a' | 'b'", '1 | 2'],
  ...['Color', 'unknown', 'JsonValue', 'Money', 'DateBox', 'Pair<string>', 'Pair<Money>', 'Empty', 'Tree', 'Shape'],
  ...['`x-${number}`', 'Chain'],
];
const named = fc.constantFrom(...NAMED);

const { written } = fc.letrec<{ written: string }>((tie) => {
  const of = (text: (type: string, other: string) => string) => ({
    weight: 1,
    arbitrary: fc.tuple(tie('written'), tie('written')).map(([type, other]) => text(type, other)),
  });
  return {
    written: fc.oneof(
      { maxDepth: 4, depthSize: 'medium' },
      { weight: 6, arbitrary: named },
      of((type) => `(${type})[]`),
      of((type) => `readonly (${type})[]`),
      { weight: 1, arbitrary: fc.tuple(named, tie('written')).map(([key, value]) => `Map<${key}, ${value}>`) },
      of((type) => `Set<${type}>`),
      of((type) => `Record<string, ${type}>`),
      of((type) => `Record<'p' | 'q-r', ${type}>`),
      of((type, other) => `{ a: ${type}; readonly b: ${other} }`),
      of((type, other) => `{ a?: ${type}; readonly b?: ${other} }`),
      of((type, other) => `[${type}, (${other})?]`),
      of((type, other) => `[${type}, ...(${other})[]]`),
      of((type) => `(${type}) | null`),
      of((type, other) => `(${type}) | (${other})`),
      of((type) => `Partial<{ z: ${type}; y: string }>`),
      of((type) => `{ n: ${type}; [more: string]: unknown }`),
    ),
  };
});

it(`the generated code of ${COUNT} classes with fields of random types compiles, or names their line`, async () => {
  const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 1_000_000);
  const types = fc.sample(written, { numRuns: COUNT, seed });
  for (let start = 0; start < types.length; start += CLASSES_PER_PROJECT) {
    const lines = types.slice(start, start + CLASSES_PER_PROJECT).map((type, index) => {
      const mark = index % 3 === 0 ? '!' : '?';
      return `@Document() export class A${start + index} { @Id() readonly id!: string; f${mark}: ${type}; }`;
    });
    using project = new TemporaryProject(
      { 'schemas/all.ts': `${HEAD}${lines.join('\n')}\n`, 'main.ts': "export * from './generated/index.js';\n" },
      { hasDependencies: true },
    );
    const { diagnostics } = await project.generate({ isDryRun: true });
    const headLines = HEAD.split('\n').length;
    const refused = new Set(diagnostics.map(({ position }) => (position?.line ?? 0) - headLines));
    const read = lines.filter((_, index) => !refused.has(index));
    // Nearly all of them are types that can be stored: unions that cannot be told apart are the others.
    expect([seed, read.length > lines.length * 0.7]).toEqual([seed, true]);
    expect(new Set(diagnostics.map(({ code }) => code))).toEqual(
      new Set(diagnostics.length === 0 ? [] : ['UNSUPPORTED_TYPE']),
    );
    project.write('schemas/all.ts', `${HEAD}${read.join('\n')}\n`);
    expect((await project.generate()).diagnostics).toEqual([]);
    expect([seed, compile(project, { strict: true })]).toEqual([seed, []]);
  }
});
