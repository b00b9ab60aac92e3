import { MemoryEngine, MemoryLog } from '../../src/engines/memory/memory-engine.js';
import { describeJournal } from './journal-conformance.js';
import { SharedSubject } from './shared-subject.js';

function newSubject(): SharedSubject {
  const log = new MemoryLog();
  return new SharedSubject(() => new MemoryEngine(log));
}

describeJournal('memory with faults', newSubject, { historyCount: 6, stepCount: 100 });
