/** What `changes()` takes, checked. */

import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../definition/show-value.js';
import { unknownOption } from '../definition/unknown-option.js';
import type { Change } from './change.js';

/**
 * What happens when a reader falls more than `bufferCount` changes behind:
 *
 *   close  its loop ends with CHANGES_GONE, whose fact `resumeSince` is where it can go on (default)
 *   drop   the oldest changes it has not read are dropped, by whole transactions, and one ChangeGap says which
 *   wait   nothing is dropped and `db.drained()` waits for the reader; a writer that never awaits `drained()` is not
 *          slowed, and the changes then take memory
 */
export type OverflowPolicy = 'close' | 'drop' | 'wait';

export interface ChangesOptions<C = Change> {
  /**
   * Go on after the transaction of this seq; left out: from now on. What the history in memory no longer holds is read
   * from the journal, where there is one.
   */
  readonly since?: bigint | number | undefined;
  /** Changes held for a reader that is busy. Default 10,000. */
  readonly bufferCount?: number | undefined;
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
  readonly since: number | undefined;
  readonly bufferCount: number;
  readonly onOverflow: OverflowPolicy;
  readonly filter: ((change: Change) => boolean) | undefined;
}

const DEFAULT_BUFFER_COUNT = 10_000;
const NAMES: ReadonlySet<string> = new Set(['since', 'bufferCount', 'onOverflow', 'filter']);

/** Checks the options and fills in the defaults. @throws DatabaseError `INVALID_OPTION`. */
export function resolveChangesOptions(options: ChangesOptions = {}): ResolvedChangesOptions {
  if (typeof options !== 'object' || options === null)
    throw new DatabaseError('INVALID_OPTION', `changes takes an object of options, not ${typeof options}`, {
      option: 'options',
    });
  for (const name of Object.keys(options)) if (!NAMES.has(name)) throw unknownOption(name, 'changes', [...NAMES]);
  const { bufferCount = DEFAULT_BUFFER_COUNT, onOverflow = 'close', filter } = options;
  const since = options.since === undefined ? undefined : Number(options.since);
  if (since !== undefined && (!Number.isSafeInteger(since) || since < 0))
    throw refused('since', options.since, 'the seq of a transaction, or 0');
  if (!Number.isSafeInteger(bufferCount) || bufferCount < 1)
    throw refused('bufferCount', bufferCount, 'an integer from 1 on');
  if (onOverflow !== 'close' && onOverflow !== 'drop' && onOverflow !== 'wait')
    throw refused('onOverflow', onOverflow, "one of 'close', 'drop', 'wait'");
  // Named and undefined is no filter left out: the changes would come unfiltered.
  if ('filter' in options && typeof filter !== 'function')
    throw refused('filter', filter, 'a function that answers whether a change is wanted');
  return { since, bufferCount, onOverflow, filter };
}

function refused(option: string, value: unknown, due: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', `\`${option}\` of changes must be ${due}, it is ${showValue(value)}`, {
    option,
  });
}
