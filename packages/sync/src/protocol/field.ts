/**
 * How one field of a message is written and read. Messages are declared from these, so that writer and reader cannot
 * differ: `record({ seq: varint, name: text(LIMITS.nameBytes) })`.
 */
import type { MessageReader } from './message-reader.js';
import type { MessageWriter } from './message-writer.js';
import { protocolViolation } from './protocol-violation.js';

export interface Field<T> {
  /** The fewest bytes it takes: what a count of them is held against. */
  readonly leastBytes: number;
  write(writer: MessageWriter, value: T): void;
  read(reader: MessageReader): T;
}

export type ValueOf<F> = F extends Field<infer T> ? T : never;

export const u8: Field<number> = {
  leastBytes: 1,
  write: (writer, value) => writer.u8(value),
  read: (reader) => reader.u8(),
};

export const flag: Field<boolean> = {
  leastBytes: 1,
  write: (writer, value) => writer.u8(value ? 1 : 0),
  read: (reader) => reader.flag(),
};

export const varint: Field<number> = {
  leastBytes: 1,
  write: (writer, value) => writer.varint(value),
  read: (reader) => reader.varint(),
};

export function text(maxBytes: number): Field<string> {
  return { leastBytes: 1, write: (writer, value) => writer.text(value), read: (reader) => reader.text(maxBytes) };
}

export function bytes(maxBytes: number): Field<Uint8Array> {
  return { leastBytes: 1, write: (writer, value) => writer.bytes(value), read: (reader) => reader.bytes(maxBytes) };
}

/** Exactly so many bytes, without a count. */
export function fixedBytes(byteCount: number): Field<Uint8Array> {
  return {
    leastBytes: byteCount,
    write: (writer, value) => writer.raw(value),
    read: (reader) => reader.raw(byteCount),
  };
}

/** All that is left of the message; only as its last field. */
export const rest: Field<Uint8Array> = {
  leastBytes: 0,
  write: (writer, value) => writer.raw(value),
  read: (reader) => reader.raw(reader.remaining),
};

/** A number that stands for one of the names: its place in the list. */
export function oneOf<const Names extends readonly string[]>(names: Names): Field<Names[number]> {
  return {
    leastBytes: 1,
    write: (writer, value) => writer.u8(names.indexOf(value)),
    read: (reader) => {
      const index = reader.u8();
      const name = names[index];
      if (name === undefined) throw protocolViolation(`expected one of ${names.length} choices, found ${index}`);
      return name;
    },
  };
}

export function list<T>(element: Field<T>, maxCount: number): Field<readonly T[]> {
  return {
    leastBytes: 1,
    write: (writer, values) => {
      writer.varint(values.length);
      for (const value of values) element.write(writer, value);
    },
    read: (reader) => {
      const count = reader.count(maxCount, element.leastBytes);
      const values: T[] = [];
      for (let index = 0; index < count; index++) values.push(element.read(reader));
      return values;
    },
  };
}

/** A flag, then the value when it is 1. */
export function optional<T>(of: Field<T>): Field<T | undefined> {
  return {
    leastBytes: 1,
    write: (writer, value) => {
      writer.u8(value === undefined ? 0 : 1);
      if (value !== undefined) of.write(writer, value);
    },
    read: (reader) => (reader.flag() ? of.read(reader) : undefined),
  };
}

export type Fields = { readonly [name: string]: Field<never> | Field<unknown> };
export type RecordOf<F> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

/** Fields in the order of their declaration, without gaps. */
export function record<const F extends Record<string, unknown>>(fields: F): Field<RecordOf<F>> {
  const entries = Object.entries(fields) as [string, Field<unknown>][];
  return {
    leastBytes: entries.reduce((sum, [, field]) => sum + field.leastBytes, 0),
    write: (writer, value) => {
      for (const [name, field] of entries) field.write(writer, (value as Record<string, unknown>)[name]);
    },
    read: (reader) => {
      const value: Record<string, unknown> = {};
      for (const [name, field] of entries) value[name] = field.read(reader);
      return value as RecordOf<F>;
    },
  };
}

export type ChoiceOf<C> = {
  [Kind in keyof C & string]: { readonly kind: Kind } & ValueOf<C[Kind]>;
}[keyof C & string];

/** A tag of one byte, the place of the kind in the list, then the fields of that kind. */
export function choice<const C extends Record<string, unknown>>(kinds: C, firstTag = 0): Field<ChoiceOf<C>> {
  const entries = Object.entries(kinds) as [string, Field<object>][];
  const tags = new Map(entries.map(([kind], index) => [kind, index + firstTag]));
  return {
    leastBytes: 1 + Math.min(...entries.map(([, field]) => field.leastBytes)),
    write: (writer, value) => {
      const { kind } = value as { readonly kind: string };
      const tag = tags.get(kind)!;
      writer.u8(tag);
      entries[tag - firstTag]![1].write(writer, value as object);
    },
    read: (reader) => {
      const tag = reader.u8();
      const entry = entries[tag - firstTag];
      if (entry === undefined) throw protocolViolation(`expected one of ${entries.length} kinds, found ${tag}`);
      return { kind: entry[0], ...entry[1].read(reader) } as ChoiceOf<C>;
    },
  };
}
