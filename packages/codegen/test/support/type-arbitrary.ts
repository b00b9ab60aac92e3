/** Any model of one class, every kind of type nested in every other, with documents of it. */
import type { DocumentModel, FieldModel, FieldType, ObjectType } from '@nuthatch/model';
import fc from 'fast-check';

/** Names that generated code uses itself, that JavaScript reserves, or that are letters only to Unicode. */
export const NAMES = [
  'name',
  'json',
  'within',
  'anyValue',
  'value',
  'values',
  'path',
  'index',
  'item',
  'items',
  'key',
  'entries',
  'element',
  'reader',
  'writer',
  'violations',
  'variant',
  'model',
  'document',
  'patch',
  'input',
  'changes',
  'length',
  'isEmail',
  'matches',
  'mismatch',
  'broken',
  'isRecord',
  'frozenDate',
  'literalAt',
  'present0',
  'Date',
  'Map',
  'Set',
  'Array',
  'Object',
  'Number',
  'String',
  'Uint8Array',
  'Float32Array',
  'undefined',
  'arguments',
  'eval',
  'class',
  'default',
  'await',
  'of',
  'let',
  'static',
  'this',
  'null',
  'checkName',
  'encodeValue',
  'valuesKind',
  'seal',
  'itsValue',
  'field0',
  'Sample',
  'SampleDocument',
  'Values',
  '$',
  '_',
  '$1',
  'ähre',
  '数',
  'a\u200cb',
  '\u{20bb7}',
];

interface Sampled {
  readonly type: FieldType;
  readonly value: fc.Arbitrary<unknown>;
}

const SCALARS: readonly Sampled[] = [
  { type: { kind: 'string' }, value: fc.string({ unit: 'binary' }) },
  { type: { kind: 'number' }, value: fc.double() },
  { type: { kind: 'boolean' }, value: fc.boolean() },
  { type: { kind: 'bigint' }, value: fc.bigInt() },
  { type: { kind: 'date' }, value: fc.date({ noInvalidDate: true }) },
  { type: { kind: 'bytes' }, value: fc.uint8Array() },
  { type: { kind: 'floats' }, value: fc.float32Array() },
  {
    type: { kind: 'literal', values: ['a', 'it\'s `${1}` "\u2028*/\\', 7, -1, true] },
    value: fc.constantFrom('a', 'it\'s `${1}` "\u2028*/\\', 7, -1, true),
  },
];

/** A value of JSON as it comes back: -0 is written as 0. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/** Types of which a value is told by more than its kind. */
const OPEN: readonly Sampled[] = [
  { type: { kind: 'json' }, value: json },
  { type: { kind: 'json', isObject: true }, value: fc.oneof(fc.array(json), fc.dictionary(fc.string(), json)) },
  { type: { kind: 'string', pattern: '^a[\\s\\S]*$' }, value: fc.string({ unit: 'binary' }).map((text) => `a${text}`) },
];

const { sampled } = fc.letrec<{ sampled: Sampled; object: Sampled; present: Sampled }>((tie) => ({
  sampled: fc.oneof(
    { weight: 4, arbitrary: tie('present') },
    {
      weight: 1,
      arbitrary: tie('present').map(({ type, value }) => ({
        type: { kind: 'nullable' as const, of: type },
        value: fc.option(value),
      })),
    },
  ),
  present: fc.oneof(
    { maxDepth: 2, depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: fc.constantFrom(...SCALARS) },
    {
      weight: 1,
      arbitrary: tie('sampled').map(({ type, value }) => ({
        type: { kind: 'array' as const, element: type },
        value: fc.array(value, { maxLength: 4 }),
      })),
    },
    {
      weight: 1,
      arbitrary: fc.oneof(fc.constantFrom(...SCALARS), tie('sampled')).map(({ type, value }) => ({
        type: { kind: 'set' as const, element: type },
        value: fc.array(value, { maxLength: 4 }).map((items) => new Set(items)),
      })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.oneof(fc.constantFrom(...SCALARS), tie('sampled')), tie('sampled'))
        .map(([key, { type, value }]) => ({
          type: { kind: 'map' as const, key: key.type, value: type },
          value: fc.array(fc.tuple(key.value, value), { maxLength: 3 }).map((entries) => new Map(entries)),
        })),
    },
    { weight: 2, arbitrary: tie('object') },
    { weight: 1, arbitrary: fc.constantFrom(...OPEN) },
    {
      weight: 1,
      arbitrary: fc.subarray(SCALARS.slice(0, 7)).map((scalars) => unionOf([...scalars, OPEN[1] as Sampled])),
    },
    { weight: 1, arbitrary: fc.tuple(tie('object'), tie('sampled'), fc.boolean()).map(recordOf) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.array(tie('sampled'), { maxLength: 3 }), fc.nat(3), fc.option(tie('sampled'), { nil: undefined }))
        .map(tupleOf),
    },
    { weight: 1, arbitrary: tie('sampled').map(recursiveOf) },
    { weight: 1, arbitrary: fc.array(tie('object'), { minLength: 1, maxLength: 3 }).map(variantsOf) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.subarray(SCALARS.slice(0, 7), { minLength: 1 }), tie('object'), fc.boolean())
        .map(([scalars, object, isFirst]) => unionOf(isFirst ? [object, ...scalars] : [...scalars, object])),
    },
  ),
  object: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...NAMES, 'in-progress', '0', 'a b'), tie('sampled'), fc.boolean()), {
      selector: ([name]) => name,
      maxLength: 5,
    })
    .map(objectOf),
}));

function objectOf(members: readonly (readonly [string, Sampled, boolean])[]): Sampled {
  const fields = members.map(([name, { type }, optional]): FieldModel => ({ name, type, optional, rules: [] }));
  const values = fc.tuple(
    ...members.map(([, { value }, optional]) => (optional ? fc.option(value, { nil: undefined }) : value)),
  );
  return {
    type: { kind: 'object', fields },
    value: values.map((parts) => Object.fromEntries(parts.map((part, index) => [members[index]![0], part]))),
  };
}

/** Names beside the fields begin with what no field's name does. */
function recordOf([object, of, hasNumbers]: readonly [Sampled, Sampled, boolean]): Sampled {
  const fields = hasNumbers ? [] : (object.type as ObjectType).fields;
  const name = hasNumbers ? fc.nat().map(String) : fc.string().map((text) => `+${text}`);
  return {
    type: { kind: 'record', fields, key: { kind: hasNumbers ? 'number' : 'string' }, value: of.type },
    value: fc
      .tuple(hasNumbers ? fc.constant({}) : object.value, fc.array(fc.tuple(name, of.value), { maxLength: 3 }))
      .map(([known, others]) => ({ ...(known as object), ...Object.fromEntries(others) })),
  };
}

function tupleOf([elements, count, rest]: readonly [readonly Sampled[], number, Sampled | undefined]): Sampled {
  const least = Math.min(count, elements.length);
  return {
    type: {
      kind: 'tuple',
      elements: elements.map(({ type }) => type),
      least,
      ...(rest && { rest: rest.type }),
    },
    value: fc
      .tuple(
        fc.tuple(...elements.map(({ value }) => value)),
        fc.nat(3),
        fc.array(rest?.value ?? fc.constant(0), { maxLength: 2 }),
      )
      .map(([items, more, others]) => {
        const length = Math.min(items.length, least + more);
        return [...items.slice(0, length), ...(rest && length === items.length ? others : [])];
      }),
  };
}

/** A tree: a value, its branches by name, and perhaps one more. */
function recursiveOf({ type, value }: Sampled): Sampled {
  const own: FieldType = { kind: 'reference', name: 'Tree' };
  const fields: readonly FieldModel[] = [
    { name: 'leaf', type, optional: false, rules: [] },
    { name: 'list', type: { kind: 'array', element: own }, optional: false, rules: [] },
    {
      name: 'named',
      type: { kind: 'record', fields: [], key: { kind: 'string' }, value: own },
      optional: false,
      rules: [],
    },
    { name: 'next', type: own, optional: true, rules: [] },
  ];
  const treeOver = (below: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.record(
      {
        leaf: value,
        list: fc.array(below, { maxLength: 2 }),
        named: fc.dictionary(fc.constantFrom('a', 'b'), below, { maxKeys: 1, noNullPrototype: true }),
        next: below,
      },
      { requiredKeys: ['leaf', 'list', 'named'], noNullPrototype: true },
    );
  const leaf = value.map((own) => ({ leaf: own, list: [], named: {} }));
  const tree = treeOver(treeOver(leaf));
  return { type: { kind: 'recursive', name: 'Tree', of: { kind: 'object', fields } }, value: tree };
}

function variantsOf(objects: readonly Sampled[]): Sampled {
  const tags = ['first', 2, "th'ird"] as const;
  const tagged = objects.map(({ type, value }, index) => {
    const tag: FieldModel = {
      name: 'kind',
      type: { kind: 'literal', values: [tags[index]!] },
      optional: false,
      rules: [],
    };
    const variant: ObjectType = { kind: 'object', fields: [tag, ...(type as ObjectType).fields] };
    return {
      variant: { value: tags[index]!, type: variant },
      value: value.map((fields) => ({ kind: tags[index]!, ...(fields as object) })),
    };
  });
  const type: FieldType = { kind: 'variants', discriminator: 'kind', variants: tagged.map(({ variant }) => variant) };
  return { type, value: fc.oneof(...tagged.map(({ value }) => value)) };
}

function unionOf(members: readonly Sampled[]): Sampled {
  return {
    type: { kind: 'union', members: members.map(({ type }) => type) },
    value: fc.oneof(...members.map(({ value }) => value)),
  };
}

/** A model of up to ten fields beside the id, and documents of it. */
export const modelAndInputs = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), sampled, fc.boolean()), {
    selector: ([name]) => name,
    maxLength: 6,
  })
  .map((members) => objectOf([['id', SCALARS[0]!, false], ...members]))
  .chain(({ type, value }) =>
    fc.tuple(
      fc.constant(modelOf((type as ObjectType).fields)),
      fc.array(value as fc.Arbitrary<Record<string, unknown>>, { minLength: 1, maxLength: 4 }),
    ),
  );

function modelOf(fields: readonly FieldModel[]): DocumentModel {
  return {
    name: 'Sample',
    collection: 'sample',
    storage: 'disk',
    key: { fields: ['id'] },
    fields,
    computed: [],
    indexes: [],
  };
}
