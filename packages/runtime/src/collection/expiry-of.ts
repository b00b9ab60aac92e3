/** The time, in epoch milliseconds, that a document's field of `@Expires()` says; undefined: the document stays. O(1). */
export function expiryOf(document: object, expiresField: string): number | undefined {
  const value = (document as Readonly<Record<string, unknown>>)[expiresField];
  return value instanceof Date ? value.getTime() : undefined;
}
