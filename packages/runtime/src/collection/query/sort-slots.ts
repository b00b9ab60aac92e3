import { firstInOrder } from '../../structures/first-in-order.js';
import type { Slot, SlotReader } from '../../structures/slot.js';
import type { Cursor } from './cursor.js';
import { comparePositions, type Position, valueInOrder } from './position.js';
import type { QueryOrder } from './query-order.js';

interface Row extends Position {
  readonly slot: Slot;
}

/**
 * The first `limit` slots in an order, with the values taken once for each document. O(n log limit).
 *
 * @param after where the answer before this one ended; what does not come after it is left out.
 */
export function sortSlots(
  source: SlotReader,
  slots: Iterable<Slot>,
  order: QueryOrder,
  after: Cursor | undefined,
  limit: number,
): readonly Slot[] {
  const isByKey = order.index === undefined;
  function* rows(): Iterable<Row> {
    for (const slot of slots) {
      const key = source.keyOf(slot);
      const value = isByKey ? undefined : valueInOrder(order, source.documentOf(slot), key);
      const row = { slot, key, value };
      if (after === undefined || comparePositions(row, after, order) > 0) yield row;
    }
  }
  return firstInOrder(rows(), limit, (a, b) => comparePositions(a, b, order)).map(({ slot }) => slot);
}
