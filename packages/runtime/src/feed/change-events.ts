/** Changes as named events, for who is used to `on('insert', …)`: the same changes that `subscribe` gives, by kind. */

import { DatabaseError } from '@nuthatch/model';
import type { WriteTarget } from '../commit/write-record.js';
import { showValue } from '../definition/show-value.js';
import type { Change } from './change.js';
import { type ChangeFeed, requireListener, type Subscription } from './change-feed.js';

/** A kind of change, or `change` for all of them. */
export type ChangeEvent = 'change' | Change['kind'];

const EVENTS: readonly string[] = ['change', 'insert', 'update', 'delete'] satisfies readonly ChangeEvent[];

export function isChangeEvent(event: unknown): event is ChangeEvent {
  return EVENTS.includes(event as string);
}

/**
 * Calls `listener` with each durable change of that kind. One that throws is reported, not removed.
 *
 * @throws DatabaseError `INVALID_OPTION` for another event, or a listener that is not a function.
 */
export function onChange(
  feed: ChangeFeed,
  target: WriteTarget | undefined,
  event: ChangeEvent,
  listener: (change: Change) => void,
): Subscription {
  if (!isChangeEvent(event)) {
    const what = `there is no event ${showValue(event)} of changes; there are ${EVENTS.join(', ')}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'event' });
  }
  requireListener(listener);
  if (event === 'change') return feed.subscribe(target, listener);
  // The result of the listener is passed on: the rejection of an async one is reported.
  return feed.subscribe(target, (change) => (change.kind === event ? listener(change) : undefined));
}
