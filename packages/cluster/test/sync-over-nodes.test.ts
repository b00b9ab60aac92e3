/** Sync on top of nodes: any of them serves, and a replica goes on with another one. */
import { openDatabase, openReplica } from '../../../generated/index.js';
import { serve } from '../../sync/src/index.js';
import { memoryJournal } from '../src/index.js';

const player = (id: string) => ({ id, email: `${id}@example.org`, age: 31, name: id });
const options = {
  authenticate: () => ({ id: 'ann' }),
  policy: () => ({ player: { read: true, write: true } }) as const,
};

it('a replica goes on with another node, from where it was, and loses no edit', async () => {
  const journal = memoryJournal();
  const a = await openDatabase({ memory: true, journal });
  const b = await openDatabase({ memory: true, journal });
  for (let index = 0; index < 100; index++) await a.player.insert(player(`p${index}`));
  const first = await serve(a, { ...options, port: 0 });
  const { port } = first;
  const replica = await openReplica({
    url: `ws://127.0.0.1:${port}`,
    memory: true,
    token: 'ann',
    subscribe: { player: true },
  });
  try {
    await replica.connection.synced();
    expect(replica.player.count()).toBe(100);
    await replica.player.update('p1', { age: 40 });
    await replica.connection.synced();
    await first.close();
    await a.close();
    // Meanwhile both go on.
    await replica.player.update('p2', { age: 50 });
    await b.player.update('p3', { age: 60 });
    const second = await serve(b, { ...options, port: port! });
    await replica.connection.synced();
    expect(b.player.get('p1')?.age).toBe(40);
    expect(b.player.get('p2')?.age).toBe(50);
    expect(replica.player.get('p3')?.age).toBe(60);
    expect(replica.conflicts.size).toBe(0);
    // What the one node has answered, the other one knows.
    expect(second.clients()).toMatchObject([{ isConnected: true, answeredCount: 2 }]);
    await second.close();
  } finally {
    await replica.close();
    await Promise.allSettled([a.close(), b.close()]);
  }
});

it('two nodes that serve at the same time grant one lease of a document, and answer each edit once', async () => {
  const journal = memoryJournal();
  const nodes = [await openDatabase({ memory: true, journal }), await openDatabase({ memory: true, journal })];
  await nodes[0]!.player.insert(player('p1'));
  await nodes[1]!.barrier();

  const servers = await Promise.all(nodes.map((db) => serve(db, { ...options, port: 0 })));
  const replicas = await Promise.all(
    servers.map(({ port }) =>
      openReplica({ url: `ws://127.0.0.1:${port}`, memory: true, token: 'ann', subscribe: { player: true } }),
    ),
  );
  try {
    await Promise.all(replicas.map((replica) => replica.connection.synced()));
    for (let round = 0; round < 10; round++) {
      const leases = await Promise.allSettled(replicas.map((replica) => replica.player.checkOut('p1', { ms: 60_000 })));
      const held = leases.flatMap((lease) => (lease.status === 'fulfilled' ? [lease.value] : []));
      expect(held.length).toBe(1);
      const refused = leases.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
      expect(refused.reason).toMatchObject({ code: 'LEASE_HELD' });
      const at = leases.findIndex(({ status }) => status === 'fulfilled');
      await replicas[at]!.player.update('p1', { age: 20 + round });
      await replicas[at]!.connection.synced();
      await replicas[at]!.player.checkIn('p1');
      await Promise.all(nodes.map((db) => db.barrier()));
      expect(nodes.map((db) => db.player.get('p1')?.age)).toEqual([20 + round, 20 + round]);
    }
  } finally {
    await Promise.all(replicas.map((replica) => replica.close()));
    await Promise.all(servers.map((server) => server.close()));
    await Promise.all(nodes.map((db) => db.close()));
  }
});
