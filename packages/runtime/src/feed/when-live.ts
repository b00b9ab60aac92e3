/** How far a loop over changes is behind. */
import { ResumingReader } from './resuming-reader.js';

/**
 * Resolves when a loop of `db.changes()` has been through the past and waits for what is yet to come, or has ended: from
 * then on a `next()` that does not resolve within a turn says that there is nothing. At once for a loop without a past in
 * the journal. The loop has to be asked for more all the while.
 */
export function whenLive(changes: AsyncIterator<unknown>): Promise<void> {
  return changes instanceof ResumingReader ? changes.live : Promise.resolve();
}
