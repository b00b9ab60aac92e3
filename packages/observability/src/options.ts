import { DatabaseError } from '@nuthatch/model';

/**
 * Refuses what is not an object of known options.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function requireKnown(options: unknown, known: readonly string[]): void {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  const unknown = isObject ? Object.keys(options).find((name) => !known.includes(name)) : undefined;
  if (isObject && unknown === undefined) return;
  const what = isObject
    ? `there is no option \`${unknown}\`; there are ${known.join(', ')}`
    : `options must be an object of ${known.join(', ')}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: unknown ?? 'options' });
}

/** @throws DatabaseError `INVALID_OPTION` when `value` has not all of these methods. */
export function requireMethods(option: string, value: unknown, methods: readonly string[], what: string): void {
  const isWhole = methods.every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function');
  if (!isWhole) throw new DatabaseError('INVALID_OPTION', `\`${option}\` must be ${what}`, { option });
}
