import { Client } from 'cassandra-driver';
import { openDatabase } from '../../../generated/index.js';
import { CassandraServer, canRunCassandra } from '../../../test/servers/cassandra.js';
import { CassandraEngine } from '../src/engines/cassandra/cassandra-engine.js';
import { cassandraJournal } from '../src/index.js';
import { describeJournal } from './conformance/journal-conformance.js';
import { SharedSubject } from './conformance/shared-subject.js';
import { describeEngine } from './engine-contract.js';
import { describeKilledNodes } from './processes/killed-nodes.js';

const describeIfThere = canRunCassandra() ? describe : describe.skip;

describeIfThere('with a real Cassandra', () => {
  let server: CassandraServer;
  let count = 0;
  const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";

  beforeAll(async () => {
    server = await CassandraServer.start({ durable: true });
  });
  afterAll(async () => {
    await server?.stop();
  });

  const newPlace = () => {
    const name = `contract ' ${++count}`;
    const connect = async (): Promise<Client> => {
      const client = new Client(server.clientOptions);
      await client.connect();
      return client;
    };
    const options = { connect, keyspace: 'contract', name, replication, isUnsafe: true, pollMs: 50 };
    return { truncates: 256, make: () => new CassandraEngine(options) };
  };
  describeEngine('Cassandra', newPlace);
  describeJournal('Cassandra', () => new SharedSubject(newPlace().make), { historyCount: 1, stepCount: 80 });

  const journal = (name: string, more: object = {}) => {
    const { contactPoints, localDataCenter, protocolOptions } = server.clientOptions;
    const options = { contactPoints, localDataCenter, client: { protocolOptions }, name, replicas: 1, ...more };
    return cassandraJournal(options);
  };

  describeKilledNodes('Cassandra', (name) => ({ engine: 'cassandra', client: server.clientOptions, name }), {
    killCount: 20,
    nodeCount: 3,
    pauseMs: 1_000,
  });

  it('refuses servers that may lose what they have acknowledged', async () => {
    const refused = openDatabase({ memory: true, journal: journal('unsafe') });
    await expect(refused).rejects.toMatchObject({ code: 'JOURNAL_UNSAFE', facts: { setting: 'replication' } });
  });

  it('keeps what was acknowledged although the server is killed', async () => {
    const db = await openDatabase({
      memory: true,
      journal: journal('killed', { unsafe: true, unreachableMs: 120_000 }),
    });
    const done: string[] = [];
    let isOver = false;
    const writing = (async () => {
      for (let index = 0; !isOver; index++) {
        await db.club.insert({ id: `c${index}`, name: 'club' });
        done.push(`c${index}`);
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await server.kill();
    const before = done.length;
    await server.restart();
    while (done.length < before + 5) await new Promise((resolve) => setTimeout(resolve, 50));
    isOver = true;
    await writing;
    const late = await openDatabase({ memory: true, journal: journal('killed', { unsafe: true }) });
    expect(done.filter((id) => !late.club.has(id))).toEqual([]);
    process.stdout.write(`Cassandra: ${done.length} writes over a killed server, all found\n`);
    await Promise.all([db.close(), late.close()]);
  });
});
