import {
  DIRECTORY,
  definitionOf,
  field,
  ITEM_MODEL,
  ITEMS,
  model,
  openItems,
  readFile,
  replaceFile,
  transaction,
  writeItems,
} from '../../test/disk-fixture.js';
import { FaultFileSystem } from '../../test/fault-file-system.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { type FrameSummary, readDirectory } from './read-directory.js';
import { repairDirectory } from './repair.js';

const PAGE = `${DIRECTORY}/page-0000000001.nut`;

async function filesOf(fileSystem: MemoryFileSystem): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const name of await fileSystem.list(DIRECTORY))
    files[name] = (await readFile(fileSystem, `${DIRECTORY}/${name}`)).slice();
  return files;
}

describe('readDirectory', () => {
  it('reads documents and frames without the user’s code and changes no byte', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 5);
    const before = await filesOf(fileSystem);
    const frames: FrameSummary[] = [];
    const report = await readDirectory({ fileSystem, directory: DIRECTORY, onFrame: (frame) => frames.push(frame) });
    expect(report).toMatchObject({
      isClean: true,
      lastSeq: 5,
      transactionCount: 5,
      lost: [],
      cutBytes: 0,
      damagedSnapshots: [],
    });
    expect(frames.map(({ page, firstSeq, transactionCount }) => [page, firstSeq, transactionCount])).toEqual(
      [1, 2, 3, 4, 5].map((seq) => [1, seq, 1]),
    );
    expect(await filesOf(fileSystem)).toEqual(before);
  });

  it('lists damage, refuses it on request, and changes no byte then either', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 5);
    const bad = await readFile(fileSystem, PAGE);
    bad[bad.length - 300] = (bad[bad.length - 300] as number) ^ 1;
    await replaceFile(fileSystem, PAGE, bad);
    const before = await filesOf(fileSystem);
    const report = await readDirectory({ fileSystem, directory: DIRECTORY });
    expect(report).toMatchObject({
      isClean: false,
      lost: [{ file: PAGE, offset: expect.any(Number), byteCount: expect.any(Number) }],
    });
    await expect(readDirectory({ fileSystem, directory: DIRECTORY, mode: 'refuse' })).rejects.toMatchObject({
      code: 'JOURNAL_DAMAGED',
    });
    expect(await filesOf(fileSystem)).toEqual(before);
  });

  it('refuses a directory without a database and one that is open', async () => {
    const fileSystem = new MemoryFileSystem();
    await fileSystem.makeDirectory('/empty');
    for (const directory of ['/empty', '/missing']) {
      await expect(readDirectory({ fileSystem, directory })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    }
    const { journal } = await openItems(fileSystem);
    await expect(readDirectory({ fileSystem, directory: DIRECTORY })).rejects.toMatchObject({
      code: 'DATABASE_LOCKED',
    });
    await journal.close();
  });
});

describe('repairDirectory', () => {
  it('writes what can be read to a new directory that the user’s code opens, and only reads the old one', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    const document = { id: 'x', value: 3, text: 'kept' };
    journal.append(
      transaction(
        { kind: 'put', definition: ITEMS, key: 'x', document, revision: 7, expiresAt: 99 },
        { kind: 'sequence', definition: ITEMS, value: 12 },
      ),
      'fsync',
    );
    await journal.close();
    await writeItems(fileSystem, 1500);
    const bad = await readFile(fileSystem, PAGE);
    bad[bad.length - 300] = (bad[bad.length - 300] as number) ^ 1;
    await replaceFile(fileSystem, PAGE, bad);
    const before = await filesOf(fileSystem);

    const report = await repairDirectory({ fileSystem, directory: DIRECTORY, destination: '/repaired' });
    expect(report).toMatchObject({ documentCount: 1500, lost: [expect.anything()] });
    expect(await filesOf(fileSystem)).toEqual(before);
    const again = await openItems(fileSystem, { directory: '/repaired' });
    expect(again.target.documents.size).toBe(1500);
    expect(again.target.puts.find(({ key }) => key === 'x')).toMatchObject({ document, revision: 7, expiresAt: 99 });
    expect(again.target.sequences.get('item')).toBe(12);
    expect(again.report).toMatchObject({ isClean: true, lost: [] });
    await again.journal.close();
    await expect(repairDirectory({ fileSystem, directory: DIRECTORY, destination: '/repaired' })).rejects.toMatchObject(
      { code: 'DIRECTORY_UNUSABLE' },
    );
  });

  it('keeps documents of several models of one collection', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 2);
    const newer = definitionOf(model([...ITEM_MODEL.fields, field('note', { kind: 'string' }, { optional: true })]));
    const { journal } = await openItems(fileSystem, { definitions: [newer] });
    const document = { id: 'new', value: 5, note: 'said' };
    journal.append(transaction({ kind: 'put', definition: newer, key: 'new', document, revision: 1 }), 'fsync');
    await journal.close();
    await repairDirectory({ fileSystem, directory: DIRECTORY, destination: '/repaired' });
    const again = await openItems(fileSystem, { directory: '/repaired', definitions: [newer] });
    expect(again.target.values).toEqual({ k0: 0, k1: 1, new: 5 });
    expect(again.target.documents.get('new')).toMatchObject({ note: 'said' });
    await again.journal.close();
  });
});

it('a repair that the disk stops at any call leaves nothing half done that opens as a database', async () => {
  const source = new MemoryFileSystem();
  await writeItems(source, 600);
  for (let failAt = 0; failAt < 40; failAt++) {
    const fileSystem = new FaultFileSystem();
    await fileSystem.makeDirectory(DIRECTORY);
    for (const [name, bytes] of Object.entries(await filesOf(source)))
      await replaceFile(fileSystem, `${DIRECTORY}/${name}`, bytes);
    fileSystem.calls.length = 0;
    fileSystem.plan = { failAt, errno: 'EIO', isPermanent: true, places: ['/repaired'] };
    const outcome = await repairDirectory({ fileSystem, directory: DIRECTORY, destination: '/repaired' }).catch(
      (error: unknown) => error,
    );
    fileSystem.plan = {};
    if (!(outcome instanceof Error)) break;
    const names = (await fileSystem.stat('/repaired')) ? await fileSystem.list('/repaired') : [];
    const isMarked = names.some((name) => name.startsWith('unfinished-backup'));
    const isWhole = !names.includes('manifest.nut') || isMarked;
    if (isWhole) continue;
    // The mark itself was refused, at the beginning or at the very end.
    const { target, journal } = await openItems(fileSystem, { directory: '/repaired' });
    expect([0, 600]).toContain(target.documents.size);
    await journal.close();
  }
});
