/** Functions of the application that answer what nobody expects: the server goes on, and grants no more for it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { openDatabase } from '../../../generated/index.js';
import { serve } from '../src/server/serve.js';
import { RawClient } from './support/raw-client.js';
import { ALL, PlayerServer, player, until } from './support/sync-players.js';

const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

describe('a function of the application that promises', () => {
  // A rejection that nobody handles fails the test, as it would end the process.
  it.each([
    ['a policy', 'POLICY_FAILED', { policy: (async () => Promise.reject(new Error('no policy'))) as never }],
    [
      'onError, too',
      'POLICY_FAILED',
      { policy: (() => [] as never) as never, serve: { onError: async () => Promise.reject(new Error('no log')) } },
    ],
  ])('%s and rejects ends nothing but the connection', async (_, code, options) => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation();
    const server = await PlayerServer.open(options as never);
    const client = new RawClient(server);
    client.hello();
    expect(await client.rejection()).toBe(code);
    await turns();
    expect(server.errors.length + warned.mock.calls.length).toBeGreaterThan(0);
    warned.mockRestore();
    await server.close();
  });

  it('a listener of leases and rejects is told to onError', async () => {
    const server = await PlayerServer.open();
    await server.db.player.insert(player('p1'));
    server.sync.watchLeases((async () => Promise.reject(new Error('no listener'))) as never);
    const replica = await server.replica({ player: true });
    await replica.connection.synced();
    await replica.player.checkOut('p1', { ms: 60_000 });
    await until(() => server.errors.length === 1);
    expect(String(server.errors[0])).toContain('no listener');
    await replica.close();
    await server.close();
  });

  it('what is right of a conflict leaves it open, and is told', async () => {
    const server = await PlayerServer.open();
    await server.db.player.insert(player('p1'));
    const errors: unknown[] = [];
    const replica = await server.replica(
      { player: true },
      {
        resolve: { player: async () => Promise.reject(new Error('later')) },
        onError: (error: unknown) => void errors.push(error),
      },
    );
    await replica.connection.synced();
    replica.connection.disconnect();
    await replica.player.update('p1', { age: 31 });
    await server.db.player.update('p1', { age: 32 });
    replica.connection.connect();
    await replica.connection.synced();
    await until(() => errors.length === 2);
    expect(errors.map(String).sort()).toEqual(
      [expect.stringContaining('INVALID_OPTION'), expect.stringContaining('later')].sort(),
    );
    expect([replica.conflicts.size, replica.player.get('p1')?.age]).toEqual([1, 32]);
    await replica.close();
    await server.close();
  });
});

describe('a user of authenticate', () => {
  const endings: readonly [string, unknown, string[]][] = [
    ['Infinity', Number.POSITIVE_INFINITY, ['welcome']],
    ['an instant beyond every date', 1e300, ['welcome', 'user']],
    ['NaN', Number.NaN, ['reject']],
    ['a text', '2030-01-01', ['reject']],
    ['null', null, ['reject']],
  ];

  it.each(endings)('whose token ends at %s never has it longer than was meant', async (_, expiresAtMs, kinds) => {
    const server = await PlayerServer.open({ authenticate: () => ({ id: 'ann', expiresAtMs: expiresAtMs as number }) });
    const client = new RawClient(server);
    client.hello();
    await until(() => client.heard.length >= kinds.length);
    await turns();
    expect(client.heard.map(({ kind }) => kind)).toEqual(kinds);
    expect(server.errors.map(String)).toEqual(kinds[0] === 'reject' ? [expect.stringContaining('expiresAtMs')] : []);
    client.close();
    await server.close();
  });

  it('whose name is too long for a message is refused, and the application is told', async () => {
    const server = await PlayerServer.open({ authenticate: () => ({ id: 'é'.repeat(513) }) });
    const client = new RawClient(server);
    client.hello();
    expect(await client.rejection()).toBe('SERVER_CLOSING');
    expect(server.errors.map(String)).toEqual([expect.stringContaining('at most 1024 bytes, found 1026')]);
    await server.close();
  });

  it('is let go when the clock says that the token has ended, whatever timers say', async () => {
    const server = await PlayerServer.open({
      authenticate: () => ({ id: 'ann', expiresAtMs: Date.now() + 3_600_000 }),
      serve: { pingMs: 20 },
    });
    const client = new RawClient(server);
    await client.open();
    // The machine has slept, or its clock was put forward.
    const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 7_200_000);
    try {
      expect(await client.rejection().catch(String)).toBe('UNAUTHENTICATED');
    } finally {
      now.mockRestore();
    }
    await server.close();
  });
});

describe('an http server of the application', () => {
  let http: Server;
  const port = (): number => (http.address() as AddressInfo).port;
  beforeEach(async () => {
    http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
  });
  afterEach(() => void http.close());

  it('gets another sync server when the first is closed', async () => {
    await using db = await openDatabase({ memory: true });
    const options = { server: http, authenticate: () => ({ id: 'ann' }), policy: () => ALL };
    await (await serve(db, options)).close();
    expect(http.listenerCount('upgrade')).toBe(0);
    await using _second = await serve(db, options);
    const socket = new WebSocket(`ws://127.0.0.1:${port()}`);
    await once(socket, 'open');
    socket.terminate();
  });

  it('that has the port already leaves nothing of a sync server behind', async () => {
    await using db = await openDatabase({ memory: true });
    const other = createServer();
    const both = { port: port(), server: other, enforce: 'everyone' } as const;
    await expect(serve(db, both)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(other.listenerCount('upgrade')).toBe(0);
    await db.player.insert(player('p1'));
    await using server = await serve(db, { port: 0, authenticate: (id) => ({ id }), policy: () => ALL });
    expect(server.port).toBeGreaterThan(0);
  });

  it.each([
    ['port', { port: '7070' }],
    ['port', { port: -1 }],
    ['port', { port: 1.5 }],
    ['port', { port: 65_536 }],
    ['host', { port: 0, host: 5 }],
    ['host', { port: 0, host: '' }],
    ['server', { server: {} }],
    ['origins', { origins: [5] }],
    ['constructor', { constructor: 5 }],
    ['options', []],
  ])('with a wrong option (%s, %j) is refused', async (option, given) => {
    await using db = await openDatabase({ memory: true });
    await expect(serve(db, given as never)).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option } });
  });
});
