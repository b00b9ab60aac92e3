/** Writes made inside the function of a transaction share its fate: their promises, signals and levels too. */

import { FaultFileSystem } from './fault-file-system.js';
import type { PlayerDatabase } from './support/open-players.js';
import { openPlayers, player } from './support/open-players.js';
import { turns } from './support/test-clock.js';

/** What becomes of promises, in order. */
function follow(order: string[], name: string, promise: Promise<unknown>): void {
  promise.then(
    () => order.push(`${name} resolved`),
    (error: Error) => order.push(`${name} rejected: ${error.message.slice(0, 5)}`),
  );
}

const turn = (): Promise<void> => turns(5);

describe('a write that joins a transaction', () => {
  let db: PlayerDatabase;
  const fileSystem = new FaultFileSystem();
  beforeAll(async () => {
    db = await openPlayers({ directory: '/data', fileSystem });
  });
  afterAll(() => db.close());

  it('is answered when the whole is durable, with its own result', async () => {
    let joined: Promise<{ readonly id: string }> | undefined;
    let isDurable = false;
    const subscription = db.subscribe(() => {
      isDurable = true;
    });
    await db.transaction(() => {
      joined = db.player.insert(player('p1'));
      void joined.then(() => expect(isDurable).toBe(true));
    });
    expect((await joined)?.id).toBe('p1');
    expect(isDurable).toBe(true);
    subscription.unsubscribe();
  });

  it('is rejected with the whole, though it went well itself', async () => {
    const order: string[] = [];
    const whole = db.transaction((tx) => {
      follow(order, 'direct', db.player.insert(player('p2')));
      follow(
        order,
        'nested',
        db.transaction((inner) => inner.player.insert(player('p3'))),
      );
      tx.player.insert(player('p4'));
      throw new Error('whole');
    });
    await expect(whole).rejects.toThrow('whole');
    await turn();
    expect(order.sort()).toEqual(['direct rejected: whole', 'nested rejected: whole']);
    expect(db.player.all().keys()).toEqual(['p1']);
  });

  it('fails the whole when its signal was aborted', async () => {
    const signal = AbortSignal.abort();
    const nested = db.transaction((tx) => {
      tx.player.insert(player('p5'));
      void db.transaction((inner) => inner.player.insert(player('p6')), { signal });
    });
    await expect(nested).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(db.transaction((tx) => tx.player.insert(player('p5'), { signal }))).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(db.player.all().keys()).toEqual(['p1']);
  });

  it('makes the whole as durable as it asks itself, never less', async () => {
    const loose = await openPlayers({ directory: '/loose', fileSystem, durability: 'os' });
    const synced = (): number => loose.stats().journal.syncedSeq;
    await loose.transaction((tx) => tx.player.insert(player('p1')));
    expect(synced()).toBe(0);
    await loose.transaction((tx) => tx.player.insert(player('p2'), { durability: 'fsync' }));
    expect(synced()).toBe(2);
    await loose.transaction(() => void loose.player.insert(player('p3'), { durability: 'fsync' }));
    expect(synced()).toBe(3);
    await loose.transaction(
      (tx) => {
        tx.player.insert(player('p4'), { durability: 'memory' });
      },
      { durability: 'fsync' },
    );
    expect(synced()).toBe(4);
    await loose.close();
  });
});

describe('options of a write', () => {
  it.each([
    [{ durability: 'fsnyc' }, 'durability'],
    [{ ifRevison: 1 }, 'ifRevison'],
    [{ signal: {} }, 'signal'],
    [{ origin: 'expiry' }, 'origin'],
    [5, 'options'],
  ])('%j are refused, and nothing is written', async (options, option) => {
    const db = await openPlayers();
    await db.player.insert(player('p1'));
    const refused = { code: 'INVALID_OPTION', facts: { option } };
    await expect(db.player.insert(player('p2'), options as never)).rejects.toMatchObject(refused);
    await expect(db.player.update('p1', { age: 5 }, options as never)).rejects.toMatchObject(refused);
    await expect(db.player.insertMany([player('p2')], options as never)).rejects.toMatchObject(refused);
    await expect(db.transaction((tx) => tx.player.delete('p1', options as never))).rejects.toMatchObject(refused);
    await expect(db.transaction((tx) => tx.player.delete('p1'), options as never)).rejects.toMatchObject(refused);
    expect([db.player.size, db.player.get('p1')?.age, db.seq]).toEqual([1, 30, 1n]);
    await db.close();
  });
});
