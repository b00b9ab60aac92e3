import { FaultFileSystem } from '../../test/fault-file-system.js';
import type { PlayerDatabase, Repositories, TransactionRepositories } from '../../test/support/open-players.js';
import { player } from '../../test/support/open-players.js';
import { playerDefinition } from '../../test/support/player-definition.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { Change } from '../feed/change.js';
import type { FileSystem } from '../file-system/file-system.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { repairDirectory } from '../recovery/repair.js';
import type { DatabaseOptions } from './database-options.js';
import { openDatabase } from './open-database.js';

const stored = (storage: 'memory' | 'disk', collection = 'player'): CollectionDefinition => ({
  ...playerDefinition,
  model: { ...playerDefinition.model, collection, storage },
  fingerprint: `${playerDefinition.fingerprint}-${storage}`,
});

/** Opens a database whose class says `storage`; `other` is a collection that stays on disk. */
function open(
  fileSystem: FileSystem,
  storage: 'memory' | 'disk',
  more: object = {},
  directory = '/data',
): Promise<PlayerDatabase> {
  const options = { directory, fileSystem, durability: 'os', ...more } as DatabaseOptions;
  return openDatabase<Repositories, TransactionRepositories>([stored(storage), stored('disk', 'other')], options);
}

const keys = (db: PlayerDatabase): unknown[] => db.player.all().keys().sort();
const storageOf = (db: PlayerDatabase): string | undefined => db.stats().collections.player?.storage;

async function reopened<T>(
  fileSystem: FileSystem,
  storage: 'memory' | 'disk',
  work: (db: PlayerDatabase) => T | Promise<T>,
): Promise<T> {
  const db = await open(fileSystem, storage);
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

describe('setStorage', () => {
  it('to disk keeps every document, and holds at the next open', async () => {
    const fileSystem = new MemoryFileSystem();
    await reopened(fileSystem, 'memory', async (db) => {
      expect(storageOf(db)).toBe('memory');
      await db.player.insertMany([player('p1'), player('p2')]);
      await db.player.update('p1', { age: 77 });
      await db.setStorage('player', 'disk');
      await db.setStorage('player', 'disk');
      await db.player.insert(player('p3'));
      await db.player.delete('p2');
    });
    await reopened(fileSystem, 'memory', async (db) => {
      expect([keys(db), storageOf(db)]).toEqual([['p1', 'p3'], 'disk']);
      expect(db.player.findByAge(77).keys()).toEqual(['p1']);
      await expect(db.player.update('p1', { age: 1 }, { ifRevision: 1 })).rejects.toMatchObject({
        code: 'REVISION_MISMATCH',
      });
      expect(db.recovery?.unknownCollections).toEqual([]);
    });
  });

  it('to memory keeps every document until the end of the process, and no longer', async () => {
    const fileSystem = new MemoryFileSystem();
    await reopened(fileSystem, 'disk', async (db) => {
      await db.player.insertMany([player('p1'), player('p2')]);
      await db.setStorage('player', 'memory');
      await db.player.insert(player('p3'));
      expect([keys(db), storageOf(db)]).toEqual([['p1', 'p2', 'p3'], 'memory']);
    });
    await reopened(fileSystem, 'disk', (db) => expect([keys(db), storageOf(db)]).toEqual([[], 'memory']));
  });

  it('brings nothing back that was deleted while the collection was in memory', async () => {
    const fileSystem = new MemoryFileSystem();
    await reopened(fileSystem, 'disk', async (db) => {
      await db.player.insertMany([player('p1'), player('p2')]);
      await db.setStorage('player', 'memory');
      await db.player.delete('p1');
      await db.setStorage('player', 'disk');
    });
    await reopened(fileSystem, 'disk', (db) => expect([keys(db), storageOf(db)]).toEqual([['p2'], 'disk']));
  });

  it('lets writes go on while documents are copied', async () => {
    const fileSystem = new MemoryFileSystem();
    await reopened(fileSystem, 'memory', async (db) => {
      await db.player.insertMany(Array.from({ length: 3000 }, (_, index) => player(`p${index}`)));
      let isDone = false;
      const switched = db.setStorage('player', 'disk').then(() => {
        isDone = true;
      });
      let round = 0;
      while (!isDone) {
        await db.player.update(`p${(round * 37) % 1500}`, { age: round % 100 });
        await db.player.upsert(player(`new${round}`));
        if (round % 2 === 0) await db.player.delete(`p${1500 + (round % 1500)}`);
        round++;
      }
      await switched;
      const before = db.player.all().all();
      await db.close();
      await reopened(fileSystem, 'memory', (again) => {
        const sorted = (documents: readonly { readonly id: string }[]) =>
          [...documents].sort((left, right) => (left.id < right.id ? -1 : 1));
        expect(sorted(again.player.all().all())).toEqual(sorted(before));
      });
    });
  });

  it('survives a compaction at every stage', async () => {
    const fileSystem = new MemoryFileSystem();
    await reopened(fileSystem, 'memory', async (db) => {
      await db.player.insertMany(Array.from({ length: 1000 }, (_, index) => player(`p${index}`)));
      const switched = db.setStorage('player', 'disk');
      await Promise.all([db.compact(), switched]);
      await db.compact();
      await db.compact();
    });
    await reopened(fileSystem, 'memory', async (db) => {
      expect([db.player.size, storageOf(db)]).toEqual([1000, 'disk']);
      await db.setStorage('player', 'memory');
      await db.compact();
      await db.compact();
    });
    await reopened(fileSystem, 'memory', (db) => expect([db.player.size, storageOf(db)]).toEqual([0, 'memory']));
  });

  it('gives way to the class once that says something else', async () => {
    const fileSystem = new MemoryFileSystem();
    await reopened(fileSystem, 'disk', async (db) => {
      await db.player.insert(player('p1'));
      await db.setStorage('player', 'memory');
      await db.setStorage('player', 'disk');
    });
    await reopened(fileSystem, 'memory', async (db) => {
      expect([keys(db), storageOf(db)]).toEqual([[], 'memory']);
      // Like documents of a class that is gone: not read, and not dropped either.
      expect(db.recovery?.unknownCollections).toEqual(['player']);
      await db.player.insert(player('p2'));
      await db.compact();
      await db.compact();
    });
    await reopened(fileSystem, 'disk', (db) => expect([keys(db), storageOf(db)]).toEqual([['p1'], 'disk']));
    await reopened(fileSystem, 'memory', async (db) => {
      await db.player.insert(player('p3'));
      await db.setStorage('player', 'disk');
      await db.compact();
      await db.compact();
    });
    await reopened(fileSystem, 'memory', (db) => expect([keys(db), storageOf(db)]).toEqual([['p3'], 'disk']));
  });

  it('is kept by a repair', async () => {
    const fileSystem = new MemoryFileSystem();
    await reopened(fileSystem, 'disk', async (db) => {
      await db.player.insert(player('p1'));
      await db.setStorage('player', 'memory');
      await db.player.delete('p1');
      await db.player.insert(player('p2'));
      await db.setStorage('player', 'disk');
    });
    await repairDirectory({ fileSystem, directory: '/data', destination: '/mended' });
    const db = await open(fileSystem, 'disk', {}, '/mended');
    expect([keys(db), storageOf(db)]).toEqual([['p2'], 'disk']);
    await db.close();
  });

  it('changes no event: the same changes are announced in memory and on disk', async () => {
    const db = await open(new MemoryFileSystem(), 'memory');
    const heard: Change[] = [];
    db.subscribe((change) => heard.push(change));
    await db.player.insert(player('p1'));
    await db.player.update('p1', { age: 1 });
    await db.setStorage('player', 'disk');
    await db.player.insert(player('p2'));
    await db.setStorage('player', 'memory');
    await db.player.delete('p2');
    await db.flush();
    expect(heard.map(({ kind, key, transactionId }) => [kind, key, transactionId])).toEqual([
      ['insert', 'p1', '0+1'],
      ['update', 'p1', '0+2'],
      ['insert', 'p2', '4'],
      ['delete', 'p2', '5+1'],
    ]);
    await db.close();
  });

  it('tells a reader of the journal of the documents it brings to disk, as a load', async () => {
    const fileSystem = new MemoryFileSystem();
    await reopened(fileSystem, 'memory', async (db) => {
      await db.player.insert(player('p1'));
      await db.setStorage('player', 'disk');
    });
    await reopened(fileSystem, 'memory', async (db) => {
      using changes = db.changes({ since: 0 });
      const { value } = await changes.next();
      expect(value).toMatchObject({ kind: 'insert', key: 'p1', origin: 'load', isFromJournal: true });
    });
  });

  it('is undone when a document fits no frame', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await open(fileSystem, 'memory', { maxFrameBytes: 4096 });
    await db.player.insertMany([player('small'), player('large', { name: 'x'.repeat(5000) })]);
    await expect(db.setStorage('player', 'disk')).rejects.toMatchObject({ code: 'TRANSACTION_TOO_LARGE' });
    expect([db.player.size, storageOf(db)]).toEqual([2, 'memory']);
    await db.player.delete('large');
    await db.setStorage('player', 'disk');
    await db.close();
    await reopened(fileSystem, 'memory', (again) => expect(keys(again)).toEqual(['small']));
  });

  it('is refused in memory, for an unknown collection or storage, in a transaction, and when closed', async () => {
    const refused = expect.objectContaining({ code: 'INVALID_OPTION' });
    const inMemory = await openDatabase<Repositories, TransactionRepositories>([playerDefinition], { memory: true });
    await expect(inMemory.setStorage('player', 'disk')).rejects.toEqual(refused);
    await inMemory.close();
    const db = await open(new MemoryFileSystem(), 'disk');
    await expect(db.setStorage('nobody' as 'player', 'disk')).rejects.toEqual(refused);
    await expect(db.setStorage('player', 'tape' as 'disk')).rejects.toEqual(refused);
    let inside: Promise<void> | undefined;
    await db.transaction(() => {
      inside = db.setStorage('player', 'memory');
      inside.catch(() => undefined);
    });
    await expect(inside).rejects.toEqual(refused);
    await db.close();
    await expect(db.setStorage('player', 'memory')).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
  });
});

describe('a crash while storage is switched', () => {
  const IDS = Array.from({ length: 300 }, (_, index) => `p${String(index).padStart(3, '0')}`);

  /** Writes the documents, switches, and says whether the switch was acknowledged. */
  async function run(fileSystem: FileSystem, from: 'memory' | 'disk'): Promise<boolean> {
    const db = await open(fileSystem, from, { pageBytes: 4096 });
    let isSwitched = false;
    try {
      await db.player.insertMany(IDS.map((id) => player(id)));
      await db.flush();
      await db.setStorage('player', from === 'memory' ? 'disk' : 'memory');
      isSwitched = true;
      await db.close();
    } catch {
      // The fault that was asked for; what is left is judged after the crash.
      await db.close().catch(() => undefined);
    }
    return isSwitched;
  }

  it.each(['memory', 'disk'] as const)('leaves a collection of %s as it was, or switched', async (from) => {
    const seen = new Set<string>();
    let seed = 7;
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    // Slices end by the clock, so that runs differ in their number of calls: on until one comes through.
    for (let failAt = 0, isReached = true; isReached; failAt++) {
      const fileSystem = new FaultFileSystem({ failAt, isPermanent: true, isShortWrite: failAt % 2 === 0 });
      const isSwitched = await run(fileSystem, from).catch(() => false);
      isReached = fileSystem.calls.length > failAt;
      fileSystem.crash(random);
      await reopened(fileSystem, from, async (db) => {
        const storage = storageOf(db);
        const state = `${storage}, ${db.player.size}`;
        seen.add(state);
        if (isSwitched) expect(storage).not.toBe(from);
        if (storage === 'disk') expect([0, IDS.length]).toContain(db.player.size);
        else expect(db.player.size).toBe(0);
        if (storage === 'disk' && from === 'memory') expect(keys(db)).toEqual(IDS);
        await db.player.upsert(player('later'));
      });
      await reopened(fileSystem, from, (db) => {
        if (storageOf(db) === 'disk') expect(db.player.has('later')).toBe(true);
        else expect(db.player.size).toBe(0);
      });
    }
    expect(seen).toContain('memory, 0');
    expect(seen).toContain(`disk, ${IDS.length}`);
  });
});
