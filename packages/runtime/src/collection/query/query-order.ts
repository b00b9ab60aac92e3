/** The order of an answer: one range index or several in turn, each with its direction, and the key behind them. */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import type { OrderingIndex } from '../indexing/collection-index.js';
import type { Direction } from '../query-types.js';
import type { RankSource } from './ranking.js';

export interface OrderPart {
  readonly index: OrderingIndex;
  readonly direction: Direction;
}

export interface QueryOrder {
  /** Undefined: by key. */
  readonly index: OrderingIndex | undefined;
  readonly direction: Direction;
  /** Orders of documents that are equal in those before. */
  readonly further?: readonly OrderPart[];
  /** Of documents that are equal in all of them. Left out: the direction of the last one. */
  readonly byKey?: Direction;
  /** One index in whose order documents with a value for each of the fields lie already. */
  readonly composite?: OrderingIndex;
  /** By slot: the cheapest for pages that are given no order. */
  readonly isBySlot?: true;
  /** By the score of a search, the best first; then by key. Takes the place of all else here. */
  readonly ranking?: RankSource;
  /** Nobody asked for it; see page-order.ts. */
  readonly isNatural?: true;
}

/** The order as it is now, whatever is written while the query is answered. */
export function pinned(order: QueryOrder): QueryOrder {
  return order.ranking === undefined ? order : { ...order, ranking: order.ranking.pinned() };
}

/** The direction in which documents of equal values come by key. */
export function keyDirection({ byKey, further, direction }: QueryOrder): Direction {
  return byKey ?? further?.at(-1)?.direction ?? direction;
}

/** Whether the order is that of its one index. */
export function isOfOneIndex(order: QueryOrder): boolean {
  return order.further === undefined && (order.byKey === undefined || order.byKey === order.direction);
}

/** The indexes that the order asks. */
export function indexesOfOrder(order: QueryOrder | undefined): readonly OrderingIndex[] {
  if (order?.index === undefined) return [];
  return order.further === undefined ? [order.index] : [order.index, ...order.further.map(({ index }) => index)];
}

/**
 * The order with one more field behind it. After the key nothing is left to be ordered.
 *
 * @param index of the field; undefined: it is the key.
 * @param ranges the range indexes of the class.
 * @throws DatabaseError `INVALID_QUERY` for a field that the order has already.
 */
export function orderedFurther(
  order: QueryOrder,
  index: OrderingIndex | undefined,
  direction: Direction,
  ranges: readonly OrderingIndex[],
): QueryOrder {
  const isByKey = order.index === undefined || order.byKey !== undefined;
  const isTwice = index === undefined ? isByKey : indexesOfOrder(order).includes(index);
  if (isTwice) {
    const name = index?.model.name ?? 'the key';
    throw new DatabaseError('INVALID_QUERY', `the query is ordered by ${showValue(name)} twice; name each field once`, {
      order: name,
    });
  }
  if (isByKey) return order;
  if (index === undefined) return { ...order, byKey: direction };
  const longer: QueryOrder = { ...order, further: [...(order.further ?? []), { index, direction }] };
  const composite = compositeOf(longer, ranges);
  const { composite: _, ...plain } = longer;
  return composite === undefined ? plain : { ...plain, composite };
}

/** The index over the very fields of the order, where all have one direction. */
function compositeOf(
  { index, direction, further = [] }: QueryOrder,
  ranges: readonly OrderingIndex[],
): OrderingIndex | undefined {
  const parts = [index!, ...further.map((part) => part.index)];
  if (further.some((part) => part.direction !== direction) || parts.some(({ model }) => model.fields.length > 1))
    return undefined;
  return ranges.find(
    ({ model: { fields } }) =>
      fields.length === parts.length && fields.every((field, place) => field === parts[place]!.model.fields[0]),
  );
}

/** Whether a document can stand there, by the types of the fields. */
export function isPlaceInOrder(order: QueryOrder, value: unknown): boolean {
  const { index, further, isBySlot } = order;
  if (isBySlot === true) return true;
  if (order.ranking !== undefined) return typeof value === 'number' && Number.isFinite(value);
  if (further === undefined) return value === undefined || index?.isPosition(value) === true;
  const indexes = indexesOfOrder(order);
  return (
    Array.isArray(value) &&
    value.length === indexes.length &&
    indexes.every((each, place) => value[place] === undefined || each.isPosition(value[place]))
  );
}
