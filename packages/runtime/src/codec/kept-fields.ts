/**
 * Fields that a document has beyond its class: written by another version of the class, unknown to today's, kept beside
 * the document and written back with it. Form and bytes: docs/journal-format.md, "Unknown fields".
 *
 * Held by the frozen document itself, as a key: so whatever holds a document (entry, undo, view, change) holds its
 * kept fields, and the user's class never shows them. A database in which no document has any pays one comparison.
 */
import { DatabaseError } from '@nuthatch/model';
import { isBytesValue, isDateValue, isFloatsValue, isMapValue, isSetValue } from '../document/brands.js';
import { decodeAnyValue, encodeAnyValue } from './any-value-codec.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';

export type PlainFields = Readonly<Record<string, unknown>>;

const KEPT = new WeakMap<object, KeptFields>();
let isAnyKept = false;
const scratch = new ByteWriter();

export class KeptFields {
  /** One object of "Values of any shape". */
  readonly bytes: Uint8Array;
  #fields: PlainFields | undefined;

  /** @param bytes never changed afterwards. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Encodes the fields; undefined when there are none. O(fields). */
  static of(fields: PlainFields): KeptFields | undefined {
    if (Object.keys(fields).length === 0) return undefined;
    scratch.reset();
    encodeAnyValue(fields, scratch);
    const kept = new KeptFields(new Uint8Array(scratch.finish()));
    scratch.reset();
    return kept;
  }

  /** The fields, frozen; decoded when first asked for. @throws DatabaseError `JOURNAL_DAMAGED` for bytes that are no object. */
  get fields(): PlainFields {
    if (this.#fields === undefined) {
      const value = decodeAnyValue(new ByteReader(this.bytes));
      if (!isFields(value)) throw new DatabaseError('JOURNAL_DAMAGED', 'unknown fields that are not an object', {});
      this.#fields = value;
    }
    return this.#fields;
  }
}

/** Whether any document of this process has had some. O(1). */
export function hasKeptFields(): boolean {
  return isAnyKept;
}

/** Documents that nobody has read yet may have some. */
export function expectKeptFields(): void {
  isAnyKept = true;
}

/** The document's kept fields; undefined for nearly every document. O(1). */
export function keptFieldsOf(document: object): KeptFields | undefined {
  return isAnyKept ? KEPT.get(document) : undefined;
}

/** Gives the document kept fields, once, before anybody else has it. O(1). */
export function keepFields(document: object, kept: KeptFields): void {
  isAnyKept = true;
  KEPT.set(document, kept);
}

/**
 * Lays kept fields over plain ones: the whole document, as if every field were known. Where both have a value, nested
 * fields are joined and of anything else the plain one holds. O(kept fields).
 */
export function withKeptFields(plain: PlainFields, kept: PlainFields): PlainFields {
  const whole = { ...plain };
  for (const [name, value] of Object.entries(kept)) {
    // Not what every object has by its prototype: a field may be called `constructor`.
    const own = Object.hasOwn(plain, name) ? plain[name] : undefined;
    define(whole, name, joined(own, value));
  }
  return whole;
}

function joined(plain: unknown, kept: unknown): unknown {
  if (plain === undefined) return kept;
  if (isMapValue(kept)) {
    const at = (key: unknown, element: unknown): unknown => (kept.has(key) ? joined(element, kept.get(key)) : element);
    if (Array.isArray(plain)) return plain.map((element: unknown, index) => at(index, element));
    if (isSetValue(plain)) return new Set(Array.from(plain, (element: unknown, index) => at(index, element)));
    if (isMapValue(plain)) return new Map(Array.from(plain, ([key, value]) => [key, at(key, value)] as const));
    return plain;
  }
  return isFields(plain) && isFields(kept) ? withKeptFields(plain, kept) : plain;
}

/** True for objects with fields: no array, date, map, set or bytes. */
export function isFields(value: unknown): value is PlainFields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !isDateValue(value) &&
    !isMapValue(value) &&
    !isSetValue(value) &&
    !isBytesValue(value) &&
    !isFloatsValue(value)
  );
}

/** Assigns an own property, also one that is called `__proto__`. */
export function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}
