/** Watched queries of a collection that is kept in memory only, while its writes and those of others wait for the disk. */
import { openDatabase } from '../../generated/index.js';
import { MemoryFileSystem } from '../../packages/runtime/src/index.js';

const expiresAt = new Date(Date.now() + 1e8);

function player(id: string): { id: string; email: string; age: number; name: string } {
  return { id, email: `${id}@x.io`, age: 30, name: id };
}

it('end at what memory holds when a journaled transaction takes back what an unjournaled one before it wrote', async () => {
  await using db = await openDatabase({ directory: '/data', fileSystem: new MemoryFileSystem() });
  const written = [
    db.player.insert(player('p1')),
    db.sessions.insert({ id: 's1' as never, player: 'p1' as never, token: 't1', expiresAt }),
    db.transaction((tx) => {
      tx.player.insert(player('p2'));
      tx.sessions.delete('s1' as never);
    }),
  ];
  let shown: readonly { readonly id: string }[] = [];
  db.sessions.all().watch((rows) => {
    shown = rows;
  });
  await Promise.all(written);
  await db.flush();
  expect([db.sessions.size, shown.map(({ id }) => id)]).toEqual([0, []]);
});

it('show once each of many transactions that share a seq', async () => {
  await using db = await openDatabase({ directory: '/data', fileSystem: new MemoryFileSystem() });
  const answers: string[][] = [];
  const waiting = db.player.insert(player('p1'));
  const insert = (id: string): Promise<unknown> =>
    db.sessions.insert({ id: id as never, player: 'p1' as never, token: id, expiresAt });
  const first = insert('s1');
  db.sessions.all().watch((rows) => void answers.push(rows.map(({ id }) => id)));
  const later = [insert('s2'), db.sessions.delete('s1' as never), insert('s3')];
  await Promise.all([waiting, first, ...later]);
  expect(answers).toEqual([['s1'], ['s1', 's2'], ['s2'], ['s2', 's3']]);
});
