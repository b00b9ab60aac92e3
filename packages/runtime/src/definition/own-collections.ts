/**
 * Whether a collection is the engine's own: marks of storage, records of sync, releases. Those are about documents, not
 * some themselves. No class can have such a name.
 */
export function isOwnCollection(name: string): boolean {
  return name.startsWith('$');
}
