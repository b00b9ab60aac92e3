/** Words by which a field itself is asked: of a field that refers to documents, an object of other names asks for those. */
export const CONDITION_WORDS: ReadonlySet<string> = new Set([
  ...['in', 'not', 'absent', 'any', 'all', 'none'],
  ...['gt', 'gte', 'lt', 'lte', 'between', 'prefix'],
]);

/** Whether an object has such words; an empty one has not, and is refused wherever it stands. */
export function isAskedByWords(asked: object): boolean {
  return Object.keys(asked).some((name) => CONDITION_WORDS.has(name));
}
