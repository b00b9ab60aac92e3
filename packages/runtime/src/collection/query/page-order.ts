/**
 * The order of pages that are given none: one in which a page costs no more than its documents.
 *
 *   up to a thousand candidates        by key
 *   a range condition is narrowest     as its index has them
 *   otherwise                          by slot, in which a collection and a tag lie already
 *
 * A document keeps its slot as long as the database is open. So a cursor by slot holds the opening it belongs to; where
 * slots were in the order of keys too, as with generated ids, it is good in later openings as well, by its key.
 */
import { DatabaseError } from '@nuthatch/model';
import type { StoreKey } from '../../structures/store-key.js';
import type { CollectionIndex, Condition, OrderedIndex } from '../indexing/collection-index.js';
import { type Cursor, noCursor, readCursor } from './cursor.js';
import type { QueryOrder } from './query-order.js';

/** To sort so many by key takes less than a millisecond. */
const FEW_CANDIDATES = 1_000;
const SLOT = 'slot ';
const OF = 'of ';

const BY_KEY: QueryOrder = { index: undefined, direction: 'asc' };
const BY_SLOT: QueryOrder = { index: undefined, direction: 'asc', isBySlot: true };

/** The facts on which the order of pages depends. */
export interface PagedCollection {
  readonly name: string;
  readonly size: number;
  /** Another one each time the database is opened. */
  readonly openingId: string;
  readonly store: {
    readonly isInKeyOrder: boolean;
    slotBehind(key: StoreKey): number;
  };
  readonly indexes: { range(field: string): OrderedIndex };
}

/** The order of the first page. O(conditions · log n). */
export function pageOrder(collection: PagedCollection, conditions: readonly Condition[]): QueryOrder {
  let count = collection.size;
  let narrowest: Condition | undefined;
  for (const condition of conditions) {
    const { estimate } = condition;
    if (estimate >= count && narrowest !== undefined) continue;
    narrowest = condition;
    count = Math.min(count, estimate);
  }
  if (count <= FEW_CANDIDATES) return BY_KEY;
  const index = narrowest?.kind === undefined ? narrowest?.index : undefined;
  return index !== undefined && isOrdered(index) ? { index, direction: 'asc', isNatural: true } : BY_SLOT;
}

/** The order to which a cursor is bound. */
export function orderName(order: QueryOrder, openingId: string): string {
  if (order.isBySlot === true) return SLOT + openingId;
  if (order.ranking !== undefined) return 'rank';
  const { index, direction, further = [], byKey } = order;
  if (index === undefined) return direction === 'asc' ? '' : `key ${direction}`;
  if (order.isNatural === true) return OF + index.model.name;
  const parts = [{ index, direction }, ...further].map((part) => `${part.index.model.name} ${part.direction}`);
  return [...parts, ...(byKey === undefined ? [] : [`key ${byKey}`])].join(', ');
}

/** A cursor by slot: the slot, and whether it says where the key stands, too. */
export function slotValue(slot: number, isInKeyOrder: boolean): readonly number[] {
  return [slot, isInKeyOrder ? 1 : 0];
}

/**
 * How a query without an order goes on after a cursor.
 *
 * @throws DatabaseError `INVALID_QUERY` for what is not a cursor of such a query, or only of an earlier opening.
 */
export function goOn(
  collection: PagedCollection,
  text: string,
): { readonly order: QueryOrder; readonly after: Cursor } {
  const cursor = readCursor(text, collection.name);
  const { order: name, value, key } = cursor;
  if (name.startsWith(SLOT)) return goOnBySlot(collection, cursor);
  if (name.startsWith(OF)) {
    const index = collection.indexes.range(name.slice(OF.length));
    return { order: { index, direction: 'asc', isNatural: true }, after: cursor };
  }
  if (name === '' && value === undefined) return { order: BY_KEY, after: { order: '', value: undefined, key } };
  const what = `the cursor belongs to a query ordered by ${name || 'key'}, this one has no order`;
  throw new DatabaseError('INVALID_QUERY', what, { cursorOrder: name, order: '' });
}

function goOnBySlot(
  collection: PagedCollection,
  { order, value, key }: Cursor,
): { readonly order: QueryOrder; readonly after: Cursor } {
  const [slot, isInKeyOrder] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (!Number.isSafeInteger(slot) || (slot as number) < 0) throw noCursor();
  if (order === SLOT + collection.openingId) return { order: BY_SLOT, after: { order, value: slot, key } };
  if (isInKeyOrder !== 1) {
    const what =
      'the cursor comes from before the database was opened this time; cursors of pages with `orderBy` stay valid';
    throw new DatabaseError('INVALID_QUERY', what, { cursorOrder: 'slot' });
  }
  if (!collection.store.isInKeyOrder) return { order: BY_KEY, after: { order: '', value: undefined, key } };
  return { order: BY_SLOT, after: { order, value: collection.store.slotBehind(key) - 1, key } };
}

function isOrdered(index: CollectionIndex): index is OrderedIndex {
  return index.model.kind === 'range';
}
