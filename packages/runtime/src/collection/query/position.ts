import { compareStoreKeys as compareKeys, type StoreKey } from '../../structures/store-key.js';
import type { OrderedIndex } from '../indexing/collection-index.js';
import type { Direction } from '../query-types.js';

/** Where a document stands in an order: those of equal value by key, those without a value last. */
export interface Position {
  readonly value?: unknown;
  readonly key: StoreKey;
}

/**
 * Below 0: `a` comes first. O(length of the values).
 *
 * @param ordered the index whose values they are; undefined: by key alone.
 */
export function comparePositions(
  a: Position,
  b: Position,
  ordered: OrderedIndex | undefined,
  direction: Direction,
): number {
  const sign = direction === 'asc' ? 1 : -1;
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
