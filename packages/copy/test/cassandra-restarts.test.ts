/** A real Cassandra that is killed and started again; a server of its own, whose tables outlive that. */
import { CassandraServer, canRunCassandra } from '../../../test/servers/cassandra.js';
import { type CassandraRun, connect } from './cassandra/cassandra-place.js';
import { describeServerRestarts } from './cassandra/server-restarts.js';

(canRunCassandra() ? describe : describe.skip)('over a real Cassandra', () => {
  const run = {} as CassandraRun;

  beforeAll(async () => {
    run.server = await CassandraServer.start({ passwords: true, durable: true });
    run.client = await connect(run.server);
  });

  afterAll(async () => {
    await run.client?.shutdown();
    await run.server?.stop();
  });

  describeServerRestarts(run);
});
