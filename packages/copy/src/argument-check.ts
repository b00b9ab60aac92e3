/**
 * Checks the arguments of public functions; a refusal names the argument. One place, so that no argument of a wrong type
 * comes out as an error of JavaScript.
 */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionShape } from './collection-shape.js';

/** How an option is checked: by a name of these, or by the list of its values. */
export type OptionRule = keyof typeof IS | readonly string[];

const IS = {
  text: (value: unknown) => typeof value === 'string' && value !== '' && !value.includes('\0'),
  /** May be empty. */
  prefix: (value: unknown) => typeof value === 'string' && !value.includes('\0'),
  /** Looked at elsewhere. */
  value: () => true,
  list: Array.isArray,
  texts: (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  'whole number of 1 or more': (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0,
  'number of 0 or more': (value: unknown) => Number.isFinite(value) && (value as number) >= 0,
  boolean: (value: unknown) => typeof value === 'boolean',
  function: (value: unknown) => typeof value === 'function',
  object: (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value),
  // Of any realm: a test environment has its own.
  AbortSignal: (value: unknown) => typeof (value as AbortSignal | undefined)?.aborted === 'boolean',
  character: (value: unknown) => typeof value === 'string' && [...value].length === 1,
} as const;

/**
 * Options that are undefined are left out; one that is not known could only be a slip.
 *
 * @throws DatabaseError `INVALID_OPTION` for an option of another type or name.
 */
export function requireOptions(options: unknown, rules: Readonly<Record<string, OptionRule>>): void {
  requireArgument(options, 'options', 'object');
  const unknown = Object.keys(options as object).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) throw invalid(unknown, `there is no such option, only ${Object.keys(rules).join(', ')}`);
  for (const [name, rule] of Object.entries(rules)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) requireArgument(value, name, rule);
  }
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requireArgument(value: unknown, name: string, rule: OptionRule): void {
  const isRight = typeof rule === 'string' ? IS[rule](value) : rule.includes(value as string);
  if (isRight) return;
  const expected =
    typeof rule === 'string'
      ? `expected ${/^[aeiou]/i.test(rule) ? 'an' : 'a'} ${rule}`
      : `expected ${rule.join(' or ')}`;
  throw invalid(name, `${expected.replace('a texts', 'a list of texts')}, found ${described(value)}`);
}

/** An object that has these methods. @throws DatabaseError `INVALID_OPTION`. */
export function requireMethods(value: unknown, name: string, methods: readonly string[]): void {
  const missing =
    Object(value) === value ? methods.find((method) => typeof Reflect.get(value as object, method) !== 'function') : '';
  if (missing === undefined) return;
  const found = missing === '' ? described(value) : `one without the method ${missing}`;
  throw invalid(name, `expected an object with the methods ${methods.join(', ')}, found ${found}`);
}

/** What `shapesOf` makes. @throws DatabaseError `INVALID_OPTION`. */
export function requireShape(value: unknown): asserts value is CollectionShape {
  const { collection, columns, keyColumns, model } = Object(value) as Partial<CollectionShape>;
  if (
    typeof collection === 'string' &&
    Array.isArray(columns) &&
    Array.isArray(keyColumns) &&
    Array.isArray(model?.fields)
  )
    return;
  throw invalid('shape', `expected a shape of \`shapesOf\`, found ${described(value)}`);
}

/**
 * Does what reads values whose types the caller answers for: what it stumbles over is refused by name.
 *
 * @throws DatabaseError `INVALID_OPTION` with the error of JavaScript as cause.
 */
export function reading<T>(name: string, expected: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (DatabaseError.is(cause)) throw cause;
    throw new DatabaseError('INVALID_OPTION', `${name}: expected ${expected}`, { option: name }, { cause });
  }
}

/** A refusal that names an option or argument. */
export function invalid(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', `\`${option}\`: ${what}`, { option });
}

/** A value of any type in a message. */
export function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 50));
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'another object' : `a ${typeof value}`;
}
