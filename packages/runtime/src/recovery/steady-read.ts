/**
 * Reads a directory that another process may be writing, without its lock.
 *
 * Files only grow (zeros at the end of the page being written come and go), snapshots and sealed pages never change,
 * and the manifest is replaced whole; so what is read is right unless the writer rolled a page, compacted or wrote a
 * frame right under the reading. That looks like damage once and is gone the next time: real damage is there every time.
 */
import { DatabaseError } from '@nuthatch/model';

/** Real damage is read this often: each time costs a pass over the files. */
const TRIES_AT_DAMAGE = 5;
/** A file that is gone: compaction was quicker. So often only while that takes no longer than LONGEST_MS. */
const TRIES_AT_LOSS = 25;
const LONGEST_MS = 5000;
const LONGEST_WAIT_MS = 50;

/** Repeats `attempt` while it finds damage or files gone, a few times; the last outcome counts. */
export async function readSteadily<T>(attempt: () => Promise<T>, hasDamage: (found: T) => boolean): Promise<T> {
  const startMs = performance.now();
  for (let count = 1; ; count++) {
    try {
      const found = await attempt();
      if (count >= TRIES_AT_DAMAGE || !hasDamage(found)) return found;
    } catch (error) {
      const isLong = performance.now() - startMs > LONGEST_MS;
      if (count >= Math.min(triesAt(error), isLong ? TRIES_AT_DAMAGE : TRIES_AT_LOSS)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(LONGEST_WAIT_MS, 10 * count)));
  }
}

function triesAt(error: unknown): number {
  if (DatabaseError.is(error, 'JOURNAL_DAMAGED')) {
    const isMissing = typeof error.facts.reason === 'string' && error.facts.reason.endsWith('is missing');
    return isMissing ? TRIES_AT_LOSS : TRIES_AT_DAMAGE;
  }
  const cause = DatabaseError.is(error, 'DIRECTORY_UNUSABLE') ? error.cause : error;
  return (cause as { readonly code?: unknown } | undefined)?.code === 'ENOENT' ? TRIES_AT_LOSS : 1;
}
