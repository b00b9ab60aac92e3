/** What a policy grants, takes away, hides and gets wrong. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import type { Policy, PushedChange } from '../src/server/policy.js';
import { contentsOf, PlayerServer, player, until } from './support/sync-players.js';

const CLUBS = ['fcb', 'bvb'];

describe('a policy', () => {
  let policy: Policy;
  let server: PlayerServer;
  beforeEach(async () => {
    policy = { player: { read: true, write: true } };
    server = await PlayerServer.open({ policy: () => policy });
    await server.db.player.insertMany(
      CLUBS.map((club, index) => player(`p${index}`, { clubs: [club], nick: `secret-nick-${index}` })),
    );
  });
  afterEach(() => server.close());

  it('asked again takes away what it no longer grants and brings what it grants now', async () => {
    policy = { player: { read: { clubs: 'fcb' }, write: true } };
    await using ann = await server.replica({ player: true });
    await ann.connection.synced();
    expect(Object.keys(contentsOf(ann))).toEqual(['p0']);
    policy = { player: { read: { clubs: 'bvb' }, write: true } };
    server.sync.reevaluate('ann');
    await until(() => ann.player.has('p1') && !ann.player.has('p0'));
    await server.db.player.update('p0', { age: 50 });
    await server.db.player.update('p1', { age: 51 });
    await until(() => ann.player.get('p1')?.age === 51);
    policy = {};
    server.sync.reevaluate({ id: 'ann' });
    await until(() => ann.player.size === 0);
    expect(ann.connection.reason).toContain('FORBIDDEN');
    policy = { player: { read: true } };
    server.sync.reevaluate();
    await until(() => ann.player.size === 0 && server.errors.length === 0);
  });

  it('that changed while a replica was away leaves nothing there that it no longer grants', async () => {
    const fileSystem = new MemoryFileSystem();
    const local = { memory: undefined, directory: '/replica', fileSystem, compaction: 'manual' };
    let ann = await server.replica({ player: true }, local);
    await ann.connection.synced();
    await ann.close();
    policy = { player: { read: { clubs: 'fcb' } } };
    ann = await server.replica({ player: true }, local);
    await ann.connection.synced();
    expect(Object.keys(contentsOf(ann))).toEqual(['p0']);
    await ann.close();
  });

  it('of another user brings another image', async () => {
    const fileSystem = new MemoryFileSystem();
    const local = { memory: undefined, directory: '/replica', fileSystem, compaction: 'manual' };
    await server.close();
    server = await PlayerServer.open({ policy: ({ id }) => ({ player: { read: { clubs: id } } }) });
    await server.db.player.insertMany(CLUBS.map((club) => player(club, { clubs: [club] })));
    for (const token of ['fcb', 'bvb', 'fcb']) {
      const replica = await server.replica({ player: true }, { ...local, token });
      await replica.connection.synced();
      expect(Object.keys(contentsOf(replica))).toEqual([token]);
      await replica.close();
    }
  });

  it('that hides a field sends it to nobody, and an edit by who cannot see it keeps it', async () => {
    policy = { player: { read: true, write: true, hidden: ['nick'] } };
    await using ann = await server.replica({ player: true });
    await ann.connection.synced();
    expect(ann.player.get('p0')?.nick).toBeUndefined();
    await ann.player.update('p0', { age: 77 });
    await ann.connection.synced();
    expect(server.db.player.get('p0')).toMatchObject({ age: 77, nick: 'secret-nick-0' });
    await server.db.player.update('p1', { nick: 'other-secret', age: 78 });
    await until(() => ann.player.get('p1')?.age === 78);
    expect(ann.player.get('p1')?.nick).toBeUndefined();
    await ann.player.update('p1', { nick: 'mine' });
    await ann.connection.synced();
    expect(ann.conflicts.all().map(({ code }) => code)).toEqual(['FORBIDDEN']);
    expect(server.db.player.get('p1')?.nick).toBe('other-secret');
    await using bea = await server.replica({ player: { nick: 'secret-nick-0' } }, { token: 'bea' });
    await until(() => bea.connection.reason.includes('FORBIDDEN'));
    expect(bea.player.size).toBe(0);
    const byDetour = { or: [{ age: { gte: 0 } }, { not: { nick: { in: ['secret-nick-0'] } } }] };
    await using cem = await server.replica({ player: byDetour }, { token: 'cem' });
    await until(() => cem.connection.reason.includes('FORBIDDEN'));
    expect(cem.player.size).toBe(0);
    const wire = Buffer.concat(server.wire());
    expect([wire.includes('secret-nick'), wire.includes('other-secret')]).toEqual([false, false]);
  });

  it.each<[string, (change: PushedChange) => unknown, boolean]>([
    ['says no', () => false, false],
    ['says something that is not true', () => 1, true],
    [
      'throws',
      () => {
        throw new Error('secret of the policy');
      },
      true,
    ],
    ['answers a promise of true', async () => true, true],
    [
      'answers a promise that is rejected',
      async () => {
        throw new Error('secret of the policy');
      },
      true,
    ],
  ])('whose rule %s refuses the write, and the rest goes on', async (_, rule, isTold) => {
    policy = { player: { read: true, write: rule as never } };
    await using ann = await server.replica({ player: true });
    await ann.connection.synced();
    await ann.player.update('p0', { age: 77 });
    await ann.connection.synced();
    expect(ann.conflicts.all().map(({ code }) => code)).toEqual(['FORBIDDEN']);
    expect([ann.player.get('p0')?.age, server.db.player.get('p0')?.age]).toEqual([30, 30]);
    expect(server.errors.length > 0).toBe(isTold);
    expect(Buffer.concat(server.wire()).includes('of the policy')).toBe(false);
  });

  it('sees what was and what is to be', async () => {
    const seen: unknown[] = [];
    policy = {
      player: {
        read: true,
        write: ({ kind, key, before, after }) => {
          seen.push([
            kind,
            key,
            (before as { age?: number } | undefined)?.age,
            (after as { age?: number } | undefined)?.age,
          ]);
          return true;
        },
      },
    };
    await using ann = await server.replica({ player: true });
    await ann.connection.synced();
    await ann.player.insert(player('a', { age: 1 }));
    await ann.player.update('a', { age: 2 });
    await ann.player.delete('a');
    await ann.connection.synced();
    expect(seen).toEqual([
      ['insert', 'a', undefined, 1],
      ['update', 'a', 1, 2],
      ['delete', 'a', 2, undefined],
    ]);
  });

  it('that lets nobody delete lets nobody end the life of a document sooner either', async () => {
    policy = { player: { read: true, write: ({ kind }) => kind !== 'delete', hidden: ['nick'] } };
    for (const key of ['sooner', 'later']) await server.db.player.insert(player(key), { ttlMs: 3_600_000 });
    await using ann = await server.replica({ player: true });
    await ann.connection.synced();
    for (const [key, ttlMs] of [
      ['p0', 60_000],
      ['sooner', 60_000],
      ['later', 7_200_000],
      ['own', 60_000],
    ] as const)
      await ann.player.upsert(player(key, { age: 31 }), { ttlMs });
    await ann.player.update('p1', { age: 32 });
    await ann.connection.synced();
    expect(ann.conflicts.all().map(({ code, message }) => [code, message])).toEqual(
      Array(2).fill(['FORBIDDEN', expect.stringContaining('not let it expire sooner')]),
    );
    const ages = ['p0', 'sooner', 'later', 'own', 'p1'].map((key) => server.db.player.get(key)?.age);
    expect(ages).toEqual([30, 30, 31, 31, 32]);
    expect(server.db.player.get('p0')?.nick).toBe('secret-nick-0');
  });

  it.each<[string, unknown]>([
    ['no object', 5],
    ['a promise', Promise.resolve({})],
    ['of an unknown collection', { players: { read: true } }],
    ['with an unknown member', { player: { reads: true } }],
    ['with a condition that no index answers', { player: { read: { name: 'x' } } }],
    ['with a number to read', { player: { read: 1 } }],
    ['with a text to write', { player: { write: 'yes' } }],
    ['that hides a field there is not', { player: { read: true, hidden: ['salary'] } }],
    ['that hides a field each document must have', { player: { read: true, hidden: ['age'] } }],
    ['that hides its key', { player: { read: true, hidden: ['id'] } }],
    ['that hides a text', { player: { read: true, hidden: 'nick' } }],
  ])('that is %s lets nobody in', async (_, wrong) => {
    policy = wrong as Policy;
    await using ann = await server.replica({ player: true });
    await until(() => server.errors.length > 0 && ann.connection.state === 'offline');
    expect(ann.player.size).toBe(0);
    expect((server.errors[0] as { code: string }).code).toMatch(/INVALID_OPTION|UNINDEXED_FIELD/);
    policy = { player: { read: true } };
    await ann.connection.synced();
    expect(ann.player.size).toBe(2);
  });
});

describe('a token', () => {
  it('that expires ends the connection and keeps the outbox; another goes on', async () => {
    let lifeMs = 150;
    let isKnown = true;
    const server = await PlayerServer.open({
      authenticate: (token) => (isKnown ? { id: token, expiresAtMs: Date.now() + lifeMs } : undefined),
    });
    let tokenCount = 0;
    await using ann = await server.replica(
      { player: true },
      {
        token: () => {
          tokenCount++;
          return 'ann';
        },
      },
    );
    await ann.connection.synced();
    // Renewed before it ends, on the same connection.
    await until(() => tokenCount >= 3);
    expect([ann.connection.state, server.connections.length]).toEqual(['live', 1]);
    isKnown = false;
    await until(() => ann.connection.state === 'needs token');
    await ann.player.insert(player('offline'));
    expect(ann.outbox.size).toBe(1);
    isKnown = true;
    lifeMs = 60_000;
    ann.connection.connect();
    await ann.connection.synced();
    expect(server.db.player.has('offline')).toBe(true);
    await server.close();
  });
});
