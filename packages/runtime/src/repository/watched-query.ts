/** Begins to watch a query. */
import { DatabaseError } from '@nuthatch/model';
import type { QueryDelta } from '../collection/query-types.js';
import { followJoins } from '../collection/watch/joined-changes.js';
import { LiveQuery } from '../collection/watch/live-query.js';
import { requireListener, type Subscription } from '../feed/change-feed.js';
import type { StoreKey } from '../structures/store-key.js';
import type { AskedQuery } from './asked-query.js';
import { watchedRows } from './watched-rows.js';

/** @throws DatabaseError `INVALID_QUERY`, `INVALID_OPTION`; what `listener` throws at the first answer. */
export function watchQuery(
  asked: AskedQuery,
  listener: (rows: readonly object[], delta: QueryDelta<object>) => unknown,
): Subscription {
  const { conditions, collection } = asked;
  const { cursor, offset, filter, order, limit, rows } = asked.form;
  if (cursor !== undefined) throw new DatabaseError('INVALID_QUERY', '`watch` cannot be used with `after`');
  if (offset > 0) throw new DatabaseError('INVALID_QUERY', '`watch` cannot be used with `offset`');
  requireListener(listener);
  const { watched, indexes, store } = collection;
  const live = new LiveQuery({
    pins: watched.pins,
    rows: (count) => {
      const answer = asked.answer(count, order, store);
      if ('rows' in answer) return answer.rows.map(({ key, document }) => [key, document]);
      const keys = answer.slots.map((slot) => store.keyOf(slot));
      // Before they are read: one that is read must not make another go that was.
      for (const key of keys) watched.pins?.pin(key);
      const found = keys.map((key, index): readonly [StoreKey, object] => [
        key,
        store.documentOf(answer.slots[index]!),
      ]);
      for (const key of keys) watched.pins?.whenHeld(key);
      return found;
    },
    appliedNumber: watched.feed.appliedNumber,
    conditions,
    filter,
    order,
    limit,
    isUsable: (index) => indexes.has(index),
    listener: rows === undefined ? listener : watchedRows(rows, listener),
    onError: watched.feed.onError,
  });
  return followJoins(conditions, live, () => watched.refreshOne(live), watched.add(live));
}
