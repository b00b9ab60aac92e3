/** `{ ignoreUndefined: true }`: the filters of a page, of which any may be empty. */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import { unreadable } from '../../definition/unreadable.js';
import { isDate } from '../../structures/is-date.js';
import { saidHere } from './words-of-others.js';

/** What reads take behind their conditions. */
export interface FindOptions {
  /**
   * Conditions that are undefined are left out, and so are bounds, and branches of `or`, `and` and `not` of which nothing
   * is left. Default false: they are refused. Only for reads: what nobody filled in must not update or delete everything.
   */
  readonly ignoreUndefined?: boolean;
}

/** Deeper conditions are left as they are, for their reader to refuse. */
const MAX_DEPTH = 32;

/** @throws DatabaseError `INVALID_OPTION` for options that reads do not know. */
export function isIgnoringUndefined(options: unknown): boolean {
  if (options === undefined) return false;
  if (typeof options === 'object' && options !== null) {
    const { ignoreUndefined, ...others } = readOptions(options);
    const isKnown = Object.keys(others).length === 0;
    if (isKnown && (ignoreUndefined === undefined || typeof ignoreUndefined === 'boolean'))
      return ignoreUndefined === true;
  }
  const here = saidHere(typeof options === 'object' && options !== null ? Object.keys(options) : []);
  const what = `the options of a query are \`{ ignoreUndefined: true }\` or left out, found ${showValue(options)}${here}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'ignoreUndefined' });
}

function readOptions(options: object): { readonly ignoreUndefined?: unknown } {
  try {
    return { ...options };
  } catch (error) {
    throw unreadable(error, 'INVALID_OPTION', 'the options of a query');
  }
}

/**
 * The conditions without what is undefined, those of an instance of a class too, as handlers are given them. What has no
 * fields of its own is left as it is, for the reader of conditions. O(conditions).
 *
 * @throws DatabaseError `INVALID_QUERY` when a getter or proxy throws.
 */
export function withoutUndefined(where: object): object {
  try {
    return hasFields(where) ? (pruned(where, 0) ?? {}) : where;
  } catch (error) {
    throw unreadable(error, 'INVALID_QUERY', 'the conditions of a query');
  }
}

/** Undefined: nothing is left of what held something. */
function pruned(asked: object, depth: number): object | undefined {
  const names = Object.keys(asked);
  if (names.length === 0) return asked;
  // What its class has is for the reader of conditions to refuse.
  const left = Object.create(Object.getPrototypeOf(asked) as object | null) as Record<string, unknown>;
  for (const name of names) {
    const value = prunedValue(name, (asked as Readonly<Record<string, unknown>>)[name], depth);
    if (value !== undefined) Object.defineProperty(left, name, { value, enumerable: true });
  }
  return Object.keys(left).length === 0 ? undefined : left;
}

function prunedValue(name: string, value: unknown, depth: number): unknown {
  if (depth >= MAX_DEPTH) return value;
  if (Array.isArray(value) && (name === 'or' || name === 'and')) {
    const branches = Array.from(value, (each: unknown) => (hasFields(each) ? pruned(each, depth + 1) : each));
    const left = branches.filter((each) => each !== undefined);
    return left.length === 0 && value.length > 0 ? undefined : left;
  }
  return hasFields(value) ? pruned(value, depth + 1) : value;
}

function hasFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isDate(value);
}
