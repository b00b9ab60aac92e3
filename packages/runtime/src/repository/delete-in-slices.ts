/**
 * Deletes many documents outside of a transaction: in slices, each a transaction of its own, so that reads and writes of
 * others go on meanwhile. The first slice is done before the call returns, as any write is.
 *
 * A crash between two slices leaves what was not deleted yet; what must be all or nothing belongs into `db.transaction`.
 */

import type { Collection } from '../collection/collection.js';
import type { Condition } from '../collection/indexing/collection-index.js';
import { deletedIn } from '../collection/relating/deletes-together.js';
import type { CommitPath } from '../commit/commit-path.js';
import type { Transaction } from '../commit/transaction.js';
import type { CommitOptions } from '../commit/write-options.js';
import { SLICE_MS, SliceClock } from '../scheduling/slice-clock.js';
import type { StoreKey } from '../structures/store-key.js';
import { turn } from '../time/real-time.js';

/** Deletes between two looks at the clock. */
const LOOK_EVERY = 16;

/**
 * @param keys of the documents, in the store's form; taken one by one.
 * @param conditions that a document must still meet when its turn comes.
 * @returns how many were deleted. Rejects with what refused a slice; the slices before it stay done.
 */
export function deleteInSlices(
  commitPath: CommitPath,
  collection: Collection,
  keys: Iterator<StoreKey>,
  conditions: readonly Condition[],
  options: CommitOptions | undefined,
): Promise<number> {
  let isDone = false;
  const slice = (): Promise<number> => {
    let written: Transaction | undefined;
    const made = commitPath.run(
      (transaction) => {
        written = transaction;
        const clock = new SliceClock(SLICE_MS.writing, LOOK_EVERY);
        const { store } = collection;
        let count = 0;
        for (;;) {
          const { done, value: key } = keys.next();
          if (done === true) {
            isDone = true;
            return count;
          }
          const slot = store.get(key);
          if (slot !== undefined && conditions.every((condition) => condition.matches(store.documentOf(slot)))) {
            collection.remove(transaction, slot);
            count++;
          }
          if (clock.isOver()) return count;
        }
      },
      false,
      options,
    );
    // One that another took along is counted with that one.
    return collection.links?.reachesItself === true ? made.then(() => deletedIn(written!, collection)) : made;
  };
  const first = slice();
  return isDone ? first : goOn(first, slice, () => isDone);
}

async function goOn(first: Promise<number>, slice: () => Promise<number>, isDone: () => boolean): Promise<number> {
  const slices: Promise<number>[] = [];
  let hasFailed = false;
  const note = (made: Promise<number>): void => {
    slices.push(made);
    made.catch(() => {
      hasFailed = true;
    });
  };
  note(first);
  while (!isDone() && !hasFailed) {
    await turn();
    if (!hasFailed) note(slice());
  }
  let count = 0;
  for (const made of slices) count += await made;
  return count;
}
