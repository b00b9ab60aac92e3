/** A typed array of twice the length that begins with these items. O(items). */
export function doubled<T extends Uint8Array | Int32Array | Uint32Array | Float64Array>(items: T): T {
  const grown = new (items.constructor as new (length: number) => T)(items.length * 2);
  grown.set(items);
  return grown;
}
