import { compareStoreKeys as compareKeys, type StoreKey } from '../../structures/store-key.js';
import type { OrderingIndex } from '../indexing/collection-index.js';
import type { Direction } from '../query-types.js';
import { keyDirection, type OrderPart, type QueryOrder } from './query-order.js';
import { comparePlaces } from './ranking.js';

/** Where a document stands in an order: those of equal value by key, those without a value last. */
export interface Position {
  /** As `valueInOrder` gives it. */
  readonly value?: unknown;
  readonly key: StoreKey;
}

/** The score of a ranking, the value of one index, or for an order of several fields the list of their values. O(fields). */
export function valueInOrder(order: QueryOrder | undefined, document: object, key: StoreKey): unknown {
  if (order?.ranking !== undefined) return order.ranking.pinned().scoreOf(key);
  if (order?.further === undefined) return order?.index?.structure.valueOf(document);
  const values: unknown[] = [order.index?.structure.valueOf(document)];
  for (const { index } of order.further) values.push(index.structure.valueOf(document));
  return values;
}

/** Below 0: `a` comes first. O(length of the values). Undefined: by key alone, rising. */
export function comparePositions(a: Position, b: Position, order: QueryOrder | undefined): number {
  if (order === undefined) return compareKeys(a.key, b.key);
  const { index, direction, further } = order;
  if (order.ranking !== undefined) return comparePlaces(a.value as number, a.key, b.value as number, b.key);
  if (further !== undefined) {
    const byValues = compareParts(a.value as unknown[], b.value as unknown[], order, further);
    if (byValues !== 0) return byValues;
  } else if (index !== undefined) {
    const byValue = compareValues(a.value, b.value, index, direction);
    if (byValue !== 0) return byValue;
  }
  return keyDirection(order) === 'asc' ? compareKeys(a.key, b.key) : compareKeys(b.key, a.key);
}

function compareParts(
  a: unknown[],
  b: unknown[],
  { index, direction }: QueryOrder,
  further: readonly OrderPart[],
): number {
  const first = compareValues(a[0], b[0], index!, direction);
  if (first !== 0) return first;
  for (const [place, part] of further.entries()) {
    const order = compareValues(a[place + 1], b[place + 1], part.index, part.direction);
    if (order !== 0) return order;
  }
  return 0;
}

/** Documents without a value come last in both directions. */
function compareValues(a: unknown, b: unknown, index: OrderingIndex, direction: Direction): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  return direction === 'asc' ? index.compare(a, b) : index.compare(b, a);
}
