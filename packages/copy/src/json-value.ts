/**
 * Values of a model's types ↔ JSON that keeps all of them: what nested columns hold, and the canonical text of checksums.
 *
 *   string boolean   as they are                       array set   [element, …]
 *   number           a number; "NaN", "Infinity" and   map         [[key, value], …]
 *                    "-Infinity" as texts              object      { field: value } of the fields that are set
 *   bigint           its decimal text                  union       a string, boolean or plain number as it is,
 *   date             ISO 8601, UTC, milliseconds                   else { "$kind": value }
 *   bytes            base64                            null        null
 *   json             as it is                          tuple       [element, …]
 *   record           { name: value }                   floats      [number, …]
 *
 * The sign of zero is not kept: -0 comes back as 0, as it does from columns (SQLite has no other).
 *
 * Reading coerces what another writer may have put there: a text for a number, epoch milliseconds for a date.
 */
import {
  dateOfText,
  type FieldModel,
  type FieldType,
  type LiteralValue,
  type RecordType,
  type TupleType,
  unfold,
} from '@nuthatch/model';
import { anyFromJson, anyToJson } from '@nuthatch/runtime/tools';
import type { PlainDocument } from './external-store.js';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** The JSON of a value of this type. O(value). */
export function toJsonValue(type: FieldType, value: unknown): JsonValue {
  switch (type.kind) {
    case 'number':
      return numberJson(value as number);
    case 'bigint':
      return String(value);
    case 'date':
      return (value as Date).toISOString();
    case 'bytes':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'floats':
      return Array.from(value as Float32Array, numberJson);
    case 'array':
    case 'set':
      return Array.from(value as Iterable<unknown>, (element) => toJsonValue(type.element, element));
    case 'map':
      return Array.from(value as ReadonlyMap<unknown, unknown>, ([key, item]) => [
        toJsonValue(type.key, key),
        toJsonValue(type.value, item),
      ]);
    case 'tuple':
      return (value as readonly unknown[]).map((element, index) => toJsonValue(elementType(type, index), element));
    case 'object':
      return objectJson(type.fields, value as PlainDocument);
    case 'record':
      return recordJson(type, value as PlainDocument);
    case 'any':
      return inOrder(anyToJson(value) as JsonValue);
    case 'json':
      return inOrder(value as JsonValue);
    case 'recursive':
      return toJsonValue(unfold(type), value);
    case 'variants':
      return objectJson(variantFields(type, value as PlainDocument), value as PlainDocument);
    case 'union':
      return unionJson(type.members, value);
    case 'nullable':
      return value === null ? null : toJsonValue(type.of, value);
    default:
      return value as JsonValue;
  }
}

/** The value that JSON of this type stands for; what does not fit comes back as it is, for validation to refuse. */
export function fromJsonValue(type: FieldType, json: unknown): unknown {
  switch (type.kind) {
    case 'number':
      return typeof json === 'string' && json.trim() !== '' && (!Number.isNaN(Number(json)) || json === 'NaN')
        ? Number(json)
        : json;
    case 'bigint':
      return (typeof json === 'string' && /^-?\d+$/.test(json)) || Number.isSafeInteger(json)
        ? BigInt(json as string)
        : json;
    case 'date':
      if (typeof json === 'number') return new Date(json);
      return typeof json === 'string' ? (dateOfText(json) ?? json) : json;
    case 'bytes':
      return typeof json === 'string' && /^[\w+/-]*={0,2}$/.test(json)
        ? new Uint8Array(Buffer.from(json, 'base64'))
        : json;
    case 'floats':
      return floatsOf(json);
    case 'any':
      return anyFromJson(json);
    case 'array':
      return Array.isArray(json) ? json.map((element) => fromJsonValue(type.element, element)) : json;
    case 'set':
      return Array.isArray(json) ? new Set(json.map((element) => fromJsonValue(type.element, element))) : json;
    case 'map':
      return Array.isArray(json) && json.every((pair) => Array.isArray(pair))
        ? new Map(json.map(([key, item]) => [fromJsonValue(type.key, key), fromJsonValue(type.value, item)]))
        : json;
    case 'tuple':
      return Array.isArray(json)
        ? json.map((element, index) => fromJsonValue(elementType(type, index), element))
        : json;
    case 'object':
      return isObject(json) ? objectValue(type.fields, json) : json;
    case 'record':
      return isObject(json) ? recordValue(type, json) : json;
    case 'recursive':
      return fromJsonValue(unfold(type), json);
    case 'variants':
      return isObject(json) ? objectValue(variantFields(type, json), json) : json;
    case 'union':
      return unionValue(type.members, json);
    case 'nullable':
      return json === null ? null : fromJsonValue(type.of, json);
    default:
      return json;
  }
}

/** A value without a type in the model stays as it is: validation refuses it. */
function elementType({ elements, rest }: TupleType, index: number): FieldType {
  return elements[index] ?? rest ?? { kind: 'json' };
}

function recordJson({ fields, value: of }: RecordType, value: PlainDocument): JsonValue {
  const json = objectJson(fields, value) as Record<string, JsonValue>;
  for (const [name, part] of otherEntries(fields, value))
    if (part !== undefined) define(json, name, toJsonValue(of, part));
  return inOrder(json);
}

/** Names in one order at every level: servers that keep JSON as a tree give them back in an order of their own. */
function inOrder(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map(inOrder);
  if (typeof json !== 'object' || json === null) return json;
  const ordered: Record<string, JsonValue> = {};
  const properties = json as { readonly [name: string]: JsonValue };
  for (const name of Object.keys(properties).sort()) define(ordered, name, inOrder(properties[name] as JsonValue));
  return ordered;
}

function recordValue({ fields, value: of }: RecordType, json: PlainDocument): object {
  const value: Record<string, unknown> = {};
  for (const { name, type } of fields)
    if (Object.hasOwn(json, name)) define(value, name, fromJsonValue(type, json[name]));
  for (const [name, part] of otherEntries(fields, json)) define(value, name, fromJsonValue(of, part));
  return value;
}

function otherEntries(fields: readonly FieldModel[], value: PlainDocument): [string, unknown][] {
  return Object.entries(value).filter(([name]) => !fields.some((field) => field.name === name));
}

/** Another writer's doubles are rounded to single precision; what is no list of numbers stays, for validation to refuse. */
function floatsOf(json: unknown): unknown {
  if (!Array.isArray(json)) return json;
  const numbers = json.map((item) => fromJsonValue({ kind: 'number' }, item));
  return numbers.every((item) => typeof item === 'number') ? Float32Array.from(numbers as number[]) : json;
}

function numberJson(value: number): JsonValue {
  return Number.isFinite(value) ? value : String(value);
}

function objectJson(fields: readonly FieldModel[], value: PlainDocument): JsonValue {
  const json: Record<string, JsonValue> = {};
  for (const { name, type } of fields)
    if (value[name] !== undefined) define(json, name, toJsonValue(type, value[name]));
  return json;
}

function objectValue(fields: readonly FieldModel[], json: PlainDocument): object {
  const value: Record<string, unknown> = {};
  for (const { name, type } of fields)
    if (Object.hasOwn(json, name)) define(value, name, fromJsonValue(type, json[name]));
  // A property without a field stays, so that a load can refuse it by name.
  const known = new Set(fields.map(({ name }) => name));
  for (const name of Object.keys(json)) if (!known.has(name)) define(value, name, json[name]);
  return value;
}

/** Assigning would call the setter of `__proto__`. */
function define<T>(target: Record<string, T>, name: string, value: T): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  else target[name] = value;
}

function variantFields(type: FieldType & { readonly kind: 'variants' }, value: PlainDocument): readonly FieldModel[] {
  const which = value[type.discriminator] as LiteralValue;
  return type.variants.find((variant) => variant.value === which)?.type.fields ?? [];
}

function unionJson(members: readonly FieldType[], value: unknown): JsonValue {
  const member = members.find((candidate) => isOfKind(candidate, value));
  if (member === undefined || value === null) return value as JsonValue;
  const json = toJsonValue(member, value);
  return typeof json === typeof value && typeof json !== 'object' ? json : { [`$${member.kind}`]: json };
}

function unionValue(members: readonly FieldType[], json: unknown): unknown {
  if (!isObject(json)) return json;
  const [name, ...more] = Object.keys(json);
  const member = more.length === 0 ? members.find(({ kind }) => name === `$${kind}`) : undefined;
  return member === undefined ? json : fromJsonValue(member, json[name!]);
}

function isOfKind(type: FieldType, value: unknown): boolean {
  switch (type.kind) {
    case 'literal':
      return type.values.includes(value as LiteralValue);
    case 'date':
      return value instanceof Date;
    case 'bytes':
      return value instanceof Uint8Array;
    case 'floats':
      return value instanceof Float32Array;
    case 'array':
    case 'tuple':
      return Array.isArray(value);
    case 'json':
      return Array.isArray(value) || isOfKind({ kind: 'object', fields: [] }, value);
    case 'recursive':
      return isOfKind(type.of, value);
    case 'set':
      return value instanceof Set;
    case 'map':
      return value instanceof Map;
    case 'object':
    case 'record':
    case 'variants':
      return isObject(value) && !(value instanceof Date || value instanceof Set || value instanceof Map);
    case 'nullable':
      return value === null || isOfKind(type.of, value);
    default:
      return typeof value === type.kind;
  }
}

function isObject(value: unknown): value is PlainDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
