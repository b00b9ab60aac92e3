/**
 * The few functions that generated code calls beside readers, writers and frozen values: reports of what is wrong with
 * a document, and refusals of stored values no model explains. Kept small: what is hot is emitted in place.
 */
import {
  addViolation,
  DatabaseError,
  type DocumentModel,
  type FieldType,
  type LiteralValue,
  MAX_VIOLATIONS,
  type RecordType,
  type RecursiveType,
  type TupleType,
  unfold,
  type ViolationList,
} from '@nuthatch/model';
import { CONTAINS_ITSELF, isDateValue, isMapValue, isRecord, isSetValue, timeOf } from '../document/brands.js';
import { classNameOf } from '../document/class-name.js';
import { MAX_NESTED_LEVELS } from '../document/frozen-any-value.js';

/** The violations that a validator has found so far; undefined as long as that is nothing. */
export type Violations = ViolationList | undefined;

/** Adds: the value at `path` is absent or not `expected`. */
export function mismatch(violations: Violations, path: string, expected: string, value: unknown): ViolationList {
  if (value === undefined)
    return addViolation(violations, { path, rule: 'required', message: `${path} is required: ${expected}` });
  const message = `${path} must be ${expected}, found ${describeValue(value)}`;
  return addViolation(violations, { path, rule: 'type', message });
}

const MAX_KEY_TEXT = 80;

/** A key of a map as it stands in a path. Of any type, since the key may be what is wrong. Never throws. */
export function keyInPath(key: unknown): string {
  if (isDateValue(key)) return Number.isNaN(timeOf(key)) ? 'Invalid Date' : new Date(timeOf(key)).toISOString();
  if ((typeof key === 'object' && key !== null) || typeof key === 'function') return `a key of type ${typeof key}`;
  const text = String(key);
  return text.length > MAX_KEY_TEXT ? `${text.slice(0, MAX_KEY_TEXT)}…` : text;
}

/** Adds: the value at `path` breaks a rule. */
export function broken(violations: Violations, path: string, rule: string, message: string): ViolationList {
  return addViolation(violations, { path, rule, message });
}

/** Checks the inside of a value that may contain more of its kind, down to the depth that can be stored. */
export function checkWithin(
  level: { depth: number },
  path: string,
  violations: Violations,
  check: () => Violations,
): Violations {
  if (level.depth >= MAX_NESTED_LEVELS)
    return broken(
      violations,
      path,
      'type',
      `a value is nested more than ${MAX_NESTED_LEVELS} levels deep, or in itself`,
    );
  level.depth++;
  try {
    return check();
  } finally {
    level.depth--;
  }
}

/**
 * Seals the inside of a value that may contain more of its kind; what lies too deep stays, for the validator to name. A
 * value inside itself becomes a mark that no type fits: following it would not end where two paths lead back.
 */
export function sealWithin(
  level: { depth: number; around?: Set<unknown> },
  value: unknown,
  seal: (value: unknown) => unknown,
): unknown {
  if (level.depth > MAX_NESTED_LEVELS) return value;
  if (typeof value === 'object' && level.around?.has(value)) return CONTAINS_ITSELF;
  level.depth++;
  level.around?.add(value);
  try {
    return seal(value);
  } finally {
    level.depth--;
    level.around?.delete(value);
  }
}

/** The elements that a rule for each element looks at: of an array, set or map; any other value is its own element. */
export function elementsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (isSetValue(value)) return Array.from(value);
  return isMapValue(value) ? Array.from(value.values()) : [value];
}

/** Position of a literal among its model's values. @throws DatabaseError `INVALID_MODEL` when it is none of them. */
export function literalIndex(values: readonly LiteralValue[], value: unknown): number {
  const index = values.indexOf(value as LiteralValue);
  if (index < 0) refuseVariant('literal', value);
  return index;
}

/** The literal at a stored position. @throws DatabaseError `JOURNAL_DAMAGED` when there is none. */
export function literalAt(values: readonly LiteralValue[], index: number): LiteralValue {
  return index < values.length ? values[index]! : refuseStored('literal', index);
}

/** A value that validation should have refused reached the codec. */
export function refuseVariant(what: string, value: unknown): never {
  throw new DatabaseError('INVALID_MODEL', `a value of type ${typeof value} fits no ${what} of the model`, {
    what,
    typeofValue: typeof value,
  });
}

/** A stored number names no variant, member or literal of the model. */
export function refuseStored(what: string, index: number): never {
  throw new DatabaseError('JOURNAL_DAMAGED', `there is no ${what} ${index} in the model`, { what, index });
}

/**
 * Makes the search for keys no field of the model has, nested objects included: `nick`, `ground.colour`. The search
 * costs one look-up a key.
 */
export function unknownFieldFinder(model: Pick<DocumentModel, 'fields'>): (input: object) => UnknownFields | undefined {
  const find = objectFinder(model.fields);
  return (input) => find(input, '', undefined);
}

/** Paths of fields that no model knows: up to `MAX_VIOLATIONS`, and how many more there are. */
export interface UnknownFields extends Array<string> {
  omittedCount?: number;
}

type Finder = (value: unknown, path: string, found: UnknownFields | undefined) => UnknownFields | undefined;

function objectFinder(fields: DocumentModel['fields']): Finder {
  const nested = new Map(fields.map((field) => [field.name, finderOf(field.type)]));
  const known = new Set(fields.map(({ name }) => name).filter((name) => nested.get(name) === undefined));
  return (value, path, found) => {
    if (!isRecord(value)) return found;
    let list = found;
    // Half the time of a walk over `Object.keys`, which makes an array for every patch.
    for (const key in value) {
      if (known.has(key) || !Object.hasOwn(value, key)) continue;
      const find = nested.get(key);
      if (find !== undefined) list = find(value[key], `${path}${key}`, list);
      else if (list === undefined) list = [`${path}${key}`];
      else if (list.length < MAX_VIOLATIONS) list.push(`${path}${key}`);
      else list.omittedCount = (list.omittedCount ?? 0) + 1;
    }
    return list;
  };
}

/** A finder for what is inside values of the type; undefined when nothing inside has keys. */
function finderOf(type: FieldType): Finder | undefined {
  switch (type.kind) {
    case 'object': {
      const find = objectFinder(type.fields);
      return (value, path, found) => find(value, `${path}.`, found);
    }
    case 'variants': {
      const finders = new Map(type.variants.map((variant) => [variant.value, objectFinder(variant.type.fields)]));
      return (value, path, found) => {
        const find = isRecord(value) ? finders.get(value[type.discriminator] as LiteralValue) : undefined;
        return find ? find(value, `${path}.`, found) : found;
      };
    }
    case 'nullable':
      return finderOf(type.of);
    case 'array':
    case 'set':
      return elementFinder(finderOf(type.element));
    case 'map':
      return elementFinder(finderOf(type.value));
    case 'tuple':
      return tupleFinder(type);
    case 'record':
      return recordFinder(type);
    case 'recursive':
      return recursiveFinder(type);
    default:
      return undefined;
  }
}

function tupleFinder({ elements, rest }: TupleType): Finder | undefined {
  const finders = elements.map(finderOf);
  const others = rest && finderOf(rest);
  if (!others && finders.every((find) => find === undefined)) return undefined;
  return (value, path, found) =>
    elementsOf(value).reduce<UnknownFields | undefined>((list, element, index) => {
      const find = index < finders.length ? finders[index] : others;
      return find ? find(element, `${path}[${index}]`, list) : list;
    }, found);
}

/** Any property is known, whatever is inside one may be not. */
function recordFinder({ fields, value: of }: RecordType): Finder | undefined {
  const named = new Map(fields.map((field) => [field.name, finderOf(field.type)]));
  const others = finderOf(of);
  if (!others && [...named.values()].every((find) => find === undefined)) return undefined;
  return (value, path, found) =>
    isRecord(value)
      ? Object.entries(value).reduce<UnknownFields | undefined>((list, [name, part]) => {
          const find = named.has(name) ? named.get(name) : others;
          return find ? find(part, `${path}.${name}`, list) : list;
        }, found)
      : found;
}

const RECURSIVE_FINDERS = new WeakMap<RecursiveType, Finder>();

/** Stops where validation will refuse the value for its depth: it may contain itself. */
function recursiveFinder(type: RecursiveType): Finder {
  let finder = RECURSIVE_FINDERS.get(type);
  if (!finder) {
    let inner: Finder | undefined;
    const around = new Set<unknown>();
    finder = (value, path, found) => {
      inner ??= finderOf(unfold(type)) ?? ((_value, _path, list) => list);
      if (around.size >= MAX_NESTED_LEVELS || typeof value !== 'object' || value === null || around.has(value))
        return found;
      around.add(value);
      try {
        return inner(value, path, found);
      } finally {
        around.delete(value);
      }
    };
    RECURSIVE_FINDERS.set(type, finder);
  }
  return finder;
}

function elementFinder(find: Finder | undefined): Finder | undefined {
  if (!find) return undefined;
  return (value, path, found) =>
    elementsOf(value).reduce<UnknownFields | undefined>(
      (list, element, index) => find(element, `${path}[${index}]`, list),
      found,
    );
}

function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (value === CONTAINS_ITSELF) return 'an object that contains itself';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isDateValue(value)) return Number.isNaN(Date.prototype.getTime.call(value)) ? 'an invalid date' : 'a Date';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'an array';
  const name = classNameOf(value) ?? 'Object';
  return name === 'Object' ? 'an object' : `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}
