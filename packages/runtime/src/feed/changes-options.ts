/** What `changes()` takes, checked. */

import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../definition/show-value.js';
import { optionsObject } from '../definition/unknown-option.js';
import { catchRejection } from '../structures/told.js';
import type { Change } from './change.js';
import { type ChangePosition, requirePosition } from './change-cursor.js';

/**
 * What happens when a reader falls more than `bufferCount` changes, or `bufferBytes`, behind:
 *
 *   close  its loop ends with CHANGES_GONE, whose fact `resumeCursor` is where it can go on (default)
 *   drop   the oldest changes it has not read are dropped, by whole transactions, and one ChangeGap says which
 *   wait   nothing is dropped and `db.drained()` waits for the reader; behind a writer that never awaits `drained()`
 *          it is closed all the same when it holds sixteen times `bufferBytes`
 */
export type OverflowPolicy = 'close' | 'drop' | 'wait';

export interface ChangesOptions<C = Change> {
  /**
   * Go on behind the change of this `cursor`, or behind the whole transaction of this seq; left out: from now on.
   * Changes that the history in memory no longer holds are read from the journal, if there is one.
   */
  readonly since?: bigint | number | string | undefined;
  /** Changes held for a reader that is busy. Default 10,000. */
  readonly bufferCount?: number | undefined;
  /** Bytes of documents held for it, as estimated. Default 16 MiB. */
  readonly bufferBytes?: number | undefined;
  /** What happens to a reader that is further behind. Default `close`. */
  readonly onOverflow?: OverflowPolicy | undefined;
  /**
   * Only changes it answers true for are handed out and take room in the buffer: by key, by a tag or a range of `before`
   * and `after`, by anything a change says. Called once for each change, synchronously; what it throws ends the loop.
   */
  readonly filter?: (change: C) => boolean;
}

/** Options of a reader whose stream has no gaps. */
export type WholeChangesOptions<C = Change> = ChangesOptions<C> & {
  readonly onOverflow?: 'close' | 'wait' | undefined;
};

/** Options of a reader that meets gaps. */
export type DroppingChangesOptions<C = Change> = ChangesOptions<C> & { readonly onOverflow: 'drop' };

export interface ResolvedChangesOptions {
  readonly since: ChangePosition | undefined;
  readonly bufferCount: number;
  readonly bufferBytes: number;
  readonly onOverflow: OverflowPolicy;
  readonly filter: ((change: Change) => boolean) | undefined;
}

const DEFAULT_BUFFER_COUNT = 10_000;
const DEFAULT_BUFFER_BYTES = 16 * 2 ** 20;
const NAMES: ReadonlySet<string> = new Set(['since', 'bufferCount', 'bufferBytes', 'onOverflow', 'filter']);

/**
 * Checks the options and fills in the defaults.
 *
 * @param opening which opening of the database this is, for cursors.
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function resolveChangesOptions(options: ChangesOptions | undefined, opening: string): ResolvedChangesOptions {
  return checkedOptions(optionsObject(options, 'changes', [...NAMES]), opening);
}

function checkedOptions(options: ChangesOptions, opening: string): ResolvedChangesOptions {
  const { bufferCount = DEFAULT_BUFFER_COUNT, bufferBytes = DEFAULT_BUFFER_BYTES } = options;
  const { onOverflow = 'close', filter } = options;
  const since = options.since === undefined ? undefined : requirePosition(options.since, opening);
  if (!Number.isSafeInteger(bufferCount) || bufferCount < 1)
    throw refused('bufferCount', bufferCount, 'a whole number of 1 or more');
  if (!Number.isSafeInteger(bufferBytes) || bufferBytes < 1)
    throw refused('bufferBytes', bufferBytes, 'a whole number of 1 or more');
  if (onOverflow !== 'close' && onOverflow !== 'drop' && onOverflow !== 'wait')
    throw refused('onOverflow', onOverflow, "one of 'close', 'drop', 'wait'");
  // Named and undefined is not a filter left out: the changes would come unfiltered.
  if ('filter' in options && typeof filter !== 'function')
    throw refused('filter', filter, 'a function that returns true for the changes to deliver');
  return { since, bufferCount, bufferBytes, onOverflow, filter };
}

function refused(option: string, value: unknown, due: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', `\`${option}\` of changes must be ${due}, found ${showValue(value)}`, {
    option,
  });
}

/**
 * Whether a reader wants a change. A promise is no answer: it would count as yes for every one.
 *
 * @throws DatabaseError `INVALID_OPTION`; what the filter throws.
 */
export function isWanted(change: Change, filter: ResolvedChangesOptions['filter']): boolean {
  if (filter === undefined) return true;
  const answer: unknown = filter(change);
  if (typeof answer !== 'object' || answer === null || !('then' in answer)) return Boolean(answer);
  catchRejection(answer, () => undefined);
  const what = '`filter` of changes returned a promise; it is called synchronously, so it cannot be async';
  throw new DatabaseError('INVALID_OPTION', what, { option: 'filter' });
}
