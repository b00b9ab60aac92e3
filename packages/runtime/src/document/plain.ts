/**
 * A document as plain data that is the caller's own: to be changed, compared with what was inserted by any library, or
 * handed to code that wants plain objects.
 */
import { DatabaseError } from '@nuthatch/model';
import { isBytesValue, isDateValue, isFloatsValue, isMapValue, isSetValue, timeOf } from './brands.js';
import { MAX_NESTED_LEVELS } from './frozen-any-value.js';
import { ownBuffer, ownBytes, ownFloats } from './frozen-array.js';

/** What `plain` makes of a type: nothing in it is read only, and instances of classes are objects of their fields. */
export type Plain<T> = T extends string | number | boolean | bigint | symbol | null | undefined
  ? T
  : T extends (...args: never[]) => unknown
    ? never
    : T extends Date
      ? Date
      : T extends Uint8Array | Float32Array
        ? T
        : T extends ReadonlyMap<infer K, infer V>
          ? Map<Plain<K>, Plain<V>>
          : T extends ReadonlySet<infer E>
            ? Set<Plain<E>>
            : T extends readonly unknown[]
              ? { -readonly [I in keyof T]: Plain<T[I]> }
              : { -readonly [F in keyof T as T[F] extends (...args: never[]) => unknown ? never : F]: Plain<T[F]> };

/**
 * A deep copy of a document, or of documents in an array, map or set: plain objects, `Date`, `Map`, `Set`, arrays and
 * bytes of the plain classes, nothing frozen. Fields without a value are left out, and so are getters and methods of the
 * class: what comes out is what an insert took, with its defaults. O(value); about a microsecond for a small document.
 *
 * @throws DatabaseError `VALIDATION_FAILED` for a value that is not a document and contains itself.
 */
export function plain<T>(value: T): Plain<T> {
  return copyOf(value, 0) as Plain<T>;
}

/** Documents have fewer levels than half of these. */
const MAX_LEVELS = 2 * MAX_NESTED_LEVELS;

function copyOf(value: unknown, level: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (level > MAX_LEVELS) throw tooDeep();
  const inner = (part: unknown): unknown => copyOf(part, level + 1);
  if (Array.isArray(value)) return Array.from(value, inner);
  if (isDateValue(value)) return new Date(timeOf(value));
  if (isBytesValue(value)) return Buffer.isBuffer(value) ? ownBuffer(value) : ownBytes(value);
  if (isFloatsValue(value)) return ownFloats(value);
  if (isMapValue(value)) return new Map(Array.from(value, ([key, item]) => [inner(key), inner(item)] as const));
  if (isSetValue(value)) return new Set(Array.from(value, inner));
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue;
    // Values of any shape in a key-value store may have a property of this name.
    if (name === '__proto__')
      Object.defineProperty(copy, name, { value: inner(item), writable: true, enumerable: true, configurable: true });
    else copy[name] = inner(item);
  }
  return copy;
}

function tooDeep(): DatabaseError {
  const message = `the value contains itself, or is nested more than ${MAX_LEVELS} levels deep`;
  return new DatabaseError('VALIDATION_FAILED', message, { violations: [{ path: '', rule: 'type', message }] });
}
