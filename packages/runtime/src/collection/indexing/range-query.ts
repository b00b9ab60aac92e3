/**
 * What callers ask of a range → bounds of the index.
 *
 *   single     := value | { gt | gte, lt | lte } | { between: [a, b] } | { prefix }
 *   composite  := an object: equality on leading fields, then at most one field with a range, the rest left out
 */
import { DatabaseError, type IndexModel } from '@nuthatch/model';
import type { RangeBounds } from '../../indexes/range-bounds.js';
import { refuseOthers } from './composite-value.js';

const BOUND_NAMES: ReadonlySet<string> = new Set(['gt', 'gte', 'lt', 'lte', 'between', 'prefix']);
const HIGHEST_UNIT = 0xffff;

/** @throws DatabaseError `INVALID_QUERY`. */
export function singleBounds({ name }: IndexModel, query: unknown): RangeBounds {
  if (typeof query !== 'object' || query instanceof Date) return { equals: query };
  const { between, prefix } = query as RangeBounds;
  const isGood =
    !Array.isArray(query) &&
    hasBoundsOnly(query as object) &&
    (between === undefined || (Array.isArray(between) && between.length === 2));
  if (isGood && isAbsent(query as object)) {
    const what = `a range of ${name} was asked for by bounds that are all undefined, which would mean every document`;
    throw new DatabaseError('INVALID_QUERY', what, { index: name, given: Object.keys(query as object) });
  }
  if (prefix !== undefined && typeof prefix !== 'string')
    throw new DatabaseError('INVALID_QUERY', `the prefix asked of ${name} is no string`, { index: name });
  if (isGood) return query as RangeBounds;
  const given = Object.keys(query as object);
  const what = `a range of ${name} is asked for by a value or by ${[...BOUND_NAMES].join(', ')}; given: ${Array.isArray(query) ? 'an array' : given.join(', ')}`;
  throw new DatabaseError('INVALID_QUERY', what, { index: name, given });
}

/** No array of names: it is asked for each query. */
function hasBoundsOnly(query: object): boolean {
  for (const name in query) if (!BOUND_NAMES.has(name) && Object.hasOwn(query, name)) return false;
  return true;
}

/** Whether bounds were named and none has a value: a cutoff that nobody set must not delete everything. */
function isAbsent(query: object): boolean {
  let isNamed = false;
  for (const name in query) {
    if ((query as Readonly<Record<string, unknown>>)[name] !== undefined) return false;
    isNamed = true;
  }
  return isNamed;
}

/** @throws DatabaseError `INVALID_QUERY` for a field that is not of the index, or one given behind a gap or a range. */
export function compositeBounds(model: IndexModel, query: unknown): RangeBounds {
  const { name, fields } = model;
  if (typeof query !== 'object' || query === null || Array.isArray(query)) {
    throw new DatabaseError('INVALID_QUERY', `index ${name} is asked with an object of ${fields.join(', ')}`, {
      index: name,
      fields,
    });
  }
  refuseOthers(name, fields, query);
  const given = query as Readonly<Record<string, unknown>>;
  const leading: unknown[] = [];
  let bounds: RangeBounds | undefined;
  let isOver = false;
  for (const field of fields) {
    const asked = given[field];
    if (asked === undefined) isOver = true;
    else if (isOver || bounds !== undefined) {
      const what = `index ${name} is asked for ${field} behind a field that is left out or has a range`;
      throw new DatabaseError('INVALID_QUERY', what, { index: name, field });
    } else {
      const single = singleBounds(model, asked);
      if (single.equals !== undefined) leading.push(single.equals);
      else bounds = behind(leading, single);
    }
  }
  return bounds ?? (leading.length === 0 ? {} : { equals: leading });
}

/** Bounds of one field behind parts that are equal. A shorter tuple is equal to all that begin with it. */
function behind(leading: readonly unknown[], bounds: RangeBounds): RangeBounds {
  const { gt, gte, lt, lte, between, prefix } = bounds;
  if (between !== undefined)
    return {
      between: [
        [...leading, between[0]],
        [...leading, between[1]],
      ],
    };
  if (prefix !== undefined) {
    const end = endOfPrefix(prefix);
    const from = { gte: [...leading, prefix] };
    if (end !== undefined) return { ...from, lt: [...leading, end] };
    return leading.length === 0 ? from : { ...from, lte: leading };
  }
  const from =
    gt !== undefined
      ? { gt: [...leading, gt] }
      : gte !== undefined
        ? { gte: [...leading, gte] }
        : leading.length > 0
          ? { gte: leading }
          : {};
  const to =
    lt !== undefined
      ? { lt: [...leading, lt] }
      : lte !== undefined
        ? { lte: [...leading, lte] }
        : leading.length > 0
          ? { lte: leading }
          : {};
  return { ...from, ...to };
}

/** The least string above all that begin with `prefix`; undefined when there is none. */
function endOfPrefix(prefix: string): string | undefined {
  for (let length = prefix.length; length > 0; length--) {
    const unit = prefix.charCodeAt(length - 1);
    if (unit < HIGHEST_UNIT) return prefix.slice(0, length - 1) + String.fromCharCode(unit + 1);
  }
  return undefined;
}
