/** `{ ignoreUndefined: true }`: the filters of a page, of which any may be empty. */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';

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
    const { ignoreUndefined, ...others } = options as { readonly ignoreUndefined?: unknown };
    const isKnown = Object.keys(others).length === 0;
    if (isKnown && (ignoreUndefined === undefined || typeof ignoreUndefined === 'boolean'))
      return ignoreUndefined === true;
  }
  const what = `the options of a query are \`{ ignoreUndefined: true }\` or left out, found ${showValue(options)}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'ignoreUndefined' });
}

/** The conditions without what is undefined. What is no plain object is left as it is. O(conditions). */
export function withoutUndefined(where: object): object {
  return (isPlain(where) && pruned(where, 0)) || (isPlain(where) ? {} : where);
}

/** Undefined: nothing is left of what held something. */
function pruned(asked: object, depth: number): object | undefined {
  const left: Record<string, unknown> = {};
  const names = Object.keys(asked);
  for (const name of names) {
    const value = prunedValue(name, (asked as Readonly<Record<string, unknown>>)[name], depth);
    if (value !== undefined) Object.defineProperty(left, name, { value, enumerable: true });
  }
  return names.length > 0 && Object.keys(left).length === 0 ? undefined : left;
}

function prunedValue(name: string, value: unknown, depth: number): unknown {
  if (depth >= MAX_DEPTH) return value;
  if (Array.isArray(value) && (name === 'or' || name === 'and')) {
    const branches = value.map((each: unknown) => (isPlain(each) ? pruned(each, depth + 1) : each));
    const left = branches.filter((each) => each !== undefined);
    return left.length === 0 && value.length > 0 ? undefined : left;
  }
  return isPlain(value) ? pruned(value, depth + 1) : value;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
