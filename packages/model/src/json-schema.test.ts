import Ajv2020 from 'ajv/dist/2020.js';
import type { FieldModel, FieldType } from './document-model.js';
import { jsonSchemaOf } from './json-schema.js';
import type { ValidationRule } from './validation-rule.js';

/** The schema of a class with one field beside its id. */
function schemaOf(type: FieldType, rules: readonly ValidationRule[] = []): Record<string, unknown> {
  const field = { name: 'value', type, optional: true, rules } as unknown as FieldModel;
  const model = { name: 'Thing', key: { fields: [] }, fields: [field] };
  const { properties } = jsonSchemaOf(model as never) as {
    readonly properties: { readonly value: Record<string, unknown> };
  };
  return properties.value;
}

const rule = (name: string, ...args: unknown[]): ValidationRule => ({ name, args }) as unknown as ValidationRule;
const accepts = (schema: object, value: unknown): boolean => new Ajv2020({ strict: true }).compile(schema)(value);

const TEXT = { kind: 'string' } as FieldType;
const NUMBER = { kind: 'number' } as FieldType;
const DATE = { kind: 'date' } as FieldType;

describe('JSON Schema of a field', () => {
  it.each([
    // Two equal dates, or equal objects, are two elements of a set.
    [{ kind: 'set', element: DATE } as FieldType, undefined],
    [{ kind: 'set', element: { kind: 'object', fields: [] } } as unknown as FieldType, undefined],
    [{ kind: 'set', element: TEXT } as FieldType, true],
    [{ kind: 'set', element: { kind: 'nullable', of: { kind: 'bigint' } } } as FieldType, true],
  ])('asks for different elements only where different values have different JSON', (type, uniqueItems) => {
    expect(schemaOf(type)['uniqueItems']).toBe(uniqueItems);
    const asArray = { ...type, kind: 'array' } as FieldType;
    expect(schemaOf(asArray, [rule('arrayUnique')])['uniqueItems']).toBe(uniqueItems);
  });

  it('leaves out patterns that no validator can read', () => {
    expect(schemaOf(TEXT, [rule('matches', { regExp: '^[a-z]+$' })])).toEqual({ type: 'string', pattern: '^[a-z]+$' });
    for (const regExp of ['^[\\w-.]+$', '\\-', '{'])
      expect(accepts(schemaOf(TEXT, [rule('matches', { regExp })]), 'a')).toBe(true);
  });

  it('has only multiples that the keyword can have, and that class-validator reads in the same way', () => {
    expect(schemaOf(NUMBER, [rule('isDivisibleBy', -5)])).toEqual({ type: 'number', multipleOf: 5 });
    for (const divisor of [2.5, 0, '3'])
      expect(schemaOf(NUMBER, [rule('isDivisibleBy', divisor)])).toEqual({ type: 'number' });
  });

  it('tells base64 from other texts', () => {
    const schema = schemaOf({ kind: 'bytes' } as FieldType);
    for (const text of ['', 'AAAA', 'AAA=', 'AA==']) expect([text, accepts(schema, text)]).toEqual([text, true]);
    for (const text of ['A', 'AA', 'AA-_', 'a b=']) expect([text, accepts(schema, text)]).toEqual([text, false]);
  });

  it('takes the names that JavaScript gives to numbers', () => {
    const schema = schemaOf({ kind: 'record', fields: [], key: NUMBER, value: TEXT } as unknown as FieldType);
    const isName = (name: string): boolean => accepts(schema, { [name]: 'x' });
    const numbers = [0, 1, -1, 10, 100, 0.5, -0.25, 1.5, 1e21, 1.5e300, 5e-324, 1e-7, -1.25e-9, Number.NaN];
    for (const number of [...numbers, Number.POSITIVE_INFINITY, Number.MAX_VALUE, Number.MIN_SAFE_INTEGER])
      expect([number, isName(String(number))]).toEqual([number, true]);
    for (const name of ['-0', '01', '1.0', '1.50', '1abc', '', '-', '+1', '-NaN', 'x1', '.5', '1e05', '10e+21'])
      expect([name, isName(name)]).toEqual([name, false]);
  });
});
