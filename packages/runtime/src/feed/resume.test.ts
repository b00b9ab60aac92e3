import { openPlayers, player } from '../../test/support/open-players.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import type { Change } from './change.js';

type Players = Awaited<ReturnType<typeof openPlayers>>;

const onDisk = (fileSystem: MemoryFileSystem, more: object = {}) => ({ directory: '/data', fileSystem, ...more });

async function read(iterable: AsyncIterable<Change>, count: number): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const change of iterable) {
    changes.push(change);
    if (changes.length === count) break;
  }
  return changes;
}

async function insert(db: Players, from: number, to: number): Promise<void> {
  for (let index = from; index <= to; index++) await db.player.insert(player(`p${index}`));
}

const keysTo = (count: number, from = 1) => Array.from({ length: count }, (_, index) => `p${index + from}`);

/** What is removed loses its bytes too, as a large file does on a disk. */
class ShrinkingFileSystem extends MemoryFileSystem {
  shrunkCount = 0;

  override async remove(path: string): Promise<void> {
    const handle = await this.open(path, 'read-write');
    await super.remove(path);
    await handle.truncate(0);
    await handle.close();
    this.shrunkCount++;
  }
}

describe('changes from before this opening', () => {
  it('come from the journal, then continue live without a gap', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await openPlayers(onDisk(fileSystem));
    await insert(first, 1, 3);
    await first.player.update('p1', { age: 31 });
    await first.player.delete('p2');
    await first.close();

    const second = await openPlayers(onDisk(fileSystem));
    const loop = read(second.player.changes({ since: 1n }), 6);
    await insert(second, 4, 5);
    const changes = await loop;
    expect(changes.map(({ seq, kind, key, isFromJournal }) => [seq, kind, key, isFromJournal])).toEqual([
      [2n, 'insert', 'p2', true],
      [3n, 'insert', 'p3', true],
      [4n, 'update', 'p1', true],
      [5n, 'delete', 'p2', true],
      [6n, 'insert', 'p4', false],
      [7n, 'insert', 'p5', false],
    ]);
    expect(changes[2]).toMatchObject({
      collection: 'player',
      before: undefined,
      after: { id: 'p1', age: 31 },
      revision: 2,
      origin: 'live',
      transactionId: '4',
    });
    expect(changes[2]?.changedFields).toContain('age');
    expect(changes[2]?.after).toBeInstanceOf(second.player.get('p1')?.constructor);
    expect(second.stats().subscriptionCount).toBe(0);
    await second.close();
  });

  it('are filtered as live ones are', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await openPlayers(onDisk(fileSystem));
    await insert(first, 1, 5);
    await first.close();
    const second = await openPlayers(onDisk(fileSystem));
    const filter = ({ key }: { readonly key: unknown }) => ['p2', 'p5', 'p7'].includes(String(key));
    const loop = read(second.player.changes({ since: 0n, filter }), 3);
    await insert(second, 6, 8);
    expect((await loop).map(({ key, isFromJournal }) => [key, isFromJournal])).toEqual([
      ['p2', true],
      ['p5', true],
      ['p7', false],
    ]);
    await second.close();
  });

  it('come from many pages while writing goes on, each once and in order', async () => {
    const fileSystem = new MemoryFileSystem();
    const options = onDisk(fileSystem, { pageBytes: 4096, historyChangeCount: 5, durability: 'os' as const });
    const first = await openPlayers(options);
    await insert(first, 1, 150);
    await first.close();
    const second = await openPlayers(options);
    expect(second.stats().journal.pageCount).toBeGreaterThan(3);
    const loop = read(second.changes({ since: 0 }), 300);
    await insert(second, 151, 300);
    expect((await loop).map(({ key }) => key)).toEqual(keysTo(300));
    await second.close();
  });

  it('are read again from the journal once the history in memory has let go of them', async () => {
    const db = await openPlayers(onDisk(new MemoryFileSystem(), { historyChangeCount: 0 }));
    await insert(db, 1, 20);
    const loop = read(db.player.changes({ since: 10n }), 12);
    await insert(db, 21, 22);
    expect((await loop).map(({ key }) => key)).toEqual(keysTo(12, 11));
    await db.close();
  });

  it('continue inside a transaction from the cursor of the last change, live and from the journal', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await openPlayers(onDisk(fileSystem));
    await first.player.insertMany([player('a'), player('b'), player('c')]);
    await first.player.insert(player('d'));
    const [a] = await read(first.player.changes({ since: 0n }), 1);
    expect(a?.cursor).toBe('1:1');
    const keysAfter = async (db: Players, since: string, count: number) =>
      (await read(db.player.changes({ since }), count)).map(({ key }) => key);
    expect(await keysAfter(first, '1:1', 3)).toEqual(['b', 'c', 'd']);
    await first.close();
    const second = await openPlayers(onDisk(fileSystem));
    expect(await keysAfter(second, '1:1', 3)).toEqual(['b', 'c', 'd']);
    expect(await keysAfter(second, '1:2', 2)).toEqual(['c', 'd']);
    expect(await keysAfter(second, '1:end', 1)).toEqual(['d']);
    await second.close();
  });

  it('come by transaction, with the rest of a transaction after a cursor inside it', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await openPlayers(onDisk(fileSystem));
    await first.player.insertMany([player('a'), player('b'), player('c')]);
    await first.close();
    const second = await openPlayers(onDisk(fileSystem));
    const groups: unknown[] = [];
    const loop = (async () => {
      for await (const { seq, cursor, changes } of second.player.changes({ since: '1:1' }).byTransaction()) {
        groups.push([seq, cursor, changes.map(({ key }) => key)]);
        if (groups.length === 3) break;
      }
    })();
    await second.player.insertMany([player('d'), player('e')]);
    await second.player.insert(player('f'));
    await loop;
    expect(groups).toEqual([
      [1n, '1:end', ['b', 'c']],
      [2n, '2:end', ['d', 'e']],
      [3n, '3:end', ['f']],
    ]);
    expect(second.stats().subscriptionCount).toBe(0);
    await second.close();
  });

  it('of the last transaction are complete although memory holds none of them', async () => {
    const db = await openPlayers({ memory: true, historyChangeCount: 0 });
    await db.player.insertMany([player('a'), player('b')]);
    const loop = read(db.player.changes({ since: '1:end' }), 1);
    await db.player.insert(player('c'));
    expect((await loop).map(({ key }) => key)).toEqual(['c']);
    await expect(read(db.player.changes({ since: '1:1' }), 1)).rejects.toMatchObject({ code: 'CHANGES_GONE' });
    await db.close();
  });

  it('are one for several writes of a document in a transaction, as they were live', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await openPlayers(onDisk(fileSystem));
    await first.player.insertMany([player('p1'), player('p2')]);
    const live: Change[] = [];
    first.subscribe((change) => live.push(change));
    await first.transaction((tx) => {
      tx.player.insert(player('never was'));
      tx.player.update('p1', { age: 1 });
      tx.player.update('p1', { age: 2 });
      tx.player.delete('never was');
      tx.player.delete('p2');
      tx.player.insert(player('p2', { age: 3 }));
      tx.player.insert(player('p3'));
      tx.player.update('p3', { age: 4 });
    });
    await first.close();
    const second = await openPlayers(onDisk(fileSystem));
    const stored = await read(second.changes({ since: 1n }), 3);
    const show = ({ seq, kind, key, after, timeMs, revision }: Change) => ({ seq, kind, key, after, timeMs, revision });
    expect(stored.map(show)).toEqual(live.map(show));
    await second.close();
  });

  it('keep the origin: an expired document is known as expired after reopening', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await openPlayers(onDisk(fileSystem));
    await first.player.insert(player('p1'), { ttlMs: 1 });
    await read(first.changes({ since: 0 }), 2);
    await first.close();
    const second = await openPlayers(onDisk(fileSystem));
    const changes = await read(second.changes({ since: 0 }), 2);
    expect(changes.map(({ kind, origin }) => [kind, origin])).toEqual([
      ['insert', 'live'],
      ['delete', 'expiry'],
    ]);
    await second.close();
  });

  it('are refused with the oldest seq there is when compaction has dropped their pages', async () => {
    const db = await openPlayers(onDisk(new MemoryFileSystem(), { pageBytes: 4096, historyChangeCount: 1 }));
    await insert(db, 1, 60);
    await db.compact();
    await insert(db, 61, 120);
    await db.compact();
    const error = await read(db.changes({ since: 0 }), 1).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CHANGES_GONE', facts: { since: 0n } });
    const { oldestSince } = (error as { facts: { oldestSince: bigint } }).facts;
    expect(oldestSince).toBeGreaterThan(0n);
    const changes = await read(db.changes({ since: oldestSince }), 120 - Number(oldestSince));
    expect(changes.at(-1)?.key).toBe('p120');
    expect(changes[0]?.seq).toBe(oldestSince + 1n);
    await db.close();
  });

  it('end with CHANGES_GONE, not silently, when compaction drops the pages under a slow reader', async () => {
    const db = await openPlayers(onDisk(new MemoryFileSystem(), { pageBytes: 4096, historyChangeCount: 1 }));
    await insert(db, 1, 100);
    using changes = db.changes({ since: 0 });
    expect((await changes.next()).value).toMatchObject({ key: 'p1' });
    await db.compact();
    await insert(db, 101, 200);
    await db.compact();
    await expect(read(changes, 199)).rejects.toMatchObject({ code: 'CHANGES_GONE' });
    await db.close();
  });

  it('end with CHANGES_GONE, not as damage, when a dropped page shrinks under a slow reader', async () => {
    const fileSystem = new ShrinkingFileSystem();
    const db = await openPlayers(onDisk(fileSystem, { pageBytes: 2 * 1024 * 1024, historyChangeCount: 1 }));
    const name = 'n'.repeat(30_000);
    for (let index = 1; index <= 100; index++) await db.player.insert({ ...player(`p${index}`), name });
    using changes = db.changes({ since: 0 });
    expect((await changes.next()).value).toMatchObject({ key: 'p1' });
    await db.compact();
    await db.compact();
    expect(fileSystem.shrunkCount).toBeGreaterThan(0);
    await expect(read(changes, 99)).rejects.toMatchObject({ code: 'CHANGES_GONE' });
    await db.close();
  });

  it('are refused when since lies ahead of the database', async () => {
    const db = await openPlayers();
    await insert(db, 1, 2);
    await expect(read(db.changes({ since: 3n }), 1)).rejects.toMatchObject({
      code: 'CHANGES_GONE',
      facts: { since: 3n, lastSeq: 2n },
    });
    await db.close();
  });

  it('end when the database closes or the loop ends inside the journal', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await openPlayers(onDisk(fileSystem));
    await insert(first, 1, 5);
    await first.close();
    const second = await openPlayers(onDisk(fileSystem));
    expect(await read(second.changes({ since: 0 }), 2)).toHaveLength(2);
    const open = second.changes({ since: 0 });
    expect((await open.next()).done).toBe(false);
    await second.close();
    expect((await open.next()).done).toBe(true);
  });
});
