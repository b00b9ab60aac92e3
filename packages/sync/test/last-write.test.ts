/** Classes with `@Document({ sync: 'lastWrite' })`: the edit that comes last stays, whatever it was made on. */

import { syncPortOf } from '@nuthatch/runtime/sync';
import { definitions, type Repositories, type TransactionRepositories } from '../../../generated/index.js';
import { openReplica } from '../src/replica/open-replica.js';
import { PlayerServer, player, until } from './support/sync-players.js';

/** The generated definition, as the generator writes it for such a class. */
const lastWrite = definitions.map((definition) =>
  definition.model.collection === 'player'
    ? { ...definition, model: { ...definition.model, sync: 'lastWrite' as const } }
    : definition,
);

it('the edit that comes last stays, over edits and deletions of others', async () => {
  const server = await PlayerServer.open();
  const collection = syncPortOf(server.db).collections.get('player') as object as { definition: { model: object } };
  const { definition } = collection;
  const value = { ...definition, model: { ...definition.model, sync: 'lastWrite' } };
  Object.defineProperty(collection, 'definition', { value });
  await server.db.player.insertMany([player('p1'), player('p2'), player('p3')]);
  await using ann = await openReplica<Repositories, TransactionRepositories>(
    lastWrite as never,
    {
      ...{ memory: true, connect: () => server.connect(), token: 'ann', subscribe: { player: true }, maxRetryMs: 60 },
    } as never,
  );
  await ann.connection.synced();
  ann.connection.disconnect();
  await ann.player.update('p1', { age: 51 });
  await ann.player.update('p1', { name: 'Mine' });
  await ann.player.update('p2', { age: 52 });
  await ann.player.delete('p3');
  await ann.player.insert(player('p4', { age: 54 }));
  await server.db.player.update('p1', { age: 40 });
  await server.db.player.delete('p2');
  await server.db.player.update('p3', { age: 43 });
  await server.db.player.insert(player('p4', { age: 44 }));
  ann.connection.connect();
  await ann.connection.synced();
  const ages = (db: { player: { get(id: string): { age: number } | undefined } }): unknown[] =>
    ['p1', 'p2', 'p3', 'p4'].map((id) => db.player.get(id)?.age);
  await until(() => JSON.stringify(ages(ann)) === JSON.stringify(ages(server.db)));
  expect(ages(server.db)).toEqual([51, 52, undefined, 54]);
  expect([server.db.player.get('p1')?.name, ann.conflicts.size, server.errors]).toEqual(['Mine', 0, []]);
  await server.close();
});
