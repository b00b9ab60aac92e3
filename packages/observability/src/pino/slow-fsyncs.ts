/** Warns of slow fsyncs: a disk that is ill would fill the log, so one line stands for all of ten seconds. */
import type { DatabaseSource } from '@nuthatch/runtime';
import type { Observer } from '../observe.js';
import type { Logger } from './logger.js';

const QUIET_MS = 10_000;

interface Told {
  untilMs: number;
  suppressedCount: number;
}

export function slowFsyncs(logger: Logger, slowMs: number): Observer {
  const told = new WeakMap<DatabaseSource, Told>();
  return {
    'nuthatch:fsync': ({ database, durationMs, transactionCount }) => {
      if (durationMs <= slowMs) return;
      const nowMs = Date.now();
      const last = told.get(database);
      // A clock that was put back ends the quiet, too.
      if (last !== undefined && nowMs < last.untilMs && nowMs >= last.untilMs - QUIET_MS) {
        last.suppressedCount++;
        return;
      }
      const { name, directory } = database;
      const suppressedCount = last?.suppressedCount ?? 0;
      told.set(database, { untilMs: nowMs + QUIET_MS, suppressedCount: 0 });
      logger.warn({ database: name, directory, durationMs, transactionCount, suppressedCount }, 'an fsync was slow');
    },
  };
}
