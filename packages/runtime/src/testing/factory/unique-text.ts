/**
 * What tells values of a key or unique index apart, as a text: two that no database takes side by side have the same.
 * Texts that differ in case or in their form of Unicode alone count as the same, for an index may take them for that.
 */
export function uniqueText(value: unknown): string {
  if (value instanceof Date) return String(value.getTime());
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return `${typeof value} ${String(value).normalize('NFC').toLowerCase()}`;
}
