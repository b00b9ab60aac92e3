import {
  DIRECTORY,
  ITEMS,
  openItems,
  put,
  readFile,
  replaceFile,
  transaction,
  writeItems,
} from '../../test/disk-fixture.js';
import { FaultFileSystem } from '../../test/fault-file-system.js';
import type { FileSystem } from '../file-system/file-system.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import type { PutEffect } from '../journal/effect.js';
import type { FileJournal } from '../journal/file-journal.js';
import { compact } from './compaction.js';
import { isCompactionDue } from './compaction-rule.js';
import type { SnapshotSource } from './snapshot-source.js';

const SMALL_PAGES = { pageBytes: 4096 };

/** Memory of a test: the last value of each key; a view is a copy. */
class MapSource implements SnapshotSource {
  readonly values = new Map<string, number>();
  isReleased = false;

  constructor(values: Readonly<Record<string, number>> = {}) {
    for (const [key, value] of Object.entries(values)) this.values.set(key, value);
  }

  openView() {
    const documents = [...this.values].map(([key, value]) => ({
      definition: ITEMS,
      key,
      document: { id: key, value },
      revision: 5,
      expiresAt: 9,
    }));
    return {
      definitions: [ITEMS],
      sequences: () => [{ definition: ITEMS, value: 1234 }],
      documents: () => documents,
      release: () => {
        this.isReleased = true;
      },
    };
  }
}

function write(journal: FileJournal, source: MapSource, key: string, value: number): void {
  const revision = source.values.has(key) ? 2 : 1;
  journal.append(transaction({ ...(put(key, value, 'x'.repeat(200)) as PutEffect), revision }), 'fsync');
  source.values.set(key, value);
}

function compactInto(fileSystem: FileSystem, journal: FileJournal, source: SnapshotSource) {
  return compact({ journal, fileSystem, directory: DIRECTORY, source, sliceMs: 0.2 });
}

async function reopened(fileSystem: FileSystem, recovery: 'refuse' | 'salvage' = 'refuse') {
  const { journal, target, report } = await openItems(fileSystem, { recovery });
  await journal.close();
  return { values: target.values, sequences: target.sequences, puts: target.puts, report };
}

/** 60 keys overwritten ten times, compacted after each round; returns what must be found. */
async function compactedDirectory(
  rounds: number,
): Promise<{ fileSystem: MemoryFileSystem; values: Record<string, number> }> {
  const fileSystem = new MemoryFileSystem();
  const { journal } = await openItems(fileSystem, { options: SMALL_PAGES });
  const source = new MapSource();
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < 60; index++) {
      write(journal, source, `k${index}`, round * 100 + index);
      if (index % 5 === 0) await journal.flush();
    }
    await compactInto(fileSystem, journal, source);
  }
  write(journal, source, 'after', 1);
  await journal.close();
  const values = Object.fromEntries([...source.values].sort(([left], [right]) => (left < right ? -1 : 1)));
  return { fileSystem, values };
}

describe('compaction', () => {
  it('keeps every document with revision and expiry, and sequences', async () => {
    const { fileSystem, values } = await compactedDirectory(1);
    const found = await reopened(fileSystem);
    expect(found.values).toEqual(values);
    expect(found.sequences.get('item')).toBe(1234);
    expect(found.puts[0]).toMatchObject({ key: 'k0', revision: 5, expiresAt: 9 });
    expect(found.report).toMatchObject({ isClean: true, lastSeq: 61, transactionCount: 1, damagedSnapshots: [] });
  });

  it('keeps two snapshots and the pages after the older one, and nothing else', async () => {
    const { fileSystem, values } = await compactedDirectory(5);
    const names = await fileSystem.list(DIRECTORY);
    expect(names.filter((name) => name.startsWith('snapshot-'))).toEqual([
      'snapshot-0000000004.nut',
      'snapshot-0000000005.nut',
    ]);
    expect(names).not.toContain('page-0000000001.nut');
    expect(names.filter((name) => name.startsWith('page-')).length).toBeLessThan(8);
    expect((await reopened(fileSystem)).values).toEqual(values);
  });

  it('uses the snapshot before a damaged newest one, and then the pages alone', async () => {
    for (const rounds of [1, 3]) {
      const { fileSystem, values } = await compactedDirectory(rounds);
      const file = `${DIRECTORY}/snapshot-000000000${rounds}.nut`;
      const good = await readFile(fileSystem, file);
      const damages = [new Uint8Array(0), good.slice(0, good.length - 101), Buffer.alloc(good.length)];
      for (let offset = 0; offset < good.length; offset += 61) {
        const flipped = good.slice();
        flipped[offset] = (flipped[offset] as number) ^ 4;
        damages.push(flipped);
      }
      for (const bytes of damages) {
        const copy = await copyOf(fileSystem);
        await replaceFile(copy, `${DIRECTORY}/snapshot-000000000${rounds}.nut`, bytes);
        const found = await reopened(copy);
        expect(found.values).toEqual(values);
        expect(found.report.damagedSnapshots).toEqual([
          { file, offset: expect.any(Number), byteCount: expect.any(Number), reason: expect.any(String) },
        ]);
        expect((await reopened(copy)).report.damagedSnapshots).toEqual([]);
        await writeItems(copy, 3, SMALL_PAGES);
        expect((await reopened(copy)).values).toMatchObject({ ...values, k0: 0, k1: 1, k2: 2 });
      }
    }
  });

  it('refuses to open when no snapshot is left that can be read', async () => {
    const { fileSystem } = await compactedDirectory(3);
    for (const number of [2, 3]) await fileSystem.remove(`${DIRECTORY}/snapshot-000000000${number}.nut`);
    await expect(reopened(fileSystem)).rejects.toMatchObject({
      code: 'JOURNAL_DAMAGED',
      facts: { reason: 'snapshot is missing' },
    });
    const salvaged = await reopened(fileSystem, 'salvage');
    expect(salvaged.report.lost).toHaveLength(2);
    expect(salvaged.values.k59).toBe(259);
  });

  it('is found again when the manifest is lost', async () => {
    const { fileSystem, values } = await compactedDirectory(3);
    await fileSystem.remove(`${DIRECTORY}/manifest.nut`);
    await expect(reopened(fileSystem)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect((await reopened(fileSystem, 'salvage')).values).toEqual(values);
    expect((await reopened(fileSystem)).values).toEqual(values);
  });

  it('shows one state while writes go on', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem, { options: SMALL_PAGES });
    const source = new MapSource();
    for (let index = 0; index < 3000; index++) write(journal, source, `k${index}`, 0);
    let isDone = false;
    const compacting = compactInto(fileSystem, journal, source).finally(() => {
      isDone = true;
    });
    let writeCount = 0;
    while (!isDone) {
      write(journal, source, `k${writeCount % 3000}`, ++writeCount);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect((await compacting).seq).toBeGreaterThanOrEqual(3000);
    expect(writeCount).toBeGreaterThan(5);
    await journal.close();
    expect((await reopened(fileSystem)).values).toEqual(
      Object.fromEntries([...source.values].sort(([left], [right]) => (left < right ? -1 : 1))),
    );
  });

  // F18
  it('comes due over short-lived processes as over one long one', async () => {
    const fileSystem = new MemoryFileSystem();
    const rule = { leastBytes: 10_000 };
    const due: boolean[] = [];
    for (let process = 0; process < 12; process++) {
      const { journal, target } = await openItems(fileSystem, { options: SMALL_PAGES });
      const source = new MapSource(target.values);
      for (let index = 0; index < 9; index++) write(journal, source, `k${index}`, process);
      await journal.flush();
      due.push(isCompactionDue(journal, rule));
      if (due.at(-1)) await compactInto(fileSystem, journal, source);
      await journal.close();
    }
    expect(due.filter(Boolean).length).toBeGreaterThan(1);
    expect(due.filter(Boolean).length).toBeLessThan(8);
    expect(Object.values((await reopened(fileSystem)).values)).toEqual(new Array(9).fill(11));
  });

  it('leaves the journal well when the disk is too full for a snapshot', async () => {
    const fileSystem = new FaultFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    const source = new MapSource();
    write(journal, source, 'a', 1);
    await journal.flush();
    for (let failAt = 0; failAt < 12; failAt++) {
      fileSystem.calls.length = 0;
      fileSystem.plan = { failAt, errno: 'ENOSPC', isShortWrite: true, operations: ['open', 'write', 'fdatasync'] };
      await compactInto(fileSystem, journal, source).catch((error: unknown) =>
        expect(error).toMatchObject({ code: expect.stringMatching(/JOURNAL_WRITE_FAILED|DATABASE_FAILED/) }),
      );
      fileSystem.plan = {};
      expect(listener.failure).toBeUndefined();
    }
    expect(source.isReleased).toBe(true);
    write(journal, source, 'b', 2);
    await journal.close();
    expect((await reopened(fileSystem)).values).toEqual({ a: 1, b: 2 });
  });

  it('touches nothing once the journal is closing', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    const source = new MapSource();
    for (let index = 0; index < 2000; index++) write(journal, source, `k${index}`, index);
    await journal.flush();
    const compacting = compactInto(fileSystem, journal, source);
    await journal.close();
    await expect(compacting).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    const found = await reopened(fileSystem);
    expect([found.report.isClean, Object.keys(found.values).length]).toEqual([true, 2000]);
    expect(await fileSystem.list(DIRECTORY)).toEqual(['manifest.nut', 'page-0000000001.nut']);
  });

  it('ends the journal when the manifest cannot be put in force', async () => {
    const fileSystem = new FaultFileSystem();
    const { journal, listener } = await openItems(fileSystem);
    const source = new MapSource();
    write(journal, source, 'a', 1);
    await journal.flush();
    fileSystem.calls.length = 0;
    fileSystem.plan = { failAt: 0, operations: ['rename'] };
    await expect(compactInto(fileSystem, journal, source)).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED' });
    expect(listener.failure).toMatchObject({ code: 'JOURNAL_WRITE_FAILED', facts: { operation: 'rename' } });
    await journal.close();
    expect((await reopened(fileSystem)).values).toEqual({ a: 1 });
  });
});

async function copyOf(fileSystem: MemoryFileSystem): Promise<MemoryFileSystem> {
  const copy = new MemoryFileSystem();
  await copy.makeDirectory(DIRECTORY);
  for (const name of await fileSystem.list(DIRECTORY)) {
    const path = `${DIRECTORY}/${name}`;
    await replaceFile(copy, path, await readFile(fileSystem, path));
  }
  return copy;
}
