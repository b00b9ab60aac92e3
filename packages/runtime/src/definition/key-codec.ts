/**
 * Keys as callers know them ↔ keys as the store has them.
 *
 * One id field that is a string, number or bigint is its own store key. Anything else (several fields, dates,
 * booleans) becomes a text that is canonical and can be read back:
 *
 *   key       := component*
 *   component := kind lengthOfText ':' text      kind: s string, n number, i bigint, t time, b boolean (1 or 0)
 *
 * Never change: the text is on disk. A length before each text keeps ('a','bc') and ('ab','c') apart. Times and booleans
 * are in their own order as texts: false before true, and a time has 17 characters, `0` and epoch milliseconds, or `-`
 * and milliseconds since the first time that a Date has.
 */
import { DatabaseError, type DocumentModel, type FieldModel, type FieldType } from '@nuthatch/model';
import { isDate } from '../structures/is-date.js';
import type { StoreKey } from '../structures/store-key.js';
import { unreadable } from './unreadable.js';

type Kind = 'string' | 'number' | 'bigint' | 'date' | 'boolean';

export class KeyCodec {
  readonly #model: DocumentModel;
  readonly #fields: readonly string[];
  readonly #kinds: readonly (readonly Kind[])[];
  /** The key is its own store key. */
  readonly isPlain: boolean;
  /** A text is its own store key: the common case, told without looking at kinds. */
  readonly #isPlainText: boolean;

  constructor(model: DocumentModel) {
    this.#model = model;
    this.#fields = model.key.fields;
    this.#kinds = this.#fields.map((name) => kindsOf(model.fields.find((field) => field.name === name)));
    const only = this.#kinds.length === 1 ? this.#kinds[0] : undefined;
    this.isPlain = only?.every((kind) => kind === 'string' || kind === 'number' || kind === 'bigint') === true;
    this.#isPlainText = this.isPlain && only?.includes('string') === true;
  }

  /**
   * The store key of a public key: the id, or for a composite id an object (or array) of its fields.
   *
   * @throws DatabaseError `INVALID_KEY` when a part is missing, NaN, infinite or of another type than its field.
   */
  toStoreKey(key: unknown): StoreKey {
    if (this.#isPlainText && typeof key === 'string') return key;
    if (this.isPlain) {
      if (this.#accepts(0, key)) return key as StoreKey;
      throw this.#invalid(0, key);
    }
    if (this.#fields.length === 1) return this.#encode(0, key);
    if (typeof key !== 'object' || key === null) throw this.#notParts(key);
    try {
      const parts = key as Record<string, unknown>;
      return this.#fields
        .map((name, index) => this.#encode(index, Array.isArray(key) ? (key[index] as unknown) : ownValue(parts, name)))
        .join('');
    } catch (error) {
      throw unreadable(error, 'INVALID_KEY', `a key of ${this.#model.name}`);
    }
  }

  /** The store key of a document. @throws DatabaseError `INVALID_KEY`. */
  ofDocument(document: object): StoreKey {
    const values = document as Record<string, unknown>;
    return this.toStoreKey(this.#fields.length === 1 ? values[this.#fields[0]!] : values);
  }

  /** True when `value` is absent in the document's key field, so that an id may be generated. */
  isMissing(document: object): boolean {
    return (document as Record<string, unknown>)[this.#fields[0]!] === undefined;
  }

  /** The public key: the id itself, or a frozen object of the key's fields. */
  toPublicKey(key: StoreKey): unknown {
    if (this.isPlain) return key;
    const parts = decode(key as string);
    if (this.#fields.length === 1) return parts[0];
    return Object.freeze(Object.fromEntries(this.#fields.map((name, index) => [name, parts[index]])));
  }

  /** Whether a document can have this store key, by its type and form: for keys that come from outside as text. */
  isStoreKey(key: StoreKey): boolean {
    if (this.isPlain) return this.#accepts(0, key);
    if (typeof key !== 'string' || !isCanonical(key)) return false;
    try {
      return this.toStoreKey(this.toPublicKey(key)) === key;
    } catch {
      return false; // A part of another type, or more or fewer of them: the caller says what it was given.
    }
  }

  #encode(index: number, value: unknown): string {
    if (!this.#accepts(index, value)) throw this.#invalid(index, value);
    const [kind, text] = encodeComponent(value);
    return `${kind}${text.length}:${text}`;
  }

  #accepts(index: number, value: unknown): boolean {
    const kind = kindOfValue(value);
    return kind !== undefined && this.#kinds[index]!.includes(kind);
  }

  #invalid(index: number, value: unknown): DatabaseError {
    const field = this.#fields[index]!;
    return this.#refused(field, value, `\`${field}\` must be ${this.#kinds[index]!.join(' or ')}`);
  }

  #notParts(value: unknown): DatabaseError {
    const parts = this.#fields.map((name, index) => `${name}: ${this.#kinds[index]!.join(' or ')}`);
    return this.#refused(this.#fields.join(', '), value, `a key is an object of ${parts.join(', ')}`);
  }

  #refused(field: string, value: unknown, due: string): DatabaseError {
    const { name, collection } = this.#model;
    const given = describe(value);
    return new DatabaseError('INVALID_KEY', `${given} is not a key of ${name}: ${due}`, { collection, field, given });
  }
}

function ownValue(parts: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(parts, name) ? parts[name] : undefined;
}

function encodeComponent(value: unknown): readonly [string, string] {
  switch (typeof value) {
    case 'string':
      return ['s', value];
    case 'number':
      return ['n', String(value === 0 ? 0 : value)];
    case 'bigint':
      return ['i', String(value)];
    case 'boolean':
      return ['b', value ? '1' : '0'];
    default:
      return ['t', timeText(Date.prototype.getTime.call(value as Date))];
  }
}

/** The last time that a Date has; the first one is as long before 1970. */
const LAST_TIME_MS = 8.64e15;
const TIME_DIGITS = 16;

function timeText(timeMs: number): string {
  const digits = String(timeMs < 0 ? LAST_TIME_MS + timeMs : timeMs).padStart(TIME_DIGITS, '0');
  return `${timeMs < 0 ? '-' : '0'}${digits}`;
}

function timeOfText(text: string): number {
  return text.startsWith('-') ? Number(text.slice(1)) - LAST_TIME_MS : Number(text);
}

/** Whether the text follows the grammar, as far as its lengths go. O(parts). */
function isCanonical(text: string): boolean {
  let position = 0;
  while (position < text.length) {
    const head = /^[snitb](0|[1-9]\d{0,8}):/.exec(text.slice(position, position + 12));
    if (head === null) return false;
    position += head[0].length + Number(head[1]);
  }
  return position === text.length;
}

function decode(text: string): readonly unknown[] {
  const parts: unknown[] = [];
  for (let position = 0; position < text.length; ) {
    const colon = text.indexOf(':', position);
    const end = colon + 1 + Number(text.slice(position + 1, colon));
    parts.push(decodeComponent(text[position]!, text.slice(colon + 1, end)));
    position = end;
  }
  return parts;
}

function decodeComponent(kind: string, text: string): unknown {
  if (kind === 's') return text;
  if (kind === 'n') return Number(text);
  if (kind === 'i') return BigInt(text);
  if (kind === 'b') return text === '1';
  return Object.freeze(new Date(timeOfText(text)));
}

function kindOfValue(value: unknown): Kind | undefined {
  switch (typeof value) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return typeof value as Kind;
    case 'number':
      return Number.isFinite(value) ? 'number' : undefined;
    case 'object':
      return isDate(value) && Number.isFinite(Date.prototype.getTime.call(value)) ? 'date' : undefined;
    default:
      return undefined;
  }
}

function kindsOf(field: FieldModel | undefined): readonly Kind[] {
  return field === undefined ? [] : [...new Set(kindsOfType(field.type))];
}

function kindsOfType(type: FieldType): readonly Kind[] {
  switch (type.kind) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'date':
    case 'boolean':
      return [type.kind];
    case 'literal':
      return type.values.map((value) => typeof value as Kind);
    case 'union':
      return type.members.flatMap(kindsOfType);
    case 'nullable':
      return kindsOfType(type.of);
    default:
      return [];
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`;
  if (typeof value === 'object' && value !== null)
    return isDate(value) ? 'a date' : isArray(value) ? 'an array' : 'an object';
  if (typeof value === 'bigint') return `${value}n`;
  return String(value);
}

/** A proxy that was revoked is nothing: to ask it throws. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false; // It is refused anyway: only the word for it is asked.
  }
}
