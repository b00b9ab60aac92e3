/** A shared journal in memory, for tests of programs with several nodes. */
import type { SharedJournal } from '@nuthatch/runtime/cluster';
import { ClusterJournal } from '../../cluster-journal.js';
import { type EngineFaults, MemoryEngine, MemoryLog } from './memory-engine.js';

/**
 * A journal that lives as long as this process: databases opened with the same object are nodes of one database.
 *
 * @param faults what goes wrong between the nodes and it.
 */
export function memoryJournal(faults?: EngineFaults): SharedJournal {
  const log = new MemoryLog();
  return new ClusterJournal(() => new MemoryEngine(log, faults), { unreachableMs: 10_000 });
}
