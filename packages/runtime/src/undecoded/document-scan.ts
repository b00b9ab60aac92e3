/**
 * Passes over a document's bytes without making the document, and tells where a few fields begin.
 *
 * For documents that stay bytes until somebody asks for them. `pass` refuses exactly what the codec refuses, so that
 * what has passed can be decoded at any later time: a property test compares the two. Made from the model, for any
 * generated code. Grammar: docs/journal-format.md, section "Values".
 */
import { DatabaseError, type DocumentModel, type FieldModel, type FieldType } from '@nuthatch/model';
import type { ByteReader } from '../codec/byte-reader.js';
import { valueCodec } from '../codec/model-codec.js';
import { NumberColumn } from './number-column.js';
import { type ProjectedColumn, ValueColumn } from './projected-column.js';
import { TagColumn } from './tag-column.js';

/** Passes over one value, or reads it. @throws DatabaseError `JOURNAL_DAMAGED`. */
export type Pass = (reader: ByteReader) => void;
/** Reads one value, frozen. */
export type Read = (reader: ByteReader) => unknown;

/** One field, in the codec's order. */
interface Step {
  readonly name: string;
  /** Its bit among the optional fields; 0: it is always there. */
  readonly bit: number;
  readonly type: FieldType;
  /** Its usual form: then `DocumentScan.pass` passes over it itself. */
  readonly form: Form;
  readonly pass: Pass;
  /** Its place among the projected fields; -1: it is not one. */
  readonly column: number;
}

/** A text of up to 63 bytes; a number; a list of up to 127 such texts. */
type Form = typeof TEXT | typeof NUMBER | typeof TEXTS | typeof OTHER;
const TEXT = 0;
const NUMBER = 1;
const TEXTS = 2;
const OTHER = 3;

/** A varint of so many bytes is below 2^53. */
const SURE_VARINT_BYTES = 7;
const NO_FIELDS: ReadonlySet<string> = new Set();

/** Bits of one bitmap that fit a small whole number. */
const MAX_OPTIONAL_FIELDS = 24;

export class DocumentScan {
  readonly #bitmapBytes: number;
  readonly #steps: readonly Step[];
  /** Fields whose places `pass` tells. */
  readonly projectedCount: number;

  /**
   * Undefined for a model with more optional fields than one bitmap of three bytes holds. O(model).
   *
   * @param projected names of fields whose places `pass` tells.
   */
  static of(
    { fields }: Pick<DocumentModel, 'fields'>,
    projected: ReadonlySet<string> = NO_FIELDS,
  ): DocumentScan | undefined {
    return isScannable({ kind: 'object', fields }) ? new DocumentScan(fields, projected) : undefined;
  }

  private constructor(fields: readonly FieldModel[], projected: ReadonlySet<string>) {
    this.#bitmapBytes = bitmapBytesOf(fields);
    this.#steps = stepsOf(fields, projected);
    this.projectedCount = this.#steps.filter((step) => step.column >= 0).length;
  }

  /**
   * Passes over a document. O(document); makes no object.
   *
   * One loop with the common forms in it, where calls would read better. The engine copies what a function calls into
   * it before it compiles it, up to 460 bytes of its code: shorter, this loop was compiled into each of its four callers
   * one above the other, and that alone was 6 % of the processor time of opening 100,000 documents.
   *
   * @param starts is filled from `from` on with where each projected field begins, -1 for an absent one.
   * @throws DatabaseError `JOURNAL_DAMAGED`.
   */
  pass(reader: ByteReader, starts: Int32Array, from: number): void {
    let present = 0;
    for (let index = 0; index < this.#bitmapBytes; index++) present |= reader.byte() << (index * 8);
    const { data: bytes, end } = reader;
    const steps = this.#steps;
    let { position } = reader;
    for (let index = 0; index < steps.length; index++) {
      const { bit, column, form, pass } = steps[index]!;
      const isAbsent = bit !== 0 && (present & bit) === 0;
      if (column >= 0) starts[from + column] = isAbsent ? -1 : position;
      if (isAbsent) continue;
      // The bytes after the end may be anything: only the next position tells that it was read.
      const header = bytes[position]!;
      let next = -1;
      if (form === TEXT) {
        if (header < 0x80 && (header & 1) === 0) next = position + 1 + (header >>> 1);
      } else if (form === NUMBER) {
        let last = position;
        while (bytes[last]! > 0x7f && last - position < SURE_VARINT_BYTES - 1) last++;
        // An odd one says that a double follows.
        if (bytes[last]! < 0x80) next = last + 1 + (header & 1) * 8;
      } else if (form === TEXTS && header < 0x80) {
        next = position + 1;
        for (let left = header; left > 0 && next > 0 && next <= end; left--) {
          const length = bytes[next]!;
          next = length < 0x80 && (length & 1) === 0 ? next + 1 + (length >>> 1) : -1;
        }
      }
      if (next < 0 || next > end) {
        reader.seek(position, end);
        pass(reader);
        next = reader.position;
      }
      position = next;
    }
    reader.seek(position, end);
  }

  /** Empty columns of the projected fields, in the order in which `pass` tells their places. @param given some of them. */
  columns(given: readonly ProjectedColumn[] = []): readonly ProjectedColumn[] {
    return this.#steps
      .filter(({ column }) => column >= 0)
      .map(({ name, bit, type }) => {
        const own = given.find((one) => one.name === name);
        return own ?? (bit === 0 ? columnOf(name, type) : new ValueColumn(name, readOf(type)));
      });
  }
}

function stepsOf(fields: readonly FieldModel[], projected: ReadonlySet<string>): readonly Step[] {
  let bit = 1;
  let projectedCount = 0;
  return fields.map(({ name, optional, type }) => {
    const step: Step = {
      name,
      bit: optional ? bit : 0,
      type,
      form: formOf(type),
      pass: passOf(type),
      column: projected.has(name) ? projectedCount++ : -1,
    };
    if (optional) bit *= 2;
    return step;
  });
}

function formOf(type: FieldType): Form {
  if (type.kind === 'string') return TEXT;
  if (type.kind === 'number' || type.kind === 'date') return NUMBER;
  return isTextList(type) ? TEXTS : OTHER;
}

/** Of an object within a document. */
function passFields(reader: ByteReader, bitmapBytes: number, steps: readonly Step[]): void {
  const present = bitmapOf(reader, bitmapBytes);
  for (const { bit, pass } of steps) if (bit === 0 || (present & bit) !== 0) pass(reader);
}

export function bitmapOf(reader: ByteReader, byteCount: number): number {
  let bits = 0;
  for (let index = 0; index < byteCount; index++) bits |= reader.byte() << (index * 8);
  return bits;
}

export function bitmapBytesOf(fields: readonly FieldModel[]): number {
  return Math.ceil(fields.filter(({ optional }) => optional).length / 8);
}

export function isScannable(type: FieldType): boolean {
  switch (type.kind) {
    case 'array':
    case 'set':
      return isScannable(type.element);
    case 'map':
      return isScannable(type.key) && isScannable(type.value);
    case 'object':
      return (
        bitmapBytesOf(type.fields) * 8 <= MAX_OPTIONAL_FIELDS && type.fields.every((field) => isScannable(field.type))
      );
    case 'variants':
      return type.variants.every((variant) => isScannable(variant.type));
    case 'union':
      return type.members.every(isScannable);
    case 'tuple':
      return type.elements.every(isScannable) && (type.rest === undefined || isScannable(type.rest));
    case 'record':
      return isScannable({ kind: 'object', fields: type.fields }) && isScannable(type.value);
    case 'recursive':
      return isScannable(type.of);
    case 'nullable':
      return isScannable(type.of);
    default:
      return true;
  }
}

const passString: Pass = (reader) => reader.passString();
const passNumber: Pass = (reader) => void reader.number();
const passBoolean: Pass = (reader) => void reader.boolean();

export function passOf(type: FieldType): Pass {
  switch (type.kind) {
    case 'string':
      return passString;
    case 'number':
    case 'date':
      return passNumber;
    case 'boolean':
      return passBoolean;
    case 'bigint':
      return (reader) => reader.passBigint();
    case 'bytes':
      return (reader) => void reader.skip(reader.varint());
    case 'floats':
      return (reader) => void reader.skip(reader.count(4) * 4);
    case 'literal':
      return (reader) => requireBelow(reader.varint(), type.values.length, 'literal');
    case 'array':
    case 'set':
      return passElements(passOf(type.element), leastBytesOf(type.element));
    case 'map':
      return passEntries(passOf(type.key), passOf(type.value), leastBytesOf(type.key) + leastBytesOf(type.value));
    case 'object': {
      const [bitmapBytes, steps] = [bitmapBytesOf(type.fields), stepsOf(type.fields, NO_FIELDS)];
      return (reader) => passFields(reader, bitmapBytes, steps);
    }
    case 'variants':
      return passOneOf(
        type.variants.map((variant) => passOf(variant.type)),
        'variant',
        (reader) => reader.varint(),
      );
    case 'union':
      return passOneOf(type.members.map(passOf), 'union member', (reader) => reader.byte());
    case 'nullable': {
      const pass = passOf(type.of);
      return (reader) => {
        if (reader.boolean()) pass(reader);
      };
    }
    // Tuples, records, JSON and recursive types are rare: what reads them passes over them, and refuses unknown kinds.
    default: {
      const codec = valueCodec(type, new Map());
      return (reader) => void codec.read(reader);
    }
  }
}

function passElements(pass: Pass, leastBytes: number): Pass {
  return (reader) => {
    const count = reader.count(leastBytes);
    for (let index = 0; index < count; index++) pass(reader);
  };
}

function passEntries(passKey: Pass, passValue: Pass, leastBytes: number): Pass {
  return (reader) => {
    const count = reader.count(leastBytes);
    for (let index = 0; index < count; index++) {
      passKey(reader);
      passValue(reader);
    }
  };
}

function passOneOf(passes: readonly Pass[], what: string, indexOf: (reader: ByteReader) => number): Pass {
  return (reader) => {
    const index = indexOf(reader);
    requireBelow(index, passes.length, what);
    passes[index]!(reader);
  };
}

/** As the codec does. */
function requireBelow(index: number, count: number, what: string): void {
  if (index < count) return;
  throw new DatabaseError('JOURNAL_DAMAGED', `${what} ${index} of ${count}`, { what, index, count });
}

function leastBytesOf(type: FieldType): number {
  return valueCodec(type, new Map()).leastBytes;
}

export function readOf(type: FieldType): Read {
  if (type.kind === 'string') return (reader) => reader.string();
  if (type.kind === 'number') return (reader) => reader.number();
  const codec = valueCodec(type, new Map());
  return (reader) => codec.read(reader);
}

/** Of a field that is always there. */
function columnOf(name: string, type: FieldType): ProjectedColumn {
  if (type.kind === 'number' || type.kind === 'date') return new NumberColumn(name, type.kind === 'date');
  return isTextList(type) ? new TagColumn(name) : new ValueColumn(name, readOf(type));
}

function isTextList(type: FieldType): boolean {
  return type.kind === 'array' && type.element.kind === 'string';
}
