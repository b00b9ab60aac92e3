/** A filter of a watched query that throws at one document: that is reported, and the answer lacks nothing afterwards. */
import { openDatabase } from '../../generated/index.js';

type Answer = readonly { readonly id: string }[];

function player(id: string, name = 'ok'): { id: string; email: string; age: number; name: string } {
  return { id, email: `${id}@x.io`, age: 30, name };
}

it.each([Number.POSITIVE_INFINITY, 3])('of a query with limit %p', async (limit) => {
  await using db = await openDatabase({ memory: true });
  const reported: unknown[] = [];
  db.on('listenerError', (error) => reported.push(error));
  await db.player.insertMany([player('p1'), player('p2')]);
  let shown: Answer = [];
  const all = db.player.all();
  const query = (Number.isFinite(limit) ? all.limit(limit) : all).filter(({ name }) => {
    if (name === 'bad') throw new Error('a filter');
    return true;
  });
  query.watch((rows) => {
    shown = rows;
  });
  const ids = (): readonly string[] => shown.map(({ id }) => id).sort();
  await db.transaction((tx) => {
    tx.player.insert(player('p3', 'bad'));
    tx.player.delete('p1');
    tx.player.insert(player('p4'));
  });
  expect(reported).toHaveLength(1);
  await db.player.update('p3', { name: 'good' });
  expect(ids()).toEqual(['p2', 'p3', 'p4']);
  await db.player.update('p4', { name: 'bad' });
  await db.player.delete('p2');
  expect(reported).toHaveLength(3);
  await db.player.delete('p4');
  expect(ids()).toEqual(['p3']);
  expect(reported).toHaveLength(3);
});
