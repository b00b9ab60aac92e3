import { MemoryEngine, MemoryLog } from '../src/engines/memory/memory-engine.js';
import { describeEngine } from './engine-contract.js';

describeEngine('memory', () => {
  const log = new MemoryLog();
  return { isComparing: true, make: () => new MemoryEngine(log) };
});
