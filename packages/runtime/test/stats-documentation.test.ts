/** docs/stats.md names each member of `db.stats()`, and no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { field, modelWith, openModels } from './support/open-models.js';
import { openPlayers, player } from './support/open-players.js';

const page = readFileSync(join(__dirname, '..', 'docs', 'stats.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| `'));
const documented = rows.map((row) => /^\| `([^`]+)` \|/.exec(row)?.[1] as string);

const PLACEHOLDERS: ReadonlyMap<string, string> = new Map([
  ['collections', 'NAME'],
  ['collections.NAME.indexes', 'INDEX'],
  ['collections.NAME.vectors', 'FIELD'],
]);

/** Paths of all values, with placeholders for names of collections, indexes and fields. */
function membersOf(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) => {
    const shown = PLACEHOLDERS.get(path) ?? name;
    return membersOf(member, path === '' ? shown : `${path}.${shown}`);
  });
}

async function exercised(options: object): Promise<readonly string[]> {
  await using db = await openPlayers(options as { readonly memory: true });
  await db.player.insert(player('a'));
  const vectors = [{ field: 'place', dimensions: 2, metric: 'dot' as const }];
  const withVectors = { ...modelWith([field('place', { kind: 'floats' }, { optional: true })]), vectors };
  await using other = await openModels(new MemoryFileSystem(), [withVectors]);
  return [...new Set([...membersOf(db.stats()), ...membersOf(other.stats())])].sort();
}

describe('stats.md', () => {
  it.each([
    ['on disk', { directory: '/data', fileSystem: new MemoryFileSystem() }],
    ['in memory', { memory: true }],
  ])('describes each member of the stats of a database %s, and no other', async (_, options) => {
    expect(await exercised(options)).toEqual([...documented].sort());
  });

  it('says unit and meaning of each, once', () => {
    expect(new Set(documented).size).toBe(documented.length);
    for (const row of rows) {
      const cells = row.split('|').slice(1, -1);
      expect(cells).toHaveLength(3);
      expect(cells.every((cell) => cell.trim() !== '')).toBe(true);
    }
  });
});

describe('db.stats()', () => {
  it('counts frames, bytes, fsyncs and what an opening would replay', async () => {
    const fileSystem = new MemoryFileSystem();
    await using db = await openPlayers({ directory: '/data', fileSystem, compaction: 'manual', name: 'mine' });
    const before = db.stats();
    expect(before).toMatchObject({ state: 'open', name: 'mine', oldestPendingMs: 0, pendingTransactionCount: 0 });
    expect(before.journal).toMatchObject({ frameCount: 0, writtenBytes: 0, fsyncCount: 0, replayFromMs: undefined });
    await Promise.all([db.player.insert(player('a')), db.player.insert(player('b'))]);
    await db.player.insert(player('c'), { durability: 'os' });
    const { journal } = db.stats();
    expect(journal).toMatchObject({ lastSeq: 3, writtenSeq: 3, syncedSeq: 2, frameCount: 2, fsyncCount: 1 });
    expect(journal.replayBytes).toBe(journal.writtenBytes);
    expect(journal.replayFromMs).toBeLessThanOrEqual(Date.now());
    await db.compact();
    expect(db.stats().journal).toMatchObject({ snapshotSeq: 3, replayBytes: 0, replayFromMs: undefined });
    expect(db.stats().journal.snapshotBytes).toBeGreaterThan(0);
    expect(db.stats().compaction).toMatchObject({ doneCount: 1, failedCount: 0, isRunning: false });
  });

  it('tells how long the oldest pending transaction has waited, and who holds a collection still', async () => {
    await using db = await openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem() });
    const now = jest.spyOn(Date, 'now');
    const beganMs = Date.now();
    now.mockReturnValue(beganMs);
    const written = db.player.insert(player('a'));
    now.mockReturnValue(beganMs + 7_000);
    expect(db.stats()).toMatchObject({ pendingTransactionCount: 1, oldestPendingMs: 7_000 });
    now.mockRestore();
    await written;
    expect(db.stats()).toMatchObject({ pendingTransactionCount: 0, oldestPendingMs: 0 });
    const snapshot = db.snapshot();
    expect(db.stats().collections.player?.viewCount).toBe(1);
    snapshot.close();
    expect(db.stats().collections.player?.viewCount).toBe(0);
  });

  it('shows what loops over changes have not read', async () => {
    await using db = await openPlayers();
    const changes = db.changes();
    await db.player.insert(player('a'));
    await db.player.insert(player('b'));
    expect(db.stats().changes).toMatchObject({ readerCount: 1, heldChangeCount: 2 });
    expect(db.stats().changes.heldBytes).toBeGreaterThan(0);
    await changes.next();
    expect(db.stats().changes.heldChangeCount).toBe(1);
    await changes.return?.();
    expect(db.stats().changes).toEqual({ readerCount: 0, heldChangeCount: 0, heldBytes: 0 });
  });
});
