/**
 * A codec built at run time from a document model: reads and writes the same bytes as the generated one.
 *
 * With it a page is readable with no code at all; it is also what generated codecs are compared with. Several times
 * slower than generated code. Grammar: docs/journal-format.md, section "Values".
 */
import {
  DatabaseError,
  type FieldModel,
  type FieldType,
  type LiteralValue,
  type ObjectType,
  type RecordType,
  type RecursiveType,
  unfold,
} from '@nuthatch/model';
import { isBytesValue, isDateValue, isFloatsValue, isMapValue, isSetValue } from '../document/brands.js';
import { bufferOver } from '../document/frozen-array.js';
import { frozenMap, frozenSet } from '../document/frozen-values.js';
import { isJsonOutside } from '../document/json-data.js';
import { makeRecord, recordEntries } from '../document/record-data.js';
import { decodeAnyValue, encodeAnyValue } from './any-value-codec.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { DocumentCodec } from './document-codec.js';

/** Writes and reads values of one type. */
export interface ValueCodec {
  /** The least bytes a value takes. */
  readonly leastBytes: number;
  write(value: unknown, writer: ByteWriter): void;
  read(reader: ByteReader): unknown;
  /** Whether the value is of this type, as far as `typeof` and `instanceof` tell. */
  is(value: unknown): boolean;
}

type PlainObject = Record<string, unknown>;

export interface ModelCodecOptions {
  /** Prototype of decoded documents; a plain object without it. */
  readonly prototype?: object;
  /** Prototypes of nested classes by `className`; plain objects without them. */
  readonly nestedPrototypes?: Readonly<Record<string, object>>;
}

/**
 * Makes the codec of a model's fields. O(model).
 *
 * Documents come back frozen to their depth, absent optional fields as `undefined`, dates, maps and sets as the frozen
 * classes of `document/frozen-values.ts`.
 */
export function createModelCodec(
  model: { readonly fields: readonly FieldModel[] },
  options: ModelCodecOptions = {},
): DocumentCodec<PlainObject> {
  const prototypes = new Map(Object.entries(options.nestedPrototypes ?? {}));
  const codec = objectCodec({ kind: 'object', fields: model.fields }, prototypes, options.prototype);
  return {
    encode: (document, writer) => codec.write(document, writer),
    decode: (reader) => codec.read(reader) as PlainObject,
  };
}

/** The codec of a type. O(type). @param prototypes of nested classes, by `className`; plain objects without them. */
export function valueCodec(type: FieldType, prototypes: ReadonlyMap<string, object>): ValueCodec {
  switch (type.kind) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'date':
    case 'floats':
      return SCALAR_CODECS[type.kind];
    case 'bytes':
      return type.className === undefined ? SCALAR_CODECS.bytes : BUFFER_CODEC;
    case 'literal':
      return literalCodec(type.values);
    case 'array':
      return arrayCodec(valueCodec(type.element, prototypes));
    case 'set':
      return setCodec(valueCodec(type.element, prototypes));
    case 'map':
      return mapCodec(valueCodec(type.key, prototypes), valueCodec(type.value, prototypes));
    case 'object':
      return objectCodec(type, prototypes, prototypes.get(type.className ?? ''));
    case 'variants':
      return variantsCodec(
        type.discriminator,
        type.variants.map((variant) => variant.value),
        type.variants.map((variant) => valueCodec(variant.type, prototypes)),
      );
    case 'union':
      return unionCodec(type.members.map((member) => valueCodec(member, prototypes)));
    case 'nullable':
      return nullableCodec(valueCodec(type.of, prototypes));
    case 'tuple':
      return tupleCodec(
        type.elements.map((element) => valueCodec(element, prototypes)),
        type.rest && valueCodec(type.rest, prototypes),
      );
    case 'record':
      return recordCodec(type, prototypes);
    case 'any':
      return ANY_CODEC;
    case 'json':
      return jsonCodec(type.isObject === true);
    case 'recursive':
      return recursiveCodec(type, prototypes);
    default:
      throw new DatabaseError(
        'FORMAT_UNSUPPORTED',
        `a field has a type of the kind ${JSON.stringify((type as { kind?: unknown }).kind)}, which this version does not know`,
        { kind: String((type as { kind?: unknown }).kind) },
      );
  }
}

/** Codecs of recursive types by type and prototypes: what is made for the type inside itself is the same codec. */
const RECURSIVE = new WeakMap<ReadonlyMap<string, object>, WeakMap<RecursiveType, ValueCodec>>();

function recursiveCodec(type: RecursiveType, prototypes: ReadonlyMap<string, object>): ValueCodec {
  let known = RECURSIVE.get(prototypes);
  if (!known) RECURSIVE.set(prototypes, (known = new WeakMap()));
  let codec = known.get(type);
  if (!codec) {
    let inner: ValueCodec | undefined;
    const made = (): ValueCodec => (inner ??= valueCodec(unfold(type), prototypes));
    codec = {
      leastBytes: 1,
      write: (value, writer) => made().write(value, writer),
      read: (reader) => reader.within(() => made().read(reader)),
      is: (value) => made().is(value),
    };
    known.set(type, codec);
  }
  return codec;
}

function tupleCodec(elements: readonly ValueCodec[], rest: ValueCodec | undefined): ValueCodec {
  const elementBytes = Math.min(...[...elements, ...(rest ? [rest] : [])].map(({ leastBytes }) => leastBytes));
  return {
    leastBytes: 1,
    write: (value, writer) => {
      const items = value as readonly unknown[];
      writer.count(items.length, elementBytes);
      for (const [index, item] of items.entries()) (elements[index] ?? rest!).write(item, writer);
    },
    read: (reader) => {
      const count = reader.count(elementBytes);
      if (count > elements.length && rest === undefined) at(elements, count, 'elements of a tuple');
      const items: unknown[] = [];
      for (let index = 0; index < count; index++) items.push((elements[index] ?? rest!).read(reader));
      return Object.freeze(items);
    },
    is: (value) => Array.isArray(value),
  };
}

function recordCodec(type: RecordType, prototypes: ReadonlyMap<string, object>): ValueCodec {
  const fields = objectCodec({ kind: 'object', fields: type.fields }, prototypes, undefined);
  const named = new Set(type.fields.map(({ name }) => name));
  const value = valueCodec(type.value, prototypes);
  return {
    leastBytes: fields.leastBytes + 1,
    write: (input, writer) => {
      fields.write(input, writer);
      const entries = recordEntries(input as object, named);
      writer.varint(entries.length);
      for (const [name, item] of entries) {
        writer.string(name);
        value.write(item, writer);
      }
    },
    read: (reader) => {
      const known = fields.read(reader) as PlainObject;
      const count = reader.count(1 + value.leastBytes);
      const entries: [string, unknown][] = [];
      for (let index = 0; index < count; index++) entries.push([reader.string(), value.read(reader)]);
      return makeRecord(known, entries);
    },
    is: fields.is,
  };
}

function jsonCodec(isObject: boolean): ValueCodec {
  return {
    leastBytes: 1,
    write: encodeAnyValue,
    read: (reader) => decodeAnyValue(reader),
    is: (value) => isJsonOutside(value, isObject),
  };
}

const SCALAR_CODECS = {
  string: {
    leastBytes: 1,
    write: (value, writer) => writer.string(value as string),
    read: (reader) => reader.string(),
    is: (value) => typeof value === 'string',
  },
  number: {
    leastBytes: 1,
    write: (value, writer) => writer.number(value as number),
    read: (reader) => reader.number(),
    is: (value) => typeof value === 'number',
  },
  boolean: {
    leastBytes: 1,
    write: (value, writer) => writer.boolean(value as boolean),
    read: (reader) => reader.boolean(),
    is: (value) => typeof value === 'boolean',
  },
  bigint: {
    leastBytes: 1,
    write: (value, writer) => writer.bigint(value as bigint),
    read: (reader) => reader.bigint(),
    is: (value) => typeof value === 'bigint',
  },
  date: {
    leastBytes: 1,
    write: (value, writer) => writer.date(value as Date),
    read: (reader) => reader.date(),
    is: (value) => isDateValue(value),
  },
  bytes: {
    leastBytes: 1,
    write: (value, writer) => writer.bytes(value as Uint8Array),
    read: (reader) => reader.bytes(),
    is: (value) => isBytesValue(value),
  },
  floats: {
    leastBytes: 1,
    write: (value, writer) => writer.floats(value as Float32Array),
    read: (reader) => reader.floats(),
    is: (value) => isFloatsValue(value),
  },
} satisfies Record<string, ValueCodec>;

/** Bytes that are a Buffer. */
const BUFFER_CODEC: ValueCodec = { ...SCALAR_CODECS.bytes, read: (reader) => bufferOver(reader.bytes()) };

const ANY_CODEC: ValueCodec = {
  leastBytes: 1,
  write: encodeAnyValue,
  read: (reader) => decodeAnyValue(reader),
  is: () => true,
};

function literalCodec(values: readonly LiteralValue[]): ValueCodec {
  return {
    leastBytes: 1,
    write: (value, writer) => writer.varint(indexOf(values, value as LiteralValue)),
    read: (reader) => at(values, reader.varint(), 'literal'),
    is: (value) => values.includes(value as LiteralValue),
  };
}

function arrayCodec(element: ValueCodec): ValueCodec {
  return {
    leastBytes: 1,
    write: (value, writer) => {
      const array = value as readonly unknown[];
      writer.count(array.length, element.leastBytes);
      for (const item of array) element.write(item, writer);
    },
    read: (reader) => Object.freeze(readElements(reader, element)),
    is: (value) => Array.isArray(value),
  };
}

function setCodec(element: ValueCodec): ValueCodec {
  return {
    leastBytes: 1,
    write: (value, writer) => {
      const set = value as ReadonlySet<unknown>;
      writer.count(set.size, element.leastBytes);
      for (const item of set) element.write(item, writer);
    },
    read: (reader) => frozenSet(readElements(reader, element)),
    is: (value) => isSetValue(value),
  };
}

function readElements(reader: ByteReader, element: ValueCodec): unknown[] {
  const count = reader.count(element.leastBytes);
  const items: unknown[] = [];
  for (let index = 0; index < count; index++) items.push(element.read(reader));
  return items;
}

function mapCodec(key: ValueCodec, value: ValueCodec): ValueCodec {
  return {
    leastBytes: 1,
    write: (input, writer) => {
      const map = input as ReadonlyMap<unknown, unknown>;
      writer.count(map.size, key.leastBytes + value.leastBytes);
      for (const [itsKey, itsValue] of map) {
        key.write(itsKey, writer);
        value.write(itsValue, writer);
      }
    },
    read: (reader) => {
      const count = reader.count(key.leastBytes + value.leastBytes);
      const entries: [unknown, unknown][] = [];
      for (let index = 0; index < count; index++) entries.push([key.read(reader), value.read(reader)]);
      return frozenMap(entries);
    },
    is: (input) => isMapValue(input),
  };
}

function objectCodec(
  type: ObjectType,
  prototypes: ReadonlyMap<string, object>,
  prototype: object | undefined,
): ValueCodec {
  const fields = type.fields.map((field) => ({
    name: field.name,
    isOptional: field.optional,
    codec: valueCodec(field.type, prototypes),
  }));
  const optional = fields.filter((field) => field.isOptional);
  const bitmapBytes = Math.ceil(optional.length / 8);
  const bitmap = new Uint8Array(bitmapBytes);
  let leastBytes = bitmapBytes;
  for (const field of fields) if (!field.isOptional) leastBytes += field.codec.leastBytes;

  return {
    leastBytes,
    write: (value, writer) => {
      const object = value as PlainObject;
      bitmap.fill(0);
      for (let index = 0; index < optional.length; index++) {
        const name = (optional[index] as { name: string }).name;
        if (object[name] !== undefined) bitmap[index >> 3]! |= 1 << (index & 7);
      }
      writer.raw(bitmap);
      for (const field of fields) {
        const fieldValue = object[field.name];
        if (!field.isOptional || fieldValue !== undefined) field.codec.write(fieldValue, writer);
      }
    },
    read: (reader) => {
      const present = bitmapBytes === 0 ? undefined : reader.skipped(bitmapBytes);
      const object = Object.create(prototype ?? Object.prototype) as PlainObject;
      let index = 0;
      for (const field of fields) {
        let isPresent = true;
        if (field.isOptional) {
          isPresent = ((present?.[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
          index++;
        }
        defineField(object, field.name, isPresent ? field.codec.read(reader) : undefined);
      }
      return Object.freeze(object);
    },
    is: (value) => typeof value === 'object' && value !== null && !isContainer(value),
  };
}

/** Assigns an own property, also one that is called `__proto__`. */
function defineField(object: PlainObject, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}

function isContainer(value: object): boolean {
  if (Array.isArray(value) || isDateValue(value) || isMapValue(value) || isSetValue(value)) return true;
  return isBytesValue(value) || isFloatsValue(value);
}

function variantsCodec(
  discriminator: string,
  values: readonly LiteralValue[],
  codecs: readonly ValueCodec[],
): ValueCodec {
  return {
    leastBytes: 1,
    write: (value, writer) => {
      const index = indexOf(values, (value as PlainObject)[discriminator] as LiteralValue);
      writer.varint(index);
      codecs[index]!.write(value, writer);
    },
    read: (reader) => at(codecs, reader.varint(), 'variant').read(reader),
    is: (value) => typeof value === 'object' && value !== null && !isContainer(value),
  };
}

function unionCodec(members: readonly ValueCodec[]): ValueCodec {
  return {
    leastBytes: 1,
    write: (value, writer) => {
      const index = members.findIndex((member) => member.is(value));
      if (index < 0) refuseValue('a union', typeof value);
      writer.byte(index);
      members[index]!.write(value, writer);
    },
    read: (reader) => at(members, reader.byte(), 'union member').read(reader),
    is: (value) => members.some((member) => member.is(value)),
  };
}

function nullableCodec(of: ValueCodec): ValueCodec {
  return {
    leastBytes: 1,
    write: (value, writer) => {
      if (value === null) {
        writer.byte(0);
      } else {
        writer.byte(1);
        of.write(value, writer);
      }
    },
    read: (reader) => (reader.boolean() ? of.read(reader) : null),
    is: (value) => value === null || of.is(value),
  };
}

function indexOf(values: readonly LiteralValue[], value: LiteralValue): number {
  const index = values.indexOf(value);
  if (index < 0) refuseValue('a literal', typeof value);
  return index;
}

function refuseValue(type: string, typeofValue: string): never {
  throw new DatabaseError('INVALID_MODEL', `a value of type ${typeofValue} does not fit ${type}`, {
    type,
    typeofValue,
  });
}

function at<T>(items: readonly T[], index: number, what: string): T {
  if (index < items.length) return items[index] as T;
  throw new DatabaseError('JOURNAL_DAMAGED', `${what} ${index} of ${items.length}`, {
    what,
    index,
    count: items.length,
  });
}
