/** What the tools find: in whole, damaged and open directories. */
import { DIRECTORY, ITEMS, openItems, put, readFile, replaceFile, transaction } from '../../test/disk-fixture.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { auditTrail, compactDirectory, inspectDirectory, verifyDirectory } from './directory-tools.js';

async function written(count: number, more: { isOpen?: boolean } = {}): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
  for (let seq = 1; seq <= count; seq++) {
    const command = seq % 10 === 0 ? { command: { name: 'Raise', argumentsJson: '{"by":1}' } } : {};
    journal.append({ ...transaction(put(`k${seq % 20}`, seq, 'x'.repeat(150))), ...command }, 'fsync');
    await journal.flush();
  }
  if (!more.isOpen) await journal.close();
  return fileSystem;
}

async function flip(fileSystem: MemoryFileSystem, name: string, fromEnd: number): Promise<void> {
  const path = `${DIRECTORY}/${name}`;
  const bytes = (await readFile(fileSystem, path)).slice();
  bytes[bytes.length - fromEnd] = (bytes[bytes.length - fromEnd] as number) ^ 1;
  await replaceFile(fileSystem, path, bytes);
}

const input = (fileSystem: MemoryFileSystem) => ({ fileSystem, directory: DIRECTORY });

describe('verifyDirectory', () => {
  it('finds a closed directory whole, and one that is open as well', async () => {
    expect(await verifyDirectory(input(await written(60)))).toMatchObject({
      ...{ isWhole: true, isClosed: true, lastSeq: 60, frameCount: 60, cutBytes: 0, damage: [] },
    });
    expect(await verifyDirectory(input(await written(60, { isOpen: true })))).toMatchObject({
      ...{ isWhole: true, isClosed: false, lastSeq: 60 },
    });
  });

  it('also finds damage where an opening does not look: in the older snapshot and the pages after it', async () => {
    const fileSystem = await written(60);
    await compactDirectory(input(fileSystem));
    const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
    for (let seq = 61; seq <= 120; seq++) journal.append(transaction(put('k1', seq, 'y'.repeat(150))), 'os');
    await journal.close();
    await compactDirectory(input(fileSystem));
    expect(await verifyDirectory(input(fileSystem))).toMatchObject({ isWhole: true, snapshotCount: 2 });
    const names = await fileSystem.list(DIRECTORY);
    for (const name of names.filter((each) => each !== 'manifest.nut')) {
      const whole = (await readFile(fileSystem, `${DIRECTORY}/${name}`)).slice();
      await flip(fileSystem, name, 70);
      const { damage } = await verifyDirectory(input(fileSystem));
      expect([name, damage.some(({ file }) => file.endsWith(name))]).toEqual([name, true]);
      await replaceFile(fileSystem, `${DIRECTORY}/${name}`, whole);
    }
  });

  it('reads rightly while another process writes and compacts', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
    let isDone = false;
    const writing = (async () => {
      for (let seq = 1; !isDone; seq++) {
        journal.append(transaction(put(`k${seq % 9}`, seq, 'x'.repeat(300))), 'os');
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 20; round++)
      expect(await verifyDirectory(input(fileSystem))).toMatchObject({ isWhole: true, damage: [] });
    isDone = true;
    await writing;
    await journal.close();
  });
});

describe('inspectDirectory and auditTrail', () => {
  it('list pages, models, counts, and the commands of transactions', async () => {
    const fileSystem = await written(40, { isOpen: true });
    const report = await inspectDirectory(input(fileSystem));
    expect(report).toMatchObject({ isClosed: false, lastSeq: 40, oldestSeq: 0, damage: [], snapshots: [] });
    expect(report.pages.length).toBeGreaterThan(1);
    expect(report.frames).toHaveLength(40);
    expect(report.models).toEqual([
      {
        ...{ collection: 'item', fingerprint: ITEMS.fingerprint, documentCount: 20, indexNames: [] },
        documentBytes: expect.any(Number),
        fieldNames: ['id', 'value', 'text'],
      },
    ]);
    const trail = [];
    for await (const each of auditTrail(input(fileSystem))) trail.push(each);
    expect(trail.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(
      trail.filter(({ command }) => command !== undefined).map(({ seq, command }) => [seq, command?.name]),
    ).toEqual([10, 20, 30, 40].map((seq) => [seq, 'Raise']));
    expect(trail[0]).toMatchObject({ origin: 'live', putCount: 1, deleteCount: 0, collections: ['item'] });
  });
});

describe('compactDirectory', () => {
  it('drops pages and keeps every document, revision and model', async () => {
    const fileSystem = await written(200);
    const before = (await openItems(fileSystem)) as Awaited<ReturnType<typeof openItems>>;
    await before.journal.close();
    await compactDirectory(input(fileSystem));
    const report = await compactDirectory(input(fileSystem));
    expect(report.removedFiles.length).toBeGreaterThan(5);
    const after = await openItems(fileSystem);
    expect(after.target.values).toEqual(before.target.values);
    expect(after.report).toMatchObject({ isClean: true, lastSeq: 200, unknownCollections: [] });
    await after.journal.close();
  });

  it('leaves a directory in use and one without a database alone', async () => {
    await expect(compactDirectory(input(await written(3, { isOpen: true })))).rejects.toMatchObject({
      code: 'DATABASE_LOCKED',
    });
    const fileSystem = new MemoryFileSystem();
    await fileSystem.makeDirectory(DIRECTORY);
    await expect(compactDirectory(input(fileSystem))).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    expect(await fileSystem.list(DIRECTORY)).toEqual([]);
  });
});
