/** The zeros that the page being written ends in: docs/journal-format.md, "Room made ahead". */
import { DIRECTORY, endOfFrames, openItems, put, readFile, transaction } from '../../test/disk-fixture.js';
import { FaultFileSystem } from '../../test/fault-file-system.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import type { FileJournal } from './file-journal.js';

const PAGE_1 = `${DIRECTORY}/page-0000000001.nut`;

async function writeDurably(journal: FileJournal, count: number, text?: string): Promise<void> {
  for (let index = 0; index < count; index++) {
    journal.append(transaction(put(`k${index}`, index, text)), 'fsync');
    await journal.flush();
  }
}

describe('the page being written', () => {
  it('ends in zeros while short durable writes come, and with its last frame once it is closed', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    await writeDurably(journal, 10);
    const open = await readFile(fileSystem, PAGE_1);
    expect(open.length).toBeGreaterThan(endOfFrames(open) + 60_000);
    expect(open.subarray(endOfFrames(open)).every((byte) => byte === 0)).toBe(true);
    expect(journal.stats().diskBytes).toBe(open.length);
    await writeDurably(journal, 10);
    expect((await readFile(fileSystem, PAGE_1)).length).toBe(open.length);
    await journal.close();
    const closed = await readFile(fileSystem, PAGE_1);
    expect(closed.length).toBe(endOfFrames(closed));
  });

  it('is not made for long batches, nor for writes without a sync', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    await writeDurably(journal, 2, 'x'.repeat(20_000));
    for (let index = 0; index < 5; index++) journal.append(transaction(put(`o${index}`, index)), 'os');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const page = await readFile(fileSystem, PAGE_1);
    expect(page.length).toBe(endOfFrames(page));
    await journal.close();
  });

  it('never reaches beyond pageBytes, and is sealed with its last frame', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: { pageBytes: 8192 } });
    await writeDurably(journal, 3);
    expect((await readFile(fileSystem, PAGE_1)).length).toBe(8192);
    await writeDurably(journal, 60);
    const sealed = await readFile(fileSystem, PAGE_1);
    expect(sealed.length).toBe(endOfFrames(sealed));
    await journal.close();
    const { report, journal: again } = await openItems(fileSystem);
    expect(report).toMatchObject({ isClean: true, cutBytes: 0, lastSeq: 63, lost: [] });
    await again.close();
  });

  it('takes frames as usual when the disk has no room for the zeros', async () => {
    const fileSystem = new FaultFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    fileSystem.calls.length = 0;
    // The second write: the first is the frame.
    fileSystem.plan = { operations: ['write'], failAt: 1, errno: 'ENOSPC', isShortWrite: true };
    await writeDurably(journal, 5);
    expect([listener.syncedSeq, listener.failure]).toEqual([5, undefined]);
    await journal.close();
    const closed = await readFile(fileSystem, PAGE_1);
    expect(closed.length).toBe(endOfFrames(closed));
    const { report, journal: again } = await openItems(fileSystem);
    expect(report).toMatchObject({ isClean: true, cutBytes: 0, lastSeq: 5, lost: [] });
    await again.close();
  });

  it('has its zeros cut off by the opening after a crash, and takes frames again', async () => {
    const fileSystem = new FaultFileSystem();
    const { journal } = await openItems(fileSystem);
    await writeDurably(journal, 5);
    fileSystem.crash(() => 0);
    const left = await readFile(fileSystem, PAGE_1);
    expect(left.length).toBeGreaterThan(endOfFrames(left));
    const { report, journal: again } = await openItems(fileSystem);
    expect(report).toMatchObject({ isClean: false, cutBytes: 0, lastSeq: 5, lost: [] });
    expect((await readFile(fileSystem, PAGE_1)).length).toBe(endOfFrames(left));
    await writeDurably(again, 3);
    await again.close();
    const last = await openItems(fileSystem);
    expect(last.report).toMatchObject({ isClean: true, lastSeq: 8 });
    await last.journal.close();
  });

  it('is synced whole when a durable write follows one without a sync', async () => {
    const fileSystem = new FaultFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    await writeDurably(journal, 3);
    journal.append(transaction(put('before', 1)), 'os');
    while (listener.writtenSeq < 4) await new Promise((resolve) => setImmediate(resolve));
    await writeDurably(journal, 1);
    // Everything that was not synced is lost.
    fileSystem.crash();
    const { report, target, journal: again } = await openItems(fileSystem);
    expect([report.lastSeq, target.values['before']]).toEqual([5, 1]);
    await again.close();
  });

  it('ends the journal when a durable write into it fails, and what was refused does not come back', async () => {
    for (const operations of [['write'], ['fdatasync']]) {
      const fileSystem = new FaultFileSystem();
      const { journal, listener } = await openItems(fileSystem);
      await writeDurably(journal, 3);
      fileSystem.calls.length = 0;
      fileSystem.plan = { operations, failAt: 0, isShortWrite: true };
      await expect(writeDurably(journal, 1)).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED' });
      expect([listener.writtenSeq, fileSystem.calls.length]).toEqual([3, 1]);
      await journal.close();
      fileSystem.kill();
      const { report, journal: again } = await openItems(fileSystem);
      expect(report).toMatchObject({ lastSeq: 3, cutBytes: 0, lost: [] });
      await again.close();
    }
  });
});
