/** Ids that need no server: replicas that have never connected give them, and all of them reach the server. */
import { field, modelWith, STRING } from '../../runtime/test/support/open-models.js';
import { ModelServer } from './support/model-server.js';
import { until } from './support/sync-players.js';

const KINDS = ['ulid', 'uuidv7'] as const;

it.each(KINDS)('gives ids by %s before the first contact, and sends them later', async (generate) => {
  const model = modelWith([field('note', STRING)], {
    name: 'Ticket',
    collection: 'ticket',
    key: { fields: ['id'], generate },
    fields: [field('id', STRING), field('note', STRING)],
  });
  const server = await ModelServer.open([model]);
  let isDown = true;
  const connect = () => {
    if (isDown) throw new Error('no network');
    return server.connect();
  };
  const replicas = await Promise.all([server.replica([model], { connect }), server.replica([model], { connect })]);
  const ids: string[] = [];
  for (let count = 0; count < 20; count++) {
    const inserted: unknown = await replicas[count % 2]!['ticket']!.insert({ note: String(count) });
    ids.push((inserted as { readonly id: string }).id);
  }
  // Both are of this process, which has one order of ids.
  expect([...ids].sort()).toEqual(ids);
  expect(replicas.map(({ outbox }) => outbox.size)).toEqual([10, 10]);
  isDown = false;
  for (const replica of replicas) await until(() => replica.outbox.size === 0);
  expect(new Set(server.db['ticket']!.all().keys() as unknown as string[])).toEqual(new Set(ids));
  for (const replica of replicas) await replica.close();
  await server.close();
});
