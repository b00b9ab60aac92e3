/** One page of a query and the way to the next. */
import { cursorText } from '../collection/query/cursor.js';
import { goOn, orderName, pageOrder, slotValue } from '../collection/query/page-order.js';
import { valueInOrder } from '../collection/query/position.js';
import { pinned } from '../collection/query/query-order.js';
import type { Page } from '../collection/query-types.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import { type AskedQuery, countOf, firstOf } from './asked-query.js';

/** @throws DatabaseError `INVALID_QUERY` when the cursor belongs to another order. */
export function pageOf(asked: AskedQuery): Page<object> {
  const { collection, conditions, form } = asked;
  const { limit, cursor, order: given } = form;
  const order =
    (given && pinned(given)) ??
    (cursor === undefined ? pageOrder(collection, conditions) : goOn(collection, cursor).order);
  const answer = asked.answer(limit + 1, order);
  const items = asked.given(firstOf(answer, limit));
  if (countOf(answer) <= limit || limit === 0) return { items };
  const { slot, key, document } = 'rows' in answer ? answer.rows[limit - 1]! : entryAt(asked, answer.slots[limit - 1]!);
  const value =
    order.isBySlot === true ? slotValue(slot, collection.store.isInKeyOrder) : valueInOrder(order, document, key);
  return { items, next: cursorText({ order: orderName(order, collection.openingId), value, key }, collection.name) };
}

function entryAt(
  { collection: { store } }: AskedQuery,
  slot: Slot,
): { readonly slot: Slot; readonly key: StoreKey; readonly document: object } {
  return { slot, key: store.keyOf(slot), document: store.documentOf(slot) };
}
