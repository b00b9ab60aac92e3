/** Ids of a sequence that replicas give out offline: none twice, over cuts, restarts of both sides and copies of a replica. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryFileSystem } from '@nuthatch/runtime';
import { syncPortOf } from '@nuthatch/runtime/sync';
import { field, modelWith, NUMBER, STRING } from '../../runtime/test/support/open-models.js';
import { type AnyReplica, ModelServer } from './support/model-server.js';
import { randomOf } from './support/random.js';
import { until } from './support/sync-players.js';

const MODEL = modelWith([field('note', STRING)], {
  name: 'Ticket',
  collection: 'ticket',
  key: { fields: ['id'], generate: 'sequence' },
  fields: [field('id', NUMBER), field('note', STRING)],
});

const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
const roundCount = process.env['NUTHATCH_NIGHTLY'] ? 200 : 16;
const insertCount = Math.ceil(Number(process.env['NUTHATCH_KEY_INSERTS'] ?? 1_280) / roundCount);

/** Numbers that a replica may still give out. */
function rangesOf(replica: AnyReplica): number {
  const port = syncPortOf(replica);
  const used = port.collections.get('ticket')?.lastInSequence ?? 0;
  const ranges = (port.record('range/ticket') ?? []) as readonly { readonly first: number; readonly last: number }[];
  return ranges.reduce((sum, { first, last }) => sum + Math.max(0, last - Math.max(first - 1, used)), 0);
}

async function insert(db: AnyReplica | ModelServer['db'], note = ''): Promise<number> {
  const inserted: unknown = await db['ticket']?.insert({ note });
  return (inserted as { readonly id: number }).id;
}

function numbersOf(db: AnyReplica | ModelServer['db']): readonly number[] {
  return (db['ticket']?.all().keys() ?? []) as unknown as readonly number[];
}

describe('ids of a sequence', () => {
  it('are refused before the first contact with the way out, and given out offline after it', async () => {
    const server = await ModelServer.open([MODEL]);
    for (let count = 0; count < 3; count++) await insert(server.db);
    let isDown = true;
    const connect = () => {
      if (isDown) throw new Error('no network');
      return server.connect();
    };
    const replica = await server.replica([MODEL], { connect, keyRange: 10 });
    await expect(insert(replica)).rejects.toMatchObject({ code: 'KEY_RANGE_EXHAUSTED', retryable: true });
    expect([replica.outbox.size, replica['ticket']?.size]).toEqual([0, 0]);
    isDown = false;
    await replica.connection.synced();
    await until(() => server.db['ticket'] !== undefined && replica.connection.state === 'live');
    await until(() => rangesOf(replica) === 20, 'two ranges');
    replica.connection.disconnect();
    const given: number[] = [];
    for (let count = 0; count < 20; count++) given.push(await insert(replica));
    expect(given).toEqual(Array.from({ length: 20 }, (_, index) => index + 4));
    await expect(insert(replica)).rejects.toMatchObject({ code: 'KEY_RANGE_EXHAUSTED' });
    // What is refused uses up nothing, and the server goes on behind what it has granted.
    expect(await insert(server.db)).toBe(24);
    replica.connection.connect();
    await replica.connection.synced();
    await until(() => rangesOf(replica) === 20, 'two ranges again');
    expect(await insert(replica)).toBe(25);
    expect([replica.conflicts.size, server.errors]).toEqual([0, []]);
    await replica.close();
    await server.close();
  });

  it('are there when `synced` has resolved, also for a class that no shape holds and that was asked for before', async () => {
    const server = await ModelServer.open([MODEL]);
    const replica = await server.replica([MODEL], { keyRange: 10 });
    await replica.connection.synced();
    expect(await insert(replica)).toBe(1);
    expect(rangesOf(replica)).toBe(19);
    const other = await server.replica([MODEL], { keyRange: 10, subscribe: {} });
    await other.connection.synced();
    await expect(insert(other)).rejects.toMatchObject({ code: 'KEY_RANGE_EXHAUSTED' });
    await other.connection.synced();
    expect(await insert(other)).toBe(21);
    for (const each of [replica, other]) await each.close();
    await server.close();
  });

  it('that the server does not grant keep nobody waiting', async () => {
    const server = await ModelServer.open([MODEL], { memory: true }, { policy: () => ({ ticket: { read: true } }) });
    const replica = await server.replica([MODEL], { keyRange: 10 });
    await replica.connection.synced();
    await expect(insert(replica)).rejects.toMatchObject({ code: 'KEY_RANGE_EXHAUSTED' });
    await replica.close();
    await server.close();
  });

  it('are taken back with the transaction that took them', async () => {
    const server = await ModelServer.open([MODEL]);
    const replica = await server.replica([MODEL], { keyRange: 10 });
    await replica.connection.synced();
    await until(() => rangesOf(replica) === 20, 'two ranges');
    await expect(
      replica.transaction((tx) => {
        (tx as unknown as AnyReplica)['ticket']?.insert({ note: 'a' });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await insert(replica)).toBe(1);
    await replica.close();
    await server.close();
  });

  it('set by hand are the server’s affair: one that was never given out is a conflict, and uses up nothing', async () => {
    const server = await ModelServer.open([MODEL]);
    const replica = await server.replica([MODEL], { keyRange: 10 });
    await replica.connection.synced();
    await until(() => rangesOf(replica) === 20, 'two ranges');
    await replica['ticket']?.insert({ id: Number.MAX_SAFE_INTEGER, note: 'far' } as never);
    expect(await insert(replica)).toBe(1);
    await replica['ticket']?.insert({ id: 5, note: 'own' } as never);
    expect(await insert(replica)).toBe(6);
    await replica.connection.synced();
    expect(replica.conflicts.all().map(({ code }) => code)).toEqual(['KEY_NOT_GRANTED']);
    expect(await insert(server.db)).toBe(31);
    await replica.close();
    await server.close();
  });

  it('are not granted to a user without the right to write, nor for a class without a sequence', async () => {
    const other = modelWith([field('age', NUMBER)]);
    const server = await ModelServer.open([MODEL, other], undefined, {
      policy: () => ({ ticket: { read: true }, player: { read: true, write: true } }),
    });
    const replica = await server.replica([MODEL, other]);
    await replica.connection.synced();
    await expect(insert(replica)).rejects.toMatchObject({ code: 'KEY_RANGE_EXHAUSTED' });
    expect(server.db['ticket']?.size).toBe(0);
    expect(await insert(server.db)).toBe(1);
    await replica.close();
    await server.close();
  });

  it(`none is handed out twice over cuts and restarts of both sides (seed ${seed})`, async () => {
    const random = randomOf(seed);
    const data = new MemoryFileSystem();
    const onDisk = (fileSystem: MemoryFileSystem, directory: string): object => ({
      ...{ directory, fileSystem, compaction: 'manual', durability: 'os', memory: undefined },
    });
    let server = await ModelServer.open([MODEL], onDisk(data, '/data') as never);
    const places = Array.from({ length: 3 }, () => new MemoryFileSystem());
    const open = (fileSystem: MemoryFileSystem): Promise<AnyReplica> =>
      server.replica([MODEL], { ...onDisk(fileSystem, '/r'), keyRange: 40, connect: () => server.connect() });
    const replicas = await Promise.all(places.map(open));
    const given: number[] = [];
    for (let round = 0; round < roundCount; round++) {
      for (const goal = given.length + insertCount; given.length < goal; ) {
        const index = Math.floor(random() * (replicas.length + 1));
        const db = replicas[index] ?? server.db;
        try {
          given.push(await insert(db, `r${round}`));
        } catch (error) {
          expect(error).toMatchObject({ code: 'KEY_RANGE_EXHAUSTED' });
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        if (random() < 0.05) server.cut();
      }
      const index = Math.floor(random() * replicas.length);
      const kind = random();
      if (kind < 0.4) {
        await replicas[index]?.close();
        replicas[index] = await open(places[index] as MemoryFileSystem);
      } else if (kind < 0.6) {
        await server.close();
        server = await ModelServer.open([MODEL], onDisk(data, '/data') as never);
      } else if (kind < 0.8) replicas[index]?.connection.disconnect();
      for (const { connection } of replicas) if (random() < 0.7) connection.connect();
    }
    for (const { connection } of replicas) {
      connection.connect();
      await connection.synced();
    }
    expect(given.length).toBeGreaterThan(roundCount * 10);
    expect(new Set(given).size).toBe(given.length);
    expect([...numbersOf(server.db)].sort((a, b) => a - b)).toEqual([...given].sort((a, b) => a - b));
    for (const replica of replicas) {
      expect(replica.conflicts.all()).toEqual([]);
      await replica.close();
    }
    await server.close();
    // A million ids by night are more than the ten minutes of other tests.
  }, 14_400_000);

  it('of a copied replica are others than those of the original, once it has met the server', async () => {
    const root = mkdtempSync(join(tmpdir(), 'nuthatch-ranges-'));
    const server = await ModelServer.open([MODEL]);
    const local = (name: string): object => ({ directory: join(root, name), memory: undefined, keyRange: 10 });
    let replica = await server.replica([MODEL], local('own'));
    await replica.connection.synced();
    await until(() => rangesOf(replica) === 20, 'two ranges');
    await replica.close();
    cpSync(join(root, 'own'), join(root, 'copy'), { recursive: true });
    replica = await server.replica([MODEL], local('own'));
    const first = await insert(replica);
    await replica.connection.synced();
    await replica.close();
    const copy = await server.replica([MODEL], local('copy'));
    await copy.connection.synced();
    await until(() => rangesOf(copy) === 20, 'two ranges');
    const second = await insert(copy);
    await copy.connection.synced();
    expect([first, second > 20, copy.conflicts.size, server.db['ticket']?.size]).toEqual([1, true, 0, 2]);
    await copy.close();
    await server.close();
    rmSync(root, { recursive: true });
  });
});
