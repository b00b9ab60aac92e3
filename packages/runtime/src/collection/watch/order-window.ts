/** The part of an order that the rows of a limited answer lie in: documents beyond it change nothing that shows. */
import { compareStoreKeys } from '../../structures/store-key.js';
import type { OrderingIndex, Stretch } from '../indexing/collection-index.js';
import type { QueryOrder } from '../query/query-order.js';
import type { Row } from './answer-window.js';

export interface OrderWindow {
  /** Undefined: the order of keys. */
  readonly index: OrderingIndex | undefined;
  readonly stretch: Stretch;
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
export function windowUpTo([key, document]: Row, { index, direction }: QueryOrder): OrderWindow | undefined {
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
  if (a === undefined || b === undefined) return a === b;
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
