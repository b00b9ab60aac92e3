import type { Direction } from '../repository/repository-types.js';
import { firstInOrder } from '../structures/first-in-order.js';
import type { Slot, SlotReader } from '../structures/slot.js';
import { compareStoreKeys as compareKeys, type StoreKey } from '../structures/store-key.js';
import type { OrderedIndex } from './collection-index.js';
import type { Cursor } from './cursor.js';

/** Where a document stands in an order: those of equal value by key, those without a value last. */
interface Position {
  readonly value?: unknown;
  readonly key: StoreKey;
}

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
  const sign = direction === 'ascending' ? 1 : -1;
  function* rows(): Iterable<Row> {
    for (const slot of slots) {
      const value = ordered?.structure.valueOf(source.documentOf(slot));
      const row = { slot, key: source.keyOf(slot), value };
      if (after === undefined || comparePositions(row, after, ordered, sign) > 0) yield row;
    }
  }
  return firstInOrder(rows(), limit, (a, b) => comparePositions(a, b, ordered, sign)).map(({ slot }) => slot);
}

function comparePositions(a: Position, b: Position, ordered: OrderedIndex | undefined, sign: number): number {
  if (ordered !== undefined) {
    if (a.value === undefined || b.value === undefined) {
      if (a.value !== b.value) return a.value === undefined ? 1 : -1;
    } else {
      const byValue = ordered.compare(a.value, b.value);
      if (byValue !== 0) return byValue * sign;
    }
  }
  return compareKeys(a.key, b.key) * sign;
}
