/**
 * Copies of arrays and bytes that are ours: of this realm, of the plain class, and frozen where that can be. Nobody may
 * change a value of a document. A value that is not an array (no bytes) is left as it is, for the validator to name.
 */
import { DatabaseError } from '@nuthatch/model';
import { isBytesValue, isFloatsValue } from './brands.js';

/**
 * A frozen copy of the elements, of exactly their size; the elements themselves are the caller's to freeze. Always a
 * copy: a frozen array may be of another class, or have getters for elements. O(elements).
 */
export function frozenArray<T>(elements: readonly T[]): readonly T[] {
  if (!Array.isArray(elements)) return elements;
  // The constructor's array has exactly this size; `slice` and `map` would make one of the caller's class.
  const { length } = elements;
  const copy = new Array<T>(length);
  for (let index = 0; index < length; index++) copy[index] = elements[index] as T;
  return Object.freeze(copy);
}

/** As `frozenArray`, with each element sealed by `seal`. O(elements). */
export function sealedArray(value: unknown, seal: (element: unknown) => unknown): unknown {
  if (!Array.isArray(value)) return value;
  const { length } = value;
  const copy = new Array<unknown>(length);
  for (let index = 0; index < length; index++) copy[index] = seal(value[index]);
  return Object.freeze(copy);
}

/** A copy of the bytes nobody else holds, a plain Uint8Array. Typed arrays cannot be frozen: treat it as read-only. O(bytes). */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return isBytesValue(bytes) ? copyOfBytes(bytes) : bytes;
}

/** As `ownBytes`, a Buffer: of memory of its own, not a part of Node's pool, whose whole it would hand out. O(bytes). */
export function ownBuffer(bytes: Uint8Array): Uint8Array {
  return isBytesValue(bytes) ? bufferOver(copyOfBytes(bytes)) : bytes;
}

/** As `ownBytes`, of numbers of single precision. O(numbers). */
export function ownFloats(floats: Float32Array): Float32Array {
  if (!isFloatsValue(floats)) return floats;
  return copyOf(floats, (given) => new Float32Array(given));
}

/** @throws DatabaseError `VALIDATION_FAILED` for an array whose memory is gone: it has no bytes any more, not even none. */
function copyOf<A extends Uint8Array | Float32Array>(array: A, copy: (given: A) => A): A {
  try {
    return copy(array);
  } catch (cause) {
    const message = 'the memory of a typed array was handed over or cut short: it cannot be stored';
    throw new DatabaseError(
      'VALIDATION_FAILED',
      message,
      { violations: [{ path: '', rule: 'type', message }] },
      { cause },
    );
  }
}

function copyOfBytes(bytes: Uint8Array): Uint8Array {
  return copyOf(bytes, (given) => new Uint8Array(given));
}

/** The same bytes as a Buffer, without a copy: for bytes that are nobody else's. */
export function bufferOver({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return Buffer.from(buffer, byteOffset, byteLength);
}
