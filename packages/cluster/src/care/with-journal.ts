/** Work on a shared journal from outside of any node: connects, looks whether it is there, and lets go of it. */
import { DatabaseError } from '@nuthatch/model';
import { directoryError, type SharedJournal, showValue } from '@nuthatch/runtime/cluster';
import { ClusterJournal } from '../cluster-journal.js';
import { unfinished } from '../engine/engine-errors.js';
import type { FoundJournal, JournalEngine } from '../engine/journal-engine.js';
import { unreachable } from '../node/answered.js';

/** A journal that is there, and the engine that keeps it. */
export interface ConnectedJournal extends FoundJournal {
  readonly engine: JournalEngine;
}

/**
 * Runs work over an engine of which nothing was asked yet. Makes nothing.
 *
 * @throws DatabaseError `INVALID_OPTION` for what is no journal, `JOURNAL_UNREACHABLE`; what the work throws.
 */
export async function withEngine<T>(
  journal: SharedJournal,
  work: (engine: JournalEngine, cluster: ClusterJournal) => Promise<T>,
): Promise<T> {
  const cluster = requireCluster(journal);
  const engine = cluster.newEngine();
  try {
    return await work(engine, cluster);
  } catch (error) {
    throw named(error, engine);
  } finally {
    await Promise.allSettled([engine.close()]);
  }
}

/**
 * As `withEngine`, over a journal that is there.
 *
 * @throws DatabaseError `JOURNAL_NOT_FOUND`, and as `withEngine`.
 */
export function withJournal<T>(
  journal: SharedJournal,
  work: (journal: ConnectedJournal, cluster: ClusterJournal) => Promise<T>,
): Promise<T> {
  return withEngine(journal, async (engine, cluster) => {
    const found = await engine.find();
    if (found === undefined) throw notFound(engine);
    return work({ ...found, engine }, cluster);
  });
}

/** As `withJournal`, over one that nodes can open. @throws DatabaseError `JOURNAL_UNFINISHED`, and as `withJournal`. */
export function withWholeJournal<T>(
  journal: SharedJournal,
  work: (journal: ConnectedJournal, cluster: ClusterJournal) => Promise<T>,
): Promise<T> {
  return withJournal(journal, (found, cluster) => {
    if (found.isUnfinished) throw unfinished(found.engine.description);
    return work(found, cluster);
  });
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requireCluster(journal: unknown, option = 'journal'): ClusterJournal {
  if (journal instanceof ClusterJournal) return journal;
  throw refused(option, `expected a journal such as \`postgresJournal(…)\`, found ${showValue(journal)}`);
}

export function refused(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}

function notFound({ description }: JournalEngine): DatabaseError {
  return new DatabaseError('JOURNAL_NOT_FOUND', `there is no such journal: ${description}`, { journal: description });
}

/** What is neither ours nor of the file system is what a driver throws. */
function named(error: unknown, { description }: JournalEngine): unknown {
  if (DatabaseError.is(error)) return error;
  const { path } = Object(error) as { readonly path?: unknown };
  return typeof path === 'string' ? directoryError(error, path) : unreachable(description, 'read', error);
}
