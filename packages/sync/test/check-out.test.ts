/** Check-out: who may edit what for a time, over cuts and restarts of both sides. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { syncPortOf } from '@nuthatch/runtime/sync';
import { field, modelWith, NUMBER } from '../../runtime/test/support/open-models.js';
import { type CheckOuts, type LostLease, openReplica } from '../src/index.js';
import { type AnyReplica, ModelServer } from './support/model-server.js';
import { randomOf } from './support/random.js';
import { until } from './support/sync-players.js';

const MODEL = modelWith([field('age', NUMBER)], { sync: 'checkOut' });
const PLAIN = modelWith([field('age', NUMBER)]);
const LAST = modelWith([field('age', NUMBER)], { sync: 'lastWrite' });
const MINUTE = { ms: 60_000 };

type Player = CheckOuts<string> & AnyReplica[string];

function players(replica: AnyReplica): Player {
  return replica['player'] as Player;
}

function onDisk(fileSystem: MemoryFileSystem, directory: string): object {
  return { directory, fileSystem, compaction: 'manual', durability: 'os', memory: undefined };
}

describe('check-out', () => {
  let server: ModelServer;
  let ann: AnyReplica;
  let bea: AnyReplica;
  beforeEach(async () => {
    server = await ModelServer.open([MODEL]);
    await server.db['player']?.insertMany(['p1', 'p2', 'p3'].map((id) => ({ id, age: 1 })));
    ann = await server.replica([MODEL], { token: 'ann' });
    bea = await server.replica([MODEL], { token: 'bea' });
    await Promise.all([ann.connection.synced(), bea.connection.synced()]);
  });
  afterEach(async () => {
    await ann.close();
    await bea.close();
    await server.close();
  });

  it('is demanded for edits and deletes, before anything is sent, and not for creating', async () => {
    await expect(players(ann).update('p1', { age: 2 })).rejects.toMatchObject({ code: 'NOT_CHECKED_OUT' });
    await expect(players(ann).delete('p1')).rejects.toMatchObject({ code: 'NOT_CHECKED_OUT' });
    await players(ann).insert({ id: 'new', age: 1 });
    expect(players(ann).get('p1')?.['age']).toBe(1);
    await players(ann).checkOut('p1', MINUTE);
    await players(ann).update('p1', { age: 2 });
    await ann.connection.synced();
    expect([server.db['player']?.get('p1')?.['age'], server.db['player']?.has('new')]).toEqual([2, true]);
    await players(ann).checkIn('p1');
    await expect(players(ann).update('p1', { age: 3 })).rejects.toMatchObject({ code: 'NOT_CHECKED_OUT' });
    expect([ann.outbox.size, ann.conflicts.size, server.errors]).toEqual([0, 0, []]);
  });

  it('excludes others until it ends, takes several or none, and is seen by all', async () => {
    const told: unknown[] = [];
    server.sync.watchLeases(({ kind, lease }) => told.push([kind, lease.key, lease.user]));
    await using lease = await players(ann).checkOut(['p1', 'p2'], MINUTE);
    expect(lease.leases.map(({ key }) => key)).toEqual(['p1', 'p2']);
    await expect(players(bea).checkOut(['p3', 'p2'], MINUTE)).rejects.toMatchObject({ code: 'LEASE_HELD' });
    expect((await players(bea).holders()).map(({ key, user }) => [key, user])).toEqual([
      ['p1', 'ann'],
      ['p2', 'ann'],
    ]);
    expect(server.sync.leases('player').map(({ key }) => key)).toEqual(['p1', 'p2']);
    expect(ann.leases.all().map(({ key }) => key)).toEqual(['p1', 'p2']);
    const longer = await players(ann).renew('p1', { ms: 120_000 });
    expect(longer.until.getTime()).toBeGreaterThan(Date.now() + 100_000);
    await lease.end();
    await lease.end();
    await players(bea).checkOut(['p3', 'p2'], { until: new Date(Date.now() + 60_000) });
    expect(told).toEqual([
      ['granted', 'p1', 'ann'],
      ['granted', 'p2', 'ann'],
      ['renewed', 'p1', 'ann'],
      ['renewed', 'p2', 'ann'],
      ['ended', 'p1', 'ann'],
      ['ended', 'p2', 'ann'],
      ['granted', 'p3', 'bea'],
      ['granted', 'p2', 'bea'],
    ]);
  });

  it('gives the document back behind the edits that were made under it', async () => {
    await players(ann).checkOut('p1', MINUTE);
    for (let age = 2; age < 50; age++) void players(ann).update('p1', { age });
    await players(ann).checkIn('p1');
    expect([server.db['player']?.get('p1')?.['age'], ann.conflicts.size, server.sync.leases()]).toEqual([49, 0, []]);
  });

  it('refuses what is no key, no time and no document of the replica', async () => {
    const bad: readonly (readonly [unknown, unknown, string])[] = [
      [5, MINUTE, 'INVALID_KEY'],
      [[], MINUTE, 'INVALID_KEY'],
      [undefined, MINUTE, 'INVALID_KEY'],
      ['nobody', MINUTE, 'DOCUMENT_NOT_FOUND'],
      ['p1', undefined, 'INVALID_OPTION'],
      ['p1', 5, 'INVALID_OPTION'],
      ['p1', { ms: 0 }, 'INVALID_OPTION'],
      ['p1', { ms: '5' }, 'INVALID_OPTION'],
      ['p1', { ms: 5, until: new Date() }, 'INVALID_OPTION'],
      ['p1', { until: new Date(Number.NaN) }, 'INVALID_OPTION'],
      ['p1', { until: new Date(1) }, 'INVALID_OPTION'],
      ['p1', { ms: Number.MAX_SAFE_INTEGER - 1e13 }, 'INVALID_OPTION'],
    ];
    for (const [key, time, code] of bad)
      await expect(players(ann).checkOut(key as never, time as never)).rejects.toMatchObject({ code });
    await expect(players(ann).renew('p1', MINUTE)).rejects.toMatchObject({ code: 'NOT_CHECKED_OUT' });
    await expect(players(ann).checkIn('p1')).rejects.toMatchObject({ code: 'NOT_CHECKED_OUT' });
    expect(() => ann.leases.watch(5 as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
    expect(() => server.sync.watchLeases(5 as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
    );
    expect(() => server.sync.leases('x')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
    await expect(server.sync.breakLease('player', 5)).rejects.toMatchObject({ code: 'INVALID_KEY' });
    ann.connection.disconnect();
    await expect(players(ann).checkOut('p1', MINUTE)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    expect([server.sync.leases(), server.errors]).toEqual([[], []]);
  });

  it('ends when it is broken: the holder hears it, and edits on their way are conflicts', async () => {
    const lost: LostLease[] = [];
    ann.leases.watch((each) => lost.push(each));
    await players(ann).checkOut('p1', MINUTE);
    expect(await server.sync.breakLease('player', 'p2')).toBe(false);
    await expect(players(bea).breakLease('p1')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await server.sync.breakLease('player', 'p1')).toBe(true);
    await until(() => lost.length === 1);
    expect(lost[0]).toMatchObject({ key: 'p1', reason: 'broken' });
    await expect(players(ann).update('p1', { age: 2 })).rejects.toMatchObject({ code: 'NOT_CHECKED_OUT' });
    // Broken while the holder is offline: it hears of it later, and what it wrote is kept.
    await players(ann).checkOut('p2', MINUTE);
    ann.connection.disconnect();
    await players(ann).update('p2', { age: 2 });
    await server.sync.breakLease('player', 'p2');
    await players(bea).checkOut('p2', MINUTE);
    await players(bea).update('p2', { age: 3 });
    await bea.connection.synced();
    ann.connection.connect();
    await ann.connection.synced();
    await until(() => lost.length === 2);
    expect(lost[1]).toMatchObject({ key: 'p2', reason: 'ended' });
    expect(ann.conflicts.all().map(({ code, edits }) => [code, edits[0]?.mine])).toEqual([
      ['LEASE_ENDED', expect.objectContaining({ age: 2 })],
    ]);
    expect(players(ann).get('p2')?.['age']).toBe(3);
  });

  it('lets the server’s own code write, and tells the holder', async () => {
    const lost: LostLease[] = [];
    ann.leases.watch((each) => lost.push(each));
    await players(ann).checkOut('p1', MINUTE);
    await players(ann).update('p1', { age: 2 });
    await ann.connection.synced();
    expect(lost).toEqual([]);
    ann.connection.disconnect();
    await players(ann).update('p1', { age: 3 });
    ann.connection.connect();
    await ann.connection.synced();
    await server.db['player']?.update('p1', { age: 9 });
    await until(() => lost.length === 1);
    expect(lost[0]).toMatchObject({ key: 'p1', reason: 'overridden' });
    await until(() => players(ann).get('p1')?.['age'] === 9);
    await players(ann).update('p1', { age: 10 });
    await ann.connection.synced();
    expect([server.db['player']?.get('p1')?.['age'], ann.conflicts.size]).toEqual([10, 0]);
  });

  it('ends by the server’s clock alone: an edit that comes too late is a conflict, and the document is free', async () => {
    await players(ann).checkOut('p1', MINUTE);
    ann.connection.disconnect();
    await players(ann).update('p1', { age: 2 });
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    try {
      await players(bea).checkOut('p1', MINUTE);
      await expect(players(ann).update('p1', { age: 3 })).rejects.toMatchObject({ code: 'NOT_CHECKED_OUT' });
      ann.connection.connect();
      while (ann.outbox.size > 0) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      clock.mockRestore();
    }
    expect(ann.conflicts.all().map(({ code }) => code)).toEqual(['LEASE_ENDED']);
  });
});

describe('leases', () => {
  it('survive restarts of the server and of the replica, offline edits and a check-in offline included', async () => {
    const [data, place] = [new MemoryFileSystem(), new MemoryFileSystem()];
    let server = await ModelServer.open([MODEL], onDisk(data, '/data') as never);
    await server.db['player']?.insertMany(['p1', 'p2'].map((id) => ({ id, age: 1 })));
    const open = (): Promise<AnyReplica> =>
      server.replica([MODEL], { ...onDisk(place, '/r'), connect: () => server.connect(), token: 'ann' });
    let ann = await open();
    await ann.connection.synced();
    await players(ann).checkOut(['p1', 'p2'], { offlineUntil: new Date(Date.now() + 3_600_000) });
    await ann.close();
    await server.close();
    server = await ModelServer.open([MODEL], onDisk(data, '/data') as never);
    const bea = await server.replica([MODEL], { token: 'bea' });
    await bea.connection.synced();
    await expect(players(bea).checkOut('p1', MINUTE)).rejects.toMatchObject({ code: 'LEASE_HELD' });
    let isDown = true;
    const connect = () => {
      if (isDown) throw new Error('no network');
      return server.connect();
    };
    ann = await server.replica([MODEL], { ...onDisk(place, '/r'), connect, token: 'ann', maxRetryMs: 60 });
    expect(ann.leases.all().map(({ key }) => key)).toEqual(['p1', 'p2']);
    await players(ann).update('p1', { age: 2 });
    await players(ann).checkIn('p1');
    await expect(players(ann).update('p2', { age: 2 })).rejects.toMatchObject({ code: 'NOT_CHECKED_OUT' });
    expect(server.sync.leases()).toHaveLength(2);
    await ann.close();
    isDown = false;
    ann = await server.replica([MODEL], { ...onDisk(place, '/r'), connect, token: 'ann', maxRetryMs: 60 });
    await ann.connection.synced();
    await until(() => server.sync.leases().length === 0);
    expect([server.db['player']?.get('p1')?.['age'], ann.conflicts.size, ann.leases.all()]).toEqual([2, 0, []]);
    await players(bea).checkOut(['p1', 'p2'], MINUTE);
    for (const each of [ann, bea]) await each.close();
    await server.close();
  });

  it('also bind a user without one where the class does not demand them', async () => {
    const server = await ModelServer.open([PLAIN]);
    await server.db['player']?.insert({ id: 'p1', age: 1 });
    const [ann, bea] = [
      await server.replica([PLAIN], { token: 'ann' }),
      await server.replica([PLAIN], { token: 'bea' }),
    ];
    await Promise.all([ann.connection.synced(), bea.connection.synced()]);
    await players(ann).checkOut('p1', MINUTE);
    await players(bea).update('p1', { age: 7 });
    await bea.connection.synced();
    expect(bea.conflicts.all().map(({ code }) => code)).toEqual(['LEASE_HELD']);
    await players(ann).update('p1', { age: 8 });
    await ann.connection.synced();
    expect(server.db['player']?.get('p1')?.['age']).toBe(8);
    for (const each of [ann, bea]) await each.close();
    await server.close();
  });

  it('bind the server’s own code, too, where it says so, and may be broken by whom the policy lets', async () => {
    const server = await ModelServer.open([MODEL], undefined, {
      enforce: 'everyone',
      policy: ({ id }) => ({ player: { read: true, write: true, breakLeases: id === 'boss' } }),
    });
    await server.db['player']?.insert({ id: 'p1', age: 1 });
    const [ann, boss] = [
      await server.replica([MODEL], { token: 'ann' }),
      await server.replica([MODEL], { token: 'boss' }),
    ];
    await Promise.all([ann.connection.synced(), boss.connection.synced()]);
    await players(ann).checkOut('p1', MINUTE);
    await expect(server.db['player']?.update('p1', { age: 2 })).rejects.toMatchObject({ code: 'LEASE_HELD' });
    await players(ann).update('p1', { age: 3 });
    await ann.connection.synced();
    await players(boss).breakLease('p1');
    await server.db['player']?.update('p1', { age: 4 });
    expect(server.db['player']?.get('p1')?.['age']).toBe(4);
    for (const each of [ann, boss]) await each.close();
    await server.close();
  });

  it('are not needed where the last write stays, whatever it was made on', async () => {
    const server = await ModelServer.open([LAST]);
    await server.db['player']?.insert({ id: 'p1', age: 1 });
    const ann = await server.replica([LAST], { token: 'ann' });
    await ann.connection.synced();
    ann.connection.disconnect();
    await players(ann).update('p1', { age: 2 });
    await server.db['player']?.update('p1', { age: 3 });
    ann.connection.connect();
    await ann.connection.synced();
    expect([server.db['player']?.get('p1')?.['age'], ann.conflicts.size]).toEqual([2, 0]);
    await ann.close();
    await server.close();
  });

  const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
  const stepCount = process.env['NUTHATCH_NIGHTLY'] ? 20_000 : 400;
  it(`are never two of one document, and fences only grow, whatever is cut and restarted (seed ${seed})`, async () => {
    const random = randomOf(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const data = new MemoryFileSystem();
    let server = await ModelServer.open([MODEL], onDisk(data, '/data') as never);
    const keys = ['p1', 'p2', 'p3', 'p4'];
    await server.db['player']?.insertMany(keys.map((id) => ({ id, age: 0 })));
    const names = ['a', 'b', 'c'];
    const places = names.map(() => new MemoryFileSystem());
    const open = (index: number): Promise<AnyReplica> =>
      server.replica([MODEL], {
        ...onDisk(places[index] as MemoryFileSystem, '/r'),
        ...{ token: names[index], connect: () => server.connect(), maxRetryMs: 60 },
      });
    const replicas = await Promise.all(names.map((_, index) => open(index)));
    for (const { connection } of replicas) await connection.synced();
    const holder = new Map<string, string>();
    const fences = new Map<string, number>();
    const watch = (): void => {
      holder.clear();
      for (const { key, user } of server.sync.leases()) holder.set(String(key), user);
      server.sync.watchLeases(({ kind, lease: { key, user } }) => {
        const name = String(key);
        if (kind === 'granted') {
          // Nobody else has it at the moment that it is granted.
          expect([undefined, user]).toContain(holder.get(name));
          holder.set(name, user);
        } else if (kind === 'ended' || kind === 'broken') holder.delete(name);
      });
    };
    watch();
    const expected = new Set(['LEASE_HELD', 'NOT_CHECKED_OUT', 'SERVER_UNREACHABLE', 'LEASE_ENDED']);
    const attempt = async (work: Promise<unknown>): Promise<void> => {
      await work.catch((error: unknown) => expect(expected).toContain((error as { readonly code?: string }).code));
    };
    const waiting: Promise<void>[] = [];
    for (let step = 0; step < stepCount; step++) {
      const index = Math.floor(random() * replicas.length);
      const replica = replicas[index] as AnyReplica;
      const player = players(replica);
      const kind = random();
      if (kind < 0.25)
        waiting.push(attempt(player.checkOut(keys.filter(() => random() < 0.4).concat(pick(keys)), MINUTE)));
      else if (kind < 0.6) await attempt(player.update(pick(keys), { age: step }));
      else if (kind < 0.75) waiting.push(attempt(player.checkIn(pick(keys))));
      else if (kind < 0.8) await server.sync.breakLease('player', pick(keys));
      else if (kind < 0.86) server.cut();
      else if (kind < 0.88) {
        await replica.close();
        replicas[index] = await open(index);
      } else if (kind < 0.89) {
        await server.close();
        server = await ModelServer.open([MODEL], onDisk(data, '/data') as never);
        watch();
      } else await new Promise((resolve) => setTimeout(resolve, random() * 3));
      const live = server.sync.leases('player');
      expect(new Set(live.map(({ key }) => key)).size).toBe(live.length);
      for (const [name, record] of syncPortOf(server.db).records('lease/')) {
        const { fence } = record as { readonly fence: number };
        expect(fence).toBeGreaterThanOrEqual(fences.get(name) ?? 1);
        fences.set(name, fence);
      }
    }
    for (const { connection } of replicas) {
      connection.connect();
      await connection.synced();
    }
    await Promise.all(waiting);
    for (const replica of replicas) {
      await replica.connection.synced();
      await until(() =>
        keys.every((id) => players(replica).get(id)?.['age'] === server.db['player']?.get(id)?.['age']),
      );
      // Nothing but what its lease did not cover, and what was made on that.
      for (const { code, message } of replica.conflicts.all())
        if (!message.includes('which was not accepted'))
          expect(['LEASE_ENDED', 'LEASE_HELD', 'NOT_CHECKED_OUT']).toContain(code);
      await replica.close();
    }
    await server.close();
  });
});

it('a collection named like a member of a replica is refused', async () => {
  const { definitionOf } = await import('../../runtime/test/support/definition-of-model.js');
  for (const collection of ['connection', 'outbox', 'conflicts', 'leases']) {
    const definitions = [definitionOf({ ...PLAIN, collection })] as never;
    await expect(openReplica(definitions, { url: 'ws://x', memory: true })).rejects.toMatchObject({
      code: 'INVALID_MODEL',
    });
  }
});
