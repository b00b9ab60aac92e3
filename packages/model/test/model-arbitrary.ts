/** Arbitrary models for property tests: every kind of type, nested, with defaults, rules and indexes. */
import fc from 'fast-check';
import type { DocumentModel, FieldModel, FieldType, IndexModel, ObjectType, ValidationRule } from '../src/index.js';

const name = fc.stringMatching(/^[a-zA-Z_$][a-zA-Z0-9_$]{0,8}$/);
const literal = fc.oneof(fc.string(), fc.integer(), fc.boolean());

const rule: fc.Arbitrary<ValidationRule> = fc.record(
  {
    name: fc.constantFrom('isEmail', 'min', 'matches', 'isIn'),
    args: fc.array(fc.oneof(literal, fc.array(literal), fc.record({ regExp: fc.string(), flags: fc.constant('u') })), {
      maxLength: 2,
    }),
    message: fc.string(),
    each: fc.constant(true as const),
    opaque: fc.constant(true as const),
  },
  { requiredKeys: ['name', 'args'] },
);

const { type, field } = fc.letrec<{ type: FieldType; field: FieldModel; object: ObjectType }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('string', 'number', 'boolean', 'bigint', 'date', 'bytes').map((kind) => ({ kind }) as FieldType),
    fc.record({
      kind: fc.constant('literal' as const),
      values: fc.uniqueArray(literal, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constantFrom('array' as const, 'set' as const), element: tie('type') }),
    fc.record({ kind: fc.constant('map' as const), key: tie('type'), value: tie('type') }),
    fc.record({ kind: fc.constant('nullable' as const), of: tie('type') }),
    fc.record({ kind: fc.constant('string' as const), pattern: fc.constantFrom('^a', 'b$') }),
    fc.record({ kind: fc.constant('json' as const), isObject: fc.constant(true as const) }, { requiredKeys: ['kind'] }),
    fc.record(
      {
        kind: fc.constant('tuple' as const),
        elements: fc.array(tie('type'), { maxLength: 3 }),
        least: fc.constant(0),
        rest: tie('type'),
      },
      { requiredKeys: ['kind', 'elements', 'least'] },
    ),
    fc.record({
      kind: fc.constant('record' as const),
      fields: fc.array(tie('field'), { maxLength: 2 }),
      key: fc.constantFrom('string' as const, 'number' as const).map((kind) => ({ kind })),
      value: tie('type'),
    }),
    tie('type').map((of) => ({ kind: 'recursive' as const, name: 'Own', of })),
    fc.record({ kind: fc.constant('union' as const), members: fc.array(tie('type'), { minLength: 2, maxLength: 3 }) }),
    fc.record({
      kind: fc.constant('variants' as const),
      discriminator: name,
      variants: fc.array(fc.record({ value: literal, type: tie('object') }), { maxLength: 2 }),
    }),
    tie('object'),
  ) as fc.Arbitrary<FieldType>,
  object: fc.record(
    { kind: fc.constant('object' as const), className: name, fields: fc.array(tie('field'), { maxLength: 3 }) },
    { requiredKeys: ['kind', 'fields'] },
  ) as fc.Arbitrary<ObjectType>,
  field: fc.record(
    {
      name,
      type: tie('type'),
      optional: fc.boolean(),
      default: fc.oneof(
        fc.record({ kind: fc.constant('literal' as const), json: fc.json() }),
        fc.record({
          kind: fc.constant('empty' as const),
          of: fc.constantFrom('array' as const, 'map' as const, 'bytes' as const),
        }),
        fc.constant({ kind: 'now' as const }),
        fc.constant({ kind: 'initializer' as const }),
      ),
      rules: fc.array(rule, { maxLength: 2 }),
    },
    { requiredKeys: ['name', 'type', 'optional', 'rules'] },
  ) as fc.Arbitrary<FieldModel>,
}));

const index: fc.Arbitrary<IndexModel> = fc.record(
  {
    name,
    kind: fc.constantFrom('unique', 'tag', 'range'),
    fields: fc.array(name, { minLength: 1, maxLength: 2 }),
    where: fc.string(),
    caseInsensitive: fc.constant(true as const),
  },
  { requiredKeys: ['name', 'kind', 'fields'] },
);

/** Any type. */
export const typeArbitrary: fc.Arbitrary<FieldType> = type;

/** Any model, valid or not. */
export const modelArbitrary: fc.Arbitrary<DocumentModel> = fc.record({
  name,
  collection: name,
  storage: fc.constantFrom('disk', 'memory'),
  key: fc.record(
    { fields: fc.array(name, { maxLength: 2 }), generate: fc.constantFrom('uuidv7', 'sequence') },
    { requiredKeys: ['fields'] },
  ),
  fields: fc.uniqueArray(field, { maxLength: 5, selector: (one) => one.name }),
  computed: fc.array(fc.record({ name, type, optional: fc.boolean() }), { maxLength: 2 }),
  indexes: fc.uniqueArray(index, { maxLength: 3, selector: (one) => `${one.kind} ${one.name}` }),
});

/** The same data with the keys of every object in reverse order. */
export function reverseKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reverseKeys) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, reverseKeys(part)]),
  ) as T;
}
