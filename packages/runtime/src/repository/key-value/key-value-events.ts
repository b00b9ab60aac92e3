import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import type { Change } from '../../feed/change.js';
import { requireListener, type Subscription } from '../../feed/change-feed.js';
import type { Repository } from '../repository.js';
import type { KeyValueEntry, KeyValueTypes } from './key-value-types.js';

/** The change of one key by one durable write or transaction. */
export interface KeyValueChange<T = unknown> {
  readonly kind: 'set' | 'delete';
  readonly key: string;
  /** The value now; undefined for a delete. */
  readonly value: T | undefined;
  /** The value before; undefined when there was none. */
  readonly before: T | undefined;
  /** `expiry` for a key whose time has come. */
  readonly origin: Change['origin'];
  /** Wall clock of the commit, epoch milliseconds. */
  readonly timeMs: number;
}

/** A kind of change, or `change` for both. */
export type KeyValueEvent = 'set' | 'delete' | 'change';

export const KEY_VALUE_EVENTS: readonly unknown[] = ['set', 'delete', 'change'] satisfies readonly KeyValueEvent[];

/** Listens. @throws DatabaseError `INVALID_OPTION` for another event, or a listener that is not a function. */
export function onKeyValue(
  entries: Repository<KeyValueTypes>,
  event: unknown,
  listener: (value: never) => unknown,
  others: readonly unknown[] = [],
): Subscription {
  if (!KEY_VALUE_EVENTS.includes(event)) {
    const known = [...KEY_VALUE_EVENTS, ...others].join(', ');
    const what = `there is no event ${showValue(event)} of a key-value store; there are ${known}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'event' });
  }
  requireListener(listener);
  return entries.subscribe((change) => {
    const told = changeOf(change as Change<KeyValueEntry, string>);
    return event === 'change' || event === told.kind ? listener(told as never) : undefined;
  });
}

function changeOf({ kind, key, before, after, origin, timeMs }: Change<KeyValueEntry, string>): KeyValueChange {
  return {
    kind: kind === 'delete' ? 'delete' : 'set',
    key,
    value: after?.value,
    before: before?.value,
    origin,
    timeMs,
  };
}
