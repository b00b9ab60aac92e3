/**
 * Values of any shape as JSON and back, exactly. What JSON has is itself; of the rest each is an object of one property,
 * whose name says what it is.
 *
 *   { "$undefined": true }                    { "$date": "2026-01-31T12:00:00.000Z" }, or "Invalid Date"
 *   { "$number": "NaN" }, "Infinity", "-0"    { "$bytes": base64 }, { "$buffer": base64 }
 *   { "$bigint": "12" }                       { "$floats": [number, …] }
 *   { "$set": [value, …] }                    { "$map": [[key, value], …] }
 *   { "$object": { … } }                      an object of one property whose name begins with `$`
 */
import { dateOfIsoText } from '@nuthatch/model';
import { isBytesValue, isDateValue, isFloatsValue, isMapValue, isSetValue } from './brands.js';
import { MAX_NESTED_LEVELS } from './frozen-any-value.js';

type Refuse = (path: string, problem: string) => unknown;

const SPECIAL_NUMBERS: readonly number[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
const INVALID_DATE = 'Invalid Date';

/** O(value). @param value as `frozenAnyValue` gives it. */
export function anyToJson(value: unknown): unknown {
  switch (typeof value) {
    case 'undefined':
      return { $undefined: true };
    case 'bigint':
      return { $bigint: String(value) };
    case 'number':
      return numberToJson(value);
    case 'object':
      return value === null ? null : objectToJson(value);
    default:
      return value;
  }
}

function numberToJson(value: number): unknown {
  if (Object.is(value, -0)) return { $number: '-0' };
  return Number.isFinite(value) ? value : { $number: String(value) };
}

function objectToJson(value: object): unknown {
  if (Array.isArray(value)) return value.map(anyToJson);
  if (isDateValue(value)) return { $date: Number.isNaN(value.getTime()) ? INVALID_DATE : value.toISOString() };
  if (isBytesValue(value)) {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
    return Buffer.isBuffer(value) ? { $buffer: text } : { $bytes: text };
  }
  if (isFloatsValue(value)) return { $floats: Array.from(value, numberToJson) };
  if (isSetValue(value)) return { $set: Array.from(value, anyToJson) };
  if (isMapValue(value))
    return { $map: Array.from(value, ([key, item]: [unknown, unknown]) => [anyToJson(key), anyToJson(item)]) };
  const json: Record<string, unknown> = {};
  const names = Object.keys(value);
  for (const name of names) define(json, name, anyToJson((value as Record<string, unknown>)[name]));
  return names.length === 1 && names[0]!.startsWith('$') ? { $object: json } : json;
}

/**
 * The value that `anyToJson` wrote. O(value).
 *
 * @param refuse is told what is of no such form, and answers what stands in its place. Left out: the JSON itself stays.
 */
export function anyFromJson(json: unknown, path = '', refuse?: Refuse): unknown {
  return made(json, path, refuse, 0);
}

function made(json: unknown, path: string, refuse: Refuse | undefined, level: number): unknown {
  if (typeof json !== 'object' || json === null) return json;
  const wrong = (problem: string): unknown => (refuse === undefined ? json : refuse(path, problem));
  if (level > MAX_NESTED_LEVELS) return wrong(`nested more than ${MAX_NESTED_LEVELS} levels deep`);
  const inside = (part: unknown, name: string): unknown => made(part, `${path}${name}`, refuse, level + 1);
  if (Array.isArray(json)) return json.map((item, index) => inside(item, `[${index}]`));
  const names = Object.keys(json);
  const properties = json as Readonly<Record<string, unknown>>;
  if (names.length !== 1 || !names[0]!.startsWith('$')) return objectOf(properties, inside);
  const [name] = names as [string];
  if (name === '$undefined' && properties[name] === true) return undefined;
  return markedValue(name, properties[name], inside) ?? wrong(`no value that is marked ${name}`);
}

function objectOf(properties: Readonly<Record<string, unknown>>, inside: (part: unknown, name: string) => unknown) {
  const value: Record<string, unknown> = {};
  for (const name of Object.keys(properties)) define(value, name, inside(properties[name], `.${name}`));
  return value;
}

/** Undefined: it is of no such form. */
function markedValue(name: string, part: unknown, inside: (part: unknown, name: string) => unknown): unknown {
  switch (name) {
    case '$bigint':
      return typeof part === 'string' && /^-?\d+$/.test(part) ? BigInt(part) : undefined;
    case '$number':
      return SPECIAL_NUMBERS.find((number) => (Object.is(number, -0) ? '-0' : String(number)) === part);
    case '$date':
      if (part === INVALID_DATE) return new Date(Number.NaN);
      return typeof part === 'string' ? dateOfIsoText(part) : undefined;
    case '$bytes':
    case '$buffer': {
      if (typeof part !== 'string') return undefined;
      const bytes = Buffer.from(part, 'base64');
      if (bytes.toString('base64') !== part) return undefined;
      return name === '$buffer' ? bytes : new Uint8Array(bytes);
    }
    case '$floats': {
      const numbers = Array.isArray(part) ? part.map((item, index) => inside(item, `[${index}]`)) : undefined;
      return numbers?.every((item) => typeof item === 'number') ? Float32Array.from(numbers as number[]) : undefined;
    }
    case '$set':
      return Array.isArray(part) ? new Set(part.map((item, index) => inside(item, `[${index}]`))) : undefined;
    case '$map': {
      const isPairs = Array.isArray(part) && part.every((pair) => Array.isArray(pair) && pair.length === 2);
      if (!isPairs) return undefined;
      return new Map(part.map(([key, item]) => [inside(key, '{key}'), inside(item, '{}')] as const));
    }
    case '$object':
      return typeof part === 'object' && part !== null && !Array.isArray(part)
        ? objectOf(part as Readonly<Record<string, unknown>>, inside)
        : undefined;
    default:
      return undefined;
  }
}

/** Assigning would call the setter of `__proto__`. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  else target[name] = value;
}
