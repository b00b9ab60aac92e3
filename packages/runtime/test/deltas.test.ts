/**
 * Compactions that write only what changed since the snapshot: what they leave on the disk, what is fallen back to, and everything
 * else that reads a directory. Crashes: crash/image-killed.test.ts, crash/crash-states.test.ts, crash/every-bit.test.ts.
 */
import { restoreDirectory } from '../src/checkpoint/restore.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { FRAME_MAGIC } from '../src/journal/journal-format.js';
import { readManifest } from '../src/journal/manifest.js';
import { PLAIN_CODECS } from '../src/journal/page-codecs.js';
import { inspectDirectory } from '../src/tools/inspect-directory.js';
import { verifyDirectory } from '../src/tools/verify-directory.js';
import { readFile, replaceFile } from './disk-fixture.js';
import { expectConsistentIndexes, stateOf, textOf } from './support/check-players.js';
import { BY_DELTAS } from './support/compacted-by-deltas.js';
import { openColdPlayers, openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const DIRECTORY = '/data';
const COUNT = 40;
/** Behind the four bytes of its CRC each frame has them. */
const FRAME_MAGIC_BYTES = new Uint8Array(Uint32Array.of(FRAME_MAGIC).buffer);

interface Made {
  readonly fileSystem: MemoryFileSystem;
  /** The state after each seq from the last whole image on. */
  readonly texts: readonly string[];
  readonly lastSeq: number;
}

/** Two whole images, three deltas behind the newer one, and three writes after them. */
async function made(onImage: (fileSystem: MemoryFileSystem) => unknown = () => undefined): Promise<Made> {
  const fileSystem = new MemoryFileSystem();
  const db = await openPlayers({ directory: DIRECTORY, fileSystem, pageBytes: 4096, compaction: BY_DELTAS });
  const texts: string[] = [];
  const note = async (done: Promise<unknown>): Promise<void> => {
    await done;
    texts[Number(db.seq)] = textOf(stateOf(db));
  };
  await note(db.player.insertMany(Array.from({ length: COUNT }, (_, index) => player(`p${index}`))));
  await onImage(fileSystem);
  await db.compact({ whole: true });
  await onImage(fileSystem);
  await note(db.player.update('p0', { name: 'first' }));
  await db.compact({ whole: true });
  await onImage(fileSystem);
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 5; index++)
      await note(db.player.update(`p${round + index}`, { name: `${round}`, clubs: [`c${round}`], age: round }));
    await note(db.player.delete(`p${30 + round}`));
    await note(db.player.insert(player(`new${round}`, { nick: `nick${round}` })));
    expect((await db.compact()).isWhole).toBe(false);
    await onImage(fileSystem);
  }
  for (let index = 0; index < 3; index++) await note(db.player.update(`p${index}`, { email: `last${index}@x.io` }));
  await db.close();
  return { fileSystem, texts, lastSeq: texts.length - 1 };
}

const namesIn = async (fileSystem: MemoryFileSystem): Promise<readonly string[]> =>
  (await fileSystem.list(DIRECTORY)).filter((name) => !name.startsWith('lock')).toSorted();

async function flip(fileSystem: MemoryFileSystem, name: string): Promise<void> {
  const bytes = (await readFile(fileSystem, `${DIRECTORY}/${name}`)).slice();
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  await replaceFile(fileSystem, `${DIRECTORY}/${name}`, bytes);
}

const remove = (fileSystem: MemoryFileSystem, name: string): Promise<void> => fileSystem.remove(`${DIRECTORY}/${name}`);

async function opened(
  { fileSystem, texts, lastSeq }: Made,
  look: (db: PlayerDatabase) => void = () => undefined,
): Promise<void> {
  const db = await openPlayers({ directory: DIRECTORY, fileSystem, compaction: 'manual' });
  expect(Number(db.seq)).toBe(lastSeq);
  expect(textOf(stateOf(db))).toBe(texts[lastSeq]);
  expectConsistentIndexes(db);
  look(db);
  await db.close();
}

describe('a directory with deltas', () => {
  it('holds two images, two deltas, the pages between the images and those after the older delta', async () => {
    const { fileSystem } = await made();
    const { snapshot, previousSnapshot, deltas, pages } = (await readManifest(fileSystem, DIRECTORY))!;
    expect(await namesIn(fileSystem)).toEqual([
      'delta-0000000004.nut',
      'delta-0000000005.nut',
      'manifest.nut',
      ...pages.map(({ number }) => `page-000000000${number}.nut`),
      'snapshot-0000000001.nut',
      'snapshot-0000000002.nut',
    ]);
    expect([previousSnapshot?.seq, snapshot?.seq]).toEqual([1, 2]);
    expect(deltas?.map(({ afterSeq, seq }) => [afterSeq, seq])).toEqual([
      [2, 16],
      [2, 23],
    ]);
    expect(pages.map(({ firstSeq, sealed }) => [firstSeq, sealed?.lastSeq])).toEqual([
      [2, 2],
      [17, 23],
      [24, undefined],
    ]);
    const text = Buffer.from(await readFile(fileSystem, `${DIRECTORY}/manifest.nut`)).toString('latin1');
    // Versions before this one say by this number that they cannot read it.
    expect(text.startsWith('nuthatch-manifest 2 ')).toBe(true);
  });

  it('opens by the image, the newest delta and the pages after it', async () => {
    await opened(await made(), (db) =>
      expect(db.recovery).toMatchObject({ transactionCount: 3, damagedSnapshots: [], lost: [] }),
    );
  });

  it('tells how far an opening is, the bytes of the delta among them', async () => {
    const { fileSystem } = await made();
    const told: { readBytes: number; totalBytes: number }[] = [];
    const onProgress = (progress: (typeof told)[number]): void => void told.push(progress);
    const db = await openPlayers({ directory: DIRECTORY, fileSystem, compaction: 'manual', onProgress });
    await db.close();
    const shares = told.map(({ readBytes, totalBytes }) => readBytes / totalBytes);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('does not grow while the same documents are written again and again', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await openPlayers({ directory: DIRECTORY, fileSystem, pageBytes: 4096, compaction: BY_DELTAS });
    await db.player.insertMany(Array.from({ length: COUNT }, (_, index) => player(`p${index}`)));
    await db.compact({ whole: true });
    const sizes: number[] = [];
    for (let round = 0; round < 20; round++) {
      for (let index = 0; index < 20; index++) await db.player.update(`p${index % 4}`, { age: round });
      await db.compact();
      sizes.push(db.stats().journal.diskBytes);
    }
    expect(Math.max(...sizes.slice(2)) - sizes[2]!).toBeLessThan(100);
    let diskBytes = 0;
    for (const name of await namesIn(fileSystem))
      if (name !== 'manifest.nut') diskBytes += (await readFile(fileSystem, `${DIRECTORY}/${name}`)).length;
    expect(db.stats().journal.diskBytes).toBe(diskBytes);
    await db.close();
  });

  it.each([
    ['the newest delta', 'delta-0000000005.nut'],
    ['the older delta', 'delta-0000000004.nut'],
    ['the newest image', 'snapshot-0000000002.nut'],
    ['the older image', 'snapshot-0000000001.nut'],
  ])('loses nothing when %s is damaged, or missing', async (what, name) => {
    const isNeeded = what.startsWith('the newest');
    for (const harm of [flip, remove]) {
      const directory = await made();
      await harm(directory.fileSystem, name);
      const { damage } = await verifyDirectory({ fileSystem: directory.fileSystem, directory: DIRECTORY });
      expect(damage.map(({ file }) => file)).toEqual([`${DIRECTORY}/${name}`]);
      await opened(directory, (db) =>
        expect(db.recovery?.damagedSnapshots.map(({ file }) => file)).toEqual(isNeeded ? [`${DIRECTORY}/${name}`] : []),
      );
      // What was given up is never named again, and the next opening has the same.
      await opened(directory, (db) => expect(db.recovery?.damagedSnapshots).toEqual([]));
      const db = await openPlayers({ directory: DIRECTORY, fileSystem: directory.fileSystem, compaction: BY_DELTAS });
      await db.player.update('p0', { name: directory.texts.length.toString() });
      await db.compact();
      await db.player.update('p0', { name: '' });
      await db.compact();
      const text = textOf(stateOf(db));
      await db.close();
      await opened({ ...directory, texts: [...directory.texts, '', text], lastSeq: directory.lastSeq + 2 });
    }
  });

  it('is refused when both deltas are damaged, and never opened without what they held', async () => {
    const { fileSystem } = await made();
    await flip(fileSystem, 'delta-0000000004.nut');
    await flip(fileSystem, 'delta-0000000005.nut');
    const options = { directory: DIRECTORY, fileSystem, compaction: 'manual' } as const;
    await expect(openPlayers(options)).rejects.toMatchObject({
      code: 'JOURNAL_DAMAGED',
      facts: { reason: 'pages go on with seq 17, and what comes after seq 2 is missing' },
    });
    const before = await namesIn(fileSystem);
    const salvaged = await openPlayers({ ...options, recovery: 'salvage' });
    expect(salvaged.recovery?.lost).toHaveLength(1);
    expect(salvaged.player.size).toBeGreaterThan(COUNT - 4);
    expect(salvaged.player.get('p0')?.email).toBe('last0@x.io');
    await salvaged.close();
    for (const name of before) if (!name.startsWith('manifest')) expect(await namesIn(fileSystem)).toContain(name);
    const again = await openPlayers(options);
    await again.compact();
    await again.close();
    await (await openPlayers(options)).close();
  });

  it('is made out by salvage when the manifest is lost', async () => {
    const directory = await made();
    await remove(directory.fileSystem, 'manifest.nut');
    const { fileSystem, texts, lastSeq } = directory;
    const db = await openPlayers({ directory: DIRECTORY, fileSystem, recovery: 'salvage', compaction: 'manual' });
    expect(textOf(stateOf(db))).toBe(texts[lastSeq]);
    await db.close();
    await opened(directory);
  });

  it.each([0, 1, 2, 3, 4, 5])('is made out by salvage with manifest %i, which is older', async (version) => {
    const manifests: Uint8Array[] = [];
    const directory = await made(async (fileSystem) => {
      manifests.push((await readFile(fileSystem, `${DIRECTORY}/manifest.nut`)).slice());
    });
    const { fileSystem, texts, lastSeq } = directory;
    await replaceFile(fileSystem, `${DIRECTORY}/manifest.nut`, manifests[version]!);
    const options = { directory: DIRECTORY, fileSystem, compaction: 'manual' } as const;
    await expect(openPlayers(options)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    const db = await openPlayers({ ...options, recovery: 'salvage' });
    expect([textOf(stateOf(db)), db.recovery?.lost.length]).toEqual([texts[lastSeq], 1]);
    await db.close();
    await opened(directory);
  });

  it('is read as far as it goes by salvage with an older manifest, when every image is damaged', async () => {
    const manifests: Uint8Array[] = [];
    const { fileSystem, lastSeq } = await made(async (files) => {
      manifests.push((await readFile(files, `${DIRECTORY}/manifest.nut`)).slice());
    });
    await replaceFile(fileSystem, `${DIRECTORY}/manifest.nut`, manifests[2]!);
    for (const name of await namesIn(fileSystem)) if (/^snapshot|^delta/.test(name)) await flip(fileSystem, name);
    const options = { directory: DIRECTORY, fileSystem, compaction: 'manual' } as const;
    const db = await openPlayers({ ...options, recovery: 'salvage' });
    expect(db.recovery?.lost.map(({ file }) => file)).toContain(`${DIRECTORY}/snapshot-0000000002.nut`);
    expect([Number(db.seq), db.player.get('p0')?.email]).toEqual([lastSeq, 'last0@x.io']);
    await db.close();
  });

  it('keeps in salvage what was written after the closing that its manifest is from', async () => {
    const directory = await made();
    const { fileSystem } = directory;
    const manifest = (await readFile(fileSystem, `${DIRECTORY}/manifest.nut`)).slice();
    const options = { directory: DIRECTORY, fileSystem, compaction: 'manual' } as const;
    const before = await openPlayers(options);
    await before.player.update('p1', { name: 'after the closing' });
    const text = textOf(stateOf(before));
    await before.close();
    await replaceFile(fileSystem, `${DIRECTORY}/manifest.nut`, manifest);
    await expect(openPlayers(options)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    const db = await openPlayers({ ...options, recovery: 'salvage' });
    expect([textOf(stateOf(db)), db.recovery?.lost.map(({ reason }) => reason)]).toEqual([
      text,
      ['manifest is older than the end of page-0000000006.nut'],
    ]);
    await db.close();
    const again = await openPlayers(options);
    expect(textOf(stateOf(again))).toBe(text);
    await again.close();
  });

  it('is refused when deltas alone are left: they do not pass for a new directory', async () => {
    const { fileSystem } = await made();
    for (const name of await namesIn(fileSystem)) if (!name.startsWith('delta')) await remove(fileSystem, name);
    for (const recovery of ['refuse', 'salvage'] as const)
      await expect(openPlayers({ directory: DIRECTORY, fileSystem, recovery })).rejects.toMatchObject({
        code: 'JOURNAL_DAMAGED',
      });
  });

  it('is backed up file by file, restored, and inspected', async () => {
    const directory = await made();
    const { fileSystem, texts, lastSeq } = directory;
    const db = await openPlayers({ directory: DIRECTORY, fileSystem, compaction: BY_DELTAS });
    await db.backup('/backup');
    await db.player.update('p1', { name: 'after the backup' });
    await db.compact();
    const { keptFiles } = await db.backup('/backup');
    expect(keptFiles).toEqual(expect.arrayContaining(['snapshot-0000000002.nut', 'delta-0000000005.nut']));
    const now = textOf(stateOf(db));
    await db.close();
    const copy = await openPlayers({ directory: '/backup', fileSystem, compaction: 'manual' });
    expect(textOf(stateOf(copy))).toBe(now);
    await copy.close();

    const restored = async (atSeq?: number): Promise<string> => {
      const destination = `/restored-${atSeq}`;
      await restoreDirectory({
        fileSystem,
        directory: DIRECTORY,
        destination,
        codecs: PLAIN_CODECS,
        ...(atSeq !== undefined && { atSeq }),
      });
      const there = await openPlayers({ directory: destination, fileSystem, compaction: 'manual' });
      const text = textOf(stateOf(there));
      await there.close();
      return text;
    };
    expect(await restored()).toBe(now);
    for (const seq of [23, 24, lastSeq]) expect(await restored(seq)).toBe(texts[seq]);
    for (const seq of [1, 2, 5, 22])
      await expect(restored(seq)).rejects.toMatchObject({ code: 'RESTORE_OUT_OF_RANGE', facts: { oldestSeq: 23 } });
    const report = await inspectDirectory({ fileSystem, directory: DIRECTORY });
    expect(report).toMatchObject({ oldestSeq: 23, deltas: [{ seq: 23 }, { seq: lastSeq + 1 }], damage: [] });
    expect(await verifyDirectory({ fileSystem, directory: DIRECTORY })).toMatchObject({ isWhole: true, deltaCount: 2 });
  });

  it('tells changes from the older delta on, and says so of those before', async () => {
    const { fileSystem, lastSeq } = await made();
    await using db = await openPlayers({ directory: DIRECTORY, fileSystem, compaction: 'manual' });
    const seqs: bigint[] = [];
    for await (const { seq } of db.changes({ since: 16n })) {
      seqs.push(seq);
      if (Number(seq) === lastSeq) break;
    }
    expect(seqs[0]).toBe(17n);
    const early = async (): Promise<void> => {
      for await (const _ of db.changes({ since: 15n })) break;
    };
    await expect(early()).rejects.toMatchObject({ code: 'CHANGES_GONE' });
  });
});

describe('a whole image is written instead', () => {
  const open = (fileSystem: MemoryFileSystem, more: object = {}): Promise<PlayerDatabase> =>
    openPlayers({ directory: DIRECTORY, fileSystem, compaction: BY_DELTAS, ...more });
  let age = 0;
  const changed = async (db: PlayerDatabase): Promise<boolean> => {
    await db.player.update('p1', { age: ++age });
    return (await db.compact()).isWhole;
  };

  it('when more changed than the rule allows, and when the image is short', async () => {
    for (const rule of [
      { ...BY_DELTAS, changesShare: 0.001 },
      { ...BY_DELTAS, changesShare: 0 },
      { leastBytes: 2 ** 40 },
    ]) {
      const { fileSystem } = await made();
      await using db = await open(fileSystem, { compaction: rule });
      expect(await changed(db)).toBe(true);
    }
  });

  it('when it is asked for: what was deleted then leaves the disk', async () => {
    const { fileSystem } = await made();
    const db = await open(fileSystem);
    await db.player.insert(player('secret', { name: 'to be forgotten' }));
    await db.compact();
    await db.player.delete('secret');
    const holds = async (): Promise<boolean> => {
      for (const name of await namesIn(fileSystem))
        if (Buffer.from(await readFile(fileSystem, `${DIRECTORY}/${name}`)).includes('to be forgotten')) return true;
      return false;
    };
    await db.compact();
    expect(await holds()).toBe(true);
    await db.compact({ whole: true });
    await db.player.update('p1', { age: 2 });
    await db.compact({ whole: true });
    await db.player.update('p1', { age: 3 });
    await db.compact({ whole: true });
    expect(await holds()).toBe(false);
    await db.close();
  });

  it('when key or codec have changed, until nothing of the old ones is left', async () => {
    const { fileSystem } = await made();
    const encryption = { keyId: 'k', key: new Uint8Array(32).fill(7) };
    const db = await open(fileSystem, { encryption });
    expect([await changed(db), await changed(db), await changed(db)]).toEqual([true, true, false]);
    await db.close();
    for (const name of await namesIn(fileSystem))
      if (name !== 'manifest.nut')
        expect(Buffer.from(await readFile(fileSystem, `${DIRECTORY}/${name}`)).includes('Player p')).toBe(false);
  });

  it('when a class has changed, and when a collection was switched to memory and back', async () => {
    const { fileSystem } = await made();
    const cold = await openColdPlayers({ directory: DIRECTORY, fileSystem, compaction: BY_DELTAS });
    expect([await changed(cold), await changed(cold)]).toEqual([true, false]);
    await cold.close();
    const again = await made();
    await using db = await open(again.fileSystem);
    await db.setStorage('player', 'memory');
    await db.player.update('p2', { age: 5 });
    await db.setStorage('player', 'disk');
    expect([await changed(db), await changed(db)]).toEqual([true, false]);
  });

  it('when the pages that a delta would be made of are damaged', async () => {
    const { fileSystem } = await made();
    await using db = await open(fileSystem);
    await db.player.update('p1', { age: 7 });
    await db.flush();
    const page = (await readManifest(fileSystem, DIRECTORY))!.pages.at(-1)!.number;
    const name = `${DIRECTORY}/page-000000000${page}.nut`;
    const bytes = (await readFile(fileSystem, name)).slice();
    bytes[bytes.findLastIndex((byte) => byte !== 0) - 20]! ^= 1;
    const handle = await fileSystem.open(name, 'read-write');
    handle.writeSync(bytes, 0);
    await handle.close();
    expect((await db.compact()).isWhole).toBe(true);
    expect(db.player.get('p1')?.age).toBe(7);
  });

  it('when a page that a delta would be made of was cut between two frames', async () => {
    const { fileSystem, lastSeq } = await made();
    const db = await open(fileSystem, { pageBytes: 4096 });
    await db.player.update('p1', { age: 7 });
    for (let index = 0; index < 2; index++) await db.player.update('p3', { name: 'long '.repeat(900) });
    await db.player.delete('p2');
    const { pages } = (await readManifest(fileSystem, DIRECTORY))!;
    const page = pages.find(({ sealed }) => (sealed?.lastSeq ?? 0) > lastSeq)!;
    const handle = await fileSystem.open(`${DIRECTORY}/page-000000000${page.number}.nut`, 'read-write');
    const bytes = Buffer.from(await readFile(fileSystem, `${DIRECTORY}/page-000000000${page.number}.nut`));
    await handle.truncate(bytes.lastIndexOf(FRAME_MAGIC_BYTES) - 4);
    await handle.close();
    const text = textOf(stateOf(db));
    expect((await db.compact()).isWhole).toBe(true);
    await db.close();
    const again = await open(fileSystem);
    expect([textOf(stateOf(again)), again.recovery?.lost]).toEqual([text, []]);
    await again.close();
  });
});

describe('automatic compaction', () => {
  it('writes deltas when few documents are written again and again', async () => {
    const fileSystem = new MemoryFileSystem();
    const compaction = { changesShare: 0.25, leastSnapshotBytes: 0, leastBytes: 20_000, ratio: 1000 };
    const db = await openPlayers({ directory: DIRECTORY, fileSystem, pageBytes: 8192, compaction });
    await db.player.insertMany(Array.from({ length: 1000 }, (_, index) => player(`p${index}`)));
    await db.compact();
    const reports: boolean[] = [];
    db.on('compacted', ({ isWhole }) => reports.push(isWhole));
    for (let index = 0; index < 3000; index++)
      await db.player.update(`p${index % 5}`, { age: index % 100, name: `${index}` });
    await db.close();
    expect(reports.length).toBeGreaterThan(3);
    expect(reports).not.toContain(true);
    const { pages } = (await readManifest(fileSystem, DIRECTORY))!;
    const pageBytes = pages.reduce((sum, { sealed }) => sum + (sealed?.byteCount ?? 0), 0);
    expect(pageBytes).toBeLessThan(300_000);
    const again = await openPlayers({ directory: DIRECTORY, fileSystem, compaction: 'manual' });
    expect(again.player.get('p4')?.name).toBe('2999');
    await again.close();
  });
});

describe('compact is refused', () => {
  it.each([
    ['options that are none', 5],
    ['an unknown option', { wohle: true }],
    ['another type', { whole: 'yes' }],
  ])('with %s', async (_, options) => {
    await using db = await openPlayers({ directory: DIRECTORY, fileSystem: new MemoryFileSystem() });
    await expect(db.compact(options as object)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
