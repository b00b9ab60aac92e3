/** Frozen copies of arrays, bytes and plain objects: what a document holds is nobody's to change. */

/**
 * A frozen copy of the elements, of exactly their size; the elements themselves are the caller's to freeze.
 * O(elements); a plain array that is frozen already is returned as it is.
 */
export function frozenArray<T>(elements: readonly T[]): readonly T[] {
  return Object.isFrozen(elements) ? elements : Object.freeze(Array.prototype.slice.call(elements) as T[]);
}

/** A copy of the bytes nobody else holds. Typed arrays cannot be frozen: treat it as read-only. O(bytes). */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes);
}
