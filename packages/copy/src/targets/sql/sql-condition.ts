/**
 * Conditions of many parts. Parentheses halve them, so that the expression is as deep as the logarithm of their number:
 * SQLite refuses one of 1,000 levels, and `a AND b AND c …` is as many levels as parts.
 */

/** All of them hold. */
export function allOf(parts: readonly string[]): string {
  return joined(parts, 'AND');
}

/** One of them holds, at least. */
export function anyOf(parts: readonly string[]): string {
  return joined(parts, 'OR');
}

function joined(parts: readonly string[], word: 'AND' | 'OR'): string {
  if (parts.length <= 8) return parts.join(` ${word} `);
  const middle = Math.ceil(parts.length / 2);
  return `(${joined(parts.slice(0, middle), word)}) ${word} (${joined(parts.slice(middle), word)})`;
}
