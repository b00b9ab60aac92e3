/** Which message of a database becomes which line of the log. */
import type { DatabaseSource, OpenTrace, RecoveryReport } from '@nuthatch/runtime';
import type { Observer } from '../observe.js';
import type { Logger } from './logger.js';
import { shownError } from './shown-error.js';

export function messages(logger: Logger, withTexts: boolean): Observer {
  const failed = (facts: object, error: unknown): object => ({
    ...facts,
    // Not `err`: what pino makes of an error of that name would add texts again.
    error: shownError(error, withTexts),
  });
  return {
    'nuthatch:open': { asyncEnd: (trace) => opened(logger, trace, failed) },
    'nuthatch:failure': ({ database, error }) =>
      logger.fatal(failed(named(database), error), 'the journal of the database failed: writes are refused'),
    'nuthatch:listener-error': ({ database, error }) =>
      logger.error(failed(named(database), error), 'a listener of the database threw'),
    'nuthatch:clock-jump': ({ database, jump }) =>
      logger.warn({ ...named(database), jumpMs: jump.jumpMs }, 'the clock of the machine jumped'),
    'nuthatch:flush': {
      asyncEnd({ database, error }) {
        if (error !== undefined) logger.error(failed(named(database), error), 'a flush of the database failed');
      },
    },
    'nuthatch:compaction': {
      asyncEnd({ database, cause, durationMs, result, error }) {
        const facts = { ...named(database), cause, durationMs };
        if (error !== undefined) logger.warn(failed(facts, error), 'a compaction failed: it is tried again later');
        else
          logger.info(
            { ...facts, seq: result?.seq, snapshotBytes: result?.snapshotBytes },
            'the database was compacted',
          );
      },
    },
    'nuthatch:backup': {
      asyncEnd({ database, destination, durationMs, result, error }) {
        const facts = { ...named(database), destination, durationMs };
        if (error !== undefined) logger.error(failed(facts, error), 'a backup failed');
        else logger.info({ ...facts, seq: result?.lastSeq, copiedBytes: result?.copiedBytes }, 'a backup was made');
      },
    },
    'nuthatch:close': {
      asyncEnd({ database, durationMs, error }) {
        const facts = { ...named(database), durationMs };
        if (error === undefined) logger.info(facts, 'the database was closed');
        else logger.error(failed(facts, error), 'closing the database failed');
      },
    },
  };
}

type Failed = (facts: object, error: unknown) => object;

function opened(logger: Logger, { name, directory, durationMs, result, error }: OpenTrace, failed: Failed): void {
  const facts = { ...named({ name, directory }), durationMs };
  if (error !== undefined) {
    logger.error(failed(facts, error), 'opening the database failed');
    return;
  }
  logger.info({ ...facts, seq: result?.lastSeq }, 'the database was opened');
  if (result !== undefined) warnOfRecovery(logger, named({ name, directory }), result);
}

function warnOfRecovery(logger: Logger, facts: object, report: RecoveryReport): void {
  const { isClean, cutBytes, lost, damagedSnapshots, clockBehindMs } = report;
  if (lost.length > 0) logger.warn({ ...facts, lost }, 'the opening lost damaged ranges: salvage was wanted');
  else if (damagedSnapshots.length > 0)
    logger.warn({ ...facts, damagedSnapshots }, 'a snapshot was damaged: an older one took its place, nothing is lost');
  else if (!isClean) logger.warn({ ...facts, cutBytes }, 'the database had not been closed properly');
  if (clockBehindMs > 0) logger.warn({ ...facts, clockBehindMs }, 'the clock is behind the last time in the journal');
}

function named({ name, directory }: Pick<DatabaseSource, 'name' | 'directory'>): object {
  return { database: name, ...(directory !== undefined && { directory }) };
}
