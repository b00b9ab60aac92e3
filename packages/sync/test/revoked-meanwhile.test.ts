/** Rights that end while an answer is on its way: what it would tell is not sent any more. */
import { createHash, randomBytes } from 'node:crypto';
import { syncPortOf } from '@nuthatch/runtime/sync';
import type { Policy } from '../src/server/policy.js';
import { RawClient } from './support/raw-client.js';
import { PlayerServer, player } from './support/sync-players.js';

const turns = (count: number): Promise<void> =>
  count === 0 ? Promise.resolve() : new Promise((resolve) => setImmediate(() => void turns(count - 1).then(resolve)));

async function openServer(): Promise<{ server: PlayerServer; revoke(): void }> {
  let isGranted = true;
  const policy = ({ id }: { readonly id: string }): Policy =>
    isGranted || id !== 'liar' ? { player: { read: true, write: true }, machine: { read: true, write: true } } : {};
  const server = await PlayerServer.open({ policy });
  const revoke = (): void => {
    isGranted = false;
    server.sync.reevaluate('liar');
  };
  return { server, revoke };
}

it('who has checked out what is not told behind the end of the right to see it', async () => {
  const { server, revoke } = await openServer();
  await server.db.player.insertMany([player('p1'), player('p2')]);
  const holder = await server.replica({ player: true }, { token: 'holder-of-p1' });
  await holder.connection.synced();
  await holder.player.checkOut('p1', { ms: 60_000 });
  const client = new RawClient(server);
  await client.open();
  client.sub(1, undefined);
  await server.db.player.update('p2', { name: 'behind its cursor' });
  // Without credit nothing of documents comes, and no answer that rests on them.
  client.send({ kind: 'leases', request: 1, collection: 'player' });
  await turns(20);
  expect(client.of('holders')).toEqual([]);
  revoke();
  client.credit();
  expect((await client.next('holders')).holders).toEqual([]);
  client.close();
  await holder.close();
  await server.close();
});

it('the bytes of a file that is being read from the disk are not sent behind it either', async () => {
  const bytes = randomBytes(1_000);
  const { server, revoke } = await openServer();
  const photo = await server.db.blobs.put(bytes);
  await server.db.machine.insert({ serial: 's1', photo });
  const { blobs } = syncPortOf(server.db);
  const reader = blobs.reader.bind(blobs);
  let onRead: () => void = () => undefined;
  jest.spyOn(blobs, 'reader').mockImplementation(async (blob) => {
    const real = await reader(blob);
    const chunks = async function* (range: Parameters<typeof real.chunks>[0]) {
      yield* real.chunks(range);
      onRead();
    };
    return { ...real, chunks } as never;
  });
  const client = new RawClient(server);
  await client.open();
  const hash = createHash('sha256').update(bytes).digest();
  client.send({ kind: 'blobGet', request: 1, hash, offset: 0, byteCount: 400 });
  expect((await client.next('blobPart')).part.length).toBe(400);
  onRead = revoke;
  client.send({ kind: 'blobGet', request: 2, hash, offset: 400, byteCount: 600 });
  expect(await client.next('blobAt')).toMatchObject({ request: 2, code: 'BLOB_MISSING' });
  expect(client.of('blobPart')).toHaveLength(1);
  client.close();
  await server.close();
});
