/** Whether JSON gives the value back as it is. O(value). */
export function isJsonData(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  // Not `every`, which passes over the holes that JSON makes null.
  if (Array.isArray(value)) return Array.from(value as readonly unknown[]).every(isJsonData);
  return (
    typeof value === 'object' &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every(isJsonData)
  );
}
