/**
 * Values that came as JSON made what fields hold: dates of ISO text, bigints of digits, bytes of base64, sets and maps of
 * arrays. What is not of such a form stays as it is, for validation to name; nothing is thrown, and nothing given is changed.
 */
import { dateOfIsoText, type FieldModel, type FieldType, unfold } from '@nuthatch/model';
import { isRecord } from '../document/brands.js';

/** What an input may be before validation: itself, or its JSON. */
export type JsonInput<T> = T extends Date
  ? Date | string
  : T extends bigint
    ? bigint | string
    : T extends Uint8Array
      ? T | string
      : T extends Float32Array
        ? T | readonly number[]
        : T extends string | number | boolean | null | undefined
          ? T
          : T extends ReadonlySet<infer Element>
            ? ReadonlySet<Element> | readonly JsonInput<Element>[]
            : T extends ReadonlyMap<infer Key, infer Value>
              ? ReadonlyMap<Key, Value> | readonly (readonly [JsonInput<Key>, JsonInput<Value>])[]
              : T extends object
                ? { readonly [Name in keyof T]: JsonInput<T[Name]> }
                : T;

type Convert = (value: unknown) => unknown;

const DIGITS = /^-?\d{1,400}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Deeper values are left to validation, which refuses them. */
const MAX_DEPTH = 100;

/** Prepares the fields of a model. O(fields). */
export function jsonInputReader(fields: readonly FieldModel[]): (input: object) => object {
  return objectConverter(fields, 0) as (input: object) => object;
}

/** Undefined: JSON has such values as they are. */
function converterOf(type: FieldType, depth: number): Convert | undefined {
  if (depth > MAX_DEPTH) return undefined;
  switch (type.kind) {
    case 'date':
      return (value) => (typeof value === 'string' ? (dateOfIsoText(value) ?? value) : value);
    case 'bigint':
      return (value) => (typeof value === 'string' && DIGITS.test(value) ? BigInt(value) : value);
    case 'bytes':
      return (value) =>
        typeof value === 'string' && BASE64.test(value) ? new Uint8Array(Buffer.from(value, 'base64')) : value;
    case 'floats':
      return (value) => (isListOfNumbers(value) ? Float32Array.from(value) : value);
    case 'nullable':
      return converterOf(type.of, depth + 1);
    case 'array':
      return listConverter(() => converterOf(type.element, depth + 1));
    case 'set': {
      const element = converterOf(type.element, depth + 1) ?? same;
      return (value) => (Array.isArray(value) ? new Set(value.map(element)) : value);
    }
    case 'map': {
      const key = converterOf(type.key, depth + 1) ?? same;
      const of = converterOf(type.value, depth + 1) ?? same;
      const isPair = (item: unknown): item is [unknown, unknown] => Array.isArray(item) && item.length === 2;
      return (value) =>
        Array.isArray(value) && value.every(isPair) ? new Map(value.map((pair) => [key(pair[0]), of(pair[1])])) : value;
    }
    case 'tuple': {
      const parts = type.elements.map((element) => converterOf(element, depth + 1) ?? same);
      const rest = (type.rest && converterOf(type.rest, depth + 1)) ?? same;
      return (value) => (Array.isArray(value) ? value.map((item, index) => (parts[index] ?? rest)(item)) : value);
    }
    case 'object':
      return objectConverter(type.fields, depth + 1);
    case 'record': {
      const named = new Map(type.fields.map((field) => [field.name, converterOf(field.type, depth + 1)]));
      const others = converterOf(type.value, depth + 1);
      return (value) => mapped(value, (name) => (named.has(name) ? named.get(name) : others));
    }
    case 'variants': {
      const variants = new Map(
        type.variants.map((variant) => [variant.value, objectConverter(variant.type.fields, depth + 1)]),
      );
      return (value) => (isRecord(value) ? (variants.get(value[type.discriminator] as never) ?? same)(value) : value);
    }
    case 'union': {
      // A text that may stay one stays one.
      const converters = type.members
        .map((member) => converterOf(member, depth + 1))
        .filter((convert) => convert !== undefined);
      const hasText = type.members.some(({ kind }) => kind === 'string' || kind === 'literal');
      if (converters.length === 0) return undefined;
      return (value) => {
        if (hasText && typeof value === 'string') return value;
        for (const convert of converters) {
          const converted = convert(value);
          if (converted !== value) return converted;
        }
        return value;
      };
    }
    case 'recursive': {
      let inner: Convert | undefined;
      return (value) => {
        inner ??= converterOf(unfold(type), depth + 1) ?? same;
        return inner(value);
      };
    }
    default:
      return undefined;
  }
}

function same(value: unknown): unknown {
  return value;
}

function listConverter(elementOf: () => Convert | undefined): Convert | undefined {
  const element = elementOf();
  return element && ((value) => (Array.isArray(value) ? value.map(element) : value));
}

function objectConverter(fields: readonly FieldModel[], depth: number): Convert {
  const converters = new Map(fields.map((field) => [field.name, converterOf(field.type, depth)]));
  return (value) => mapped(value, (name) => converters.get(name));
}

/** A plain copy; `__proto__` stays a field of its own, for validation to refuse. */
function mapped(value: unknown, converterFor: (name: string) => Convert | undefined): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, (converterFor(name) ?? same)(part)]));
}

function isListOfNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}
