/** A server over a database of a test goes by its clock. */
import { createTestDatabase } from '@nuthatch/runtime/testing';
import { openDatabase, openReplica } from '../../../generated/index.js';
import { serve } from '../src/index.js';

describe('a server over a database of a test', () => {
  it('ends leases by the clock that the test moves', async () => {
    await using db = await createTestDatabase(openDatabase, {
      seed: { player: [{ id: 'p1', email: 'ann@x.io', age: 31, name: 'Ann' }] },
    });
    await using server = await serve(db, {
      port: 0,
      authenticate: (id) => ({ id }),
      policy: () => ({ player: { read: true, write: true } }),
    });
    const open = (token: string) =>
      openReplica({ url: `ws://127.0.0.1:${server.port}`, memory: true, token, subscribe: { player: true } });
    await using ann = await open('ann');
    await using bea = await open('bea');
    await Promise.all([ann.connection.synced(), bea.connection.synced()]);
    await ann.player.checkOut('p1', { ms: 600_000 });
    await expect(bea.player.checkOut('p1', { ms: 600_000 })).rejects.toMatchObject({ code: 'LEASE_HELD' });
    // Replicas compare clocks when they connect, and ask for a time of the server's clock.
    db.clock.advance(660_000);
    await expect(bea.player.checkOut('p1', { ms: 1_200_000 })).resolves.toBeDefined();
  });
});
