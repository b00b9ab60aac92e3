import { firstInOrder } from '../../structures/first-in-order.js';
import type { Slot, SlotReader } from '../../structures/slot.js';
import type { OrderedIndex } from '../indexing/collection-index.js';
import type { Direction } from '../query-types.js';
import type { Cursor } from './cursor.js';
import { comparePositions, type Position } from './position.js';

interface Row extends Position {
  readonly slot: Slot;
}

/**
 * The first `limit` slots in the order of an index, or of their keys, with the values taken once for each document. O(n log limit).
 *
 * @param ordered undefined: by key.
 * @param after where the answer before this one ended; what does not come after it is left out.
 */
export function sortSlots(
  source: SlotReader,
  slots: readonly Slot[],
  ordered: OrderedIndex | undefined,
  direction: Direction,
  after: Cursor | undefined,
  limit: number,
): readonly Slot[] {
  function* rows(): Iterable<Row> {
    for (const slot of slots) {
      const value = ordered?.structure.valueOf(source.documentOf(slot));
      const row = { slot, key: source.keyOf(slot), value };
      if (after === undefined || comparePositions(row, after, ordered, direction) > 0) yield row;
    }
  }
  return firstInOrder(rows(), limit, (a, b) => comparePositions(a, b, ordered, direction)).map(({ slot }) => slot);
}
