/** What a replica does over its life: before the first contact, with other shapes, with bad input, and when time passes. */
import { setImmediate } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { MemoryFileSystem } from '@nuthatch/runtime';
import { field, modelWith, NUMBER, STRING } from '../../runtime/test/support/open-models.js';
import type { CheckOuts } from '../src/replica/check-out.js';
import { MessagePortTransport } from '../src/transport/message-port-transport.js';
import { ModelServer } from './support/model-server.js';
import { contentsOf, type PlayerReplica, PlayerServer, player, until } from './support/sync-players.js';

const LIMITED = modelWith([field('note', STRING, { optional: true })], { name: 'Limited', collection: 'limited' });
const SECRET = modelWith([field('note', STRING, { optional: true })], { name: 'Secret', collection: 'secret' });
const policy = () => ({ limited: { read: true, write: true } });

/** A repository of which the compiler knows nothing. */
const checkOuts = (repository: unknown): CheckOuts<string> => repository as CheckOuts<string>;

describe('a replica', () => {
  let server: PlayerServer;
  const opened: PlayerReplica[] = [];
  const open = async (subscribe: object = { player: true }, more: object = {}): Promise<PlayerReplica> => {
    const replica = await server.replica(subscribe as never, more);
    opened.push(replica);
    return replica;
  };
  beforeEach(async () => {
    server = await PlayerServer.open();
  });
  afterEach(async () => {
    for (const replica of opened.splice(0)) await replica.close();
    await server.close();
  });

  it('opens and works before the first contact ever, over restarts, and sends all of it then', async () => {
    server.isDown = true;
    const fileSystem = new MemoryFileSystem();
    const local = { memory: undefined, directory: '/r', fileSystem, compaction: 'manual' };
    let replica = await open({ player: true }, local);
    await replica.player.insert(player('p1'));
    await replica.player.update('p1', { age: 41 });
    await replica.close();
    replica = await open({ player: true }, local);
    await replica.player.insert(player('p2'));
    expect([replica.connection.state === 'live', replica.outbox.size]).toEqual([false, 3]);
    server.isDown = false;
    await replica.connection.synced();
    expect(contentsOf(server.db)).toEqual(contentsOf(replica));
    expect(server.db.player.get('p1')?.age).toBe(41);
  });

  it('waits for its server as long as a signal says, and tells then what is the matter', async () => {
    server.isDown = true;
    const replica = await open();
    await replica.player.insert(player('p1'));
    const waiting = replica.connection.synced({ signal: AbortSignal.timeout(60) });
    await expect(waiting).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      facts: { waitingCount: 1 },
      message: expect.stringMatching(/^SERVER_UNREACHABLE: the replica is offline \(no network\), and 1 transaction/),
    });
    await expect(replica.connection.synced({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
    });
    for (const bad of [5, 'now', {}, new AbortController()])
      await expect(replica.connection.synced({ signal: bad as never })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
    await expect(replica.connection.synced(null as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    server.isDown = false;
    await replica.connection.synced({ signal: AbortSignal.timeout(8_000) });
    expect(server.db.player.has('p1')).toBe(true);
    // In step already: an aborted signal takes nothing away.
    await replica.connection.synced({ signal: AbortSignal.abort() });
  });

  it('keeps a process going that waits for its server', async () => {
    server.isDown = true;
    const replica = await open();
    const timerCount = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const abort = new AbortController();
    const before = timerCount();
    const waiting = replica.connection.synced({ signal: abort.signal });
    for (let count = 0; count < 5; count++) await Promise.resolve();
    expect(timerCount()).toBe(before + 1);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    expect(timerCount()).toBe(before);
  });

  it('says a hint of the server once, and why a shape is refused', async () => {
    const limited = await ModelServer.open([LIMITED, SECRET], { memory: true }, { maxLeaseMs: 1_000, policy });
    const replica = await limited.replica([LIMITED, SECRET], { subscribe: { limited: true, secret: true } });
    await replica.connection.synced();
    await limited.db['limited']?.insert({ id: 'a' } as never);
    await until(() => replica['limited']?.has('a') === true);
    const refusal = checkOuts(replica['limited']).checkOut('a', { ms: 60_000 });
    const error = (await refusal.catch((thrown: unknown) => thrown)) as Error & { readonly hint: string };
    expect(error.message.split(error.hint)).toHaveLength(2);
    expect(error.message).toMatch(/^INVALID_OPTION: a lease ends within `maxLeaseMs`/);
    expect(replica.connection.reason).toMatch(/^secret: FORBIDDEN: the user may read nothing of secret$/);
    await replica.close();
    await limited.close();
  });

  it('is in step where there is nothing to hold: without a shape, or when every shape is refused', async () => {
    const limited = await ModelServer.open([LIMITED, SECRET], { memory: true }, { policy });
    await limited.db['secret']?.insert({ id: 'a' } as never);
    const signal = AbortSignal.timeout(8_000);
    for (const subscribe of [{}, { secret: true }]) {
      const replica = await limited.replica([LIMITED, SECRET], { subscribe });
      await replica.connection.synced({ signal });
      expect(replica['secret']?.size).toBe(0);
      await replica['limited']?.insert({ id: Object.keys(subscribe).join() } as never);
      await replica.connection.synced({ signal });
      await replica.connection.subscribe({ limited: true } as never);
      await replica.connection.synced({ signal });
      expect(replica['limited']?.size).toBe(limited.db['limited']?.size);
      expect(replica.connection.reason).toBe('');
      await replica.close();
    }
    await limited.close();
  });

  it('changes what it holds while it runs: more comes, what nobody asks for goes, edits stay', async () => {
    await server.db.player.insertMany([
      player('f', { clubs: ['fcb'] }),
      player('b', { clubs: ['bvb'] }),
      player('both', { clubs: ['fcb', 'bvb'] }),
      player('s', { clubs: ['scp'] }),
    ]);
    const replica = await open({ player: { clubs: 'fcb' } });
    await replica.connection.synced();
    expect(replica.player.all().keys().sort()).toEqual(['both', 'f']);
    await replica.connection.subscribe({ player: [{ clubs: 'fcb' }, { clubs: 'bvb' }] });
    await replica.connection.synced();
    expect(replica.player.all().keys().sort()).toEqual(['b', 'both', 'f']);
    await replica.connection.subscribe({ player: { clubs: 'bvb' } });
    expect(replica.player.all().keys().sort()).toEqual(['b', 'both']);
    await server.db.player.update('f', { age: 77 });
    await server.db.player.update('b', { age: 78 });
    await until(() => replica.player.get('b')?.age === 78);
    expect(replica.player.has('f')).toBe(false);
    replica.connection.disconnect();
    await replica.player.update('b', { age: 79 });
    await replica.connection.subscribe({ player: { $keys: ['s'] } });
    expect([replica.player.get('b')?.age, replica.player.has('both'), replica.outbox.size]).toEqual([79, false, 1]);
    replica.connection.connect();
    await replica.connection.synced();
    expect([replica.player.all().keys(), server.db.player.get('b')?.age]).toEqual([['s'], 79]);
    await replica.connection.subscribe({});
    expect(replica.player.size).toBe(0);
    expect(server.errors).toEqual([]);
  });

  it('lets nothing stay of a shape that it gave up while documents were on their way, also after a restart', async () => {
    await server.db.player.insertMany(Array.from({ length: 60 }, (_, i) => player(`p${i}`, { clubs: ['fcb'] })));
    const fileSystem = new MemoryFileSystem();
    const local = { memory: undefined, directory: '/r', fileSystem, compaction: 'manual' };
    let replica = await open({ player: { clubs: 'fcb' } }, local);
    await replica.connection.synced();
    const writes = Array.from({ length: 60 }, (_, i) => server.db.player.update(`p${i}`, { age: 50 }));
    await replica.connection.subscribe({});
    server.cut();
    await Promise.all(writes);
    await replica.close();
    replica = await open({}, local);
    await replica.connection.synced();
    expect(replica.player.size).toBe(0);
  });

  it('refuses a shape that is none and holds what it held', async () => {
    await server.db.player.insert(player('p1'));
    const replica = await open();
    await replica.connection.synced();
    const bad: readonly (readonly [unknown, string])[] = [
      [undefined, 'INVALID_OPTION'],
      [null, 'INVALID_OPTION'],
      ['player', 'INVALID_OPTION'],
      [[{ player: true }], 'INVALID_OPTION'],
      [{ players: true }, 'INVALID_OPTION'],
      [{ player: 5 }, 'INVALID_OPTION'],
      [{ player: false }, 'INVALID_OPTION'],
      [{ player: [true, null] }, 'INVALID_OPTION'],
      [{ player: { name: 'x' } }, 'UNINDEXED_FIELD'],
      [{ player: { $keys: 'p1' } }, 'INVALID_QUERY'],
      [{ player: { $keys: [{}] } }, 'INVALID_KEY'],
    ];
    for (const [shapes, code] of bad) {
      await expect(replica.connection.subscribe(shapes as never)).rejects.toMatchObject({ code });
      if (shapes !== undefined) await expect(open(shapes as never)).rejects.toMatchObject({ code });
    }
    await server.db.player.update('p1', { age: 44 });
    await until(() => replica.player.get('p1')?.age === 44);
  });

  it('refuses what is no option, no listener and no number of a conflict', async () => {
    const bad: readonly object[] = [
      { connect: undefined },
      { connect: 5 },
      { connect: undefined, url: 5 },
      { connect: undefined, url: 'http://x' },
      { connect: undefined, port: {} },
      { url: 'ws://x' },
      { application: 5 },
      { token: 5 },
      { token: null },
      { maxRetryMs: '1' },
      { maxRetryMs: 0 },
      { maxRetryMs: Number.NaN },
      { onError: {} },
      { resolve: () => undefined },
      { resolve: { player: true } },
      { resolve: { players: () => undefined } },
      { shared: true },
      { whatever: 1 },
    ];
    for (const more of bad) await expect(open({}, more)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    const replica = await open();
    const refused = expect.objectContaining({ code: 'INVALID_OPTION' }) as Error;
    for (const listener of [undefined, null, {}, 'x'] as never[]) {
      expect(() => replica.connection.watch(listener)).toThrow(refused);
      expect(() => replica.outbox.watch(listener)).toThrow(refused);
      expect(() => replica.conflicts.watch(listener)).toThrow(refused);
    }
    for (const number of [undefined, null, '1', 1.5, -1, Number.NaN, {}] as never[]) {
      expect(replica.conflicts.get(number)).toBeUndefined();
      await expect(replica.conflicts.discard(number)).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' });
      await expect(replica.conflicts.retry(number)).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' });
    }
    await expect(replica.conflicts.resolve(1, 5 as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('hears every listener, whatever another does, and ends none with a subscription that is ended twice', async () => {
    const errors: unknown[] = [];
    const replica = await open({ player: true }, { onError: (error: unknown) => errors.push(error) });
    await replica.connection.synced();
    const heard: number[] = [];
    replica.outbox.watch(() => {
      throw new Error('thrown');
    });
    replica.outbox.watch(async () => {
      throw new Error('rejected');
    });
    const listener = (size: number): void => void heard.push(size);
    const first = replica.outbox.watch(listener);
    replica.outbox.watch(listener);
    first.unsubscribe();
    first.unsubscribe();
    await replica.player.insert(player('p1'));
    await replica.connection.synced();
    expect(heard).toEqual([1, 0]);
    expect(errors.map(String).sort()).toEqual(['Error: rejected', 'Error: rejected', 'Error: thrown', 'Error: thrown']);
  });

  it('closes while it is greeting and while an image is on its way, and refuses what comes after', async () => {
    await server.db.player.insertMany(Array.from({ length: 3_000 }, (_, i) => player(`p${i}`)));
    for (const waitMs of [0, 1, 3, 10, 30]) {
      const replica = await server.replica({ player: true });
      const synced = replica.connection.synced().catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      await replica.close();
      await replica.close();
      expect([undefined, 'DATABASE_CLOSED']).toContainEqual(((await synced) as { code?: string } | undefined)?.code);
      expect(replica.connection.state).toBe('closed');
      expect(() => replica.connection.connect()).toThrow(expect.objectContaining({ code: 'DATABASE_CLOSED' }) as Error);
      await expect(replica.connection.subscribe({})).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
      await expect(replica.connection.synced()).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    }
    expect(server.errors).toEqual([]);
  });

  it('is served over a MessagePort, too', async () => {
    await server.db.player.insert(player('p1'));
    const { port1, port2 } = new MessageChannel();
    server.sync.attach(port1 as never);
    const replica = await open({ player: true }, { connect: undefined, port: port2 });
    await replica.connection.synced();
    await replica.player.update('p1', { age: 45 });
    await replica.connection.synced();
    expect(server.db.player.get('p1')?.age).toBe(45);
    await replica.close();
  });

  it.each(['the server', 'the replica', 'the other thread'] as const)(
    'ends its tries with a code when its port was closed by %s, works offline, and goes on over another',
    async (side) => {
      const { port1, port2 } = new MessageChannel();
      const channels = [new MessageChannel(), new MessageChannel()];
      server.sync.attach(port1 as never);
      await using replica = await server.replica({ player: true }, { connect: undefined, port: port2 });
      await replica.connection.synced();
      const states: string[] = [];
      replica.connection.watch((state) => states.push(state));
      if (side === 'the replica') {
        replica.connection.disconnect();
        replica.connection.connect();
      } else if (side === 'the other thread') port1.close();
      else await server.sync.close();
      await until(() => replica.connection.error !== undefined);
      expect([replica.connection.state, replica.connection.error?.code]).toEqual(['offline', 'PORT_CLOSED']);
      expect(replica.connection.error?.message).toContain('connect');
      await expect(replica.connection.synced()).rejects.toMatchObject({ code: 'PORT_CLOSED' });
      await replica.player.insert(player('offline'));
      expect(replica.outbox.size).toBe(1);
      const count = states.length;
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(states.slice(count)).toEqual([]);
      if (side === 'the server') return;
      // With `connect` each connection has a port of its own.
      let next = 0;
      const connect = (): MessagePortTransport => {
        const channel = channels[next++]!;
        server.sync.attach(channel.port1 as never);
        return new MessagePortTransport(channel.port2 as never);
      };
      await using other = await server.replica({ player: true }, { connect });
      await other.connection.synced();
      channels[0]!.port1.close();
      await until(() => next === 2 && other.connection.state === 'live');
    },
  );

  it('is edited as JSON without its classes, too: into the outbox, validated, and on the server’s side', async () => {
    await server.db.player.insert(player('p1'));
    const replica = await open();
    await replica.connection.synced();
    const players = replica.reflect().collection('player');
    expect(players.get('p1')).toMatchObject({ email: 'p1@x.io', age: 30 });
    await expect(players.update('p1', { age: 'old' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(replica.outbox.size).toBe(0);
    await players.update('p1', { age: 31 });
    await players.insert({ ...player('p2'), joinedAt: '2026-01-31T00:00:00.000Z' });
    await replica.connection.synced();
    const seen = server.db.reflect().collection('player');
    expect([seen.get('p1')?.['age'], seen.get('p2')?.['joinedAt']]).toEqual([31, '2026-01-31T00:00:00.000Z']);
    expect([replica.conflicts.size, server.errors]).toEqual([0, []]);
  });

  it('cannot be opened twice on one directory', async () => {
    const fileSystem = new MemoryFileSystem();
    const local = { memory: undefined, directory: '/r', fileSystem };
    await open({ player: true }, local);
    await expect(open({ player: true }, local)).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
  });

  it('decides conflicts by the class’s resolver, with base, mine and theirs, and tells only of what that leaves open', async () => {
    await server.db.player.insertMany([player('merge'), player('let-go'), player('open'), player('throws')]);
    const errors: unknown[] = [];
    const asked: unknown[] = [];
    const resolve = {
      player: (base: Named, mine: Named, theirs: Named) => {
        asked.push([base?.name, base?.age, mine?.age, theirs?.name]);
        if (mine?.id === 'merge') return { ...theirs, age: mine.age };
        if (mine?.id === 'throws') throw new Error('no idea');
        return mine?.id === 'let-go' ? theirs : undefined;
      },
    };
    const replica = await open({ player: true }, { resolve, onError: (error: unknown) => errors.push(error) });
    const told: unknown[] = [];
    replica.conflicts.watch(({ edits }) => told.push(edits[0]?.key));
    await replica.connection.synced();
    replica.connection.disconnect();
    for (const id of ['merge', 'let-go', 'open', 'throws']) {
      await replica.player.update(id, { age: 50 });
      await server.db.player.update(id, { name: 'Theirs' });
    }
    replica.connection.connect();
    await until(() => told.length === 2 && replica.outbox.size === 0);
    await replica.connection.synced();
    expect(asked).toHaveLength(4);
    for (const [index, id] of ['merge', 'let-go', 'open', 'throws'].entries())
      expect(asked[index]).toEqual([`Player ${id}`, 30, 50, 'Theirs']);
    expect([told, errors.map(String)]).toEqual([['open', 'throws'], ['Error: no idea']]);
    expect(replica.conflicts.all().map(({ edits }) => [edits[0]?.key, (edits[0]?.base as Named)?.age])).toEqual([
      ['open', 30],
      ['throws', 30],
    ]);
    expect(server.db.player.get('merge')).toMatchObject({ age: 50, name: 'Theirs' });
    expect(server.db.player.get('let-go')).toMatchObject({ age: 30, name: 'Theirs' });
    expect(contentsOf(replica)).toEqual(contentsOf(server.db));
  });

  it('keeps a conflict whose resolution fails, whatever is written next', async () => {
    await server.db.player.insertMany([player('p1'), player('p2')]);
    const replica = await open();
    await replica.connection.synced();
    replica.connection.disconnect();
    await replica.player.update('p1', { age: 50 });
    await server.db.player.update('p1', { age: 40 });
    replica.connection.connect();
    await replica.connection.synced();
    const failed = replica.conflicts.resolve(1, (tx) => {
      tx.player.update('p1', { email: 'p2@x.io' });
    });
    const next = replica.player.update('p2', { age: 1 });
    await expect(failed).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await next;
    expect(replica.conflicts.size).toBe(1);
    await expect(replica.conflicts.resolve(1, (async () => undefined) as never)).rejects.toMatchObject({
      code: expect.any(String) as string,
    });
    expect(replica.conflicts.size).toBe(1);
    await replica.conflicts.resolve(1, () => undefined);
    expect(replica.conflicts.size).toBe(0);
  });
});

interface Named {
  readonly id: string;
  readonly name: string;
  readonly age: number;
}

describe('documents that expire', () => {
  const MODEL = modelWith([field('age', NUMBER)]);

  it('are deleted by the server; a replica whose clock is ahead only does not show them', async () => {
    const server = await ModelServer.open([MODEL]);
    const fileSystem = new MemoryFileSystem();
    const local = { memory: undefined, directory: '/r', fileSystem, compaction: 'manual' };
    let replica = await server.replica([MODEL], local);
    await replica.connection.synced();
    await server.db['player']?.insert({ id: 'p1', age: 1 }, { ttlMs: 60_000 });
    await server.db['player']?.insert({ id: 'p2', age: 1 }, { ttlMs: 60_000 });
    await until(() => replica['player']?.size === 2);
    expect(replica['player']?.expiresAt('p1')).toEqual(server.db['player']?.expiresAt('p1'));
    await replica.close();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 120_000);
    try {
      const noServer = (): never => {
        throw new Error('no network');
      };
      replica = await server.replica([MODEL], { ...local, connect: noServer });
      await replica['player']?.insert({ id: 'p3', age: 3 });
      for (let turn = 0; turn < 50 && replica['player']?.has('p1'); turn++) await setImmediate();
      expect(replica['player']?.all().keys()).toEqual(['p3']);
      // Only the insert waits: what went because of the time is not sent.
      expect(replica.outbox.size).toBe(1);
      await replica.close();
    } finally {
      clock.mockRestore();
    }
    replica = await server.replica([MODEL], local);
    await replica.connection.synced();
    expect(server.db['player']?.all().keys().sort()).toEqual(['p1', 'p2', 'p3']);
    await server.db['player']?.update('p2', { age: 2 }, { ttlMs: 300_000 });
    await until(() => replica['player']?.get('p2')?.['age'] === 2);
    await server.db['player']?.update('p1', { age: 2 }, { ttlMs: 20 });
    await until(() => server.db['player']?.has('p1') === false && replica['player']?.has('p1') === false);
    expect([replica.outbox.size, replica.conflicts.size, server.errors]).toEqual([0, 0, []]);
    await replica.close();
    await server.close();
  });
});

describe('code of different age on the two sides', () => {
  const OLD = modelWith([field('age', NUMBER)]);
  const NEW = modelWith([field('age', NUMBER), field('nick', STRING, { optional: true })]);

  it.each([
    ['a newer', NEW],
    ['an older', OLD],
  ])('keeps fields that it does not know, there and back, over %s server', async (_what, model) => {
    const server = await ModelServer.open([model]);
    const [newer, oldest] = [await server.replica([NEW]), await server.replica([OLD])];
    for (const each of [newer, oldest]) await each.connection.synced();
    await newer['player']?.insert({ id: 'p1', age: 1, nick: 'ace' });
    await newer.connection.synced();
    await until(() => oldest['player']?.has('p1') === true);
    await oldest['player']?.update('p1', { age: 2 });
    await oldest.connection.synced();
    await until(() => newer['player']?.get('p1')?.['age'] === 2);
    expect(newer['player']?.get('p1')).toMatchObject({ age: 2, nick: 'ace' });
    expect([oldest.conflicts.size, server.errors]).toEqual([0, []]);
    for (const each of [newer, oldest]) await each.close();
    await server.close();
  });

  it('keeps fields that it does not know in its outbox, over a restart and in a conflict that is retried', async () => {
    const server = await ModelServer.open([NEW]);
    const fileSystem = new MemoryFileSystem();
    const local = { memory: undefined, directory: '/r', fileSystem, compaction: 'manual' };
    await server.db['player']?.insertMany(['p1', 'p2'].map((id) => ({ id, age: 1, nick: `nick of ${id}` })));
    let old = await server.replica([OLD], local);
    await old.connection.synced();
    old.connection.disconnect();
    for (const id of ['p1', 'p2']) await old['player']?.update(id, { age: 2 });
    await server.db['player']?.update('p2', { age: 9, nick: 'another' });
    await old.close();
    old = await server.replica([OLD], local);
    await old.connection.synced();
    expect(server.db['player']?.get('p1')).toMatchObject({ age: 2, nick: 'nick of p1' });
    expect(old.conflicts.all().map(({ edits }) => edits.map(({ mine, theirs }) => [mine, theirs]))).toMatchObject([
      [[{ age: 2 }, { age: 9 }]],
    ]);
    await old.conflicts.retry(2);
    await old.connection.synced();
    expect([server.db['player']?.get('p2')?.['age'], server.db['player']?.get('p2')?.['nick']]).toEqual([
      2,
      expect.stringMatching(/another|nick of p2/),
    ]);
    expect([old.outbox.size, old.conflicts.size, server.errors]).toEqual([0, 0, []]);
    await old.close();
    await server.close();
  });

  it('a replica that a new server is too new for reads and writes what it has, over restarts, and sends it after its upgrade', async () => {
    const [files, fileSystem] = [new MemoryFileSystem(), new MemoryFileSystem()];
    const data = { directory: '/s', fileSystem: files, compaction: 'manual' as const };
    const local = { memory: undefined, directory: '/r', fileSystem, compaction: 'manual' };
    let server = await ModelServer.open([OLD], data);
    await server.db['player']?.insert({ id: 'p1', age: 1 });
    let old = await server.replica([OLD], { ...local, connect: () => server.connect() });
    await old.connection.synced();
    await server.close();
    await until(() => old.connection.state === 'offline');
    server = await ModelServer.open([{ ...NEW, minReader: 2 }], data);
    await server.db['player']?.update('p1', { nick: 'ace' });
    await until(() => old.connection.state === 'upgrade required');
    await old['player']?.update('p1', { age: 2 });
    await old.close();
    old = await server.replica([OLD], local);
    await until(() => old.connection.state === 'upgrade required');
    expect([old['player']?.get('p1')?.['age'], old.outbox.size]).toEqual([2, 1]);
    await old['player']?.insert({ id: 'p2', age: 3 });
    await old.close();
    const upgraded = await server.replica([{ ...NEW, minReader: 2 }], local);
    await upgraded.connection.synced();
    expect(server.db['player']?.get('p2')).toMatchObject({ age: 3 });
    // Changed on both sides meanwhile: a conflict, and nothing of either is lost.
    expect(upgraded.conflicts.all().map(({ edits }) => edits[0])).toMatchObject([
      { key: 'p1', mine: { age: 2 }, theirs: { age: 1, nick: 'ace' } },
    ]);
    await upgraded.close();
    await server.close();
  });

  it('a replica that is too old for the server’s documents works offline, says so, and loses nothing by the upgrade', async () => {
    const server = await ModelServer.open([{ ...NEW, minReader: 2 }]);
    const fileSystem = new MemoryFileSystem();
    const local = { memory: undefined, directory: '/r', fileSystem, compaction: 'manual' };
    const old = await server.replica([OLD], local);
    await until(() => old.connection.state === 'upgrade required');
    expect(old.connection.error).toMatchObject({ code: 'UPGRADE_REQUIRED' });
    await old['player']?.insert({ id: 'p1', age: 1 });
    expect(server.db['player']?.size).toBe(0);
    await old.close();
    const upgraded = await server.replica([{ ...NEW, minReader: 2 }], local);
    await upgraded.connection.synced();
    expect(server.db['player']?.get('p1')).toMatchObject({ age: 1 });
    expect([upgraded.outbox.size, upgraded.conflicts.size, server.errors]).toEqual([0, 0, []]);
    await upgraded.close();
    await server.close();
  });
});
