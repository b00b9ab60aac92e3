/** What the rows of a limited answer are, or where they lie: other documents change nothing that shows. */
import { compareStoreKeys, type StoreKey } from '../../structures/store-key.js';
import type { OrderingIndex, Stretch } from '../indexing/collection-index.js';
import type { QueryOrder } from '../query/query-order.js';
import type { Row } from './answer-window.js';

export type OrderWindow = StretchWindow | KeyWindow;

/** Rows of an order: the part of it that they lie in. */
export interface StretchWindow {
  /** Undefined: the order of keys. */
  readonly index: OrderingIndex | undefined;
  readonly stretch: Stretch;
}

/** Rows in no order: their keys. */
export interface KeyWindow {
  readonly keys: ReadonlySet<StoreKey>;
}

/** The order of keys, for `RangeWatchers`. */
export const KEY_ORDER: Pick<OrderingIndex, 'compare'> = {
  compare: (a, b) => compareStoreKeys(a as never, b as never),
};

/**
 * The part of the order up to a row. Where several fields order, that of the first one, which holds it.
 *
 * @returns undefined where any document may come to lie before the row: it has no value, so that all others come first.
 */
export function windowUpTo([key, document]: Row, { index, direction }: QueryOrder): StretchWindow | undefined {
  const value = index === undefined ? key : index.structure.valueOf(document);
  // Values of several fields of which the last may be left out have no one order.
  if (value === undefined || (index !== undefined && index.model.fields.length > 1)) return undefined;
  const point = { value, isAfter: direction === 'asc' };
  return {
    index,
    stretch: direction === 'asc' ? { from: undefined, to: point } : { from: point, to: undefined },
  };
}

/** Whether two windows ask for the same. */
export function isSameWindow(a: OrderWindow | undefined, b: OrderWindow | undefined): boolean {
  if (a === undefined || b === undefined || 'keys' in a || 'keys' in b) return a === b;
  return a.index === b.index && isSamePoint(a.stretch.from, b.stretch.from) && isSamePoint(a.stretch.to, b.stretch.to);
}

function isSamePoint(a: Stretch['from'], b: Stretch['from']): boolean {
  return a === b || (a !== undefined && b !== undefined && a.value === b.value && a.isAfter === b.isAfter);
}

/** What lies in both of two stretches of one order. */
export function withinBoth({ compare }: Pick<OrderingIndex, 'compare'>, a: Stretch, b: Stretch): Stretch {
  type Point = NonNullable<Stretch['from']>;
  const order = (one: Point, other: Point): number =>
    compare(one.value, other.value) || Number(one.isAfter) - Number(other.isAfter);
  const later = (one: Stretch['from'], other: Stretch['from'], sign: 1 | -1): Stretch['from'] => {
    if (one === undefined || other === undefined) return one ?? other;
    return order(one, other) * sign > 0 ? one : other;
  };
  return { from: later(a.from, b.from, 1), to: later(a.to, b.to, -1) };
}
