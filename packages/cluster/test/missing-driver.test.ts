/** The drivers are optional peers: a journal says which one is missing, and how to install it. */
import { openDatabase } from '../../../generated/index.js';
import { cassandraJournal, jetstreamJournal, postgresJournal } from '../src/index.js';

for (const name of ['pg', 'cassandra-driver', '@nats-io/transport-node'])
  jest.mock(name, () => {
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
  });

it.each([
  [postgresJournal({ connectionString: 'postgres://nobody@127.0.0.1:1/none', name: 'x' }), 'npm install pg'],
  [jetstreamJournal({ servers: ['127.0.0.1:1'], name: 'x' }), 'npm install @nats-io/transport-node @nats-io/jetstream'],
  [
    cassandraJournal({ contactPoints: ['127.0.0.1:1'], localDataCenter: 'dc1', name: 'x' }),
    'npm install cassandra-driver',
  ],
])('%#: says what to install', async (journal, line) => {
  const refused = await openDatabase({ memory: true, journal }).catch((error: Error) => error);
  expect(refused).toMatchObject({ code: 'JOURNAL_DRIVER_MISSING', cause: { code: 'MODULE_NOT_FOUND' } });
  expect((refused as Error).message).toContain(line);
});
