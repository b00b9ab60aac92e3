/** What a server knows of its replicas, and what forgetting one means for it. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { type PlayerReplica, PlayerServer, player, until } from './support/sync-players.js';

describe('the clients of a server', () => {
  let server: PlayerServer;
  let ann: PlayerReplica;
  const fileSystem = new MemoryFileSystem();
  const local = { memory: undefined, directory: '/ann', fileSystem, compaction: 'manual' };
  beforeEach(async () => {
    server = await PlayerServer.open();
    ann = await server.replica({ player: true }, { ...local, directory: `/ann${Math.random()}` });
    await ann.connection.synced();
  });
  afterEach(async () => {
    await ann.close();
    await server.close();
  });

  it('are listed with user, last contact and leases; those that never wrote only while they are connected', async () => {
    const beginMs = Date.now();
    expect(server.sync.clients()).toMatchObject([{ user: 'ann', isConnected: true, answeredCount: 0, leaseCount: 0 }]);
    await ann.player.insert(player('p1'));
    await ann.connection.synced();
    await ann.player.checkOut('p1', { ms: 60_000 });
    const [client] = server.sync.clients();
    expect(client).toMatchObject({ user: 'ann', isConnected: true, answeredCount: 1, leaseCount: 1 });
    const bea = await server.replica({ player: true }, { token: 'bea' });
    await bea.connection.synced();
    expect(server.sync.clients().map(({ user }) => user)).toEqual(expect.arrayContaining(['ann', 'bea']));
    await bea.close();
    ann.connection.disconnect();
    await until(() => server.sync.connectionCount === 0);
    expect(server.sync.clients()).toMatchObject([
      { id: client?.id, user: 'ann', isConnected: false, answeredCount: 1 },
    ]);
    expect(server.sync.clients()[0]?.lastContact?.getTime()).toBeGreaterThanOrEqual(beginMs);
  });

  it('that are forgotten keep their outbox, and go on as another client on request; no edit is applied twice', async () => {
    await ann.player.insertMany([player('same'), player('changed')]);
    await ann.connection.synced();
    await ann.player.checkOut('same', { ms: 60_000 });
    const [before] = server.sync.clients();
    ann.connection.disconnect();
    await ann.player.update('same', { age: 51 });
    await ann.player.update('changed', { age: 60 });
    await ann.player.insert(player('new'));
    await server.db.player.update('changed', { age: 99 });
    const events: string[] = [];
    server.sync.watchLeases(({ kind }) => events.push(kind));
    expect(await server.sync.forget(before!.id)).toBe(true);
    expect([server.sync.clients(), server.sync.leases(), events]).toEqual([[], [], ['broken']]);
    ann.connection.connect();
    await until(() => ann.connection.state === 'forgotten');
    expect([ann.connection.error?.code, ann.outbox.size]).toEqual(['CLIENT_FORGOTTEN', 3]);
    await expect(ann.connection.synced()).rejects.toMatchObject({ code: 'CLIENT_FORGOTTEN' });
    await ann.connection.adopt();
    await ann.connection.synced();
    expect([server.db.player.get('same')?.age, server.db.player.has('new')]).toEqual([30, true]);
    // What it had checked out was given to nobody, but it is not checked out any more.
    expect(ann.conflicts.all().map(({ code, edits }) => [code, edits[0]?.key])).toEqual([
      ['LEASE_ENDED', 'same'],
      ['REVISION_MISMATCH', 'changed'],
    ]);
    const [after] = server.sync.clients();
    expect([after?.id === before?.id, after?.answeredCount]).toEqual([false, 3]);
  });

  it('that are forgotten after an answer was lost apply nothing twice', async () => {
    await ann.player.insert(player('p1'));
    await ann.connection.synced();
    server.onSent = (data) => {
      if (data[0] !== 0x21) return;
      server.isDown = true;
      server.cut();
    };
    await ann.player.update('p1', { age: 31 });
    await until(() => ann.connection.state === 'offline' && server.db.player.get('p1')?.age === 31);
    await server.db.player.update('p1', { age: 77 });
    server.onSent = () => undefined;
    server.isDown = false;
    ann.connection.disconnect();
    await until(() => server.sync.connectionCount === 0);
    await server.sync.forget(server.sync.clients()[0]!.id);
    ann.connection.connect();
    await until(() => ann.connection.state === 'forgotten');
    await ann.connection.adopt();
    await ann.connection.synced();
    expect([server.db.player.get('p1')?.age, ann.conflicts.size, ann.player.get('p1')?.age]).toEqual([77, 1, 77]);
  });

  it('that are connected are told at once when they are forgotten', async () => {
    const [client] = server.sync.clients();
    await server.sync.forget(client!.id);
    await until(() => ann.connection.state === 'forgotten');
    await ann.player.insert(player('offline'));
    await ann.connection.adopt();
    await ann.connection.synced();
    expect(server.db.player.has('offline')).toBe(true);
  });

  it('refuses to forget what is no id, and says when there was nothing', async () => {
    expect(await server.sync.forget('nobody')).toBe(false);
    for (const bad of ['', undefined, 5, {}])
      await expect(server.sync.forget(bad as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
