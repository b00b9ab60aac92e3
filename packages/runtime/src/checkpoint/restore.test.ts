import { DIRECTORY, ITEMS, openItems, put, readFile, transaction } from '../../test/disk-fixture.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { readManifest } from '../journal/manifest.js';
import { compact } from './compaction.js';
import { type RestoreInput, restoreDirectory } from './restore.js';

const START_MS = 1_700_000_000_000;

/** Transaction n puts `k<n % 7>` = n at START_MS + 1000 n; two transactions share a frame now and then. */
async function writtenDirectory(count: number, compactAt: readonly number[] = []) {
  const fileSystem = new MemoryFileSystem();
  const { journal } = await openItems(fileSystem, { options: { pageBytes: 4096 } });
  const states: Record<string, number>[] = [{}];
  for (let seq = 1; seq <= count; seq++) {
    journal.append(
      { ...transaction(put(`k${seq % 7}`, seq, 'x'.repeat(100))), timeMs: START_MS + seq * 1000 },
      'fsync',
    );
    states.push({ ...states[seq - 1], [`k${seq % 7}`]: seq });
    if (seq % 3 === 0) await journal.flush();
    if (!compactAt.includes(seq)) continue;
    const state = states[seq] as Record<string, number>;
    const documents = Object.entries(state).map(([key, value]) => ({
      ...{ definition: ITEMS as CollectionDefinition, key, revision: 1 },
      document: { id: key, value, text: 'x' },
    }));
    const view = { definitions: [ITEMS], sequences: () => [], documents: () => documents, release: () => undefined };
    await compact({ journal, fileSystem, directory: DIRECTORY, source: { openView: () => view } });
  }
  return { fileSystem, journal, states };
}

async function restored(fileSystem: MemoryFileSystem, point: Partial<RestoreInput>, to = '/restored') {
  const report = await restoreDirectory({ fileSystem, directory: DIRECTORY, destination: to, ...point });
  const opened = await openItems(fileSystem, { directory: to });
  await opened.journal.close();
  return { report, values: sorted(opened.target.values), opened };
}

function sorted(values: Record<string, number> | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(values ?? {}).sort(([left], [right]) => (left < right ? -1 : 1)));
}

describe('restoreDirectory', () => {
  it('makes the database as it was after any transaction, of a directory in use', async () => {
    const { fileSystem, journal, states } = await writtenDirectory(60);
    for (const atSeq of [1, 2, 3, 7, 29, 30, 31, 59, 60]) {
      const { report, values, opened } = await restored(fileSystem, { atSeq }, `/at/${atSeq}`);
      expect([atSeq, values]).toEqual([atSeq, sorted(states[atSeq])]);
      expect(report).toMatchObject({ lastSeq: atSeq, lastTime: START_MS + atSeq * 1000, incarnation: 2 });
      expect(opened.report).toMatchObject({ isClean: true, lastSeq: atSeq, lost: [] });
    }
    await journal.close();
  });

  it('restores the state at a time, and goes on with the next seq under a higher incarnation', async () => {
    const { fileSystem, journal, states } = await writtenDirectory(40);
    await journal.close();
    const { report, values } = await restored(fileSystem, { atTime: START_MS + 20_500 });
    expect([report.lastSeq, values]).toEqual([20, sorted(states[20])]);
    const again = await openItems(fileSystem, { directory: '/restored' });
    expect(again.journal.append(transaction(put('new', 1)), 'fsync')).toBe(21);
    await again.journal.close();
    const last = await openItems(fileSystem, { directory: '/restored' });
    expect(last.target.values).toMatchObject({ new: 1, k6: 20 });
    await last.journal.close();
    const [before, after] = [await readManifest(fileSystem, DIRECTORY), await readManifest(fileSystem, '/restored')];
    expect(after).toMatchObject({ uuid: before?.uuid, incarnation: 2 });
    expect(after?.epoch).toBeGreaterThan(before?.epoch ?? 0);
  });

  it('begins with the snapshot at or before the point', async () => {
    const { fileSystem, journal, states } = await writtenDirectory(90, [20, 50]);
    await journal.close();
    for (const atSeq of [20, 21, 49, 50, 51, 90]) {
      const { values } = await restored(fileSystem, { atSeq }, `/at/${atSeq}`);
      expect([atSeq, values]).toEqual([atSeq, sorted(states[atSeq])]);
    }
    expect((await restored(fileSystem, {})).values).toEqual(sorted(states[90]));
  });

  it('says what range there is when compaction has dropped the point, or it has not come yet', async () => {
    const { fileSystem, journal } = await writtenDirectory(120, [20, 50, 90]);
    await journal.close();
    const expected = { code: 'RESTORE_OUT_OF_RANGE', facts: { oldestSeq: 50 } };
    for (const point of [{ atSeq: 49 }, { atTime: START_MS }, { atSeq: 121 }])
      await expect(restored(fileSystem, point)).rejects.toMatchObject(expected);
    await expect(restored(fileSystem, { atSeq: 121 })).rejects.toThrow('up to seq 120');
    const { fileSystem: short, journal: other } = await writtenDirectory(5);
    await other.close();
    await expect(restored(short, { atTime: START_MS - 1 })).rejects.toThrow('from seq 1 up to seq 5');
    expect(await fileSystem.stat('/restored')).toBeUndefined();
  });

  it('says for times that go back, as older versions wrote them, which earlier ones are left out', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    const seconds = [1, 2, 900, 3, 4, 901];
    for (const [index, second] of seconds.entries())
      journal.append({ ...transaction(put(`k${index}`, index)), timeMs: START_MS + second * 1000 }, 'fsync');
    await journal.close();
    const { report, values } = await restored(fileSystem, { atTime: START_MS + 10_000 });
    expect(values).toEqual({ k0: 0, k1: 1 });
    expect(report.leftOut).toEqual({
      ...{ transactionCount: 4, firstSeq: 3, lastSeq: 6, earlierCount: 2 },
      ...{ earliestTime: START_MS + 3_000, latestTime: START_MS + 901_000 },
    });
    expect((await restored(fileSystem, { atSeq: 6 }, '/all')).report.leftOut).toBeUndefined();
  });

  it('restores states before damage, and refuses states after it', async () => {
    const { fileSystem, journal, states } = await writtenDirectory(30);
    await journal.close();
    const names = (await fileSystem.list(DIRECTORY)).filter((name) => name.startsWith('page'));
    const file = `${DIRECTORY}/${names[1]}`;
    const bad = await readFile(fileSystem, file);
    const handle = await fileSystem.open(file, 'read-write');
    await handle.write(Uint8Array.of((bad[bad.length - 60] as number) ^ 1), bad.length - 60);
    await handle.close();
    expect((await restored(fileSystem, { atSeq: 5 })).values).toEqual(sorted(states[5]));
    await expect(restored(fileSystem, {}, '/other')).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });

  it('refuses points that make no sense, a directory without a database and a destination in use', async () => {
    const { fileSystem, journal } = await writtenDirectory(3);
    await journal.close();
    for (const point of [{ atSeq: 1, atTime: 1 }, { atSeq: 0 }, { atSeq: 1.5 }, { atTime: Number.NaN }])
      await expect(restored(fileSystem, point)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(restored(fileSystem, { destination: DIRECTORY })).rejects.toMatchObject({
      code: 'DIRECTORY_UNUSABLE',
    });
    await expect(restored(fileSystem, { directory: '/nothing' })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  });
});
