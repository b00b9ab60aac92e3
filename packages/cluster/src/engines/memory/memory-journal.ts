/** A shared journal in memory, for tests of programs with several nodes. */
import type { SharedJournal } from '@nuthatch/runtime/cluster';
import { ClusterJournal } from '../../cluster-journal.js';
import { JOURNAL_CHECKS, type JournalOptions, nodeOptions } from '../../journal-options.js';
import { requireOptions } from '../../option-check.js';
import { type EngineFaults, MemoryEngine, MemoryLog } from './memory-engine.js';

export interface MemoryJournalOptions extends JournalOptions {
  /** What goes wrong between nodes and journal: questions and answers that are lost, or take their time. */
  readonly faults?: EngineFaults;
}

const CHECKS = {
  ...JOURNAL_CHECKS,
  faults: (value: unknown) => (typeof value === 'object' && value !== null ? undefined : 'an object of functions'),
};

/**
 * A journal that lives as long as this process: databases opened with the same object are nodes of one database.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function memoryJournal(options: MemoryJournalOptions = {}): SharedJournal {
  requireOptions('memoryJournal', options, CHECKS, [], []);
  const log = new MemoryLog();
  return new ClusterJournal(() => new MemoryEngine(log, options.faults), nodeOptions(options));
}
