/** A replica searches what it holds: documents of the server, and its own edits on top. */
import { openReplica, serve } from '@nuthatch/sync';
import { definitions, openDatabase } from '../../../examples/text-search/generated/index.js';
import { DirectTransport } from '../../sync/test/support/direct-transport.js';

it('finds in a replica what its server sends, and what it wrote itself', async () => {
  await using db = await openDatabase({ memory: true });
  await db.issue.insertMany([
    { id: 1, title: 'Crash at login', state: 'open' },
    { id: 2, title: 'Login page', state: 'closed' },
  ]);
  const all = { read: true, write: true } as const;
  const server = await serve(db, {
    authenticate: () => ({ id: 'ann' }),
    policy: () => ({ issue: all }) as never,
  } as never);
  const connect = (): DirectTransport => {
    const [own, other] = DirectTransport.pair();
    server.serveTransport(other);
    return own;
  };
  const replica = (await openReplica(definitions, {
    memory: true,
    connect,
    token: 'ann',
    subscribe: { issue: { state: 'open' } },
  } as never)) as unknown as typeof db & { connection: { synced(): Promise<void> } };
  await replica.connection.synced();
  expect(replica.issue.search('login').keys()).toEqual([1]);
  await replica.issue.update(1, { title: 'Crash at logout' });
  expect(replica.issue.search('logout').keys()).toEqual([1]);
  await db.issue.update(2, { state: 'open' });
  await replica.connection.synced();
  while (replica.issue.size < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(replica.issue.search('login').keys()).toEqual([2]);
  await replica.close();
  await server.close();
});
