/**
 * Clients that lie, one lie each: each gets its code, the server keeps what it had, and an honest replica beside it notices
 * nothing.
 */
import { randomBytes } from 'node:crypto';
import type { SyncUser } from '../src/server/policy.js';
import { RawClient } from './support/raw-client.js';
import { contentsOf, type PlayerReplica, PlayerServer, player, until } from './support/sync-players.js';

const POLICY = { player: { read: true, write: true } };
const UUID = (server: PlayerServer): Uint8Array => Buffer.from(server.identity.uuid, 'hex');

type Lie = (client: RawClient, server: PlayerServer) => Promise<void>;

/** Ends the connection. */
const REJECTED: readonly [string, string, Lie][] = [
  ['says another protocol', 'PROTOCOL_VIOLATION', async (c) => c.hello({ magic: Uint8Array.of(1, 2, 3, 4) })],
  ['speaks a later version', 'PROTOCOL_UNSUPPORTED', async (c) => c.hello({ version: 2 })],
  ['has no token', 'UNAUTHENTICATED', async (c) => c.hello({ token: '' })],
  ['has no id', 'PROTOCOL_VIOLATION', async (c) => c.hello({ clientId: '' })],
  ['has an id that leads elsewhere', 'PROTOCOL_VIOLATION', async (c) => c.hello({ clientId: '../server/key' })],
  [
    'knows another database',
    'SERVER_FOREIGN',
    async (c, s) =>
      c.hello({
        known: { uuid: randomBytes(16), incarnation: s.identity.incarnation, cursor: 1, history: new Uint8Array(16) },
      }),
  ],
  [
    'has a cursor beyond the head',
    'SERVER_ROLLED_BACK',
    async (c, s) =>
      c.hello({
        known: { uuid: UUID(s), incarnation: s.identity.incarnation, cursor: 2 ** 40, history: new Uint8Array(16) },
      }),
  ],
  [
    'is of an incarnation that is still to come',
    'SERVER_ROLLED_BACK',
    async (c, s) => c.hello({ known: { uuid: UUID(s), incarnation: 2 ** 40, cursor: 1, history: new Uint8Array(16) } }),
  ],
  ['speaks before HELLO', 'PROTOCOL_VIOLATION', async (c) => c.credit()],
  [
    'greets twice',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.hello();
    },
  ],
  [
    'has models that are no JSON',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open({ models: [{ collection: 'player', fingerprint: 'f', minReader: 0, json: '{"collection":' }] });
      c.push(1, [c.put('x', { modelId: 0 })]);
    },
  ],
  [
    'has models that are no models',
    'PROTOCOL_VIOLATION',
    async (c) => {
      const json = '{"collection":"player","fields":[{"name":"id","type":{"kind":"array"}}],"key":{"fields":["id"]}}';
      await c.open({ models: [{ collection: 'player', fingerprint: 'f', minReader: 0, json }] });
      c.push(1, [c.put('x', { modelId: 0 })]);
    },
  ],
  [
    'names one collection and has the model of another',
    'PROTOCOL_VIOLATION',
    async (c) => {
      const [city] = c.outgoing.models.filter(({ collection }) => collection === 'city');
      await c.open({ models: [{ ...(city as never as object), collection: 'player' } as never] });
      c.push(1, [c.put('x', { modelId: 0 })]);
    },
  ],
  [
    'counts from 2',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(2, [c.put('x')]);
    },
  ],
  [
    'counts from 0',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(0, [c.put('x')]);
    },
  ],
  [
    'sends transactions out of order',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [c.put('ok1')]);
      await c.next('result');
      c.push(3, [c.put('x')]);
    },
  ],
  [
    'sends again what it has settled',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [c.put('ok1')]);
      await c.next('result');
      c.push(2, [c.put('ok2')], 1);
      await c.next('result', 2);
      c.push(1, [c.put('x')]);
    },
  ],
  [
    'has a model that was not announced',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [c.put('x', { modelId: 9_999 })]);
    },
  ],
  [
    'has bytes of another model',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [c.put('x', { modelId: c.outgoing.idOf('city') })]);
    },
  ],
  [
    'has bytes that are no document',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [c.put('x', { document: randomBytes(40) })]);
    },
  ],
  [
    'has no bytes',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [c.put('x', { document: new Uint8Array(0) })]);
    },
  ],
  [
    'has unknown fields that are none',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [c.put('x', { kept: randomBytes(9) })]);
    },
  ],
  [
    'has a key that is not its document’s',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [c.put('x', { key: 'y' })]);
    },
  ],
  [
    'has a key of another type',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [c.put('x', { key: 7 })]);
    },
  ],
  [
    'deletes a key of another type',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [
        {
          kind: 'delete',
          modelId: c.outgoing.idOf('player'),
          key: 7n,
          base: 0,
          baseDigest: new Uint8Array(0),
          after: 0,
          fence: 0,
        },
      ]);
    },
  ],
  [
    'has an end that is no time',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.push(1, [c.put('x', { expiresAtMs: 2 ** 53 - 1 })]);
    },
  ],
  [
    'has a shape twice',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.sub(1, undefined);
      c.sub(1, undefined);
    },
  ],
  [
    'has more shapes than may be',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      for (let id = 0; id < 300; id++) c.sub(id, undefined);
    },
  ],
  [
    'has a condition that is no value',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.send({ kind: 'sub', shapeId: 1, collection: 'player', condition: Uint8Array.of(250, 1, 2), held: undefined });
    },
  ],
  [
    'has a condition without a bottom',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      const deep = (await import('../src/documents/any-value.js')).anyValueBytes([[[]]]);
      // The bytes of one array in an array, many thousand times.
      const condition = Buffer.concat([...Array.from({ length: 30_000 }, () => deep.subarray(0, 2)), deep.subarray(4)]);
      c.send({ kind: 'sub', shapeId: 1, collection: 'player', condition, held: undefined });
    },
  ],
  [
    'answers a digest that nobody asked for',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.sub(1, undefined);
      c.send({ kind: 'digest', shapeId: 1, buckets: [new Uint8Array(8)] });
    },
  ],
  [
    'speaks as a server',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.send({ kind: 'reset', reason: 'x' });
    },
  ],
  [
    'sends a message of no type',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.sendBytes(Uint8Array.of(0xee));
    },
  ],
  [
    'sends nothing as a message',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.sendBytes(new Uint8Array(0));
    },
  ],
  [
    'sends a message over the limit',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      c.sendBytes(new Uint8Array(2 << 20).fill(2));
    },
  ],
  [
    'chops up a message over the limit before HELLO',
    'PROTOCOL_VIOLATION',
    async (c) => {
      const part = new Uint8Array((1 << 20) - 2).fill(2);
      for (let count = 0; count < 8; count++) c.send({ kind: 'chunk', isLast: false, part });
    },
  ],
  [
    'renews with the token of another',
    'UNAUTHENTICATED',
    async (c) => {
      await c.open();
      c.send({ kind: 'token', token: 'another' });
    },
  ],
  [
    'renews with no token',
    'UNAUTHENTICATED',
    async (c) => {
      await c.open();
      c.send({ kind: 'token', token: '' });
    },
  ],
  [
    'has too much in flight',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      for (let number = 1; number <= 200; number++) c.push(number, [c.put('p0', { base: 99 })]);
    },
  ],
  [
    'settles nothing',
    'PROTOCOL_VIOLATION',
    async (c) => {
      await c.open();
      for (let number = 1; number <= 300 && c.closedReason === undefined; number++) {
        c.push(number, [c.put('p0', { base: 99 })]);
        await until(() => c.of('result').length >= number || c.closedReason !== undefined);
      }
    },
  ],
  [
    'counts down its own client from another place',
    'REPLACED',
    async (c, s) => {
      await c.open();
      await new RawClient(s, c.clientId).open();
    },
  ],
  [
    'takes the id of another user’s replica',
    'TOO_MANY_CONNECTIONS',
    async (c, s) => {
      await new RawClient(s, c.clientId).open({ token: 'victim' });
      c.hello();
    },
  ],
];

/** Refuses one shape or transaction; the connection goes on. */
const REFUSED: readonly [string, string, Lie][] = [
  ['asks for a collection there is not', 'FORBIDDEN', async (c) => c.sub(1, undefined, 'secrets')],
  ['asks with conditions that lie too deep', 'INVALID_QUERY', async (c) => c.sub(1, deepCondition(40))],
  ['asks for a collection of the engine', 'FORBIDDEN', async (c) => c.sub(1, undefined, 'server/key')],
  ['asks for a collection that is not granted', 'FORBIDDEN', async (c) => c.sub(1, undefined, 'city')],
  ['asks for a field without an index', 'UNINDEXED_FIELD', async (c) => c.sub(1, { name: 'x' })],
  ['asks for a field there is not', 'UNINDEXED_FIELD', async (c) => c.sub(1, { nothing: 1 })],
  ['asks for a member of all objects', 'UNINDEXED_FIELD', async (c) => c.sub(1, { constructor: 1 })],
  ['asks with a text', 'INVALID_QUERY', async (c) => c.sub(1, 'everything')],
  ['asks with an array', 'INVALID_QUERY', async (c) => c.sub(1, [{}])],
  ['asks for keys that are none', 'INVALID_KEY', async (c) => c.sub(1, { $keys: [{}] })],
  ['asks for keys that are no list', 'INVALID_QUERY', async (c) => c.sub(1, { $keys: 'p0' })],
  ['inserts what is there', 'DUPLICATE_KEY', async (c) => c.push(1, [c.put('p0')])],
  [
    'takes a unique value that is taken',
    'DUPLICATE_KEY',
    async (c) => c.push(1, [c.put('x', {}, { email: 'p0@x.io' })]),
  ],
  ['edits a revision that is not', 'REVISION_MISMATCH', async (c) => c.push(1, [c.put('p0', { base: 7 })])],
  ['breaks a rule', 'VALIDATION_FAILED', async (c) => c.push(1, [c.put('x', {}, { age: 1_000 })])],
  [
    'breaks a rule behind an effect that is right',
    'VALIDATION_FAILED',
    async (c) => c.push(1, [c.put('x'), c.put('y', {}, { email: 'no address' })]),
  ],
  [
    'writes what is not granted',
    'FORBIDDEN',
    async (c) =>
      c.push(1, [
        {
          kind: 'delete',
          modelId: c.outgoing.idOf('city'),
          key: 5,
          base: 1,
          baseDigest: new Uint8Array(0),
          after: 0,
          fence: 0,
        },
      ]),
  ],
];

describe('a client that', () => {
  let server: PlayerServer;
  let honest: PlayerReplica;
  let before: Record<string, string>;
  beforeAll(async () => {
    server = await PlayerServer.open({
      policy: (_user: SyncUser) => POLICY,
      authenticate: (token) => (token === '' ? undefined : { id: token }),
    });
    await server.db.player.insertMany([player('p0'), player('p1')]);
    honest = await server.replica({ player: true });
    await honest.connection.synced();
    before = contentsOf(server.db);
  });
  afterAll(async () => {
    await honest.close();
    await server.close();
  });

  afterEach(async () => {
    for (const key of ['ok1', 'ok2']) await server.db.player.delete(key);
    expect(contentsOf(server.db)).toEqual(before);
    await server.db.player.insert(player('probe'));
    await until(() => honest.player.has('probe'));
    await server.db.player.delete('probe');
    await until(() => !honest.player.has('probe') && !honest.player.has('ok2'));
    expect([honest.connection.state, contentsOf(honest)]).toEqual(['live', before]);
  });

  it.each(REJECTED)('%s is let go with %s', async (_, code, lie) => {
    const client = new RawClient(server);
    await lie(client, server);
    expect(await client.rejection()).toBe(code);
    expect(server.db.player.has('x')).toBe(false);
  });

  it.each(REFUSED)('%s is refused with %s and goes on', async (_, code, lie) => {
    const client = new RawClient(server);
    await client.open();
    await lie(client, server);
    await until(() => client.of('subbed').length + client.of('result').length > 0 || client.closedReason !== undefined);
    expect([client.of('subbed')[0]?.code ?? client.of('result')[0]?.code, client.of('reject')]).toEqual([code, []]);
    client.send({ kind: 'ping', nonce: 5 });
    await client.next('pong');
    expect(server.db.player.has('x')).toBe(false);
    client.close();
  });

  it('sends a transaction twice is answered twice and heard once', async () => {
    const client = new RawClient(server);
    await client.open();
    client.push(1, [client.put('ok1')]);
    client.push(1, [client.put('ok1')]);
    await client.next('result', 2);
    const again = new RawClient(server, client.clientId);
    expect((await again.open()).answered).toBe(1);
    again.push(1, [again.put('ok1', {}, { age: 99 })]);
    expect((await again.next('result')).outcome).toBe('accepted');
    expect([server.db.player.revision('ok1'), server.db.player.get('ok1')?.age]).toEqual([1, 30]);
    again.close();
  });

  it('has edits on another of its own that was refused gets a conflict for each', async () => {
    const client = new RawClient(server);
    await client.open();
    client.push(1, [client.put('p0', { base: 7 })]);
    client.push(2, [client.put('p0', { base: 1, baseDigest: new Uint8Array(0), after: 1 })]);
    client.push(3, [client.put('p1', { base: 1, baseDigest: new Uint8Array(0), after: 99 })]);
    await client.next('result', 2);
    expect(
      client
        .of('result')
        .map(({ code }) => code)
        .slice(0, 2),
    ).toEqual(['REVISION_MISMATCH', 'REVISION_MISMATCH']);
    await until(() => client.closedReason !== undefined);
    expect(await client.rejection()).toBe('PROTOCOL_VIOLATION');
  });
});

function deepCondition(depth: number): object {
  return depth === 0 ? { age: 1 } : { not: deepCondition(depth - 1) };
}
