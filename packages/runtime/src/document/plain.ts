/**
 * A document as plain data that is the caller's own: to be changed, compared with what was inserted by any library, or
 * handed to code that wants plain objects.
 */
import { isBytesValue, isDateValue, isMapValue, isSetValue, timeOf } from './brands.js';
import { ownBuffer, ownBytes } from './frozen-array.js';

/** What `plain` makes of a type: nothing in it is read only, and instances of classes are objects of their fields. */
export type Plain<T> = T extends string | number | boolean | bigint | symbol | null | undefined
  ? T
  : T extends (...args: never[]) => unknown
    ? never
    : T extends Date
      ? Date
      : T extends Uint8Array
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
 */
export function plain<T>(value: T): Plain<T> {
  return copyOf(value) as Plain<T>;
}

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, (element: unknown) => copyOf(element));
  if (isDateValue(value)) return new Date(timeOf(value));
  if (isBytesValue(value)) return Buffer.isBuffer(value) ? ownBuffer(value) : ownBytes(value);
  if (isMapValue(value)) return new Map(Array.from(value, ([key, item]) => [copyOf(key), copyOf(item)] as const));
  if (isSetValue(value)) return new Set(Array.from(value, (element: unknown) => copyOf(element)));
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue;
    // Values of any shape in a key-value store may have a property of this name.
    if (name === '__proto__')
      Object.defineProperty(copy, name, { value: copyOf(item), writable: true, enumerable: true, configurable: true });
    else copy[name] = copyOf(item);
  }
  return copy;
}
