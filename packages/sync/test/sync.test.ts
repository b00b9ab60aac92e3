import { MemoryFileSystem } from '@nuthatch/runtime';
import { contentsOf, PlayerServer, player, until } from './support/sync-players.js';

describe('a replica', () => {
  let server: PlayerServer;
  beforeEach(async () => {
    server = await PlayerServer.open();
  });
  afterEach(() => server.close());

  it('holds what it subscribed to, at the server’s revisions, and follows live', async () => {
    await server.db.player.insertMany([player('p1', { clubs: ['fcb'] }), player('p2', { clubs: ['bvb'] })]);
    await server.db.player.update('p1', { age: 41 });
    await using replica = await server.replica({ player: { clubs: 'fcb' } });
    await replica.connection.synced();
    expect(contentsOf(replica)).toEqual({ p1: 'Player p1 41 fcb r2' });
    await server.db.player.insert(player('p3', { clubs: ['fcb', 'scp'] }));
    await server.db.player.update('p2', { clubs: ['fcb'] });
    await until(() => replica.player.size === 3);
    expect(replica.player.findByClubs('fcb').keys().sort()).toEqual(['p1', 'p2', 'p3']);
    await server.db.player.update('p1', { clubs: [] });
    await server.db.player.delete('p3');
    await until(() => replica.player.size === 1);
    expect(contentsOf(replica)).toEqual({ p2: 'Player p2 30 fcb r2' });
    expect(server.errors).toEqual([]);
  });

  it('sends what is written to it, offline too, and the others see it', async () => {
    await server.db.player.insert(player('p1'));
    await using ann = await server.replica({ player: true });
    await using bea = await server.replica({ player: true }, { token: 'bea' });
    await Promise.all([ann.connection.synced(), bea.connection.synced()]);
    await ann.player.insert(player('a1'));
    await until(() => bea.player.has('a1'));
    ann.connection.disconnect();
    await ann.player.update('p1', { age: 50 });
    await ann.player.insert(player('a2'));
    await ann.player.update('a2', { age: 51 });
    await ann.player.delete('a1');
    expect([ann.outbox.size, ann.player.get('p1')?.age, server.db.player.get('p1')?.age]).toEqual([4, 50, 30]);
    ann.connection.connect();
    await ann.connection.synced();
    await until(() => bea.player.get('a2')?.age === 51);
    expect(ann.outbox.size).toBe(0);
    expect(contentsOf(ann)).toEqual(contentsOf(server.db));
    expect(contentsOf(bea)).toEqual(contentsOf(server.db));
    expect([ann.conflicts.size, server.errors]).toEqual([0, []]);
  });

  it('keeps an edit that lost as a conflict, shows the server’s version, and retries or discards on request', async () => {
    await server.db.player.insertMany([player('p1'), player('p2')]);
    await using ann = await server.replica({ player: true });
    await ann.connection.synced();
    ann.connection.disconnect();
    await ann.player.update('p1', { age: 50 });
    await ann.player.update('p1', { name: 'Rests on it' });
    await ann.player.update('p2', { age: 60 });
    await server.db.player.update('p1', { age: 40 });
    await until(() => server.db.player.get('p1')?.age === 40);
    ann.connection.connect();
    await ann.connection.synced();
    expect(ann.conflicts.all().map(({ number, code }) => [number, code])).toEqual([
      [1, 'REVISION_MISMATCH'],
      [2, 'REVISION_MISMATCH'],
    ]);
    expect([ann.player.get('p1')?.age, ann.player.get('p1')?.name]).toEqual([40, 'Player p1']);
    expect(server.db.player.get('p2')?.age).toBe(60);
    const [edit] = ann.conflicts.get(1)?.edits ?? [];
    expect(edit).toMatchObject({
      kind: 'put',
      collection: 'player',
      key: 'p1',
      mine: { age: 50 },
      theirs: { age: 40 },
    });
    await ann.conflicts.retry(1);
    await ann.conflicts.discard(2);
    await ann.connection.synced();
    expect([server.db.player.get('p1')?.age, ann.conflicts.size]).toEqual([50, 0]);
    expect(contentsOf(ann)).toEqual(contentsOf(server.db));
  });

  it('takes an edit out of sight that stands in the way of the server’s unique value', async () => {
    await using ann = await server.replica({ player: true });
    await ann.connection.synced();
    ann.connection.disconnect();
    await ann.player.insert(player('mine', { email: 'same@x.io' }));
    await server.db.player.insert(player('theirs', { email: 'same@x.io' }));
    ann.connection.connect();
    await ann.connection.synced();
    expect(ann.player.findByEmail('same@x.io')?.id).toBe('theirs');
    expect(ann.conflicts.all().map(({ code, edits }) => [code, edits[0]?.key])).toEqual([['DUPLICATE_KEY', 'mine']]);
    expect(contentsOf(ann)).toEqual(contentsOf(server.db));
  });

  it('goes on from its cursor after a cut, and keeps outbox and documents over a restart', async () => {
    const fileSystem = new MemoryFileSystem();
    const local = { memory: undefined, directory: '/replica', fileSystem, compaction: 'manual' };
    await server.db.player.insertMany(
      Array.from({ length: 50 }, (_, index) => player(`p${index}`, { clubs: ['fcb'] })),
    );
    let ann = await server.replica({ player: { clubs: 'fcb' } }, local);
    await ann.connection.synced();
    server.isDown = true;
    server.cut();
    await until(() => ann.connection.state === 'offline');
    await ann.player.update('p1', { age: 77 });
    await server.db.player.update('p2', { clubs: [] });
    await server.db.player.delete('p3');
    await server.db.player.update('p4', { age: 44 });
    await ann.close();
    server.isDown = false;
    ann = await server.replica({ player: { clubs: 'fcb' } }, local);
    expect([ann.player.get('p1')?.age, ann.outbox.size, ann.player.size]).toEqual([77, 1, 50]);
    await ann.connection.synced();
    expect(server.db.player.get('p1')?.age).toBe(77);
    expect(ann.player.findByClubs('fcb').count()).toBe(48);
    expect([ann.player.has('p2'), ann.player.has('p3'), ann.player.get('p4')?.age]).toEqual([false, false, 44]);
    // Nothing but the difference went over the wire.
    expect(server.sentDocuments.map((count) => count())).toEqual([50, 4]);
    await ann.close();
  });
});
