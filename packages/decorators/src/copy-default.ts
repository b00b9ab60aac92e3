/**
 * A default value made again for each document: containers, dates and plain objects copied through and through.
 *
 * Not `structuredClone`: under Jest it answers dates and maps of another realm, which are no `instanceof Date` there.
 */
export function copyDefault<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [copy(key), copy(item)]));
  if (value instanceof Set) return new Set(Array.from(value, copy));
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  const copied = Object.create(Object.getPrototypeOf(value)) as object;
  for (const [name, part] of Object.entries(value)) {
    // Defined, not assigned: an own key `__proto__` would become the prototype.
    Object.defineProperty(copied, name, { value: copy(part), writable: true, enumerable: true, configurable: true });
  }
  return copied;
}
