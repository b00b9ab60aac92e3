/** A name as standard SQL and CQL take it, whatever is in it. */
export function doubleQuoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
