/** The job: a copy of the open database every night, for people who ask with SQL. */
import { type CopyReport, copyTo, sql } from '@nuthatch/copy';
import type { Knex } from 'knex';
import type { NuthatchDatabase } from './generated/index.js';

const RETRY_MS = 10 * 60_000;

/**
 * Copies everything as it is at one moment, while the program goes on. Killed at any point, it can be run again: a
 * collection is there as it was before, or whole. After the first time only documents that changed are written.
 *
 * @throws DatabaseError `COPY_TARGET_MISMATCH` when the tables are not ours, `COPY_VERIFY_FAILED`, `COPY_FAILED` …
 */
export function copyToPostgres(db: NuthatchDatabase, knex: Knex, schema: string): Promise<CopyReport> {
  return copyTo(db, sql(knex, { schema }));
}

/**
 * Runs a job each night at an hour of this machine's time, and again ten minutes after a failure. The failure is told
 * to `onError`; the program goes on. Ends with the signal.
 */
export async function everyNight(
  hour: number,
  job: () => Promise<unknown>,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  let waitMs = msUntil(hour, new Date());
  while (await hasWaited(waitMs, signal)) {
    try {
      await job();
      waitMs = msUntil(hour, new Date());
    } catch (error) {
      onError(error);
      waitMs = RETRY_MS;
    }
  }
}

/** From now to the next time it is that hour; a day, not 0, when it is just then. Knows days of 23 and 25 hours. */
export function msUntil(hour: number, now: Date): number {
  const next = new Date(now);
  next.setHours(hour, 0, 0, 0);
  if (next <= now) {
    next.setDate(next.getDate() + 1);
    next.setHours(hour, 0, 0, 0);
  }
  return next.getTime() - now.getTime();
}

/** @returns false when the signal came first. */
function hasWaited(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const stop = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
