/** A replica that was away longer than the journal reaches says what it has, and gets what differs. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { contentsOf, PlayerServer, player, until } from './support/sync-players.js';

const DOCUMENT_COUNT = 3_000;
/** A database in memory remembers so many changes. */
const FORGOTTEN_COUNT = 1_200;

describe('a replica whose cursor is older than the journal', () => {
  it('gets the buckets that differ, keeps its edits, and loses what is gone', async () => {
    const server = await PlayerServer.open();
    await server.db.player.insertMany(
      Array.from({ length: DOCUMENT_COUNT }, (_, index) =>
        player(`p${index}`, { clubs: [index % 2 === 0 ? 'fcb' : 'bvb'] }),
      ),
    );
    const local = {
      memory: undefined,
      directory: '/replica',
      fileSystem: new MemoryFileSystem(),
      compaction: 'manual',
    };
    const subscribe = { player: [{ clubs: 'fcb' }, { $keys: ['p1', 'p3'] }] };
    let ann = await server.replica(subscribe, local);
    await ann.connection.synced();
    ann.connection.disconnect();
    await ann.player.update('p10', { name: 'edited offline' });
    await ann.player.update('p12', { name: 'lost offline' });
    await ann.player.insert(player('offline', { clubs: ['fcb'] }));
    await ann.close();
    for (let number = 0; number < FORGOTTEN_COUNT; number++) await server.db.player.update('p5', { age: number % 100 });
    await server.db.player.update('p0', { name: 'changed' });
    await server.db.player.update('p1', { name: 'changed too' });
    await server.db.player.update('p2', { clubs: ['bvb'] });
    await server.db.player.update('p12', { name: 'changed before' });
    await server.db.player.delete('p4');
    await server.db.player.insert(player('new', { clubs: ['fcb'] }));
    ann = await server.replica(subscribe, local);
    await ann.connection.synced();
    await until(() => server.db.player.has('offline') && ann.player.has('offline'));
    const own = Object.fromEntries(
      Object.entries(contentsOf(server.db)).filter(
        ([id]) => ['p1', 'p3'].includes(id) || server.db.player.get(id)?.clubs.includes('fcb'),
      ),
    );
    await until(() => JSON.stringify(contentsOf(ann)) === JSON.stringify(own)).catch(() => undefined);
    expect(contentsOf(ann)).toEqual(own);
    expect(server.db.player.get('p10')?.name).toBe('edited offline');
    expect(ann.conflicts.all().map(({ code, edits }) => [code, edits[0]?.key])).toEqual([['REVISION_MISMATCH', 'p12']]);
    // A few buckets of some sixteen documents, not everything again.
    expect(server.sentDocuments.at(-1)?.()).toBeLessThan(300);
    await server.db.player.update('p0', { name: 'live again' });
    await until(() => ann.player.get('p0')?.name === 'live again');
    expect(server.errors).toEqual([]);
    await ann.close();
    await server.close();
  });

  it('that is open all the time and falls behind is reset as well', async () => {
    const server = await PlayerServer.open();
    await server.db.player.insertMany(Array.from({ length: 500 }, (_, index) => player(`p${index}`)));
    await using ann = await server.replica({ player: true });
    await ann.connection.synced();
    // In one turn: nothing of it goes out before all of it is there, and history holds a part of it.
    const writes: Promise<unknown>[] = [];
    for (let number = 0; number < 30_000; number++)
      writes.push(server.db.player.update(`p${number % 500}`, { name: `${number}`.repeat(60), age: number % 100 }));
    await Promise.all(writes);
    await until(() => JSON.stringify(contentsOf(ann)) === JSON.stringify(contentsOf(server.db)));
    expect(server.errors).toEqual([]);
    await server.close();
  });
});

it('a document that was deleted and inserted again with the same revision comes with a reset, too', async () => {
  const server = await PlayerServer.open();
  await server.db.player.insertMany([player('p1'), player('p2')]);
  await using ann = await server.replica({ player: true });
  await ann.connection.synced();
  ann.connection.disconnect();
  await server.db.player.delete('p1');
  await server.db.player.insert(player('p1', { name: 'Another' }));
  for (let number = 0; number < FORGOTTEN_COUNT; number++) await server.db.player.update('p2', { age: number % 100 });
  ann.connection.connect();
  await until(() => ann.player.get('p2')?.age === (FORGOTTEN_COUNT - 1) % 100);
  expect([ann.player.get('p1')?.name, ann.player.revision('p1'), server.errors]).toEqual(['Another', 1, []]);
  await server.close();
});

it.each([
  ['an edit', 'update'],
  ['a delete', 'delete'],
] as const)(
  '%s of a document that was deleted and inserted again with the same revision is a conflict',
  async (_, kind) => {
    const server = await PlayerServer.open({
      policy: () => ({ player: { read: true, write: true, hidden: ['nick'] } }),
    });
    await server.db.player.insertMany([player('p1', { nick: 'a' }), player('p2', { nick: 'b' })]);
    await using ann = await server.replica({ player: true });
    await ann.connection.synced();
    ann.connection.disconnect();
    for (const id of ['p1', 'p2'])
      await (kind === 'update' ? ann.player.update(id, { age: 31 }) : ann.player.delete(id));
    await server.db.player.delete('p1');
    await server.db.player.insert(player('p1', { name: 'Another' }));
    ann.connection.connect();
    await ann.connection.synced();
    expect(ann.conflicts.all().map(({ code, edits }) => [code, edits[0]?.key])).toEqual([['REVISION_MISMATCH', 'p1']]);
    expect([server.db.player.get('p1')?.name, server.db.player.get('p2')?.age]).toEqual([
      'Another',
      kind === 'update' ? 31 : undefined,
    ]);
    await server.close();
  },
);
