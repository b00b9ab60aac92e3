/**
 * Reads a directory that another process may be writing, without its lock.
 *
 * Files only grow, snapshots and sealed pages never change, and the manifest is replaced whole; so what is read is
 * right unless the writer rolled a page, compacted or wrote a frame right under the reading. That looks like damage once
 * and is gone the next time: real damage is there every time.
 */
import { DatabaseError } from '@nuthatch/model';

const TRIES = 4;
const WAIT_MS = 40;

/** Repeats `attempt` while it finds damage or files gone, four times at most; the last outcome counts. */
export async function readSteadily<T>(attempt: () => Promise<T>, hasDamage: (found: T) => boolean): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      const found = await attempt();
      if (count === TRIES || !hasDamage(found)) return found;
    } catch (error) {
      if (count === TRIES || !mayPass(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS * count));
  }
}

function mayPass(error: unknown): boolean {
  if (DatabaseError.is(error, 'JOURNAL_DAMAGED')) return true;
  const cause = DatabaseError.is(error, 'DIRECTORY_UNUSABLE') ? error.cause : error;
  return (cause as { readonly code?: unknown } | undefined)?.code === 'ENOENT';
}
