/** A replica follows one database through a directory, a shared journal made of it, and a directory made of that. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, openReplica } from '../../../../generated/index.js';
import { restoreDirectory } from '../../../runtime/src/tools.js';
import { serve } from '../../../sync/src/index.js';
import { exportJournal, importDirectory, memoryJournal } from '../../src/index.js';

const player = (id: string) => ({ id, email: `${id}@example.org`, age: 31, name: id });
const options = {
  authenticate: () => ({ id: 'ann' }),
  policy: () => ({ player: { read: true, write: true } }) as const,
};

it('goes on with its cursor, its edits and its marks of history', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-follow-'));
  const at = (name: string): string => join(folder, name);
  const first = await openDatabase({ directory: at('first') });
  await first.player.insert(player('p0'));
  await first.close();
  // Of a later history than the first: what nodes say of it must be the same.
  await restoreDirectory({ directory: at('first'), destination: at('restored') });
  const own = await openDatabase({ directory: at('restored') });
  const server = await serve(own, { ...options, port: 0 });
  const { port } = server;
  const replica = await openReplica({
    url: `ws://127.0.0.1:${port}`,
    memory: true,
    token: 'ann',
    subscribe: { player: true },
  });
  try {
    await own.player.insert(player('p1'));
    await replica.connection.synced();
    await server.close();
    await own.close();
    await replica.player.update('p1', { age: 41 });

    const journal = memoryJournal();
    await importDirectory(journal, at('restored'));
    // One that keeps nothing on disk, and one with a directory: both have the identity of the database.
    for (const [index, place] of [{ memory: true } as const, { directory: at('node') }].entries()) {
      const node = await openDatabase({ ...place, journal } as never);
      const serving = await serve(node, { ...options, port: port! });
      await node.player.insert(player(`of-node-${index}`));
      await replica.connection.synced();
      expect(replica.connection.state).toBe('live');
      expect(replica.player.has(`of-node-${index}`)).toBe(true);
      expect(node.player.get('p1')?.age).toBe(41);
      await serving.close();
      await node.close();
    }
    await exportJournal(journal, at('out'));
    const out = await openDatabase({ directory: at('out') });
    const last = await serve(out, { ...options, port: port! });
    await out.player.insert(player('late'));
    await replica.connection.synced();
    expect([replica.connection.state, replica.player.count()]).toEqual(['live', 5]);
    await last.close();
    await out.close();
  } finally {
    await replica.close();
    rmSync(folder, { recursive: true });
  }
});

it('an exported directory has the identity of a journal that began without one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-follow-'));
  const journal = memoryJournal();
  const node = await openDatabase({ memory: true, journal });
  await node.player.insert(player('p1'));
  const { historyId } = (await import('../../../runtime/src/index.js')).describeDatabase(node);
  await node.close();
  await exportJournal(journal, join(folder, 'out'));
  const out = await openDatabase({ directory: join(folder, 'out') });
  expect((await import('../../../runtime/src/index.js')).describeDatabase(out).historyId).toBe(historyId);
  await out.close();
  rmSync(folder, { recursive: true });
});
