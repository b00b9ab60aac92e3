/**
 * A process that changes a database, copies it to Cassandra and kills itself at one of the calls of the driver.
 * Arguments: port, keyspace, directory, number of the change, call at which it dies (0: never).
 */
import { auth, Client } from 'cassandra-driver';
import { openDatabase } from '../../../../generated/index.js';
import { cassandra, copyTo } from '../../src/index.js';
import { changePlayers } from './changing-players.js';

const [port, keyspace = '', directory = '', change, lastCall] = process.argv.slice(2);

async function main(): Promise<void> {
  const client = new Client({
    contactPoints: ['127.0.0.1'],
    protocolOptions: { port: Number(port) },
    localDataCenter: 'datacenter1',
    authProvider: new auth.PlainTextAuthProvider('cassandra', 'cassandra'),
    isMetadataSyncEnabled: false,
    // A slow machine is no reason to repeat a call, which would be counted.
    socketOptions: { readTimeout: 120_000, connectTimeout: 60_000 },
  });
  let callCount = 0;
  const count = (): void => {
    if (++callCount === Number(lastCall)) process.kill(process.pid, 'SIGKILL');
  };
  const counted: Parameters<typeof cassandra>[0] = {
    execute: (...args) => {
      count();
      return client.execute(...args);
    },
    batch: (...args) => {
      count();
      return client.batch(...args);
    },
  };
  const db = await openDatabase({ directory });
  await changePlayers(db, Number(change));
  const replication = { class: 'SimpleStrategy', replication_factor: 1 };
  const store = cassandra(counted, { keyspace, replication, bucketCount: 4 });
  await copyTo(db, store, { collections: ['player'], batchRowCount: 20 });
  process.stdout.write(`${callCount}\n`);
  await db.close();
  await client.shutdown();
}

void main();
