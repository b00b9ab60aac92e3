/** Random histories of renames: what the emitted migrations do to documents, there and back, through the stored bytes. */
import {
  type DocumentModel,
  diffModels,
  type FieldModel,
  type FieldType,
  modelFingerprint,
  modelsHash,
} from '@nuthatch/model';
import * as runtime from '@nuthatch/runtime';
import { transformSync } from '@swc/core';
import fc from 'fast-check';
import { emitMigration, migrationName } from '../../src/emit/migration-emitter.js';
import { parseRenames } from '../../src/evolve/find-renames.js';
import type { MigrationRecord } from '../../src/evolve/migration-record.js';
import { planMigrations } from '../../src/evolve/plan-migrations.js';

const NAMES = [
  'name',
  'value',
  'kept',
  'document',
  '_1',
  'class',
  'await',
  'up',
  'keptValue',
  'Date',
  'a b',
  "it's",
  'ähre',
  '数',
  '7',
  '$',
];

type Document = Record<string, unknown>;
interface Sampled {
  readonly type: FieldType;
  readonly value: fc.Arbitrary<unknown>;
}

const SAMPLES: readonly Sampled[] = [
  { type: { kind: 'string' }, value: fc.string({ unit: 'binary' }) },
  { type: { kind: 'number' }, value: fc.double() },
  { type: { kind: 'boolean' }, value: fc.boolean() },
  { type: { kind: 'bigint' }, value: fc.bigInt() },
  { type: { kind: 'nullable', of: { kind: 'string' } }, value: fc.option(fc.string()) },
  { type: { kind: 'literal', values: ['a', "it's", 7] }, value: fc.constantFrom('a', "it's", 7) },
  { type: { kind: 'array', element: { kind: 'number' } }, value: fc.array(fc.double()) },
  {
    type: { kind: 'object', fields: [{ name: 'x', type: { kind: 'number' }, optional: true, rules: [] }] },
    value: fc.record({ x: fc.double() }),
  },
];

const history = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...SAMPLES), fc.boolean()), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 6,
  })
  .chain((fields) =>
    fc.record({
      model: fc.constant(modelOf(fields.map(([name, { type }, optional]) => ({ name, type, optional, rules: [] })))),
      documents: fc.array(
        fc
          .tuple(...fields.map(([, { value }, optional]) => (optional ? fc.option(value, { nil: undefined }) : value)))
          .map((values) => ({
            id: 'x',
            ...Object.fromEntries(values.map((value, index) => [fields[index]![0], value])),
          })),
        { minLength: 1, maxLength: 3 },
      ),
      // Which field gets which name, if it is free; and whether fields change places.
      steps: fc.array(
        fc.record({
          renames: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...NAMES)), { minLength: 1, maxLength: 3 }),
          isReordered: fc.boolean(),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  );

function modelOf(fields: readonly FieldModel[]): DocumentModel {
  const id: FieldModel = { name: 'id', type: { kind: 'string' }, optional: false, rules: [] };
  return {
    name: 'Thing',
    collection: 'thing',
    storage: 'disk',
    key: { fields: ['id'] },
    fields: [id, ...fields],
    computed: [],
    indexes: [],
  };
}

interface Code {
  up(document: Document): Document;
  down(document: Document): Document;
}

function run(text: string): Code {
  const { code } = transformSync(text, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const exports: Partial<Code> = {};
  new Function('exports', 'require', code)(exports, () => runtime);
  return exports as Code;
}

/** The document as the model's bytes hold it. */
function stored(model: DocumentModel, document: Document): Document {
  const codec = runtime.createModelCodec(model);
  const writer = new runtime.ByteWriter();
  codec.encode(document, writer);
  return codec.decode(new runtime.ByteReader(writer.finish()));
}

function isSame(a: Document, b: Document): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every(
    (name) => Object.is(a[name], b[name]) || JSON.stringify(show(a[name])) === JSON.stringify(show(b[name])),
  );
}

function show(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return value.map((item) => (Object.is(item, -0) ? '-0' : String(item)));
  return value instanceof Object ? Object.entries(value).map(([name, part]) => [name, String(part)]) : value;
}

describe('renames', () => {
  it('lose no value in 1,000 random histories, and come back the way they went', () => {
    fc.assert(
      fc.property(history, ({ model, documents, steps }) => {
        const records: MigrationRecord[] = [];
        const ways: { before: DocumentModel; after: DocumentModel; code: Code; newNames: Map<string, string> }[] = [];
        let before = model;
        for (const { renames, isReordered } of steps) {
          const newNames = chooseNames(before, renames);
          if (newNames.size === 0) continue;
          const fields = before.fields
            .slice(1)
            .map((field) => ({ ...field, name: newNames.get(field.name) ?? field.name }));
          const after = modelOf(isReordered ? fields.reverse() : fields);
          const said = [...newNames].map(([from, to]) => ({ collection: 'thing', from, to }));
          const plan = planMigrations(
            { records, oldModels: [before], oldHeads: headOf(records) },
            [after],
            said,
            migrationName,
          );
          expect(plan).toHaveLength(1);
          const stub = plan[0]!.stub!;
          const text = emitMigration({ ...stub, changes: diffModels(before, after, stub.renamedFrom) });
          expect(text).not.toContain('requiredValue');
          records.push(plan[0]!.record);
          ways.push({ before, after, code: run(text), newNames });
          before = after;
        }
        for (const document of documents) {
          let now = stored(model, document);
          const seen = [now];
          for (const { after, code, newNames } of ways) {
            const expected = Object.fromEntries(
              Object.entries(now).map(([name, value]) => [newNames.get(name) ?? name, value]),
            );
            now = stored(after, code.up(now));
            expect(isSame(now, expected)).toBe(true);
            seen.push(now);
          }
          for (const { before: earlier, code } of [...ways].reverse()) {
            seen.pop();
            now = stored(earlier, code.down(now));
            expect(isSame(now, seen.at(-1)!)).toBe(true);
          }
        }
        expect(records.map(({ parents: [parent] }) => parent)).toEqual(ways.map((way) => modelsHash([way.before])));
        expect(records.map(({ after }) => modelFingerprint(after[0]!))).toEqual(
          ways.map(({ after }) => modelFingerprint(after)),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('are read from any name that a field can have, but for one with a dot or colon', () => {
    const pair = { before: modelOf([]), after: modelOf([]) };
    for (const [index, name] of NAMES.entries()) {
      const other = NAMES[(index + 1) % NAMES.length]!;
      const field = (itsName: string): FieldModel => ({
        name: itsName,
        type: { kind: 'string' },
        optional: true,
        rules: [],
      });
      const pairs = [{ before: modelOf([field(name)]), after: modelOf([field(other)]) }, pair];
      expect(parseRenames([`Thing.${name}:${other}`], pairs)).toEqual([{ collection: 'thing', from: name, to: other }]);
    }
  });
});

/** Old name → new name, for names that are free before and after. */
function chooseNames(model: DocumentModel, wanted: readonly (readonly [number, string])[]): Map<string, string> {
  const fields = model.fields.slice(1).map(({ name }) => name);
  const newNames = new Map<string, string>();
  for (const [number, name] of wanted) {
    const field = fields[number % fields.length]!;
    if (newNames.has(field) || fields.includes(name) || [...newNames.values()].includes(name)) continue;
    newNames.set(field, name);
  }
  return newNames;
}

function headOf(records: readonly MigrationRecord[]): readonly string[] {
  return records.slice(-1).map(({ result }) => result);
}
