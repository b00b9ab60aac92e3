/** Arbitraries by the type of a field and the rules that are known. */
import {
  type FieldModel,
  type FieldType,
  mayHoldBlobs,
  type ObjectType,
  type RecordType,
  unfold,
} from '@nuthatch/model';
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import { type Constraints, constraintsOf } from '../factory/constraints.js';

/** How deep types that contain themselves go. */
const MAX_DEPTH = 4;
const MAX_COUNT = 10;
/** Dates that every part of a program can write down: years of four digits. */
const DATES = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true };

/** Objects with these fields; those with a default or optional ones are left out at times. */
export function arbitraryOfFields(
  fields: readonly FieldModel[],
  given: Readonly<Record<string, Arbitrary<unknown>>> = {},
  depth = 0,
): Arbitrary<Record<string, unknown>> {
  const parts: Record<string, Arbitrary<unknown>> = {};
  const requiredKeys: string[] = [];
  for (const field of fields) {
    // A blob has to be put into the database before its reference is: nobody can make one up.
    if (given[field.name] === undefined && mayHoldBlobs(field.type)) continue;
    const of = given[field.name] ?? arbitraryOf(field.type, constraintsOf(field.rules), depth);
    // Too deep for what has to be there: the object around it is not made either.
    parts[field.name] = of;
    // What is left out becomes the present time, or whatever an initializer says: the same value must come again.
    const isStable =
      field.default === undefined ? field.optional : field.default.kind === 'literal' || field.default.kind === 'empty';
    if (!isStable || given[field.name] !== undefined) requiredKeys.push(field.name);
    else if (depth >= MAX_DEPTH) delete parts[field.name];
  }
  return fc.record(parts, { requiredKeys }) as Arbitrary<Record<string, unknown>>;
}

function arbitraryOf(type: FieldType, asked: Constraints, depth: number): Arbitrary<unknown> {
  if (asked.allowed !== undefined) return fc.constantFrom(...asked.allowed);
  switch (type.kind) {
    case 'string':
      return text(type.pattern === undefined ? asked : { ...asked, pattern: new RegExp(type.pattern, 'u') });
    case 'number':
      return number(asked);
    case 'bigint':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'boolean':
      return fc.boolean();
    case 'date':
      return fc.date(DATES);
    case 'bytes':
      return type.className === 'Buffer' ? fc.uint8Array().map((bytes) => Buffer.from(bytes)) : fc.uint8Array();
    case 'floats':
      return fc.float32Array({ noNaN: true, noDefaultInfinity: true });
    case 'literal':
      return fc.constantFrom(...type.values);
    case 'nullable':
      return depth >= MAX_DEPTH ? fc.constant(null) : fc.option(arbitraryOf(type.of, asked, depth), { nil: null });
    case 'json':
      return type.isObject === true ? fc.dictionary(fc.string(), jsonValue()) : jsonValue();
    case 'union':
      return fc.oneof(...type.members.map((member) => arbitraryOf(member, asked, depth)));
    case 'recursive':
      return arbitraryOf(unfold(type), asked, depth + 1);
    default:
      return container(type, asked, depth);
  }
}

function container(type: FieldType, asked: Constraints, depth: number): Arbitrary<unknown> {
  const each = asked.each ?? {};
  const minLength = asked.leastCount ?? 0;
  const maxLength = depth >= MAX_DEPTH ? minLength : (asked.mostCount ?? Math.max(MAX_COUNT, minLength));
  // Made only where there is room for one: a type that contains itself would never end.
  const of = (element: FieldType, rules: Constraints): Arbitrary<unknown> =>
    maxLength === 0 ? fc.constant(undefined) : arbitraryOf(element, rules, depth);
  switch (type.kind) {
    case 'array':
      return fc.array(of(type.element, each), { minLength, maxLength });
    case 'set':
      return fc.array(of(type.element, each), { minLength, maxLength }).map((items) => new Set(items));
    case 'map':
      return fc
        .array(fc.tuple(of(type.key, {}), of(type.value, each)), { minLength, maxLength })
        .map((entries) => new Map(entries));
    case 'tuple': {
      const elements = type.elements.map((element) => arbitraryOf(element, each, depth));
      return fc
        .integer({ min: type.least, max: elements.length })
        .chain((count) => fc.tuple(...elements.slice(0, count)));
    }
    case 'record':
      return record(type, depth, maxLength);
    case 'object':
      return object(type, depth);
    case 'variants':
      return fc.oneof(
        ...type.variants.map(({ value, type: variant }) =>
          object(variant, depth).map((fields) => ({ ...fields, [type.discriminator]: value })),
        ),
      );
    default:
      return fc.constant(undefined);
  }
}

function object({ fields }: ObjectType, depth: number): Arbitrary<Record<string, unknown>> {
  return arbitraryOfFields(fields, {}, depth);
}

function record({ fields, key, value }: RecordType, depth: number, maxKeys: number): Arbitrary<unknown> {
  const named = arbitraryOfFields(fields, {}, depth);
  if (maxKeys === 0) return named;
  const keys =
    key.kind === 'number'
      ? fc.integer().map(String)
      : (text(key.pattern === undefined ? {} : { pattern: new RegExp(key.pattern, 'u') }) as Arbitrary<string>);
  const others = fc.dictionary(keys, arbitraryOf(value, {}, depth), { maxKeys, noNullPrototype: true });
  return fc.tuple(others, named).map(([more, own]) => ({ ...more, ...own }));
}

function number(asked: Constraints): Arbitrary<number> {
  const { least, most, isInteger, divisor } = asked;
  if (isInteger === true || divisor !== undefined) {
    const step = divisor ?? 1;
    const min = least === undefined ? Math.ceil(Number.MIN_SAFE_INTEGER / step) : Math.ceil(least / step);
    const max = most === undefined ? Math.floor(Number.MAX_SAFE_INTEGER / step) : Math.floor(most / step);
    return fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) }).map((count) => count * step);
  }
  return fc
    .double({
      ...(least !== undefined && { min: least, minExcluded: asked.isAboveLeast === true }),
      ...(most !== undefined && { max: most, maxExcluded: asked.isBelowMost === true }),
      noNaN: true,
      noDefaultInfinity: true,
    })
    .map((value) => (Object.is(value, -0) ? 0 : value));
}

function text(asked: Constraints): Arbitrary<unknown> {
  const { leastLength = 0, mostLength, pattern, contained } = asked;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern.source, pattern.flags.replace(/[^u]/g, '')));
  const made = ofForm(asked, leastLength, mostLength);
  const whole =
    contained === undefined ? made : fc.tuple(made, made).map(([before, after]) => before + contained + after);
  if (asked.case === undefined) return whole;
  return whole.map((value) => (asked.case === 'upper' ? value.toUpperCase() : value.toLowerCase()));
}

function ofForm({ form }: Constraints, minLength: number, mostLength: number | undefined): Arbitrary<string> {
  const bounds = {
    minLength,
    ...(mostLength !== undefined && Number.isFinite(mostLength) && { maxLength: mostLength }),
  };
  switch (form) {
    case 'email':
      return fc.emailAddress();
    case 'uuid':
      return fc.uuid();
    case 'url':
      return fc.webUrl({ validSchemes: ['https'] });
    case 'ip':
      return fc.ipV4();
    case 'hexColor':
      return fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);
    case 'letters':
      return fc
        .stringMatching(/^[a-zA-Z]+$/)
        .filter((value) => value.length >= minLength && value.length <= (mostLength ?? value.length));
    case 'alphanumeric':
      return fc
        .stringMatching(/^[a-zA-Z0-9]+$/)
        .filter((value) => value.length >= minLength && value.length <= (mostLength ?? value.length));
    default:
      return fc.string({ unit: 'grapheme', ...bounds });
  }
}

/** JSON that documents hold: no `-0`, which JSON does not know, and no `__proto__`. */
function jsonValue(): Arbitrary<unknown> {
  return fc
    .jsonValue()
    .map(
      (value) =>
        JSON.parse(JSON.stringify(value), (key, part: unknown) => (key === '__proto__' ? undefined : part)) as unknown,
    );
}
