/** Replicas that are slow, silent or too many: what they cost the server, and when it lets them go. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemoryFileSystem } from '@nuthatch/runtime';
import { encodeMessage } from '../src/protocol/encode-message.js';
import { DirectTransport } from './support/direct-transport.js';
import { RawClient } from './support/raw-client.js';
import { PlayerServer, player, until } from './support/sync-players.js';

const WRITE_COUNT = 10_000;
const DOCUMENT_COUNT = 3_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

let editCount = 0;

async function edit(server: PlayerServer, count: number): Promise<void> {
  for (let number = 0; number < count; number++)
    await server.db.player.update(`p${number % DOCUMENT_COUNT}`, { name: `edit ${++editCount}` });
}

describe('a replica', () => {
  let server: PlayerServer;
  beforeEach(async () => {
    server = await PlayerServer.open();
    await server.db.player.insertMany(Array.from({ length: DOCUMENT_COUNT }, (_, index) => player(`p${index}`)));
  });
  afterEach(() => server.close());

  it(`that gives no credit costs the same after ${WRITE_COUNT} writes as before, and gets what it missed`, async () => {
    await server.close();
    // With a journal: it holds what the replica missed.
    const fileSystem = new MemoryFileSystem();
    server = await PlayerServer.open({
      database: { directory: '/server', fileSystem, durability: 'os', compaction: 'manual' },
    });
    await server.db.player.insertMany(Array.from({ length: DOCUMENT_COUNT }, (_, index) => player(`p${index}`)));
    await edit(server, DOCUMENT_COUNT);
    const client = new RawClient(server);
    await client.open();
    client.sub(1, undefined);
    // Paid to the last byte: then nothing is left to send anything with.
    client.credit(1);
    for (let count = 1; !client.of('snap').some(({ isLast }) => isLast); count++)
      client.credit(encodeMessage(await client.next('snap', count)).length);
    await server.db.player.update('p1', { name: 'x' });
    await until(() => client.of('patch').length <= 1);
    const beforeBytes = heapBytes();
    await edit(server, WRITE_COUNT);
    const firstCount = client.of('patch').length;
    client.heard.length = 0;
    const grownBytes = heapBytes() - beforeBytes;
    // Each write that waited for it would be some 300 bytes here.
    expect(grownBytes).toBeLessThan(1_000_000);
    // However long that takes beside other tests: as long as something comes.
    for (let silentCount = 0; client.of('patch').at(-1)?.seq !== Number(server.db.seq) && silentCount < 400; ) {
      const { length } = client.heard;
      client.credit();
      await new Promise((resolve) => setTimeout(resolve, 5));
      silentCount = client.heard.length > length ? 0 : silentCount + 1;
    }
    const seqs = client.of('patch').map(({ seq }) => seq);
    expect([firstCount <= 1, firstCount + seqs.length]).toEqual([true, WRITE_COUNT + 1]);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    client.close();
  });

  it('whose image waits for credit does not hold the collection, and gets what changed meanwhile', async () => {
    const client = new RawClient(server);
    await client.open();
    client.sub(1, undefined);
    client.credit(1_000);
    await client.next('snap');
    const keys = new Set(client.of('snap').flatMap(({ puts }) => puts.map(({ key }) => key)));
    expect([keys.size < DOCUMENT_COUNT, client.of('snap').some(({ isLast }) => isLast)]).toEqual([true, false]);
    const [sent] = keys;
    const unsent = Array.from({ length: DOCUMENT_COUNT }, (_, index) => `p${index}`).find(
      (key) => !keys.has(key),
    ) as string;
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    await server.db.player.update(sent as string, { name: 'changed behind it' });
    await server.db.player.update(unsent, { name: 'changed before it' });
    await server.db.player.delete(unsent === 'p0' ? 'p1' : 'p0');
    await server.db.player.insert(player('new'));
    client.credit(8 << 20);
    await until(() => client.of('snap').some(({ isLast }) => isLast));
    const held = new Map<unknown, number>();
    for (const message of client.heard) {
      if (message.kind === 'snap') for (const { key, revision } of message.puts) held.set(key, revision);
      if (message.kind === 'patch')
        for (const change of message.changes) {
          if (change.kind === 'put') held.set(change.key, change.revision);
          if (change.kind === 'leave') held.delete(change.key);
        }
    }
    const expected = server.db.player
      .all()
      .keys()
      .map((key) => [key, server.db.player.revision(key)] as const);
    expect(new Map([...held].sort())).toEqual(new Map([...expected].sort()));
    client.close();
  });

  it('that never greets is let go, and so is one that says nothing any more', async () => {
    await server.close();
    server = await PlayerServer.open({ serve: { helloTimeoutMs: 60, pingMs: 30 } });
    const mute = new RawClient(server);
    expect(await mute.rejection()).toBe('PROTOCOL_VIOLATION');
    const silent = new RawClient(server);
    await silent.open();
    await until(() => silent.closedReason !== undefined);
    expect([silent.of('ping').length > 0, silent.closedReason]).toEqual([true, 'the replica is silent']);
    await using alive = await server.replica({ player: true });
    await alive.connection.synced();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect([alive.connection.state, server.sync.connectionCount]).toEqual(['live', 1]);
  });

  it('that follows live is told how far it is where nothing of its own happens', async () => {
    await server.close();
    server = await PlayerServer.open({ serve: { pingMs: 30 } });
    const client = new RawClient(server);
    await client.open();
    client.sub(1, { clubs: 'fcb' });
    client.credit();
    await until(() => client.of('snap').length === 1);
    await server.db.player.insert(player('other'));
    await until(() => client.of('advance').at(-1)?.seq === Number(server.db.seq));
    expect(client.of('patch')).toEqual([]);
    client.close();
  });

  it('is told to come back when there are too many, of all or of its user, or too many at once', async () => {
    await server.close();
    server = await PlayerServer.open({ serve: { maxConnections: 3, maxConnectionsPerUser: 2 } });
    const clients = [new RawClient(server), new RawClient(server), new RawClient(server)];
    await (clients[0] as RawClient).open();
    await (clients[1] as RawClient).open();
    (clients[2] as RawClient).hello();
    expect(await (clients[2] as RawClient).rejection()).toBe('TOO_MANY_CONNECTIONS');
    const other = new RawClient(server);
    await other.open({ token: 'other' });
    const last = new RawClient(server);
    expect([await last.rejection(), last.of('reject')[0]?.isRetryable]).toEqual(['TOO_MANY_CONNECTIONS', true]);
    (clients[0] as RawClient).close();
    await until(() => server.sync.connectionCount === 2);
    await new RawClient(server).open();
    await server.close();
    server = await PlayerServer.open({ serve: { maxConnectionsPerSecond: 2 } });
    const many = Array.from({ length: 5 }, () => new RawClient(server));
    await until(() => many.filter(({ closedReason }) => closedReason !== undefined).length === 3);
    expect(many.flatMap((client) => client.of('reject')).map(({ code }) => code)).toEqual(
      Array(3).fill('RATE_LIMITED'),
    );
  });

  it('that sends more messages than it may is let go', async () => {
    await server.close();
    server = await PlayerServer.open({ serve: { maxMessagesPerSecond: 10 } });
    const client = new RawClient(server);
    await client.open();
    for (let nonce = 0; nonce < 150; nonce++) client.send({ kind: 'ping', nonce });
    expect(await client.rejection()).toBe('RATE_LIMITED');
    expect(client.of('pong').length).toBeLessThanOrEqual(100);
  });
});

describe('serve', () => {
  it.each<[string, object]>([
    ['maxConnections', { maxConnections: 0 }],
    ['maxMessageBytes', { maxMessageBytes: 5 }],
    ['pingMs', { pingMs: '30000' }],
    ['policy', { policy: { player: { read: true } } }],
    ['authenticate', { authenticate: 'token' }],
    ['origins', { origins: 'https://example.org' }],
    ['maxConnection', { maxConnection: 5 }],
  ])('refuses a wrong %s at once', async (option, options) => {
    await expect(PlayerServer.open({ serve: options })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      facts: { option },
    });
  });
});

describe('a server that has gone without a word', () => {
  it('is given up by its replica, which tries again', async () => {
    const server = await PlayerServer.open();
    let isMute = false;
    const transports: DirectTransport[] = [];
    const connect = (): DirectTransport => {
      const [own, other] = DirectTransport.pair();
      transports.push(own);
      // A mute one takes what it is sent and says nothing.
      if (isMute) other.listen({ message: () => undefined, closed: () => undefined });
      else server.sync.serveTransport(other);
      return own;
    };
    await using ann = await server.replica({ player: true }, { connect, pingMs: 25 });
    await ann.connection.synced();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([ann.connection.state, transports.length]).toEqual(['live', 1]);
    isMute = true;
    server.cut();
    transports[0]?.cut();
    await until(() => transports.length >= 3);
    isMute = false;
    await ann.connection.synced();
    await server.close();
  });
});
