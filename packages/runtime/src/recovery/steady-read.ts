/**
 * Reads a directory that another process may be writing, without its lock.
 *
 * Files only grow (zeros at the end of the page being written come and go), snapshots and sealed pages never change,
 * and the manifest is replaced whole; so what is read is right unless the writer rolled a page, compacted or wrote a
 * frame right under the reading. That looks like damage once and is gone the next time: real damage is there every time.
 */
import { DatabaseError } from '@nuthatch/model';
import { isErrno } from '../file-system/node-call.js';
import { nowMs, sleep } from '../time/real-time.js';

/** The same damage has to be read this often to be believed: each time costs a pass over the files. */
const TRIES_AT_DAMAGE = 5;
/** The same file that is gone: compaction was quicker. */
const TRIES_AT_LOSS = 25;
/** However different what is found each time; while reading takes no longer than LONGEST_MS. */
const MAX_TRIES = 100;
const LONGEST_MS = 5000;
const LONGEST_WAIT_MS = 50;

/**
 * Repeats `attempt` while it finds damage or files gone: until all is well, or the same was found a few times, for what
 * a writer does right under the reading is elsewhere each time. The last outcome counts.
 *
 * @param damageOf what is wrong with what was read; nothing, as when it is left out: all is well.
 */
export async function readSteadily<T>(
  attempt: () => Promise<T>,
  damageOf: (found: T) => readonly unknown[] = () => [],
): Promise<T> {
  const startMs = nowMs();
  const countOf = new Map<string, number>();
  for (let count = 1; ; count++) {
    const isSettled = (finding: string, tries: number): boolean => {
      const sameCount = (countOf.get(finding) ?? 0) + 1;
      countOf.set(finding, sameCount);
      const isLong = nowMs() - startMs > LONGEST_MS;
      if (count >= (isLong ? TRIES_AT_LOSS : MAX_TRIES)) return true;
      return sameCount >= (isLong ? Math.min(tries, TRIES_AT_DAMAGE) : tries);
    };
    try {
      const found = await attempt();
      const damage = damageOf(found);
      if (damage.length === 0 || isSettled(JSON.stringify(damage), TRIES_AT_DAMAGE)) return found;
    } catch (error) {
      // Texts of errors name file and place.
      if (isSettled(`${error} ${(error as Error).cause}`, triesAt(error))) throw error;
    }
    await sleep(Math.random() * Math.min(LONGEST_WAIT_MS, 10 * count));
  }
}

function triesAt(error: unknown): number {
  if (DatabaseError.is(error, 'JOURNAL_DAMAGED')) {
    const isMissing = typeof error.facts.reason === 'string' && error.facts.reason.endsWith('is missing');
    return isMissing ? TRIES_AT_LOSS : TRIES_AT_DAMAGE;
  }
  const cause = DatabaseError.is(error, 'DIRECTORY_UNUSABLE') ? error.cause : error;
  return isErrno(cause, 'ENOENT') ? TRIES_AT_LOSS : 1;
}
