/** The Cassandra target against a real server; skipped, with one line that says so, where there is no Java 17. */
import { CassandraServer, canRunCassandra } from '../../../test/servers/cassandra.js';
import { cassandra } from '../src/index.js';
import { describeAwkwardTexts } from './awkward-texts.js';
import { describeByDocument } from './cassandra/by-document.js';
import { type CassandraRun, connect, replication, storeOf } from './cassandra/cassandra-place.js';
import { describeCommandLine } from './cassandra/command-line.js';
import { describeConvergence } from './cassandra/convergence.js';
import { describeCopying } from './cassandra/copying.js';
import { describeDocumentation } from './cassandra/documentation.js';
import { describeFailures } from './cassandra/failures.js';
import { describeKilledCopies } from './cassandra/killed-copies.js';
import { describeExternalStore } from './external-store-contract.js';
import { describeNamesInATarget } from './names-in-a-target.js';

(canRunCassandra() ? describe : describe.skip)('over a real Cassandra', () => {
  const run = {} as CassandraRun;
  let keyspaceCount = 0;

  beforeAll(async () => {
    run.server = await CassandraServer.start({ passwords: true });
    run.client = await connect(run.server);
  });

  afterAll(async () => {
    await run.client?.shutdown();
    await run.server?.stop();
  });

  describeExternalStore('CassandraStore', async () => ({
    store: storeOf(run.client, `contract_${++keyspaceCount}`),
    remove: async () => undefined,
  }));
  describeAwkwardTexts('Cassandra', (number) =>
    cassandra(run.client, { keyspace: 'texts', replication, bucketCount: 2, tablePrefix: `t${number}_` }),
  );
  describeNamesInATarget('Cassandra', async () => storeOf(run.client, `names_${++keyspaceCount}`));
  describeByDocument(run);
  describeCopying(run);
  describeConvergence(run);
  describeDocumentation(run);
  describeFailures(run);
  describeCommandLine(run);
  describeKilledCopies(run);
});
