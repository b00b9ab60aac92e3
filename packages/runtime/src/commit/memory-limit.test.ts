import { setImmediate as turn } from 'node:timers/promises';
import { type MemoryInUse, MemoryLimit, memoryInUse } from './memory-limit.js';

const MIB = 2 ** 20;

/** A limit over memory that the test decides on. */
function limited(maxBytes: number): {
  limit: MemoryLimit;
  memory: { heapBytes: number; bufferBytes: number };
  told: unknown[];
} {
  const memory = { heapBytes: 0, bufferBytes: 0 };
  const told: unknown[] = [];
  const measure = (): MemoryInUse => ({ ...memory });
  return { limit: new MemoryLimit(maxBytes, (pressure) => told.push(pressure), measure), memory, told };
}

describe('a limit of memory', () => {
  it('refuses what does not fit, with what is in use, and takes what fits', () => {
    const { limit, memory } = limited(100 * MIB);
    memory.heapBytes = 60 * MIB;
    memory.bufferBytes = 30 * MIB;
    limit.collected();
    limit.require(10 * MIB);
    expect(() => limit.require(10 * MIB + 1)).toThrow(
      expect.objectContaining({
        code: 'MEMORY_LIMIT',
        facts: { usedBytes: 90 * MIB, addedBytes: 10 * MIB + 1, maxBytes: 100 * MIB },
      }),
    );
  });

  it('counts what was written since the heap was collected, and not what nobody has collected yet', () => {
    const { limit, memory } = limited(100 * MIB);
    memory.heapBytes = 40 * MIB;
    limit.collected();
    limit.note(10 * MIB);
    memory.heapBytes = 95 * MIB;
    limit.require(20 * MIB);
    expect(limit.usedBytes).toBe(50 * MIB);
    limit.note(45 * MIB);
    expect(() => limit.require(10 * MIB)).toThrow(expect.objectContaining({ code: 'MEMORY_LIMIT' }));
    limit.note(-30 * MIB);
    limit.require(10 * MIB);
    memory.heapBytes = 99 * MIB;
    limit.collected();
    expect(() => limit.require(2 * MIB)).toThrow(expect.objectContaining({ code: 'MEMORY_LIMIT' }));
  });

  it('counts no more than is used, however much was estimated', () => {
    const { limit, memory } = limited(100 * MIB);
    memory.heapBytes = 10 * MIB;
    limit.collected();
    limit.note(500 * MIB);
    memory.heapBytes = 50 * MIB;
    limit.require(40 * MIB);
    expect(limit.usedBytes).toBe(50 * MIB);
  });

  it('says so once from four fifths on, and again after it was relieved', async () => {
    const { limit, memory, told } = limited(100 * MIB);
    for (const [heapBytes, due] of [
      [79 * MIB, 0],
      [80 * MIB, 1],
      [90 * MIB, 1],
      [75 * MIB, 1],
      [85 * MIB, 1],
      [69 * MIB, 1],
      [95 * MIB, 2],
    ] as const) {
      memory.heapBytes = heapBytes;
      limit.collected();
      await turn();
      await turn();
      expect(told).toHaveLength(due);
    }
    expect(told).toEqual([
      { usedBytes: 80 * MIB, maxBytes: 100 * MIB },
      { usedBytes: 95 * MIB, maxBytes: 100 * MIB },
    ]);
  });

  it('asks V8 for what is in use', () => {
    const before = memoryInUse();
    const buffer = new Uint8Array(8 * MIB);
    const after = memoryInUse();
    expect(after.bufferBytes - before.bufferBytes).toBeGreaterThan(buffer.length / 2);
    expect(after.heapBytes).toBeGreaterThan(MIB);
  });
});
