/** `view(key, fn)` away from one process: on a node that another one writes to, and in a replica with an edit of its own. */
import { openDatabase, openReplica } from '../../../generated/index.js';
import { serve } from '../../sync/src/index.js';
import { memoryJournal } from '../src/index.js';

const player = (id: string) => ({ id, email: `${id}@example.org`, age: 31, name: 'Ann' });
type Face = { readonly name: string; readonly age: number; readonly nameLength: number };
const shown = ({ name, age, nameLength }: Face): string => `${name}, ${age}, ${nameLength}`;

it('shows what a node has caught up with, and nothing later', async () => {
  const journal = memoryJournal();
  await using writer = await openDatabase({ memory: true, journal });
  await using node = await openDatabase({ memory: true, journal });
  await writer.player.insert(player('p1'));
  await node.caughtUp(writer.seq);
  expect(node.player.view('p1', shown)).toBe('Ann, 31, 3');
  await writer.player.update('p1', { age: 32 });
  await node.caughtUp(writer.seq);
  let kept: Face | undefined;
  expect(
    node.player.view('p1', (face) => {
      kept = face;
      return shown(face);
    }),
  ).toBe('Ann, 32, 3');
  expect(() => kept!.age).toThrow(expect.objectContaining({ code: 'VIEW_ENDED' }));
  await writer.player.delete('p1');
  await node.caughtUp(writer.seq);
  expect(node.player.view('p1', shown)).toBeUndefined();
});

it('shows an edit of a replica before and after its server has answered', async () => {
  await using db = await openDatabase({ memory: true });
  await db.player.insertMany([player('p1'), player('p2')]);
  const server = await serve(db, {
    authenticate: () => ({ id: 'ann' }),
    policy: () => ({ player: { read: true, write: ({ after }) => (after as Face | undefined)?.age !== 99 } }) as const,
    port: 0,
  });
  const replica = await openReplica({
    url: `ws://127.0.0.1:${server.port}`,
    memory: true,
    token: 'ann',
    subscribe: { player: true },
  });
  try {
    await replica.connection.synced();
    const edits = [replica.player.update('p1', { age: 40 }), replica.player.update('p2', { age: 99 })];
    expect(replica.player.view('p1', shown)).toBe('Ann, 40, 3');
    expect(replica.player.view('p2', shown)).toBe('Ann, 99, 3');
    await Promise.all(edits);
    await replica.connection.synced();
    expect(replica.player.view('p1', shown)).toBe('Ann, 40, 3');
    // Refused by the server: the document is as it was there.
    expect(replica.player.view('p2', shown)).toBe('Ann, 31, 3');
    expect(replica.player.view('p9', shown)).toBeUndefined();
  } finally {
    await replica.close();
    await server.close();
  }
});
