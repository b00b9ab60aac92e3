/** Whether two field values are the same by content: dates by time, containers and plain objects by what they hold. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((element, index) => isSameValue(element, b[index]));
  if (a instanceof Uint8Array)
    return b instanceof Uint8Array && a.length === b.length && a.every((byte, index) => byte === b[index]);
  if (a instanceof Map) return b instanceof Map && isSameValue([...a], [...b]);
  if (a instanceof Set) return b instanceof Set && isSameValue([...a], [...b]);
  const aKeys = Object.keys(a);
  const other = b as Record<string, unknown>;
  return (
    aKeys.length === Object.keys(b).length &&
    aKeys.every((key) => Object.hasOwn(b, key) && isSameValue((a as Record<string, unknown>)[key], other[key]))
  );
}
