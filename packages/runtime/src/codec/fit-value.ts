/**
 * Fits a plain document of any model to another model: fields the model has go in, the others are kept, and a value
 * that is not a value of its field's type is a misfit.
 *
 * A value that fits is taken as it is, never converted: so a field may be new, gone, moved, wider or narrower, nested
 * to any depth, and whatever comes through is what was stored. This one rule reads older documents by newer models and
 * newer documents by older ones.
 */
import {
  compact,
  type FieldModel,
  type FieldType,
  type LiteralValue,
  type RecordType,
  type RecursiveType,
  type TupleType,
  unfold,
} from '@nuthatch/model';
import { isBytesValue, isDateValue, isFloatsValue, isMapValue, isSetValue } from '../document/brands.js';
import { isJsonOutside } from '../document/json-data.js';
import { isNumberName, recordEntries } from '../document/record-data.js';
import { define, isFields, type PlainFields } from './kept-fields.js';

/** A document's fields that fit, and those beyond the model. */
export interface FittedDocument {
  readonly fields: PlainFields;
  /** Empty for most. */
  readonly kept: PlainFields;
}

/** Why a document does not fit. */
export class Misfit {
  constructor(
    /** `address.zip`. */
    readonly path: string,
    /** `is missing`, `is not of type number`. */
    readonly problem: string,
  ) {}
}

/** Fits a value; what is beyond the type is left in `rest`. Throws the Misfit. */
type Fitter = (value: unknown, path: string, rest: Rest) => unknown;

/** The part of one value beyond its type. */
interface Rest {
  value: unknown;
}

/**
 * `leave`: to `CollectionDefinition.build`, which knows all of them. `fill`: with plain data; what only the class can
 * make stays absent for the step after this one. `require`: with plain data; what only the class can make is a misfit.
 */
export type DefaultFilling = 'leave' | 'fill' | 'require';

/** What `new Date()` is in the document being fitted; fitting is synchronous. */
let defaultDateMs = 0;

/**
 * Makes the fitting for a model. Defaults that are plain data are filled in; `new Date()` becomes the time the document
 * was written, so that it is the same at every opening. O(model).
 *
 * @param defaults what becomes of the document's own absent fields that have a default, see DefaultFilling.
 */
export function documentFitter(
  model: { readonly fields: readonly FieldModel[] },
  defaults: DefaultFilling,
): (plain: PlainFields, writtenMs: number) => FittedDocument | Misfit {
  const fit = fieldsFitter(model.fields, defaults);
  return (plain, writtenMs) => {
    const rest: Rest = { value: undefined };
    defaultDateMs = writtenMs;
    try {
      const fields = fit(plain, '', rest);
      return { fields, kept: (rest.value ?? NOTHING) as PlainFields };
    } catch (misfit) {
      if (misfit instanceof Misfit) return misfit;
      throw misfit;
    }
  };
}

const NOTHING: PlainFields = Object.freeze({});

function fieldsFitter(
  models: readonly FieldModel[],
  defaults: DefaultFilling,
): (value: PlainFields, path: string, rest: Rest) => PlainFields {
  const fields = models.map((field) => ({ field, name: field.name, fit: fitterOf(field.type) }));
  const names = new Set(models.map(({ name }) => name));
  return (value, path, rest) => {
    const fitted: Record<string, unknown> = {};
    let kept: Record<string, unknown> | undefined;
    const inner: Rest = { value: undefined };
    for (const { field, name, fit } of fields) {
      const given = Object.hasOwn(value, name) ? value[name] : undefined;
      if (given === undefined) {
        const filled = fillIn(field, defaults, `${path}${name}`);
        if (filled !== undefined) define(fitted, name, filled);
        continue;
      }
      inner.value = undefined;
      define(fitted, name, fit(given, `${path}${name}`, inner));
      if (inner.value !== undefined) define((kept ??= {}), name, inner.value);
    }
    for (const name of Object.keys(value))
      if (!names.has(name) && value[name] !== undefined) define((kept ??= {}), name, value[name]);
    rest.value = kept;
    return fitted;
  };
}

/** A value for a field that is absent; undefined leaves it so. */
function fillIn(field: FieldModel, defaults: DefaultFilling, path: string): unknown {
  if (field.default?.kind === 'now') return new Date(defaultDateMs);
  if (defaults === 'leave' && field.default !== undefined) return undefined;
  if (field.default?.kind === 'literal') return JSON.parse(field.default.json);
  if (field.default?.kind === 'empty') return EMPTY[field.default.of]();
  if (field.optional || (defaults === 'fill' && field.default !== undefined)) return undefined;
  throw new Misfit(path, 'is missing');
}

const EMPTY = {
  array: () => [],
  map: () => new Map(),
  set: () => new Set(),
  bytes: () => new Uint8Array(),
  object: () => ({}),
};

function fitterOf(type: FieldType): Fitter {
  switch (type.kind) {
    case 'array':
      return arrayFitter(fitterOf(type.element));
    case 'set':
      return setFitter(fitterOf(type.element));
    case 'map':
      return mapFitter(fitterOf(type.key), fitterOf(type.value));
    case 'object': {
      const fit = fieldsFitter(type.fields, 'require');
      return (value, path, rest) => fit(fieldsOf(value, path), `${path}.`, rest);
    }
    case 'variants':
      return variantsFitter(type);
    case 'union':
      return unionFitter(type.members);
    case 'nullable': {
      const fit = fitterOf(type.of);
      return (value, path, rest) => (value === null ? null : fit(value, path, rest));
    }
    case 'tuple':
      return tupleFitter(type);
    case 'record':
      return recordFitter(type);
    case 'recursive':
      return recursiveFitter(type);
    default: {
      const is = testOf(type);
      const expected = type.kind === 'literal' ? `not one of ${compact(type.values)}` : `not of type ${type.kind}`;
      return (value, path) => (is(value) ? value : misfit(path, `is ${expected}`));
    }
  }
}

function misfit(path: string, problem: string): never {
  throw new Misfit(path, problem);
}

function fieldsOf(value: unknown, path: string): PlainFields {
  return isFields(value) ? value : misfit(path, 'is not an object');
}

/** Whether a value is of the type as far as its outside tells. */
function testOf(type: FieldType): (value: unknown) => boolean {
  switch (type.kind) {
    case 'date':
      return (value) => isDateValue(value);
    case 'bytes':
      return (value) => isBytesValue(value);
    case 'floats':
      return (value) => isFloatsValue(value);
    case 'array':
      return Array.isArray;
    case 'set':
      return (value) => isSetValue(value);
    case 'map':
      return (value) => isMapValue(value);
    case 'object':
    case 'variants':
      return isFields;
    case 'literal':
      return (value) => type.values.includes(value as LiteralValue);
    case 'nullable': {
      const is = testOf(type.of);
      return (value) => value === null || is(value);
    }
    case 'union': {
      const tests = type.members.map(testOf);
      return (value) => tests.some((is) => is(value));
    }
    case 'string': {
      const pattern = type.pattern === undefined ? undefined : new RegExp(type.pattern, 'u');
      return (value) => typeof value === 'string' && (pattern === undefined || pattern.test(value));
    }
    case 'tuple':
      return Array.isArray;
    case 'record':
      return isFields;
    case 'any':
      return () => true;
    case 'json':
      return (value) => isJsonOutside(value, type.isObject === true);
    case 'recursive':
      return testOf(type.of);
    default:
      return (value) => typeof value === type.kind;
  }
}

function tupleFitter({ elements, least, rest: others }: TupleType): Fitter {
  const fitters = elements.map(fitterOf);
  const fitOther = others && fitterOf(others);
  return (value, path, rest) => {
    if (!Array.isArray(value)) return misfit(path, 'is not an array');
    const isTooLong = fitOther === undefined && value.length > fitters.length;
    if (value.length < least || isTooLong) return misfit(path, `has ${value.length} elements`);
    let at = 0;
    return fitElements(
      value,
      (element, itsPath, inner) => (fitters[at++] ?? fitOther!)(element, itsPath, inner),
      path,
      rest,
    );
  };
}

/** Nothing is beyond a record but what is beyond the values in it. */
function recordFitter({ fields, key, value: of }: RecordType): Fitter {
  const fitFields = fieldsFitter(fields, 'require');
  const named = new Set(fields.map(({ name }) => name));
  const isName = key.kind === 'number' ? isNumberName : testOf(key);
  const fitValue = fitterOf(of);
  return (value, path, rest) => {
    const given = fieldsOf(value, path);
    const known: Record<string, unknown> = {};
    for (const name of named) if (Object.hasOwn(given, name)) define(known, name, given[name]);
    const fitted: Record<string, unknown> = { ...fitFields(known, `${path}.`, rest) };
    let kept = rest.value as Record<string, unknown> | undefined;
    for (const [name, part] of recordEntries(given, named)) {
      if (!isName(name)) return misfit(`${path}.${name}`, 'has a name that its type does not allow');
      const inner: Rest = { value: undefined };
      define(fitted, name, fitValue(part, `${path}.${name}`, inner));
      if (inner.value !== undefined) define((kept ??= {}), name, inner.value);
    }
    rest.value = kept;
    return fitted;
  };
}

const RECURSIVE_FITTERS = new WeakMap<RecursiveType, Fitter>();

function recursiveFitter(type: RecursiveType): Fitter {
  let fitter = RECURSIVE_FITTERS.get(type);
  if (!fitter) {
    let inner: Fitter | undefined;
    fitter = (value, path, rest) => (inner ??= fitterOf(unfold(type)))(value, path, rest);
    RECURSIVE_FITTERS.set(type, fitter);
  }
  return fitter;
}

/** Fits elements one by one; theirs beyond the type become a map from position. */
function fitElements(elements: Iterable<unknown>, fit: Fitter, path: string, rest: Rest): unknown[] {
  const fitted: unknown[] = [];
  let kept: Map<unknown, unknown> | undefined;
  for (const element of elements) {
    const index = fitted.length;
    const inner: Rest = { value: undefined };
    fitted.push(fit(element, `${path}[${index}]`, inner));
    if (inner.value !== undefined) (kept ??= new Map()).set(index, inner.value);
  }
  rest.value = kept;
  return fitted;
}

function arrayFitter(fit: Fitter): Fitter {
  return (value, path, rest) =>
    Array.isArray(value) ? fitElements(value, fit, path, rest) : misfit(path, 'is not an array');
}

function setFitter(fit: Fitter): Fitter {
  return (value, path, rest) =>
    isSetValue(value) ? new Set(fitElements(value, fit, path, rest)) : misfit(path, 'is not a set');
}

function mapFitter(fitKey: Fitter, fitValue: Fitter): Fitter {
  return (value, path, rest) => {
    if (!isMapValue(value)) return misfit(path, 'is not a map');
    const fitted = new Map<unknown, unknown>();
    let kept: Map<unknown, unknown> | undefined;
    for (const [key, element] of value) {
      const inner: Rest = { value: undefined };
      const itsKey = fitKey(key, `${path}{key}`, inner);
      inner.value = undefined;
      fitted.set(itsKey, fitValue(element, `${path}{${String(key)}}`, inner));
      if (inner.value !== undefined) (kept ??= new Map()).set(itsKey, inner.value);
    }
    rest.value = kept;
    return fitted;
  };
}

function variantsFitter(type: Extract<FieldType, { readonly kind: 'variants' }>): Fitter {
  const fitters = new Map(type.variants.map(({ value, type: variant }) => [value, fitterOf(variant)]));
  return (value, path, rest) => {
    const tag = fieldsOf(value, path)[type.discriminator];
    const fit = fitters.get(tag as LiteralValue) ?? misfit(path, `is not a variant by ${type.discriminator}`);
    return fit(value, path, rest);
  };
}

/** At most one member is of each kind, so the outside decides; several literals are one kind. */
function unionFitter(types: readonly FieldType[]): Fitter {
  const members = types.map((type) => ({ is: testOf(type), fit: fitterOf(type) }));
  return (value, path, rest) => {
    const member = members.find(({ is }) => is(value)) ?? misfit(path, 'fits no type of the union');
    return member.fit(value, path, rest);
  };
}
