/**
 * A condition on a range index, as two points of its order.
 *
 * A composite bound may leave out last parts: `{ gte: ['fcb'], lte: ['fcb'] }` takes all that begin with 'fcb'.
 */
import { DatabaseError } from '@nuthatch/model';
import { type IndexValue, indexValue } from './index-value.js';
import type { Cut } from './ordered-node.js';

/** Raw values, dates as they are. None: everything. `equals` and `prefix` stand alone; inverted bounds are empty. */
export interface RangeBounds {
  readonly gt?: unknown;
  readonly gte?: unknown;
  readonly lt?: unknown;
  readonly lte?: unknown;
  /** Both ends, inclusive. */
  readonly between?: readonly [unknown, unknown];
  readonly equals?: unknown;
  /** Strings that begin with it, unit by unit. */
  readonly prefix?: string;
}

/** Two points of an index's order; undefined: its beginning or its end. */
export interface CutPair {
  readonly from: Cut | undefined;
  readonly to: Cut | undefined;
}

const EVERYTHING: CutPair = { from: undefined, to: undefined };

/**
 * @throws DatabaseError `INVALID_INDEX_VALUE` for NaN, null and values without an order; `INVALID_QUERY` for two bounds
 *   on one side and for a prefix that is not a string.
 */
export function cutsOf(bounds: RangeBounds | undefined, index: string): CutPair {
  if (bounds === undefined) return EVERYTHING;
  requireOneForEachSide(bounds, index);
  const { gt, gte, lt, lte, between, equals, prefix } = bounds;
  if (prefix !== undefined) return prefixCuts(prefix, index);
  if (equals !== undefined) return { from: cutAt(equals, false, index), to: cutAt(equals, true, index) };
  if (between !== undefined) return { from: cutAt(between[0], false, index), to: cutAt(between[1], true, index) };
  const from = gt !== undefined ? cutAt(gt, true, index) : gte !== undefined ? cutAt(gte, false, index) : undefined;
  const to = lt !== undefined ? cutAt(lt, false, index) : lte !== undefined ? cutAt(lte, true, index) : undefined;
  return { from, to };
}

/** @throws DatabaseError `INVALID_QUERY` for two bounds on one side. */
export function requireOneForEachSide(bounds: RangeBounds, index: string): void {
  const { gt, gte, lt, lte, between, equals, prefix } = bounds;
  const count = (value: unknown): number => (value === undefined ? 0 : 1);
  const whole = count(between) + count(equals) + count(prefix);
  if (count(gt) + count(gte) + whole <= 1 && count(lt) + count(lte) + whole <= 1) return;
  const given = Object.keys(bounds).filter((name) => bounds[name as keyof RangeBounds] !== undefined);
  throw new DatabaseError('INVALID_QUERY', `a range of \`${index}\` cannot have ${given.join(' and ')} together`, {
    index,
    given,
  });
}

function cutAt(raw: unknown, isAfter: boolean, index: string): Cut {
  const value = indexValue(raw, index);
  if (value !== undefined) return { value, key: undefined, isAfter };
  throw new DatabaseError('INVALID_INDEX_VALUE', `a bound of \`${index}\` is ${String(raw)}`, {
    index,
    given: String(raw),
  });
}

function prefixCuts(prefix: unknown, index: string): CutPair {
  if (typeof prefix !== 'string')
    throw new DatabaseError('INVALID_QUERY', `the prefix for \`${index}\` is not a string`, {
      index,
      given: typeof prefix,
    });
  const end = endOfPrefix(prefix);
  // Without an end every string from the prefix on begins with it, and no type comes after strings.
  return {
    from: { value: prefix, key: undefined, isAfter: false },
    to: end === undefined ? undefined : { value: end, key: undefined, isAfter: false },
  };
}

/** The least string above all that begin with `prefix`; undefined when there is none. */
function endOfPrefix(prefix: string): IndexValue | undefined {
  for (let length = prefix.length; length > 0; length--) {
    const unit = prefix.charCodeAt(length - 1);
    if (unit < 0xffff) return prefix.slice(0, length - 1) + String.fromCharCode(unit + 1);
  }
  return undefined;
}
