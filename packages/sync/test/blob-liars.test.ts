/** Replicas that lie about files: each lie has its end, and nothing of it stays. */
import { createHash, randomBytes } from 'node:crypto';
import { syncPortOf } from '@nuthatch/runtime/sync';
import type { MessageOf } from '../src/protocol/messages.js';
import { RawClient } from './support/raw-client.js';
import { PlayerServer } from './support/sync-players.js';

const BYTES = randomBytes(1000);
const HASH = createHash('sha256').update(BYTES).digest();

let server: PlayerServer;
let client: RawClient;

async function open(serve: object = {}, rights: object = { read: true, write: true }): Promise<void> {
  server = await PlayerServer.open({ policy: () => ({ machine: rights }), serve });
  client = new RawClient(server);
  await client.open();
}

afterEach(async () => {
  client.close();
  await server.close();
});

function have(request: number, byteCount = BYTES.length, hash: Uint8Array = HASH): void {
  client.send({ kind: 'blobHave', request, hash, byteCount });
}

function part(request: number, offset: number, bytes: Uint8Array, hash: Uint8Array = HASH): void {
  client.send({ kind: 'blobPart', request, hash, offset, isLast: false, part: bytes });
}

function get(request: number, offset: number, byteCount: number, hash: Uint8Array = HASH): void {
  client.send({ kind: 'blobGet', request, hash, offset, byteCount });
}

const at = (count: number): Promise<MessageOf<'blobAt'>> => client.next('blobAt', count);
const blobCount = (): number => syncPortOf(server.db).blobs.count;

it('an honest upload is taken, in whatever parts', async () => {
  await open();
  have(1);
  part(2, 0, BYTES.subarray(0, 10));
  part(3, 10, BYTES.subarray(10));
  expect([(await at(1)).offset, (await at(2)).offset, (await at(3)).offset]).toEqual([0, 10, 1000]);
  expect(blobCount()).toBe(1);
  have(4);
  expect((await at(4)).offset).toBe(1000);
});

it('bytes that are not the blob are refused, and none of them stay', async () => {
  await open();
  have(1);
  part(2, 0, randomBytes(1000));
  expect(await at(2)).toMatchObject({ code: 'BLOB_DAMAGED', offset: 0 });
  expect(blobCount()).toBe(0);
  have(3);
  part(4, 0, BYTES);
  expect(await at(4)).toMatchObject({ code: '', offset: 1000 });
});

it("a size that is not the blob's is refused at the end", async () => {
  await open();
  have(1, 999);
  part(2, 0, BYTES.subarray(0, 999));
  expect(await at(2)).toMatchObject({ code: 'BLOB_DAMAGED' });
  have(3, 10);
  have(4, 1000);
  part(5, 0, BYTES);
  expect(await at(5)).toMatchObject({ code: '', offset: 1000 });
});

it('parts in another order, twice, or with a gap change nothing', async () => {
  await open();
  have(1);
  part(2, 500, BYTES.subarray(500));
  part(3, 0, BYTES.subarray(0, 500));
  part(4, 0, BYTES.subarray(0, 500));
  part(5, 600, BYTES.subarray(600));
  part(6, 500, BYTES.subarray(500));
  part(7, 0, BYTES);
  await at(7);
  expect(client.of('blobAt').map(({ offset }) => offset)).toEqual([0, 0, 500, 500, 500, 1000, 1000]);
});

it('a part of a blob that was not announced is refused', async () => {
  await open();
  part(1, 0, BYTES);
  expect(await at(1)).toMatchObject({ code: 'BLOB_MISSING' });
  expect(blobCount()).toBe(0);
});

it.each<[string, () => void]>([
  [
    'a part beyond what was announced',
    () => {
      have(1);
      part(2, 1, BYTES);
    },
  ],
  [
    'more questions than may wait',
    () => {
      for (let request = 1; request <= 40; request++) have(request, 1000 + request);
    },
  ],
])('%s ends the connection, and keeps nothing', async (_, lie) => {
  await open();
  lie();
  expect(await client.rejection()).toBe('PROTOCOL_VIOLATION');
  expect(blobCount()).toBe(0);
});

it('a blob that is there and one that is not are answered with the same bytes', async () => {
  await open();
  const known = await server.db.blobs.put(BYTES);
  await server.db.machine.insert({ serial: 'x', photo: undefined, drawings: [] });
  expect(known.hash).toBe(HASH.toString('hex'));
  get(1, 0, 1000);
  get(2, 0, 1000, randomBytes(32));
  get(3, 2 ** 40, 1000);
  const [there, absent, beyond] = [await at(1), await at(2), await at(3)];
  expect({ ...there, request: 0 }).toEqual({ ...absent, request: 0 });
  expect({ ...beyond, request: 0 }).toEqual({ ...absent, request: 0 });
  expect(there.code).toBe('BLOB_MISSING');
});

it('a part from beyond the end of a blob that may be read ends the connection', async () => {
  await open();
  await server.db.machine.insert({ serial: 'x', photo: await server.db.blobs.put(BYTES) });
  get(1, 990, 2 ** 40);
  expect(await client.next('blobPart')).toMatchObject({ isLast: true, part: BYTES.subarray(990) });
  get(2, 1001, 1);
  expect(await client.rejection()).toBe('PROTOCOL_VIOLATION');
});

it('a user who may write nothing uploads nothing', async () => {
  await open({}, { read: true });
  have(1);
  expect(await at(1)).toMatchObject({ code: 'FORBIDDEN' });
});

it('what one user has waiting is bounded, and what documents refer to does not count', async () => {
  await open({ maxUploadBytes: 2_500 });
  const blobs = [1, 2, 3].map(() => randomBytes(1000));
  const hashes = blobs.map((bytes) => createHash('sha256').update(bytes).digest());
  have(1, 1000, hashes[0]);
  part(2, 0, blobs[0]!, hashes[0]);
  have(3, 1000, hashes[1]);
  have(4, 1000, hashes[2]);
  expect(await at(4)).toMatchObject({ code: 'BLOB_TOO_LARGE' });
  const ref = { hash: hashes[0]!.toString('hex'), size: 1000, mediaType: 'image/png' };
  await server.db.machine.insert({ serial: 'x', photo: ref });
  have(5, 1000, hashes[2]);
  expect(await at(5)).toMatchObject({ code: '', offset: 0 });
});
