/** Compaction that starts by itself, named after the damage: docs/failures.md, F18. */
import type { DatabaseError } from '@nuthatch/model';
import type { CompactionReport } from '../src/checkpoint/compaction.js';
import type { DatabaseOptions } from '../src/database/database-options.js';
import type { FileSystem } from '../src/file-system/file-system.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { FaultFileSystem } from './fault-file-system.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const RULE = { leastBytes: 6_000 };

function open(fileSystem: FileSystem, options: Partial<DatabaseOptions> = {}): Promise<PlayerDatabase> {
  return openPlayers({ directory: '/data', fileSystem, compaction: RULE, ...options } as DatabaseOptions);
}

function compactionsOf(db: PlayerDatabase): CompactionReport[] {
  const reports: CompactionReport[] = [];
  db.on('compacted', (report) => reports.push(report));
  return reports;
}

async function write(db: PlayerDatabase, count: number, round = 0): Promise<void> {
  for (let index = 0; index < count; index++)
    await db.player.upsert({ ...player(`p${index}`), age: round % 100, name: 'x'.repeat(300) });
}

async function deleteAll(db: PlayerDatabase, players: readonly { readonly id: string }[]): Promise<void> {
  await db.transaction((tx) => {
    for (const { id } of players) tx.player.delete(id);
  });
}

// F18
it('keeps the journal small under many processes that each write a little', async () => {
  const fileSystem = new MemoryFileSystem();
  let compactionCount = 0;
  let diskBytes = 0;
  for (let run = 0; run < 12; run++) {
    const db = await open(fileSystem, { pageBytes: 4096 });
    const reports = compactionsOf(db);
    expect(db.player.size).toBe(run === 0 ? 0 : 9);
    await write(db, 9, run);
    await db.close();
    compactionCount += reports.length;
    diskBytes = db.stats().journal.diskBytes;
  }
  expect(compactionCount).toBeGreaterThanOrEqual(3);
  expect(compactionCount).toBeLessThan(12);
  // Twelve runs of 9 documents of about 450 bytes would be 50 KB and more without end.
  expect(diskBytes).toBeLessThan(30_000);
  const last = await open(fileSystem);
  expect(
    last.player
      .all()
      .all()
      .map(({ age }) => age),
  ).toEqual(Array(9).fill(11));
  await last.close();
});

it('compacts while a long-lived process writes, and loses none of its writes', async () => {
  const fileSystem = new MemoryFileSystem();
  const db = await open(fileSystem, { pageBytes: 4096 });
  const reports = compactionsOf(db);
  for (let round = 0; round < 20; round++) await write(db, 20, round);
  expect(reports.length).toBeGreaterThan(1);
  await db.close();
  const again = await open(fileSystem);
  expect(
    again.player
      .all()
      .all()
      .map(({ age }) => age),
  ).toEqual(Array(20).fill(19));
  await again.close();
});

it('does not compact again and again what the page being written holds already', async () => {
  const fileSystem = new MemoryFileSystem();
  const first = await open(fileSystem, { compaction: 'manual' });
  await write(first, 30);
  await first.close();
  let compactionCount = 0;
  for (let run = 0; run < 5; run++) {
    const db = await open(fileSystem);
    const reports = compactionsOf(db);
    await write(db, 1);
    await db.close();
    compactionCount += reports.length;
  }
  expect(compactionCount).toBe(1);
});

it('compacts nothing while nothing is dead, and what was inserted and deleted again', async () => {
  const fileSystem = new MemoryFileSystem();
  const first = await open(fileSystem);
  const reports = compactionsOf(first);
  const players = Array.from({ length: 400 }, (_, index) => ({ ...player(`p${index}`), name: 'x'.repeat(300) }));
  await first.player.insertMany(players);
  await first.close();
  const second = await open(fileSystem);
  const later = compactionsOf(second);
  await deleteAll(second, players.slice(0, 150));
  await second.flush();
  expect([reports.length, later.length]).toEqual([0, 0]);
  // Another process comes to the same figures as the one that wrote.
  await second.close();
  const third = await open(fileSystem);
  const last = compactionsOf(third);
  await deleteAll(third, players.slice(150, 300));
  await third.close();
  expect([later.length, last.length]).toEqual([0, 1]);
  expect(last[0]?.snapshotBytes).toBeLessThan(60_000);
});

it('compacts only on request with compaction manual', async () => {
  const fileSystem = new MemoryFileSystem();
  const db = await open(fileSystem, { compaction: 'manual' });
  const reports = compactionsOf(db);
  await write(db, 60);
  await db.close();
  expect(reports).toEqual([]);
  expect((await fileSystem.list('/data')).filter((name) => name.startsWith('snapshot'))).toEqual([]);
});

it('compacts old frames, however few', async () => {
  const fileSystem = new MemoryFileSystem();
  const db = await open(fileSystem, { compaction: { maxAgeMs: 40 } });
  const compacted = new Promise<CompactionReport>((resolve) => db.on('compacted', resolve));
  // One transaction: of two, the first may be old enough before the second is made.
  await db.player.insertMany([player('p0'), player('p1')]);
  expect(await compacted).toMatchObject({ seq: 1 });
  await db.close();
});

it('reports a compaction that fails and goes on writing', async () => {
  const fileSystem = new FaultFileSystem();
  const db = await open(fileSystem);
  await write(db, 40);
  const failures: DatabaseError[] = [];
  db.on('compactionFailed', (error) => failures.push(error));
  fileSystem.calls.length = 0;
  fileSystem.plan = { failAt: 0, errno: 'ENOSPC', operations: ['open'], isPermanent: true };
  await write(db, 40);
  expect(failures.length).toBeGreaterThanOrEqual(1);
  expect(failures.length).toBeLessThan(5);
  expect(failures[0]).toMatchObject({ code: 'JOURNAL_WRITE_FAILED', facts: { errno: 'ENOSPC' } });
  expect(db.state).toBe('open');
  fileSystem.plan = {};
  await write(db, 40, 5);
  await db.close();
  const again = await open(fileSystem, { compaction: 'manual' });
  expect(
    again.player
      .all()
      .all()
      .map(({ age }) => age),
  ).toEqual(Array(40).fill(5));
  await again.close();
});

it.each([
  ['ratio', { ratio: 0 }],
  ['leastBytes', { leastBytes: -1 }],
  ['maxAgeMs', { maxAgeMs: 0 }],
  ['often', { often: 1 }],
])('refuses a rule with a bad %s', async (name, compaction) => {
  await expect(open(new MemoryFileSystem(), { compaction } as never)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining(name),
  });
});
