/**
 * A value of any shape ↔ bytes that describe themselves: one kind byte, then the value. The grammar is in
 * docs/journal-format.md, section "Values of any shape". Never change or reuse a kind.
 */
import { DatabaseError } from '@nuthatch/model';
import { isBytesValue, isDateValue, isFloatsValue, isMapValue, isSetValue } from '../document/brands.js';
import { frozenRecord, MAX_NESTED_LEVELS } from '../document/frozen-any-value.js';
import { bufferOver } from '../document/frozen-array.js';
import { frozenMap, frozenSet } from '../document/frozen-values.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

const KIND = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  string: 5,
  bigint: 6,
  date: 7,
  bytes: 8,
  array: 9,
  set: 10,
  map: 11,
  object: 12,
  /** Bytes that are a Buffer. */
  buffer: 13,
  /** A Float32Array. */
  floats: 14,
} as const;

/** Appends what `frozenAnyValue` made. O(value). */
export function encodeAnyValue(value: unknown, writer: ByteWriter): void {
  switch (typeof value) {
    case 'string':
      writer.byte(KIND.string);
      writer.string(value);
      break;
    case 'number':
      writer.byte(KIND.number);
      writer.number(value);
      break;
    case 'boolean':
      writer.byte(value ? KIND.true : KIND.false);
      break;
    case 'bigint':
      writer.byte(KIND.bigint);
      writer.bigint(value);
      break;
    case 'undefined':
      writer.byte(KIND.undefined);
      break;
    default:
      if (value === null) writer.byte(KIND.null);
      else encodeObject(value as object, writer);
  }
}

function encodeObject(value: object, writer: ByteWriter): void {
  if (isDateValue(value)) {
    writer.byte(KIND.date);
    writer.date(value);
  } else if (isBytesValue(value)) {
    writer.byte(Buffer.isBuffer(value) ? KIND.buffer : KIND.bytes);
    writer.bytes(value);
  } else if (isFloatsValue(value)) {
    writer.byte(KIND.floats);
    writer.floats(value);
  } else if (Array.isArray(value) || isSetValue(value)) {
    writer.byte(Array.isArray(value) ? KIND.array : KIND.set);
    writer.varint(Array.isArray(value) ? value.length : value.size);
    for (const element of value) encodeAnyValue(element, writer);
  } else if (isMapValue(value)) {
    writer.byte(KIND.map);
    writer.varint(value.size);
    for (const [key, element] of value) {
      encodeAnyValue(key, writer);
      encodeAnyValue(element, writer);
    }
  } else {
    const properties = Object.entries(value);
    writer.byte(KIND.object);
    writer.varint(properties.length);
    for (const [name, element] of properties) {
      writer.string(name);
      encodeAnyValue(element, writer);
    }
  }
}

/**
 * Reads what `encodeAnyValue` wrote, deeply frozen. O(value).
 *
 * @throws DatabaseError `JOURNAL_DAMAGED` for bytes that are no value.
 */
export function decodeAnyValue(reader: ByteReader, level: number = 0): unknown {
  const kind = reader.byte();
  switch (kind) {
    case KIND.undefined:
      return undefined;
    case KIND.null:
      return null;
    case KIND.false:
      return false;
    case KIND.true:
      return true;
    case KIND.number:
      return reader.number();
    case KIND.string:
      return reader.string();
    case KIND.bigint:
      return reader.bigint();
    case KIND.date:
      return reader.date();
    case KIND.bytes:
      return reader.bytes();
    case KIND.buffer:
      return bufferOver(reader.bytes());
    case KIND.floats:
      return reader.floats();
    default:
      return decodeContainer(kind, reader, level + 1);
  }
}

function decodeContainer(kind: number, reader: ByteReader, level: number): unknown {
  if (level > MAX_NESTED_LEVELS) return refuse(`values nested more than ${MAX_NESTED_LEVELS} levels deep`, reader);
  switch (kind) {
    case KIND.array:
      return Object.freeze(repeat(reader.count(), () => decodeAnyValue(reader, level)));
    case KIND.set:
      return frozenSet(repeat(reader.count(), () => decodeAnyValue(reader, level)));
    case KIND.map:
      return frozenMap(
        repeat(reader.count(2), () => [decodeAnyValue(reader, level), decodeAnyValue(reader, level)] as const),
      );
    case KIND.object:
      return frozenRecord(repeat(reader.count(2), () => [reader.string(), decodeAnyValue(reader, level)] as const));
    default:
      return refuse(`a value of kind ${kind}`, reader);
  }
}

function repeat<T>(count: number, read: () => T): T[] {
  const values: T[] = [];
  for (let index = 0; index < count; index++) values.push(read());
  return values;
}

function refuse(what: string, reader: ByteReader): never {
  throw new DatabaseError('JOURNAL_DAMAGED', `${what} before ${reader.position}`, { offset: reader.position });
}
