import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import type { Direction } from '../query-types.js';

/** Earlier names of the directions: from JavaScript they may still be asked for. */
const EARLIER_NAMES: ReadonlyMap<unknown, Direction> = new Map([
  ['ascending', 'asc'],
  ['descending', 'desc'],
]);

/** @throws DatabaseError `INVALID_QUERY` for anything but 'asc' and 'desc'. */
export function requireDirection(direction: unknown): asserts direction is Direction {
  if (direction === 'asc' || direction === 'desc') return;
  const now = EARLIER_NAMES.get(direction);
  const remedy = now === undefined ? '' : `; it is called '${now}' now`;
  const what = `the direction of an order must be 'asc' or 'desc', found ${showValue(direction)}${remedy}`;
  throw new DatabaseError('INVALID_QUERY', what, { given: showValue(direction), direction: now });
}
