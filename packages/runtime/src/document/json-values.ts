/**
 * Values of a document model as JSON and back, exactly: what JSON lacks is written by the field's type.
 *
 *   number            itself; "NaN", "Infinity", "-Infinity", "-0" as text
 *   bigint            decimal digits as text
 *   date              ISO 8601 as text, "Invalid Date" for an invalid one
 *   bytes             base64 as text
 *   floats            array of numbers
 *   array, set        array
 *   map               array of [key, value]
 *   object, variants  object, absent fields left out
 *   nullable          null, or the value
 *   tuple, record     array, object
 *   json              itself
 *   any               what JSON has, itself; others as { "$date": … } and so on: any-json.ts
 *   union             text, finite numbers, booleans and arrays as they are; others as { "is": kind, "value": … }
 */
import {
  DatabaseError,
  dateOfIsoText,
  type FieldType,
  type LiteralValue,
  type ObjectType,
  type RecordType,
  type RecursiveType,
  type TupleType,
  unfold,
} from '@nuthatch/model';
import { anyFromJson, anyToJson } from './any-json.js';
import { isBytesValue, isDateValue, isFloatsValue, isMapValue, isSetValue } from './brands.js';
import { recordEntries } from './record-data.js';

/** How values of one type are written and read. `read` says by `refuse` where and why a value is not of the type. */
export interface JsonValues {
  toJson(value: unknown): unknown;
  fromJson(json: unknown, path: string): unknown;
}

type Plain = Record<string, unknown>;

const SPECIAL_NUMBERS: readonly number[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
const INVALID_DATE = 'Invalid Date';
/** Deeper types are no model of ours. */
const MAX_LEVELS = 100;

/** Prepares a type. O(type). @throws DatabaseError `DUMP_INVALID` for what is not a type. */
export function jsonValues(type: FieldType, level = 0): JsonValues {
  if (level > MAX_LEVELS) throw refusal('', 'a type that is nested too deep');
  switch (type.kind) {
    case 'string':
      return { toJson: same, fromJson: (json, path) => (typeof json === 'string' ? json : refuse(path, 'not a text')) };
    case 'boolean':
      return {
        toJson: same,
        fromJson: (json, path) => (typeof json === 'boolean' ? json : refuse(path, 'neither true nor false')),
      };
    case 'number':
      return { toJson: numberToJson, fromJson: numberFromJson };
    case 'bigint':
      return { toJson: String, fromJson: bigintFromJson };
    case 'date':
      return { toJson: dateToJson, fromJson: dateFromJson };
    case 'bytes':
      return { toJson: (value) => Buffer.from(value as Uint8Array).toString('base64'), fromJson: bytesFromJson };
    case 'floats':
      return { toJson: (value) => Array.from(value as Float32Array, numberToJson), fromJson: floatsFromJson };
    case 'literal':
      return {
        toJson: same,
        fromJson: (json, path) =>
          type.values.includes(json as LiteralValue) ? json : refuse(path, 'not a value of its type'),
      };
    case 'array':
      return listValues(type.element, level, (items) => items);
    case 'set':
      return listValues(type.element, level, (items) => new Set(items));
    case 'map':
      return mapValues(jsonValues(type.key, level + 1), jsonValues(type.value, level + 1));
    case 'object':
      return objectValues(type, level);
    case 'variants':
      return variantValues(type, level);
    case 'union':
      return unionValues(type.members, level);
    case 'nullable': {
      const of = jsonValues(type.of, level + 1);
      return {
        toJson: (value) => (value === null ? null : of.toJson(value)),
        fromJson: (json, path) => (json === null ? null : of.fromJson(json, path)),
      };
    }
    case 'tuple':
      return tupleValues(type, level);
    case 'record':
      return recordValues(type, level);
    case 'any':
      return { toJson: anyToJson, fromJson: (json, path) => anyFromJson(json, path, refuse) };
    case 'json':
      return { toJson: same, fromJson: same };
    case 'recursive':
      return recursiveValues(type, level);
    default:
      throw refusal('', 'a type of an unknown kind');
  }
}

function tupleValues({ elements, rest }: TupleType, level: number): JsonValues {
  const parts = elements.map((element) => jsonValues(element, level + 1));
  const others = rest && jsonValues(rest, level + 1);
  const at = (index: number, path: string): JsonValues =>
    parts[index] ?? others ?? refuse(path, 'one element too many');
  return {
    toJson: (items) => (items as readonly unknown[]).map((item, index) => at(index, '').toJson(item)),
    fromJson: (json, path) =>
      Array.isArray(json)
        ? json.map((item, index) => at(index, `${path}[${index}]`).fromJson(item, `${path}[${index}]`))
        : refuse(path, 'not an array'),
  };
}

function recordValues({ fields, value }: RecordType, level: number): JsonValues {
  const named = objectValues({ kind: 'object', fields }, level);
  const names = new Set(fields.map(({ name }) => name));
  const values = jsonValues(value, level + 1);
  return {
    toJson: (record) => {
      const json = named.toJson(record) as Plain;
      for (const [name, part] of recordEntries(record as object, names)) json[name] = values.toJson(part);
      return json;
    },
    fromJson: (json, path) => {
      if (!isPlain(json)) return refuse(path, 'not an object');
      const known = Object.entries(json).filter(([name]) => names.has(name));
      const record = named.fromJson(Object.fromEntries(known), path) as Plain;
      for (const [name, part] of recordEntries(json, names)) record[name] = values.fromJson(part, join(path, name));
      return record;
    },
  };
}

const RECURSIVE_VALUES = new WeakMap<RecursiveType, JsonValues>();

function recursiveValues(type: RecursiveType, level: number): JsonValues {
  let values = RECURSIVE_VALUES.get(type);
  if (!values) {
    let inner: JsonValues | undefined;
    const made = (): JsonValues => (inner ??= jsonValues(unfold(type), level + 1));
    values = { toJson: (value) => made().toJson(value), fromJson: (json, path) => made().fromJson(json, path) };
    RECURSIVE_VALUES.set(type, values);
  }
  return values;
}

/** The error of all readers; it names places and kinds, never values. */
export function refusal(path: string, problem: string): DatabaseError {
  return new DatabaseError('DUMP_INVALID', `${path === '' ? 'the line' : path} is ${problem}`, { path, problem });
}

function refuse(path: string, problem: string): never {
  throw refusal(path, problem);
}

function same(value: unknown): unknown {
  return value;
}

function numberToJson(value: unknown): unknown {
  const isPlain = Number.isFinite(value) && !Object.is(value, -0);
  return isPlain ? value : Object.is(value, -0) ? '-0' : String(value);
}

function numberFromJson(json: unknown, path: string): number {
  if (typeof json === 'number') return json;
  const special = SPECIAL_NUMBERS.find((number) => numberToJson(number) === json);
  return special ?? refuse(path, 'not a number');
}

function bigintFromJson(json: unknown, path: string): bigint {
  return typeof json === 'string' && /^-?\d+$/.test(json) ? BigInt(json) : refuse(path, 'not a text of decimal digits');
}

function dateToJson(value: unknown): string {
  const date = value as Date;
  return Number.isNaN(date.getTime()) ? INVALID_DATE : date.toISOString();
}

function dateFromJson(json: unknown, path: string): Date {
  if (json === INVALID_DATE) return new Date(Number.NaN);
  return (typeof json === 'string' ? dateOfIsoText(json) : undefined) ?? refuse(path, 'not a date in ISO 8601');
}

/** Numbers are rounded to single precision, as putting them into a Float32Array does. */
function floatsFromJson(json: unknown, path: string): Float32Array {
  if (!Array.isArray(json)) return refuse(path, 'not an array of numbers');
  return Float32Array.from(json, (item, index) => numberFromJson(item, `${path}[${index}]`) as number);
}

function bytesFromJson(json: unknown, path: string): Uint8Array {
  if (typeof json !== 'string') refuse(path, 'not a text in base64');
  const bytes = Buffer.from(json, 'base64');
  return bytes.toString('base64') === json ? new Uint8Array(bytes) : refuse(path, 'not a text in base64');
}

function listValues(element: FieldType, level: number, make: (items: readonly unknown[]) => unknown): JsonValues {
  const values = jsonValues(element, level + 1);
  return {
    toJson: (list) => Array.from(list as Iterable<unknown>, (item) => values.toJson(item)),
    fromJson: (json, path) =>
      Array.isArray(json)
        ? make(json.map((item, index) => values.fromJson(item, `${path}[${index}]`)))
        : refuse(path, 'not an array'),
  };
}

function mapValues(keys: JsonValues, values: JsonValues): JsonValues {
  return {
    toJson: (map) =>
      Array.from(map as ReadonlyMap<unknown, unknown>, ([key, value]) => [keys.toJson(key), values.toJson(value)]),
    fromJson: (json, path) => {
      if (!Array.isArray(json)) refuse(path, 'not an array of pairs');
      const entries = (json as unknown[]).map((pair, index): [unknown, unknown] => {
        const at = `${path}[${index}]`;
        if (!Array.isArray(pair) || pair.length !== 2) refuse(at, 'not a pair of key and value');
        const [key, value] = pair as [unknown, unknown];
        return [keys.fromJson(key, `${at}[0]`), values.fromJson(value, `${at}[1]`)];
      });
      return new Map(entries);
    },
  };
}

function objectValues({ fields }: ObjectType, level: number): JsonValues {
  if (!Array.isArray(fields)) throw refusal('', 'an object type without fields');
  const parts = fields.map(({ name, optional, type }) => ({ name, optional, values: jsonValues(type, level + 1) }));
  const known = new Set(parts.map(({ name }) => name));
  return {
    toJson: (object) => {
      const json = Object.create(null) as Plain;
      for (const { name, values } of parts) {
        const value = (object as Plain)[name];
        if (value !== undefined) json[name] = values.toJson(value);
      }
      return json;
    },
    fromJson: (json, path) => {
      if (!isPlain(json)) return refuse(path, 'not an object');
      for (const name of Object.keys(json)) if (!known.has(name)) refuse(join(path, name), 'not a field of the model');
      const object = Object.create(null) as Plain;
      for (const { name, optional, values } of parts) {
        if (Object.hasOwn(json, name)) object[name] = values.fromJson(json[name], join(path, name));
        else if (!optional) refuse(join(path, name), 'missing');
      }
      return object;
    },
  };
}

function variantValues(type: Extract<FieldType, { kind: 'variants' }>, level: number): JsonValues {
  const { discriminator } = type;
  const variants = new Map(type.variants.map(({ value, type: itsType }) => [value, jsonValues(itsType, level + 1)]));
  return {
    toJson: (value) => variants.get((value as Plain)[discriminator] as LiteralValue)?.toJson(value),
    fromJson: (json, path) => {
      const variant = isPlain(json) ? variants.get(json[discriminator] as LiteralValue) : undefined;
      return variant === undefined ? refuse(path, 'not a variant of its type') : variant.fromJson(json, path);
    },
  };
}

/** At most one member of each kind, as the model's rules say. */
function unionValues(members: readonly FieldType[], level: number): JsonValues {
  const parts = members.map((member) => ({ kind: kindOf(member), member, values: jsonValues(member, level + 1) }));
  const partOf = (kind: string) =>
    parts.find((part) => part.kind === kind) ??
    (kind === 'object' || kind === 'array' ? parts.find((part) => part.kind === 'json') : undefined);
  return {
    toJson: (value) => {
      const kind = kindOfValue(value);
      const part =
        parts.find(({ member }) => member.kind === 'literal' && member.values.includes(value as LiteralValue)) ??
        partOf(kind);
      const json = part?.values.toJson(value);
      return IN_JSON.has(kind) && typeof json === kindInJson(kind) ? json : { is: kind, value: json };
    },
    fromJson: (json, path) => {
      const isWrapped = isPlain(json);
      const kind = isWrapped ? String(json.is) : kindOfValue(json);
      const value = isWrapped ? json.value : json;
      const literal = parts.find(
        ({ member }) => member.kind === 'literal' && member.values.includes(value as LiteralValue),
      );
      const part = (isWrapped ? undefined : literal) ?? partOf(kind);
      return part === undefined ? refuse(path, 'not a member of its type') : part.values.fromJson(value, path);
    },
  };
}

/** Kinds that JSON tells apart by itself. */
const IN_JSON: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'array', 'null']);

function kindInJson(kind: string): string {
  return kind === 'array' || kind === 'null' ? 'object' : kind;
}

function kindOf(type: FieldType): string {
  if (type.kind === 'recursive') return kindOf(type.of);
  if (type.kind === 'tuple') return 'array';
  return type.kind === 'variants' || type.kind === 'record' ? 'object' : type.kind;
}

function kindOfValue(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (Array.isArray(value)) return 'array';
  if (isDateValue(value)) return 'date';
  if (isMapValue(value)) return 'map';
  if (isSetValue(value)) return 'set';
  if (isFloatsValue(value)) return 'floats';
  return isBytesValue(value) ? 'bytes' : 'object';
}

function isPlain(json: unknown): json is Plain {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
