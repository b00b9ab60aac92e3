/** The compiled validator gives class-validator's verdicts in class-validator's words, for every rule it compiles. */
import 'reflect-metadata';
import { Document, Id } from '@nuthatch/decorators';
import { type DocumentModel, type FieldType, KNOWN_RULES, readClassMetadata } from '@nuthatch/model';
import type { CollectionDefinition } from '@nuthatch/runtime';
import * as v from 'class-validator';
import fc from 'fast-check';
import { loadGenerated } from '../support/load-generated.js';

type Decorator = (target: object, name: string) => void;

/** Whatever a rule can be asked about; rules are checked only where the type fits. */
const ANY_TYPE: FieldType = {
  kind: 'nullable',
  of: {
    kind: 'union',
    members: [
      { kind: 'string' },
      { kind: 'number' },
      { kind: 'boolean' },
      { kind: 'bigint' },
      { kind: 'date' },
      { kind: 'bytes' },
      { kind: 'floats' },
      {
        kind: 'array',
        element: {
          kind: 'nullable',
          of: { kind: 'union', members: [{ kind: 'string' }, { kind: 'number' }, { kind: 'boolean' }] },
        },
      },
      { kind: 'set', element: { kind: 'union', members: [{ kind: 'string' }, { kind: 'number' }] } },
      {
        kind: 'map',
        key: { kind: 'string' },
        value: { kind: 'union', members: [{ kind: 'string' }, { kind: 'number' }] },
      },
    ],
  },
};

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.emailAddress(),
  fc.uuid(),
  fc.webUrl(),
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    '',
    'abc',
    'ABC',
    'abc1',
    '#ff00aa',
    '#f0a',
    'x',
    'yes',
    'no',
    'aaaaaaaaaaaa',
    '10',
    ' ',
    '1.5',
    'café',
    '$&',
    '$value',
    'é',
  ),
);
const number = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 2.5, 3, 6, 7, 10, 10.5, 1e21, 0.1, 2 ** 53, Number.NaN, Infinity, -Infinity),
  fc.integer({ min: -20, max: 20 }),
  fc.double(),
);
const scalar = fc.oneof(text, number, fc.boolean());
const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 3, arbitrary: number },
  fc.constantFrom(undefined, null, true, false, 0n, 7n, -1n),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 3 }),
  fc.array(fc.oneof(scalar, fc.constantFrom('a', 'b', 1, 2, null)), { maxLength: 5 }),
  fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }).map((items) => new Set(items)),
  fc.array(fc.tuple(text, fc.oneof(text, number)), { maxLength: 3 }).map((entries) => new Map(entries)),
);

/** Every compiled rule at least once, with the arguments and options people give. */
const RULES: Readonly<Record<string, readonly Decorator[]>> = {
  isDefined: [v.IsDefined()],
  isOptional: [v.IsOptional(), v.Min(3)],
  isString: [v.IsString()],
  'isString each': [v.IsString({ each: true })],
  isNumber: [v.IsNumber()],
  'isNumber with options': [v.IsNumber({ allowNaN: true, maxDecimalPlaces: 1 })],
  'isNumber of whole cents': [v.IsNumber({ maxDecimalPlaces: 2 }), v.IsPositive()],
  'isNumber infinite': [v.IsNumber({ allowInfinity: true })],
  isInt: [v.IsInt()],
  'isInt each': [v.IsInt({ each: true })],
  isBoolean: [v.IsBoolean()],
  isDate: [v.IsDate()],
  isArray: [v.IsArray()],
  isEmail: [v.IsEmail()],
  'isEmail with options': [v.IsEmail({ allow_display_name: true })],
  isUuid: [v.IsUUID()],
  'isUuid of a version': [v.IsUUID('4')],
  isUrl: [v.IsUrl()],
  'isUrl with options': [v.IsUrl({ protocols: ['https'], require_tld: false })],
  isIp: [v.IsIP()],
  'isIp of a version': [v.IsIP(4)],
  isHexColor: [v.IsHexColor()],
  isAlpha: [v.IsAlpha()],
  'isAlpha of a locale': [v.IsAlpha('de-DE')],
  isAlphanumeric: [v.IsAlphanumeric()],
  isAscii: [v.IsAscii()],
  isLowercase: [v.IsLowercase()],
  isUppercase: [v.IsUppercase()],
  min: [v.Min(3)],
  'min each': [v.Min(3, { each: true })],
  'min with a message': [v.Min(3, { message: '$property of $target is $value, at least $constraint1 is wanted' })],
  max: [v.Max(-2.5)],
  isPositive: [v.IsPositive()],
  isNegative: [v.IsNegative()],
  isDivisibleBy: [v.IsDivisibleBy(3)],
  minLength: [v.MinLength(3)],
  maxLength: [v.MaxLength(3)],
  isLength: [v.Length(2, 5)],
  'isLength without end': [v.Length(2)],
  contains: [v.Contains('a')],
  notContains: [v.NotContains('a')],
  matches: [v.Matches(/^[a-c]+\d?$/i)],
  'matches of text': [v.Matches('^a', 'i')],
  'matches globally': [v.Matches(/b/g)],
  equals: [v.Equals('abc')],
  'equals a number': [v.Equals(0)],
  notEquals: [v.NotEquals('abc')],
  isIn: [v.IsIn(['abc', 1, "it's"])],
  'isIn each': [v.IsIn(['a', 'b'], { each: true })],
  isNotIn: [v.IsNotIn(['abc', 1])],
  isEmpty: [v.IsEmpty()],
  isNotEmpty: [v.IsNotEmpty()],
  arrayMinSize: [v.ArrayMinSize(2)],
  arrayMaxSize: [v.ArrayMaxSize(2)],
  arrayNotEmpty: [v.ArrayNotEmpty()],
  arrayUnique: [v.ArrayUnique()],
  'several at once': [
    v.IsNotEmpty(),
    v.MinLength(2, { message: 'too short: $value' }),
    v.Matches(/^a/),
    v.IsIn(['abc', 'ab']),
  ],
};

function compile(decorators: readonly Decorator[]): {
  readonly definition: CollectionDefinition;
  validate(value: unknown): readonly string[] | undefined;
} {
  class Sample {
    declare id: string;
    declare value: unknown;
  }
  (Id() as Decorator)(Sample.prototype, 'id');
  for (const decorate of decorators) decorate(Sample.prototype, 'value');
  Document()(Sample);
  const rules = readClassMetadata(Sample)?.rules['value'] ?? [];
  expect(rules).toHaveLength(decorators.length);
  const model: DocumentModel = {
    name: 'Sample',
    collection: 'sample',
    storage: 'disk',
    key: { fields: ['id'] },
    fields: [
      { name: 'id', type: { kind: 'string' }, optional: false, rules: [] },
      { name: 'value', type: ANY_TYPE, optional: true, rules },
    ],
    computed: [],
    indexes: [],
  };
  const definition = loadGenerated(model, Sample);
  return {
    definition,
    /** Undefined where class-validator itself throws: it counts the decimals of 1e-7 so. */
    validate: (value) => {
      let failures: readonly v.ValidationError[];
      try {
        failures = v.validateSync(Object.assign(Object.create(Sample.prototype) as object, { id: 'x', value }), {
          forbidUnknownValues: false,
        });
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        return undefined;
      }
      return failures
        .flatMap(({ property, constraints }) =>
          Object.entries(constraints ?? {}).map(([rule, message]) => `${property} ${rule}: ${message}`),
        )
        .sort();
    },
  };
}

describe('a generated validator', () => {
  it('is tried with every rule the generator compiles', () => {
    const tried = new Set(Object.keys(RULES).map((name) => name.split(' ')[0]));
    expect([...KNOWN_RULES].filter((rule) => !tried.has(rule))).toEqual([]);
  });

  it.each(Object.entries(RULES))('agrees with class-validator on %s', (_, decorators) => {
    const { definition, validate } = compile(decorators);
    fc.assert(
      fc.property(anyValue, (value) => {
        const document = definition.build({ id: 'x', value });
        const found = definition.validate(document) ?? [];
        const shown = found.map(({ path, rule, message }) => `${path} ${rule}: ${message}`).sort();
        expect(shown).toEqual(validate(value) ?? expect.arrayContaining([expect.stringContaining('isNumber')]));
      }),
      { numRuns: 150 },
    );
  });
});
