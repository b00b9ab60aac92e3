/** A replica that was offline for long: what waits costs the same for each edit, and an earlier version's is taken over. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { syncPortOf } from '@nuthatch/runtime/sync';
import { type PlayerReplica, PlayerServer, player, until } from './support/sync-players.js';

const EDIT_COUNT = 3_000;
/** An edit with its outbox entry, which holds the document before and after it. */
const EDIT_BYTES = 1_500;

let server: PlayerServer;
let fileSystem: MemoryFileSystem;

async function open(): Promise<PlayerReplica> {
  const place = { memory: undefined, directory: '/r', fileSystem, durability: 'os', compaction: 'manual' };
  const replica = await server.replica({ player: true }, place);
  await replica.connection.synced();
  return replica;
}

beforeEach(async () => {
  server = await PlayerServer.open();
  fileSystem = new MemoryFileSystem();
  await server.db.player.insertMany([player('p1'), player('p2')]);
});
afterEach(async () => {
  expect(server.errors).toEqual([]);
  await server.close();
});

async function journalBytes(): Promise<number> {
  let sum = 0;
  for (const name of await fileSystem.list('/r')) sum += (await fileSystem.stat(`/r/${name}`))?.byteCount ?? 0;
  return sum;
}

it(`writes as much for the last of ${EDIT_COUNT} edits of one document as for the first`, async () => {
  const replica = await open();
  replica.connection.disconnect();
  const beforeBytes = await journalBytes();
  for (let count = 1; count <= EDIT_COUNT; count++) await replica.player.update('p1', { name: `edit ${count}` });
  expect((await journalBytes()) - beforeBytes).toBeLessThan(EDIT_COUNT * EDIT_BYTES);
  replica.connection.connect();
  await replica.connection.synced();
  expect([server.db.player.get('p1')?.name, server.db.player.revision('p1')]).toEqual([
    `edit ${EDIT_COUNT}`,
    EDIT_COUNT + 1,
  ]);
  const left = Array.from(syncPortOf(replica).records('')).filter(([name]) => /^(base|behind|outbox)/.test(name));
  expect([left, replica.conflicts.size]).toEqual([[], 0]);
  await replica.close();
});

it('of a refused transaction, all that rest on it are conflicts, and what is independent goes on', async () => {
  const replica = await open();
  replica.connection.disconnect();
  for (let count = 1; count <= 100; count++)
    await replica.player.update(count % 2 === 0 ? 'p1' : 'p2', { name: `edit ${count}` });
  await server.db.player.update('p1', { name: 'meanwhile' });
  replica.connection.connect();
  await replica.connection.synced();
  expect(replica.conflicts.all().map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, i) => i * 2 + 2));
  expect([server.db.player.get('p1')?.name, server.db.player.get('p2')?.name]).toEqual(['meanwhile', 'edit 99']);
  await until(() => replica.player.get('p1')?.name === 'meanwhile');
  await replica.close();
});

it('of an earlier version, which kept all numbers beside the base, goes on where it was', async () => {
  let replica = await open();
  replica.connection.disconnect();
  server.isDown = true;
  for (const name of ['a', 'b', 'c']) await replica.player.update('p1', { name });
  await replica.player.update('p2', { name: 'd' });
  const port = syncPortOf(replica);
  await port.replicate((sync) => {
    for (const [name] of [...port.records('behind/')]) sync.setRecord(name, undefined);
    for (const [name, base] of [...port.records('base/')])
      sync.setRecord(name, { ...(base as object), pending: name.endsWith('p1') ? [1, 2, 3] : [4] });
  });
  await replica.close();
  server.isDown = false;
  replica = await open();
  expect([server.db.player.get('p1'), server.db.player.revision('p1')]).toMatchObject([{ name: 'c' }, 4]);
  expect([server.db.player.get('p2')?.name, replica.conflicts.size, replica.outbox.size]).toEqual(['d', 0, 0]);
  await replica.close();
});
