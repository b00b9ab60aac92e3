import { ITEMS, openItems, put, transaction } from '../../test/disk-fixture.js';
import { FaultFileSystem } from '../../test/fault-file-system.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import type { FileJournal } from '../journal/file-journal.js';
import { backup, copyDirectory } from './backup.js';
import { compact } from './compaction.js';

const DIRECTORY = '/data/db';
const DESTINATION = '/backups/monday';

async function write(journal: FileJournal, first: number, count: number): Promise<void> {
  for (let index = first; index < first + count; index++) {
    journal.append(transaction(put(`k${index}`, index, 'x'.repeat(100))), 'os');
    if (index % 3 === 0) await journal.flush();
  }
}

async function keysOf(fileSystem: MemoryFileSystem, directory: string): Promise<number> {
  const { journal, target, report } = await openItems(fileSystem, { directory });
  await journal.close();
  expect(report).toMatchObject({ isClean: true, lost: [], cutBytes: 0 });
  return target.documents.size;
}

describe('backup', () => {
  it('copies an open database up to one seq while it is written to', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
    await write(journal, 0, 100);
    const backing = backup({ journal, fileSystem, directory: DIRECTORY, destination: DESTINATION });
    const writing = write(journal, 100, 100);
    const report = await backing;
    await writing;
    expect(report.lastSeq).toBeGreaterThanOrEqual(100);
    expect(await keysOf(fileSystem, DESTINATION)).toBe(report.lastSeq);
    await journal.close();
    expect(await keysOf(fileSystem, DIRECTORY)).toBe(200);
  });

  it('copies only what an earlier backup has not, also over a compaction', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
    const input = { journal, fileSystem, directory: DIRECTORY, destination: DESTINATION };
    await write(journal, 0, 100);
    const first = await backup(input);
    await write(journal, 100, 10);
    const second = await backup(input);
    expect(second.keptFiles.length).toBeGreaterThan(2);
    expect(second.copiedBytes).toBeLessThan(first.copiedBytes);
    const documents = Array.from({ length: 110 }, (_, index) => ({
      definition: ITEMS,
      key: `k${index}`,
      document: { id: `k${index}`, value: index },
      revision: 1,
    }));
    const source = {
      openView: () => ({
        definitions: [ITEMS],
        sequences: () => [],
        documents: () => documents,
        release: () => undefined,
      }),
    };
    await compact({ journal, fileSystem, directory: DIRECTORY, source });
    await write(journal, 110, 5);
    expect((await backup(input)).lastSeq).toBe(115);
    await journal.close();
    expect(await keysOf(fileSystem, DESTINATION)).toBe(115);
  });

  it('refuses a destination with other things in it, another database too', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    await (await openItems(fileSystem, { directory: '/other' })).journal.close();
    await fileSystem.makeDirectory('/home/me');
    for (const destination of ['/other', '/home', DIRECTORY.slice(0, 5)]) {
      await expect(backup({ journal, fileSystem, directory: DIRECTORY, destination })).rejects.toMatchObject({
        code: 'DIRECTORY_UNUSABLE',
      });
    }
    await journal.close();
  });

  it('refuses the directory of the database itself, and what lies in it', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    await write(journal, 0, 10);
    for (const destination of [
      DIRECTORY,
      `${DIRECTORY}/`,
      `${DIRECTORY}/a/../`,
      `${DIRECTORY}/backup`,
      `${DIRECTORY}/..a`,
    ]) {
      await expect(backup({ journal, fileSystem, directory: DIRECTORY, destination })).rejects.toMatchObject({
        code: 'DIRECTORY_UNUSABLE',
      });
    }
    await journal.close();
    expect(await keysOf(fileSystem, DIRECTORY)).toBe(10);
  });

  it('interrupted at any call is refused with its file, and completed by the next one', async () => {
    const prepared = async () => {
      const fileSystem = new FaultFileSystem();
      const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
      const input = { journal, fileSystem, directory: DIRECTORY, destination: DESTINATION };
      await write(journal, 0, 40);
      return { fileSystem, input, journal };
    };
    for (const hasEarlier of [false, true]) {
      for (let failAt = 0, isOver = false; !isOver; failAt++) {
        const { fileSystem, input, journal } = await prepared();
        if (hasEarlier) await backup(input);
        await write(journal, 40, 40);
        await journal.flush();
        fileSystem.calls.length = 0;
        fileSystem.plan = { failAt, places: [DESTINATION] };
        const failure: unknown = await backup(input).then(
          () => undefined,
          (error: unknown) => error,
        );
        isOver = fileSystem.calls.length <= failAt;
        fileSystem.plan = {};
        if (!isOver) expect(failure).toMatchObject({ code: 'DIRECTORY_UNUSABLE', facts: { errno: 'EIO' } });
        else expect(failure).toBeUndefined();
        // An error of the destination is no failure of the database.
        await write(journal, 80, 1);
        const found = await openItems(fileSystem, { directory: DESTINATION }).catch((error: unknown) => error);
        if (found instanceof Error) expect(found).toMatchObject({ code: 'BACKUP_UNFINISHED' });
        else {
          const opened = found as Awaited<ReturnType<typeof openItems>>;
          // Whole, or not begun: the mark stands before anything else is changed.
          expect([0, 40, 80]).toContain(opened.report.lastSeq);
          await opened.journal.close();
          if (opened.report.lastSeq === 0) continue;
        }
        expect((await backup(input)).lastSeq).toBe(81);
        expect((await fileSystem.list(DESTINATION)).filter((name) => name.startsWith('unfinished'))).toEqual([]);
        const whole = await openItems(fileSystem, { directory: DESTINATION });
        expect(whole.target.documents.size).toBe(81);
        await whole.journal.close();
        await journal.close();
      }
    }
  });

  it('is refused without manifest and pages, where a snapshot is', async () => {
    const fileSystem = new MemoryFileSystem();
    await fileSystem.makeDirectory(DIRECTORY);
    const handle = await fileSystem.open(`${DIRECTORY}/snapshot-0000000001.nut`, 'create-exclusive');
    await handle.close();
    for (const recovery of ['refuse', 'salvage'] as const)
      await expect(openItems(fileSystem, { recovery })).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});

describe('copyDirectory', () => {
  it('copies an open directory as far as it was written', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
    await write(journal, 0, 100);
    await journal.flush();
    const writing = write(journal, 100, 100);
    const report = await copyDirectory({ fileSystem, directory: DIRECTORY, destination: DESTINATION });
    await writing;
    expect(report.lastSeq).toBeGreaterThanOrEqual(100);
    expect(await keysOf(fileSystem, DESTINATION)).toBe(report.lastSeq);
    await journal.close();
    const later = await copyDirectory({ fileSystem, directory: DIRECTORY, destination: DESTINATION });
    expect(later.lastSeq).toBe(200);
    expect(later.keptFiles.length).toBeGreaterThan(0);
    expect(await keysOf(fileSystem, DESTINATION)).toBe(200);
  });

  it('refuses a destination that is ahead, as after exchanging the two', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
    await write(journal, 0, 50);
    await backup({ journal, fileSystem, directory: DIRECTORY, destination: DESTINATION });
    await write(journal, 50, 50);
    await journal.close();
    const swapped = copyDirectory({ fileSystem, directory: DESTINATION, destination: DIRECTORY });
    await expect(swapped).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    expect(await keysOf(fileSystem, DIRECTORY)).toBe(100);
    expect(await keysOf(fileSystem, DESTINATION)).toBe(50);
  });

  it('refuses a destination that a process has left without closing it', async () => {
    const fileSystem = new FaultFileSystem();
    const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
    await write(journal, 0, 50);
    await backup({ journal, fileSystem, directory: DIRECTORY, destination: DESTINATION });
    await write(journal, 50, 50);
    await journal.flush();
    fileSystem.crash();
    const copied = copyDirectory({ fileSystem, directory: DESTINATION, destination: DIRECTORY });
    await expect(copied).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    const reopened = await openItems(fileSystem);
    expect(reopened.target.documents.size).toBe(100);
    await reopened.journal.close();
  });

  it('refuses the directory itself under every name', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    await write(journal, 0, 10);
    await journal.close();
    const names = await fileSystem.list(DIRECTORY);
    for (const destination of [DIRECTORY, `${DIRECTORY}/`])
      await expect(copyDirectory({ fileSystem, directory: DIRECTORY, destination })).rejects.toMatchObject({
        code: 'DIRECTORY_UNUSABLE',
      });
    expect(await fileSystem.list(DIRECTORY)).toEqual(names);
    expect(await keysOf(fileSystem, DIRECTORY)).toBe(10);
  });
});
