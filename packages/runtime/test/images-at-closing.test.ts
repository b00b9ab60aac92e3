/** Images that are written so that the next opening is quick: at closing, in quiet moments, and when they are given up. */
import type { CompactionReport } from '../src/checkpoint/compaction.js';
import type { ImageLeft } from '../src/database/automatic-compaction.js';
import type { DatabaseOptions } from '../src/database/database-options.js';
import type { FileHandle, OpenMode } from '../src/file-system/file-system.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { compactDirectory } from '../src/tools/compact-directory.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const COUNT = 200;

interface Told {
  readonly compacted: CompactionReport[];
  readonly left: ImageLeft[];
}

async function open(
  fileSystem: MemoryFileSystem,
  options: Partial<DatabaseOptions> = {},
): Promise<{ readonly db: PlayerDatabase; readonly told: Told }> {
  const db = await openPlayers({ directory: '/data', fileSystem, openBudgetMs: 0, ...options } as DatabaseOptions);
  const told: Told = { compacted: [], left: [] };
  db.on('compacted', (report) => told.compacted.push(report));
  db.on('imageLeft', (left) => told.left.push(left));
  return { db, told };
}

async function load(db: PlayerDatabase, from = 0, count = COUNT, name = 'Ann'): Promise<void> {
  await db.player.insertMany(Array.from({ length: count }, (_, index) => player(`p${from + index}`, { name })));
}

async function snapshots(fileSystem: MemoryFileSystem): Promise<readonly string[]> {
  return (await fileSystem.list('/data')).filter((name) => name.startsWith('snapshot'));
}

/** Writes to a snapshot take their time. */
class SlowImages extends MemoryFileSystem {
  override async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const handle = await super.open(path, mode);
    if (mode === 'read' || !path.includes('snapshot')) return handle;
    const write = handle.write.bind(handle);
    handle.write = async (data, offset) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await write(data, offset);
    };
    return handle;
  }
}

describe('an image at closing', () => {
  it('makes the next opening find all documents in its tables', async () => {
    const fileSystem = new MemoryFileSystem();
    const { db, told } = await open(fileSystem);
    await load(db);
    await db.close();
    expect([told.compacted.length, told.left]).toEqual([1, []]);
    const again = await open(fileSystem);
    const { collections, journal } = again.db.stats();
    expect(collections['player']).toMatchObject({ documentCount: COUNT, imageCount: COUNT, undecodedCount: COUNT });
    expect(journal.replayBytes).toBe(0);
    expect(again.db.player.get('p7')).toMatchObject({ id: 'p7', name: 'Ann' });
    await again.db.close();
    expect([again.told.compacted, await snapshots(fileSystem)]).toEqual([[], ['snapshot-0000000001.nut']]);
  });

  it('waits until a quarter as much has come as the last one holds', async () => {
    const fileSystem = new MemoryFileSystem();
    const counts: number[] = [];
    for (const [from, count] of [
      [0, COUNT],
      [COUNT, COUNT / 20],
      [2 * COUNT, COUNT / 2],
    ] as const) {
      const { db, told } = await open(fileSystem);
      await load(db, from, count);
      await db.close();
      counts.push(told.compacted.length);
    }
    expect(counts).toEqual([1, 0, 1]);
  });

  it.each<[string, Partial<DatabaseOptions>, number]>([
    ['when the journal is read within `openBudgetMs`', { openBudgetMs: 60_000 }, 0],
    ["with `compaction: 'manual'`", { compaction: 'manual' }, 0],
    ['when it is expected to take longer than `closeBudgetMs`', { closeBudgetMs: 0 }, 1],
  ])('is not written %s', async (_, options, leftCount) => {
    const fileSystem = new MemoryFileSystem();
    const { db, told } = await open(fileSystem, options);
    await load(db);
    await db.close();
    expect([told.compacted, await snapshots(fileSystem)]).toEqual([[], []]);
    expect(told.left).toMatchObject(Array(leftCount).fill({ reason: 'budget', durationMs: 0 }));
    const again = await open(fileSystem);
    expect([again.db.recovery?.isClean, again.db.player.size]).toEqual([true, COUNT]);
    await again.db.close();
  });

  it('is given up when `closeBudgetMs` is over, and nothing of it stays', async () => {
    const fileSystem = new SlowImages();
    const { db, told } = await open(fileSystem, { closeBudgetMs: 100 });
    await load(db, 0, COUNT, 'n'.repeat(4_000));
    await db.close();
    expect(told.compacted).toEqual([]);
    expect(told.left).toMatchObject([{ reason: 'budget' }]);
    expect(told.left[0]?.durationMs).toBeGreaterThan(100);
    expect([await snapshots(fileSystem), db.stats().compaction.failedCount]).toEqual([[], 0]);
    const again = await open(fileSystem);
    expect([again.db.recovery?.isClean, again.db.player.size]).toEqual([true, COUNT]);
    expect(again.db.player.findByEmail('p3@x.io')?.id).toBe('p3');
    await again.db.close();
  });
});

describe('an image without tables', () => {
  it('of a tool gets some at the next closing, and once', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await open(fileSystem, { compaction: 'manual' });
    await load(first.db);
    await first.db.close();
    await compactDirectory({ fileSystem, directory: '/data' });
    const told: number[] = [];
    const counts: (number | undefined)[] = [];
    for (let round = 0; round < 3; round++) {
      const { db, told: each } = await open(fileSystem);
      counts.push(db.stats().collections['player']?.imageCount);
      await db.close();
      told.push(each.compacted.length);
    }
    expect([counts, told]).toEqual([
      [0, COUNT, COUNT],
      [1, 0, 0],
    ]);
  });
});

describe('an image in a quiet moment', () => {
  it('is written when nothing was written for a second, and again when as much has come', async () => {
    const fileSystem = new MemoryFileSystem();
    const { db, told } = await open(fileSystem);
    const nextImage = (): Promise<void> =>
      new Promise((resolve) => {
        const { unsubscribe } = db.on('compacted', () => {
          unsubscribe();
          resolve();
        });
      });
    let isDone = nextImage();
    await load(db);
    await isDone;
    expect(db.stats().journal.replayBytes).toBe(0);
    isDone = nextImage();
    await load(db, COUNT, 5 * COUNT);
    await isDone;
    expect(told.compacted.length).toBe(2);
    await db.close();
    const again = await open(fileSystem);
    expect(again.db.stats().collections['player']).toMatchObject({ imageCount: 6 * COUNT });
    await again.db.close();
  });
});
