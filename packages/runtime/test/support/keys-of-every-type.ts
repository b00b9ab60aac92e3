/** Collections whose keys are dates, booleans, bigints, and all of them together; documents with any such keys. */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import fc from 'fast-check';
import { type Fields, field, modelWith, NUMBER, STRING } from './open-models.js';

const DATE: FieldType = { kind: 'date' };
const BOOLEAN: FieldType = { kind: 'boolean' };
const BIGINT: FieldType = { kind: 'bigint' };

/** In `rank` documents tie, so that an order by it goes on by key. */
function keyed(name: string, parts: Readonly<Record<string, FieldType>>): DocumentModel {
  const fields = Object.entries(parts).map(([part, type]) => field(part, type));
  return modelWith([], {
    ...{ name, collection: name.toLowerCase(), key: { fields: Object.keys(parts) } },
    fields: [...fields, field('rank', NUMBER), field('note', STRING)],
    indexes: [{ name: 'rank', kind: 'range', fields: ['rank'] }],
  });
}

export const KEYED_MODELS: readonly DocumentModel[] = [
  keyed('Day', { day: DATE }),
  keyed('Flag', { isOn: BOOLEAN }),
  keyed('Choice', { choice: { kind: 'literal', values: [true, false] } }),
  keyed('Big', { big: BIGINT }),
  keyed('Slot', { day: DATE, isOn: BOOLEAN, big: BIGINT, room: STRING, number: NUMBER }),
];

const MAX_MS = 8.64e15;
const days = fc.oneof(
  fc.integer({ min: -200, max: 40_000 }).map((day) => new Date(day * 86_400_000)),
  fc.integer({ min: -5, max: 5 }).map((ms) => new Date(ms)),
  fc.constantFrom(-MAX_MS, MAX_MS, -1, 0, 999_999_999, 1e9, 1e13 - 1, 1e13).map((ms) => new Date(ms)),
);
const bigs = fc.oneof(fc.bigInt(), fc.bigInt({ min: -3n, max: 3n }));
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  day: days,
  isOn: fc.boolean(),
  choice: fc.boolean(),
  big: bigs,
  room: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 5 }), fc.constantFrom('', 't1:5', 'b1:1', ':')),
  number: fc
    .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
    .map((value) => (value === 0 ? 0 : value)),
};

/** Documents of a model, with different keys. @param limits narrower arbitraries of fields, for a target with less room. */
export function keyedDocuments(
  { key, name }: DocumentModel,
  limits: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<readonly Fields[]> {
  const parts = Object.fromEntries(key.fields.map((part) => [part, limits[part] ?? values[part]!]));
  const document = fc.record({ ...parts, rank: fc.integer({ min: 0, max: 2 }), note: fc.constant(name) });
  return fc.uniqueArray(document, { maxLength: 12, selector: (each) => textOfKey(key.fields, each) });
}

/** The key of a document as a caller would write it anew: nothing of it is an object of the document. */
export function freshKey({ key: { fields } }: DocumentModel, document: Fields): never {
  const fresh = (part: string): unknown => {
    const value = document[part];
    return value instanceof Date ? new Date(value.getTime()) : value;
  };
  const [only] = fields;
  return (fields.length === 1 ? fresh(only!) : Object.fromEntries(fields.map((part) => [part, fresh(part)]))) as never;
}

/** One text for the key of a document: equal for equal keys only. */
export function textOfKey(fields: readonly string[], document: Fields): string {
  return JSON.stringify(
    fields.map((part) => {
      const value = document[part];
      return [typeof value, value instanceof Date ? value.getTime() : String(value)];
    }),
  );
}
