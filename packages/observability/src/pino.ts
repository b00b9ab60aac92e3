/**
 * Logs what databases do, to a logger of pino or any other with the same four methods.
 *
 *   info    opened, compacted, backed up, closed
 *   warn    not closed properly before, torn tail, losses of a salvage, slow fsync, jump of the clock, failed compaction
 *   error   opening, backup, flush or closing failed; a listener threw
 *   fatal   the journal failed: writes are refused until the directory is opened again
 */
import type { Observation, Observer } from './observe.js';
import { observe, observeAll } from './observe.js';
import { requireKnown, requireMethods } from './options.js';
import { requireLogOptions } from './pino/log-options.js';
import type { Logger } from './pino/logger.js';
import { messages } from './pino/messages.js';
import { slowFsyncs } from './pino/slow-fsyncs.js';

export type { Logger } from './pino/logger.js';

export interface LogOptions {
  /** Only this database. Default: every one of the process, their openings included. */
  readonly db?: object;
  /** An fsync that takes longer is a warning, at most one per database in ten seconds. Default 1,000 ms. */
  readonly slowFsyncMs?: number;
  /**
   * Also logs texts of errors that may name keys and values of documents: those of listeners, and of refused writes.
   * Default false: they are logged by code, or name, with the stack alone.
   */
  readonly withTexts?: boolean;
}

/**
 * Logs until `stop()`.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function logTo(logger: Logger, options: LogOptions = {}): Observation {
  requireMethods('logger', logger, ['info', 'warn', 'error', 'fatal'], 'a logger such as pino()');
  requireKnown(options, ['db', 'slowFsyncMs', 'withTexts']);
  requireLogOptions(options);
  const { db, slowFsyncMs = 1_000, withTexts = false } = options;
  const observer: Observer = { ...messages(logger, withTexts), ...slowFsyncs(logger, slowFsyncMs) };
  return db === undefined ? observeAll(observer) : observe(db, observer);
}
