/** The Cassandra target against a real server; skipped, with one line that says so, where there is no Java 17. */
import { Client } from 'cassandra-driver';
import { CassandraServer, canRunCassandra } from '../../../test/servers/cassandra.js';
import { cassandra } from '../src/index.js';
import { describeExternalStore } from './external-store-contract.js';

const START_LIMIT_MS = 200_000;
const replication = { class: 'SimpleStrategy', replication_factor: 1 };

(canRunCassandra() ? describe : describe.skip)('over a real Cassandra', () => {
  let server: CassandraServer;
  let client: Client;
  let keyspaceCount = 0;

  beforeAll(async () => {
    server = await CassandraServer.start();
    client = new Client(server.clientOptions);
    await client.connect();
  }, START_LIMIT_MS);

  afterAll(async () => {
    await client?.shutdown();
    await server?.stop();
  });

  const fresh = () => cassandra(client, { keyspace: `place_${++keyspaceCount}`, replication, bucketCount: 4 });

  describeExternalStore('CassandraStore', async () => ({ store: fresh(), remove: async () => undefined }));
});
