/**
 * Passes over a document's bytes without making the document, and notes a few fields on the way.
 *
 * For documents that stay bytes until somebody asks for them. `pass` refuses exactly what the codec refuses, so that
 * what has passed can be decoded at any later time: a property test compares the two. Made from the model, for any
 * generated code. Grammar: docs/journal-format.md, section "Values".
 */
import { DatabaseError, type DocumentModel, type FieldModel, type FieldType } from '@nuthatch/model';
import type { ByteReader } from './byte-reader.js';
import { valueCodec } from './model-codec.js';
import { type FieldNotes, NotedField } from './noted-field.js';
import { NotedNumbers } from './noted-numbers.js';
import { NotedTags } from './noted-tags.js';

/** Passes over one value, or reads it. @throws DatabaseError `JOURNAL_DAMAGED`. */
type Pass = (reader: ByteReader) => void;
type Read = (reader: ByteReader) => unknown;

/** One field, in the codec's order. */
interface Step {
  readonly name: string;
  /** Its bit among the optional fields; 0: it is always there. */
  readonly bit: number;
  readonly type: FieldType;
  /** Of most fields: these are passed over without a call that the engine cannot put in place. */
  readonly common: typeof TEXT | typeof NUMBER | typeof OTHER;
  readonly pass: Pass;
}

const TEXT = 0;
const NUMBER = 1;
const OTHER = 2;

const NO_NOTES: readonly undefined[] = [];

/** Bits of one bitmap that fit a small whole number. */
const MOST_OPTIONAL_FIELDS = 24;

export class DocumentScan {
  readonly #bitmapBytes: number;
  readonly #steps: readonly Step[];

  /** Undefined for a model with more optional fields than one bitmap of three bytes holds. O(model). */
  static of({ fields }: Pick<DocumentModel, 'fields'>): DocumentScan | undefined {
    return isScannable({ kind: 'object', fields }) ? new DocumentScan(fields) : undefined;
  }

  private constructor(fields: readonly FieldModel[]) {
    this.#bitmapBytes = bitmapBytesOf(fields);
    this.#steps = stepsOf(fields);
  }

  /**
   * Passes over a document. O(document); makes no object.
   *
   * @param notes what is to be noted of the fields, side by side with the model's; see `noting`.
   * @throws DatabaseError `JOURNAL_DAMAGED`.
   */
  pass(reader: ByteReader, notes: readonly (FieldNotes | undefined)[] = NO_NOTES): void {
    passFields(reader, this.#bitmapBytes, this.#steps, notes);
  }

  /** Empty notes of these fields, for `pass`. @param given notes to be taken for some of them. */
  noting(names: ReadonlySet<string>, given: readonly FieldNotes[] = []): readonly (FieldNotes | undefined)[] {
    return this.#steps.map(({ name, bit, type }) => {
      if (!names.has(name)) return undefined;
      const own = given.find((notes) => notes.name === name);
      return own ?? (bit === 0 ? notesOf(name, type) : new NotedField(name, readOf(type)));
    });
  }
}

function stepsOf(fields: readonly FieldModel[]): readonly Step[] {
  let bit = 1;
  return fields.map(({ name, optional, type }) => {
    const step: Step = { name, bit: optional ? bit : 0, type, common: commonOf(type), pass: passOf(type) };
    if (optional) bit *= 2;
    return step;
  });
}

function commonOf({ kind }: FieldType): Step['common'] {
  if (kind === 'string') return TEXT;
  return kind === 'number' || kind === 'date' ? NUMBER : OTHER;
}

function passFields(
  reader: ByteReader,
  bitmapBytes: number,
  steps: readonly Step[],
  notes: readonly (FieldNotes | undefined)[],
): void {
  const present = bitmapOf(reader, bitmapBytes);
  for (let index = 0; index < steps.length; index++) {
    const { bit, common, pass } = steps[index] as Step;
    const noted = notes[index];
    const isPresent = bit === 0 || (present & bit) !== 0;
    if (noted !== undefined) noted.note(isPresent ? reader : undefined);
    else if (!isPresent) continue;
    else if (common === TEXT) reader.passString();
    else if (common === NUMBER) reader.passNumber();
    else pass(reader);
  }
}

function bitmapOf(reader: ByteReader, byteCount: number): number {
  let bits = 0;
  for (let index = 0; index < byteCount; index++) bits |= reader.byte() << (index * 8);
  return bits;
}

function bitmapBytesOf(fields: readonly FieldModel[]): number {
  return Math.ceil(fields.filter(({ optional }) => optional).length / 8);
}

function isScannable(type: FieldType): boolean {
  switch (type.kind) {
    case 'array':
    case 'set':
      return isScannable(type.element);
    case 'map':
      return isScannable(type.key) && isScannable(type.value);
    case 'object':
      return (
        bitmapBytesOf(type.fields) * 8 <= MOST_OPTIONAL_FIELDS && type.fields.every((field) => isScannable(field.type))
      );
    case 'variants':
      return type.variants.every((variant) => isScannable(variant.type));
    case 'union':
      return type.members.every(isScannable);
    case 'nullable':
      return isScannable(type.of);
    default:
      return true;
  }
}

const passString: Pass = (reader) => reader.passString();
const passNumber: Pass = (reader) => reader.passNumber();
const passBoolean: Pass = (reader) => void reader.boolean();

function passOf(type: FieldType): Pass {
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
    case 'literal':
      return (reader) => requireBelow(reader.varint(), type.values.length, 'literal');
    case 'array':
    case 'set':
      return passElements(passOf(type.element), leastBytesOf(type.element));
    case 'map':
      return passEntries(passOf(type.key), passOf(type.value), leastBytesOf(type.key) + leastBytesOf(type.value));
    case 'object': {
      const [bitmapBytes, steps] = [bitmapBytesOf(type.fields), stepsOf(type.fields)];
      return (reader) => passFields(reader, bitmapBytes, steps, NO_NOTES);
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
    (passes[index] as Pass)(reader);
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

function readOf(type: FieldType): Read {
  if (type.kind === 'string') return (reader) => reader.string();
  if (type.kind === 'number') return (reader) => reader.number();
  const codec = valueCodec(type, new Map());
  return (reader) => codec.read(reader);
}

/** Of a field that is always there. */
function notesOf(name: string, type: FieldType): FieldNotes {
  if (type.kind === 'number' || type.kind === 'date') return new NotedNumbers(name, type.kind === 'date');
  const isTextList = type.kind === 'array' && type.element.kind === 'string';
  return isTextList ? new NotedTags(name) : new NotedField(name, readOf(type));
}
