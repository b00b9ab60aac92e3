/** Reader threads of a node: what any node wrote comes to them, and nothing that a node had to take back. */
import { DatabaseError } from '@nuthatch/model';
import { type NuthatchDatabase, openDatabase, openReader } from '../../../generated/index.js';
import { memoryJournal } from '../src/index.js';

const player = (id: string, age: number) => ({ id, email: `${id}@x.io`, age, name: id, clubs: [] });

it('a reader of one node shows what all of them wrote', async () => {
  const journal = memoryJournal();
  const nodes: NuthatchDatabase[] = [];
  for (let count = 0; count < 2; count++) nodes.push(await openDatabase({ memory: true, journal }));
  const [one, two] = nodes as [NuthatchDatabase, NuthatchDatabase];
  await one.player.insert(player('a', 1));
  await two.player.insert(player('b', 1));
  // Begun while both write: what waits for the journal may run again in another order.
  const writes: Promise<unknown>[] = [];
  const write = (): void => {
    for (const [at, node] of nodes.entries()) {
      writes.push(
        node.player.update('a', ({ age }) => ({ age: (age + 1) % 100 })),
        node.player.upsert(player(`n${at}.${writes.length}`, 7)),
      );
    }
  };
  write();
  const opening = openReader(one.readerPort());
  for (let round = 0; round < 10; round++) {
    write();
    await Promise.all(writes.slice(-4));
  }
  await using reader = await opening;
  const contended = await Promise.all(writes).catch((error: unknown) => error);
  if (DatabaseError.is(contended)) expect(contended.code).toBe('JOURNAL_CONTENDED');
  await two.barrier();
  await one.barrier();
  await reader.caughtUp(one.seq);
  expect([reader.seq, reader.lag]).toEqual([one.seq, 0n]);
  for (const node of nodes) expect(reader.player.all().all().sort(byId)).toEqual(node.player.all().all().sort(byId));
  expect(reader.player.get('a')?.age).toBe((1 + writes.length / 2) % 100);
  for (const node of nodes) await node.close();
  await reader.ended;
  expect(reader.state).toBe('ended');
});

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
