import { DIRECTORY, openItems, put, readFile, transaction } from '../../test/disk-fixture.js';
import { FaultFileSystem } from '../../test/fault-file-system.js';
import { letPass, stopClock, turns } from '../../test/support/test-clock.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { TransientJournal } from './transient-journal.js';

/** Calls on the pages since the last look. */
function callsOf(fileSystem: FaultFileSystem, operation: string): number {
  return fileSystem.calls.filter((call) => call.operation === operation && call.path.includes('page-')).length;
}

describe('a file journal', () => {
  afterEach(() => void jest.useRealTimers());

  it('serves all waiting transactions with one write and one sync', async () => {
    const fileSystem = new FaultFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    fileSystem.calls.length = 0;
    for (let index = 0; index < 500; index++) journal.append(transaction(put(`k${index}`, index)), 'fsync');
    expect([listener.writtenSeq, fileSystem.calls.length]).toEqual([0, 0]);
    await journal.flush();
    expect([listener.syncedSeq, callsOf(fileSystem, 'write'), callsOf(fileSystem, 'fdatasync')]).toEqual([500, 1, 1]);
    await journal.close();
  });

  it('refuses writes beyond sixteen times the bytes it may hold for the disk, and takes writes again once they are written', async () => {
    const { journal, listener } = await openItems(new FaultFileSystem(), { options: { maxPendingBytes: 4_096 } });
    let acceptedCount = 0;
    const append = (): void => {
      for (; acceptedCount < 10_000; acceptedCount++)
        journal.append(transaction(put(`k${acceptedCount}`, acceptedCount)), 'fsync');
    };
    expect(append).toThrow(expect.objectContaining({ code: 'TOO_MUCH_PENDING', retryable: true }));
    expect(journal.stats().pendingBytes).toBeLessThan(17 * 4_096);
    expect(journal.lastSeq).toBe(acceptedCount);
    await journal.drained();
    journal.append(transaction(put('later', 1)), 'fsync');
    await journal.flush();
    expect(listener.syncedSeq).toBe(acceptedCount + 1);
    await journal.close();
  });

  it('gathers the next frame while one is in flight', async () => {
    const fileSystem = new FaultFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    fileSystem.calls.length = 0;
    journal.append(transaction(put('k0', 0)), 'fsync');
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let index = 1; index < 100; index++) journal.append(transaction(put(`k${index}`, index)), 'fsync');
    await journal.flush();
    // Two frames, and once the zeros ahead of them.
    expect([listener.syncedSeq, callsOf(fileSystem, 'write')]).toEqual([100, 3]);
    await journal.close();
  });

  it('syncs only where a level asks for it: at once for fsync, in time for interval, never for os and memory', async () => {
    const fileSystem = new FaultFileSystem();
    stopClock();
    const { journal, listener } = await openItems(fileSystem, { options: { flushIntervalMs: 300 } });
    const until = async (isReached: () => boolean): Promise<void> => {
      while (!isReached()) await turns(1);
    };
    fileSystem.calls.length = 0;
    journal.append(transaction(put('a', 1)), 'os');
    journal.append(transaction(put('b', 2)), 'memory');
    await until(() => listener.writtenSeq === 2);
    await letPass(10_000);
    await turns(20);
    expect([listener.syncedSeq, callsOf(fileSystem, 'fdatasync')]).toEqual([0, 0]);
    journal.append(transaction(put('c', 3)), 'interval');
    await until(() => listener.writtenSeq === 3);
    await letPass(299);
    await turns(20);
    expect(listener.syncedSeq).toBe(0);
    await letPass(1);
    await until(() => listener.syncedSeq === 3);
    expect(callsOf(fileSystem, 'fdatasync')).toBe(1);
    journal.append(transaction(put('d', 4)), 'fsync');
    await until(() => listener.syncedSeq === 4);
    await journal.flush();
    expect(callsOf(fileSystem, 'fdatasync')).toBe(2);
    await journal.close();
  });

  it('keeps its chain in every kind of buffer', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    const text = 'x'.repeat(100_000);
    for (let round = 0; round < 30; round++) {
      for (let index = 0; index < (round * 7) % 40; index++) journal.append(transaction(put('k', round, text)), 'os');
      if (round % 3 === 0) await journal.flush();
      else await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const { lastSeq } = journal;
    await journal.close();
    const again = await openItems(fileSystem);
    expect(again.report.lastSeq).toBe(lastSeq);
    await again.journal.close();
  });

  it('holds callers back while too much is pending', async () => {
    const { journal } = await openItems(new FaultFileSystem(), { options: { maxPendingBytes: 100_000 } });
    await journal.drained();
    for (let index = 0; index < 30; index++)
      journal.append(transaction(put(`k${index}`, index, 'x'.repeat(10_000))), 'os');
    expect(journal.stats().pendingBytes).toBeGreaterThan(300_000);
    let isDrained = false;
    const drained = journal.drained().then(() => {
      isDrained = true;
    });
    await undefined;
    expect(isDrained).toBe(false);
    await drained;
    expect(journal.stats().pendingBytes).toBeLessThanOrEqual(100_000);
    await journal.close();
  });

  it('refuses a transaction no frame may hold, and is as it was before', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: { maxFrameBytes: 10_000 } });
    journal.append(transaction(put('a', 1)), 'os');
    const before = journal.stats();
    expect(() => journal.append(transaction(put('b', 2), put('c', 3, 'x'.repeat(20_000))), 'os')).toThrow(
      expect.objectContaining({
        code: 'TRANSACTION_TOO_LARGE',
        facts: { byteCount: expect.any(Number), maxFrameBytes: 9904 },
      }),
    );
    expect(journal.stats()).toEqual(before);
    journal.append(transaction(put('d', 4)), 'os');
    await journal.close();
    const again = await openItems(fileSystem);
    expect(again.target.values).toEqual({ a: 1, d: 4 });
    await again.journal.close();
  });

  it('keeps the model when the first transaction that needs it is refused', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: { maxFrameBytes: 10_000 } });
    expect(() => journal.append(transaction(put('a', 1, 'x'.repeat(20_000))), 'os')).toThrow('TRANSACTION_TOO_LARGE');
    journal.append(transaction(put('b', 2)), 'os');
    await journal.close();
    const again = await openItems(fileSystem);
    expect(again.target.values).toEqual({ b: 2 });
    await again.journal.close();
  });

  it('puts into every page the models of its documents', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
    for (let index = 0; index < 50; index++) {
      journal.append(transaction(put(`k${index}`, index, 'x'.repeat(500))), 'os');
      await journal.flush();
    }
    await journal.close();
    const pages = (await fileSystem.list(DIRECTORY)).filter((name) => name.startsWith('page-'));
    expect(pages.length).toBeGreaterThan(4);
    for (const page of pages) {
      const text = Buffer.from(await readFile(fileSystem, `${DIRECTORY}/${page}`)).toString('latin1');
      expect(text.split('"collection":"item"').length - 1).toBe(1);
    }
  });

  it('writes frames longer than its page and reads them back', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
    for (let index = 0; index < 3; index++) {
      journal.append(transaction(put(`k${index}`, index, 'é'.repeat(1_500_000))), 'os');
      await journal.flush();
    }
    await journal.close();
    const again = await openItems(fileSystem);
    expect(again.target.values).toEqual({ k0: 0, k1: 1, k2: 2 });
    expect(again.target.documents.get('k2')?.text).toBe('é'.repeat(1_500_000));
    await again.journal.close();
  });

  it('accepts nothing before recovery and after closing, and closes more than once', async () => {
    const { journal } = await openItems(new MemoryFileSystem());
    journal.append(transaction(put('a', 1)), 'memory');
    const closing = journal.close();
    expect(() => journal.append(transaction(put('b', 2)), 'os')).toThrow(
      expect.objectContaining({ code: 'DATABASE_CLOSED' }),
    );
    await Promise.all([closing, journal.close()]);
    expect(() => journal.append(transaction(put('b', 2)), 'os')).toThrow(
      expect.objectContaining({ code: 'DATABASE_CLOSED' }),
    );
  });

  it('refuses options that make no sense', async () => {
    for (const options of [
      { pageBytes: 0 },
      { pageBytes: 1.5 },
      { maxFrameBytes: -1 },
      { flushIntervalMs: Number.NaN },
    ]) {
      await expect(openItems(new MemoryFileSystem(), { options })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    }
  });
});

describe('a transient journal', () => {
  it('numbers transactions and reports them as synced at once', async () => {
    const journal = new TransientJournal();
    const seen: number[] = [];
    journal.listen({ written: () => undefined, synced: (seq) => seen.push(seq), failed: () => undefined });
    expect([journal.append(transaction(), 'fsync'), journal.append(transaction(), 'memory')]).toEqual([1, 2]);
    expect(seen).toEqual([1, 2]);
    await journal.close();
    expect(() => journal.append(transaction(), 'os')).toThrow(expect.objectContaining({ code: 'DATABASE_CLOSED' }));
  });
});
