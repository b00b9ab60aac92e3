/** Files between replicas and a server: sent before their documents, brought on demand or with them, to those who may read them. */
import { createHash, randomBytes } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import type { BlobRef } from '@nuthatch/model';
import { BLOB_REF_TYPE } from '@nuthatch/model';
import { MemoryFileSystem } from '@nuthatch/runtime';
import { syncPortOf } from '@nuthatch/runtime/sync';
import { FaultFileSystem } from '../../runtime/test/fault-file-system.js';
import { field, modelWith, STRING } from '../../runtime/test/support/open-models.js';
import { decodeMessage } from '../src/protocol/encode-message.js';
import type { Message, MessageOf } from '../src/protocol/messages.js';
import type { DirectTransport } from './support/direct-transport.js';
import { type AnyReplica, ModelServer } from './support/model-server.js';
import { randomOf } from './support/random.js';
import { until } from './support/sync-players.js';

const MACHINE = modelWith(
  [
    field('site', STRING),
    field('photo', BLOB_REF_TYPE, { optional: true }),
    field('secret', BLOB_REF_TYPE, { optional: true }),
  ],
  {
    name: 'Machine',
    collection: 'machine',
    indexes: [{ name: 'site', kind: 'tag', fields: ['site'] }],
  },
);
const MODELS = [MACHINE];
const LARGE = randomBytes(3_000_000);
const SMALL = randomBytes(100);

let server: ModelServer;
const replicas: AnyReplica[] = [];

async function open(options: object = {}): Promise<void> {
  server = await ModelServer.open(MODELS, { memory: true }, options);
}

async function replica(more: object = {}): Promise<AnyReplica> {
  const made = await server.replica(MODELS, more);
  replicas.push(made);
  return made;
}

afterEach(async () => {
  for (const each of replicas.splice(0)) await each.close();
  await server.close();
});

async function bytesOf(db: AnyReplica, ref: BlobRef): Promise<Buffer> {
  return Buffer.from(await db.blobs.bytes(ref));
}

/** Messages of these kinds that went over a connection, from the replica's side. */
function sent(connection: DirectTransport, kind: Message['kind']): readonly Message[] {
  return connection.sent.map((data) => decodeMessage(data)).filter((message) => message.kind === kind);
}

describe('a photo that is put in a replica', () => {
  it('is at the server before its document, and comes to another replica when it is read', async () => {
    await open();
    const [one, two] = [await replica({ token: 'ann' }), await replica({ token: 'ben' })];
    const photo = await one.blobs.put(LARGE, { mediaType: 'image/jpeg' });
    let isThere: boolean | undefined;
    server.db['machine']!.subscribe(({ after }) => {
      const ref = (after as { readonly photo?: BlobRef } | undefined)?.photo;
      if (ref !== undefined) isThere = syncPortOf(server.db).blobs.has(ref);
    });
    await one['machine']!.insert({ id: 'm1', site: 'a', photo });
    await one.connection.synced();
    expect(isThere).toBe(true);
    await until(() => two['machine']!.get('m1') !== undefined, 'the document');
    expect(await two.blobs.has(photo)).toBe(false);
    expect((await bytesOf(two, photo)).equals(LARGE)).toBe(true);
    expect(await two.blobs.has(photo)).toBe(true);
    expect(server.errors).toEqual([]);
  });

  it('offline is uploaded when there is a server again', async () => {
    await open();
    const one = await replica();
    await one.connection.synced();
    one.connection.disconnect();
    const photo = await one.blobs.put(SMALL);
    await one['machine']!.insert({ id: 'm1', site: 'a', photo });
    expect((await bytesOf(one, photo)).equals(SMALL)).toBe(true);
    one.connection.connect();
    await one.connection.synced();
    expect(one.conflicts.all()).toEqual([]);
    expect(Buffer.from(await server.db.blobs.bytes(photo)).equals(SMALL)).toBe(true);
  });

  it('stays while a transaction that refers to it waits, whatever has become of its document', async () => {
    await open();
    const fileSystem = new MemoryFileSystem();
    const options = { compaction: 'manual', blobGraceMs: 0 };
    const one = await replica({ memory: undefined, directory: '/one', fileSystem, ...options });
    await one.connection.synced();
    one.connection.disconnect();
    const photo = await one.blobs.put(SMALL);
    await one['machine']!.insert({ id: 'm1', site: 'a', photo });
    await one['machine']!.update('m1', { photo: undefined });
    for (let count = 0; count < 5; count++) {
      await one['machine']!.insert({ id: `other ${count}`, site: 'a' });
      await one.compact();
    }
    expect(await one.blobs.has(photo)).toBe(true);
    one.connection.connect();
    await one.connection.synced();
    expect(one.conflicts.all()).toEqual([]);
    expect(await server.db.blobs.has(photo)).toBe(true);
    for (let count = 5; count < 10; count++) {
      await one['machine']!.insert({ id: `other ${count}`, site: 'a' });
      await one.connection.synced();
      await one.compact();
    }
    expect(await one.blobs.has(photo)).toBe(false);
  });

  it('may be empty', async () => {
    await open();
    const [one, two] = [await replica(), await replica()];
    const photo = await one.blobs.put(new Uint8Array(0));
    await one['machine']!.insert({ id: 'm1', site: 'a', photo });
    await one.connection.synced();
    await until(() => two['machine']!.get('m1') !== undefined, 'the document');
    expect((await bytesOf(two, photo)).length).toBe(0);
  });

  it('comes with its document where the replica asks for that', async () => {
    await open();
    const photo = await server.db.blobs.put(LARGE);
    await server.db['machine']!.insert({ id: 'm1', site: 'a', photo });
    const one = await replica({ blobs: 'withShape' });
    await until(() => syncPortOf(one).blobs.has(photo), 'the blob');
    const later = await server.db.blobs.put(SMALL);
    await server.db['machine']!.insert({ id: 'm2', site: 'a', photo: later });
    await until(() => syncPortOf(one).blobs.has(later), 'the later blob');
    one.connection.disconnect();
    expect((await bytesOf(one, photo)).equals(LARGE)).toBe(true);
  });

  it('is said to be out of reach while the replica is offline', async () => {
    await open();
    const photo = await server.db.blobs.put(SMALL);
    await server.db['machine']!.insert({ id: 'm1', site: 'a', photo });
    const one = await replica();
    await one.connection.synced();
    one.connection.disconnect();
    await expect(one.blobs.bytes(photo)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    one.connection.connect();
    await one.connection.synced();
    expect((await bytesOf(one, photo)).equals(SMALL)).toBe(true);
  });

  it('can be referred to by another document before it is here', async () => {
    await open();
    const photo = await server.db.blobs.put(SMALL);
    await server.db['machine']!.insert({ id: 'm1', site: 'a', photo });
    const one = await replica();
    await one.connection.synced();
    await one['machine']!.insert({ id: 'm2', site: 'b', photo });
    await one.connection.synced();
    expect(one.conflicts.all()).toEqual([]);
    expect(server.db['machine']!.require('m2')).toMatchObject({ photo });
  });

  it('refuses a replica option that it does not know', async () => {
    await open();
    await expect(replica({ blobs: 'sometimes' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

it('goes over a port of another thread as well', async () => {
  await open();
  const channel = new MessageChannel();
  server.sync.attach(channel.port1 as never);
  const one = await replica({ connect: undefined, port: channel.port2 });
  const photo = await one.blobs.put(LARGE);
  await one['machine']!.insert({ id: 'm1', site: 'a', photo });
  await one.connection.synced();
  expect(Buffer.from(await server.db.blobs.bytes(photo)).equals(LARGE)).toBe(true);
  const theirs = await server.db.blobs.put(SMALL);
  await server.db['machine']!.insert({ id: 'm2', site: 'a', photo: theirs });
  await until(() => one['machine']!.get('m2') !== undefined, 'the document');
  expect((await bytesOf(one, theirs)).equals(SMALL)).toBe(true);
});

describe('a cut', () => {
  it('of an upload is gone on from where it was', async () => {
    await open();
    const one = await replica();
    await one.connection.synced();
    const first = server.connections.at(-1)!;
    let count = 0;
    first.onSend = (data) => {
      if (decodeMessage(data).kind === 'blobPart' && ++count === 4) setImmediate(() => server.cut());
    };
    const photo = await one.blobs.put(LARGE);
    await one['machine']!.insert({ id: 'm1', site: 'a', photo });
    await one.connection.synced();
    const again = sent(server.connections.at(-1)!, 'blobPart') as readonly MessageOf<'blobPart'>[];
    expect(again.length).toBeGreaterThan(0);
    expect(again[0]!.offset).toBeGreaterThan(0);
    expect(Buffer.from(await server.db.blobs.bytes(photo)).equals(LARGE)).toBe(true);
  });

  it('of a download is gone on from where it was', async () => {
    await open();
    const photo = await server.db.blobs.put(LARGE);
    await server.db['machine']!.insert({ id: 'm1', site: 'a', photo });
    const one = await replica();
    await one.connection.synced();
    const first = server.connections.at(-1)!;
    let count = 0;
    first.onSend = (data) => {
      if (decodeMessage(data).kind === 'blobGet' && ++count === 3) setImmediate(() => server.cut());
    };
    await expect(one.blobs.bytes(photo)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    await one.connection.synced();
    expect((await bytesOf(one, photo)).equals(LARGE)).toBe(true);
    const again = sent(server.connections.at(-1)!, 'blobGet') as readonly MessageOf<'blobGet'>[];
    expect(again[0]!.offset).toBeGreaterThan(0);
  });

  it('at any message loses nothing and keeps nothing that is not whole', async () => {
    await open();
    const [one, two] = [await replica(), await replica()];
    await one.connection.synced();
    for (let cutAt = 1; cutAt <= 12; cutAt++) {
      let count = 0;
      const connection = server.connections.at(-1)!;
      connection.onSend = () => {
        if (++count === cutAt) setImmediate(() => server.cut());
      };
      const bytes = randomBytes(1_300_000);
      const photo = await one.blobs.put(bytes);
      await one['machine']!.upsert({ id: `m${cutAt}`, site: 'a', photo });
      await one.connection.synced();
      await two.connection.synced();
      await until(() => two['machine']!.get(`m${cutAt}`) !== undefined, 'the document');
      const read = async (): Promise<Buffer> => {
        for (;;) {
          try {
            return await bytesOf(two, photo);
          } catch (error) {
            expect(error).toMatchObject({ code: 'SERVER_UNREACHABLE' });
            await two.connection.synced();
          }
        }
      };
      expect((await read()).equals(bytes)).toBe(true);
    }
    expect(one.conflicts.all()).toEqual([]);
  });
});

describe('who may have a file', () => {
  const policy = ({ id }: { readonly id: string }): object => ({
    machine: id === 'ann' ? { read: true, write: true } : { read: { site: 'b' }, write: true, hidden: ['secret'] },
  });

  it('is decided by documents that the user may read, in fields that he sees', async () => {
    await open({ policy });
    const [seen, hidden, foreign] = await Promise.all(
      ['seen', 'hidden', 'foreign'].map((text) => server.db.blobs.put(Buffer.from(text))),
    );
    await server.db['machine']!.insert({ id: 'm1', site: 'b', photo: seen!, secret: hidden! });
    await server.db['machine']!.insert({ id: 'm2', site: 'a', photo: foreign! });
    const ben = await replica({ token: 'ben', subscribe: { machine: { site: 'b' } } });
    await ben.connection.synced();
    expect((await bytesOf(ben, seen!)).toString()).toBe('seen');
    const unknown = { hash: createHash('sha256').update('unknown').digest('hex'), size: 7, mediaType: 'a/b' };
    const texts = await Promise.all(
      [hidden!, foreign!, unknown].map((ref) =>
        ben.blobs.bytes(ref).then(
          () => 'read',
          (error: { readonly code: string; readonly message: string }) => {
            expect(error.code).toBe('BLOB_MISSING');
            return error.message.replaceAll(ref.hash, 'HASH');
          },
        ),
      ),
    );
    expect(new Set(texts).size).toBe(1);
    const wire = server.connections.flatMap(({ sent: messages }) => messages);
    expect(wire.some((data) => Buffer.from(data).includes('foreign'))).toBe(false);
  });

  it('is not who merely knows a hash: the reference is refused, whether the blob is there or not', async () => {
    await open({ policy });
    const foreign = await server.db.blobs.put(Buffer.from('foreign'));
    await server.db['machine']!.insert({ id: 'm2', site: 'a', photo: foreign });
    const ben = await replica({ token: 'ben', subscribe: { machine: { site: 'b' } } });
    await ben.connection.synced();
    const unknown = { ...foreign, hash: createHash('sha256').update('unknown').digest('hex') };
    for (const [id, ref] of [
      ['known', foreign],
      ['unknown', unknown],
    ] as const) {
      // A replica that lies to itself: it says it has the blob.
      const port = syncPortOf(ben);
      await port.replicate(() => undefined);
      const { blobs } = port;
      const has = jest.spyOn(blobs, 'has').mockImplementation(() => true);
      await ben['machine']!.insert({ id, site: 'b', photo: ref });
      has.mockRestore();
      await ben.connection.synced();
    }
    const refused = ben.conflicts.all() as readonly { readonly reason?: string; readonly code?: string }[];
    expect(refused).toHaveLength(2);
    expect(server.db['machine']!.get('known')).toBeUndefined();
    expect(server.db['machine']!.get('unknown')).toBeUndefined();
  });
});

describe('limits', () => {
  it('refuse a blob that is too large, with its transaction, and nothing else', async () => {
    await open({ maxBlobBytes: 1000 });
    const errors: unknown[] = [];
    const one = await replica({ onError: (error: unknown) => errors.push(error) });
    const [photo, small] = [await one.blobs.put(randomBytes(1001)), await one.blobs.put(SMALL)];
    await one['machine']!.insert({ id: 'm1', site: 'a', photo });
    await one['machine']!.insert({ id: 'm2', site: 'a', photo: small });
    await one.connection.synced();
    expect(errors).toMatchObject([{ code: 'BLOB_TOO_LARGE' }]);
    expect(one.conflicts.all()).toMatchObject([{ code: 'BLOB_MISSING' }]);
    expect(server.db['machine']!.get('m1')).toBeUndefined();
    expect(server.db['machine']!.get('m2')).toBeDefined();
  });
});

describe('a crash', () => {
  const connect = (): DirectTransport => server.connect();

  it('of the server under an upload leaves nothing half, and the upload begins again', async () => {
    const fileSystem = new FaultFileSystem();
    const options = { directory: '/server', fileSystem };
    server = await ModelServer.open(MODELS, options);
    const one = await server.replica(MODELS, { connect });
    replicas.push(one);
    await one.connection.synced();
    let count = 0;
    const isUnderWay = new Promise<void>((resolve) => {
      server.connections.at(-1)!.onSend = (data) => {
        if (decodeMessage(data).kind === 'blobPart' && ++count === 5) resolve();
      };
    });
    const photo = await one.blobs.put(LARGE);
    await one['machine']!.insert({ id: 'm1', site: 'a', photo });
    await isUnderWay;
    const died = server;
    fileSystem.crash(randomOf(7));
    died.cut();
    await died.close().catch(() => undefined);
    server = await ModelServer.open(MODELS, options);
    await one.connection.synced();
    expect(one.conflicts.all()).toEqual([]);
    expect(Buffer.from(await server.db.blobs.bytes(photo)).equals(LARGE)).toBe(true);
    expect((await fileSystem.list('/server/blobs')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('of a replica at any message loses nothing that it had put and written', async () => {
    await open();
    const fileSystem = new FaultFileSystem();
    const options = { memory: undefined, directory: '/replica', fileSystem, connect, onError: () => undefined };
    const random = randomOf(11);
    const written = new Map<string, { readonly photo: BlobRef; readonly bytes: Buffer }>();
    for (let round = 1; round <= 12; round++) {
      const one = await server.replica(MODELS, options);
      // What an earlier life had put is here, and what it was bringing is not taken for whole.
      for (const { photo, bytes } of written.values()) {
        await one.connection.synced();
        expect((await bytesOf(one, photo)).equals(bytes)).toBe(true);
      }
      const bytes = randomBytes(700_000);
      const theirs = await server.db.blobs.put(randomBytes(900_000));
      await server.db['machine']!.insert({ id: `theirs ${round}`, site: 'a', photo: theirs });
      let count = 0;
      const isOver = new Promise<void>((resolve) => {
        const connection = server.connections.at(-1);
        if (connection === undefined) resolve();
        else
          connection.onSend = () => {
            if (++count === round) resolve();
          };
      });
      const photo = await one.blobs.put(bytes);
      await one['machine']!.insert({ id: `own ${round}`, site: 'a', photo });
      written.set(`own ${round}`, { photo, bytes });
      const reading = one.blobs.bytes(theirs).catch(() => undefined);
      await Promise.race([isOver, reading.then(() => one.connection.synced())]);
      fileSystem.crash(random);
      one.connection.disconnect();
      await one.close().catch(() => undefined);
      await reading;
    }
    const last = await server.replica(MODELS, options);
    replicas.push(last);
    await last.connection.synced();
    expect(last.conflicts.all()).toEqual([]);
    for (const [id, { photo, bytes }] of written) {
      expect(server.db['machine']!.get(id)).toMatchObject({ photo });
      expect(Buffer.from(await server.db.blobs.bytes(photo)).equals(bytes)).toBe(true);
    }
  });
});
