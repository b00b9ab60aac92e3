/**
 * The callers' conditions on a range → bounds of the index.
 *
 *   single     := value | { gt | gte, lt | lte } | { between: [a, b] } | { prefix }
 *   composite  := an object: equality on leading fields, then at most one field with a range, the rest left out
 *
 * What is named must have a value: a cutoff that nobody set must not delete everything.
 */
import { DatabaseError, type IndexModel } from '@nuthatch/model';
import { type RangeBounds, requireOneForEachSide } from '../../indexes/range-bounds.js';
import { isDate } from '../../structures/is-date.js';
import type { AskedValues } from './asked-values.js';
import { refuseOthers } from './composite-value.js';

const SINGLE_BOUNDS: ReadonlySet<string> = new Set(['gt', 'gte', 'lt', 'lte']);
const DUE = 'a value, or an object with gt, gte, lt, lte, between, prefix, in, not or absent';
const DUE_IN_COMPOSITE =
  'an object whose fields are values, the last one perhaps an object with gt, gte, lt, lte, between or prefix';
const HIGHEST_UNIT = 0xffff;

/**
 * @param position of the field in a composite index.
 * @throws DatabaseError `INVALID_QUERY` for another shape or an absent value, `INVALID_INDEX_VALUE` for another type.
 */
export function singleBounds(asked: AskedValues, query: unknown, position: number = 0): RangeBounds {
  if (typeof query !== 'object' || query === null || isDate(query)) {
    asked.require(query, position);
    return { equals: query };
  }
  if (Array.isArray(query)) asked.refuseShape(query, asked.isComposite ? DUE_IN_COMPOSITE : DUE);
  // A copy: what was checked is what is asked, whatever a getter answers when it is read again.
  const bounds: { -readonly [N in keyof RangeBounds]: unknown } = {};
  let isEmpty = true;
  // No array of names: it is asked for each query.
  for (const name in query) {
    if (!Object.hasOwn(query, name)) continue;
    isEmpty = false;
    const value = (query as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || value === null) asked.refuseAbsent(value, `the bound ${name}`);
    if (SINGLE_BOUNDS.has(name)) bounds[name as 'gt'] = required(asked, value, position);
    else if (name === 'between') bounds.between = requiredPair(asked, value, position);
    else if (name === 'prefix') bounds.prefix = requiredPrefix(asked, value, position);
    else asked.refuseShape(query, asked.isComposite ? DUE_IN_COMPOSITE : DUE);
  }
  if (isEmpty) asked.refuseShape(query, asked.isComposite ? DUE_IN_COMPOSITE : DUE);
  return bounds as RangeBounds;
}

function required(asked: AskedValues, bound: unknown, position: number): unknown {
  asked.requireBound(bound, position);
  return bound;
}

function requiredPair(asked: AskedValues, pair: unknown, position: number): readonly unknown[] {
  if (!Array.isArray(pair) || pair.length !== 2) asked.refuseShape(pair, '`between` with a list of two values');
  const [least, most] = pair as readonly unknown[];
  return [required(asked, least, position), required(asked, most, position)];
}

function requiredPrefix(asked: AskedValues, prefix: unknown, position: number): string {
  if (typeof prefix !== 'string') asked.refuseShape(prefix, 'an object whose `prefix` is a string');
  if (prefix === '') asked.refuseAbsent(prefix, 'the prefix');
  asked.requireBound(prefix, position);
  return prefix;
}

/** @throws DatabaseError as `singleBounds`, and `INVALID_QUERY` for a field that is not of the index, or after a gap or a range. */
export function compositeBounds(model: IndexModel, asked: AskedValues, query: unknown): RangeBounds {
  const { name, fields } = model;
  if (typeof query !== 'object' || query === null || Array.isArray(query))
    asked.refuseShape(query, `an object of ${fields.join(', ')}`);
  refuseOthers(name, fields, query);
  const given = query as Readonly<Record<string, unknown>>;
  const leading: unknown[] = [];
  let bounds: RangeBounds | undefined;
  let isOver = false;
  for (const [position, field] of fields.entries()) {
    if (!Object.hasOwn(given, field)) isOver = true;
    else if (isOver || bounds !== undefined) {
      const what = `a condition on index ${name} cannot have ${field}: a field before it is missing or has a range`;
      throw new DatabaseError('INVALID_QUERY', what, { index: name, field });
    } else {
      const single = singleBounds(asked, given[field], position);
      if (single.equals !== undefined) leading.push(single.equals);
      else {
        requireOneForEachSide(single, name);
        bounds = behind(leading, single);
      }
    }
  }
  if (bounds !== undefined) return bounds;
  return leading.length > 0 ? { equals: leading } : asked.refuseShape(query, `an object of ${fields.join(', ')}`);
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
