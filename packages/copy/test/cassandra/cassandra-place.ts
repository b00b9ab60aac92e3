/** What the tests of the Cassandra target share: the server's client, keyspaces, and what must be in the tables. */
import { auth, Client, policies } from 'cassandra-driver';
import type { CassandraServer } from '../../../../test/servers/cassandra.js';
import { type CassandraStore, type CollectionShape, cassandra, type PlainDocument } from '../../src/index.js';
import { createTable, tablesOf } from '../../src/targets/cassandra/cassandra-ddl.js';
import type { CassandraClient } from '../../src/targets/cassandra/cassandra-session.js';
import { doubleQuoted } from '../../src/targets/double-quoted.js';

export const BUCKET_COUNT = 4;
/** By default the driver gives up a statement after 12 s, and a connection after 5. */
export const SLOW_MACHINE = { readTimeout: 120_000, connectTimeout: 60_000 };
export const replication = { class: 'SimpleStrategy', replication_factor: 1 };

/** Filled by the test file before its tests run. */
export interface CassandraRun {
  server: CassandraServer;
  client: Client;
}

export function clientOf(server: CassandraServer, password = 'cassandra'): Client {
  const authProvider = new auth.PlainTextAuthProvider('cassandra', password);
  // A driver that is shut down while it waits to connect again lets its process end only after that wait: by default up
  // to ten minutes.
  const reconnection = new policies.reconnection.ConstantReconnectionPolicy(500);
  return new Client({
    ...server.clientOptions,
    authProvider,
    isMetadataSyncEnabled: false,
    policies: { reconnection },
    socketOptions: SLOW_MACHINE,
  });
}

/** The server makes its user a moment after it answers. */
export async function connect(server: CassandraServer): Promise<Client> {
  for (let attempt = 1; ; attempt++) {
    const client = clientOf(server);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.shutdown();
      if (attempt === 600) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

export function storeOf(client: CassandraClient, keyspace: string, attempts = 7): CassandraStore {
  return cassandra(client, { keyspace, replication, bucketCount: BUCKET_COUNT, attempts });
}

/** A client that is cut off after some calls, as a killed process is: nothing more reaches the server. */
export function cutOff(client: Client, callCount: number): CassandraClient {
  let leftCount = callCount;
  const check = (): void => {
    if (leftCount-- <= 0) throw new Error('cut off');
  };
  return {
    execute: async (query, params, options) => {
      check();
      return client.execute(query, params, options);
    },
    batch: async (queries, options) => {
      check();
      return client.batch(queries, options);
    },
  };
}

/** Counts the calls of one act. */
export async function callsOf(client: Client, act: (client: CassandraClient) => Promise<unknown>): Promise<number> {
  let count = 0;
  const counted: CassandraClient = {
    execute: (query, params, options) => {
      count++;
      return client.execute(query, params, options);
    },
    batch: (queries, options) => {
      count++;
      return client.batch(queries, options);
    },
  };
  await act(counted);
  return count;
}

/** Every row of every query table, by plain queries, is one that the documents have; and none is missing. */
export async function expectQueryTables(
  client: Client,
  keyspace: string,
  shape: CollectionShape,
  documents: readonly object[],
): Promise<void> {
  for (const table of tablesOf(shape, BUCKET_COUNT).queries) {
    const names = table.columns.slice(0, -1).map(({ name }) => name);
    const query = `SELECT ${names.map(doubleQuoted).join(', ')} FROM "${keyspace}"."${table.name}"`;
    const found: string[] = [];
    for await (const row of await client.execute(query)) found.push(textOf(names.map((name) => row[name])));
    const due = documents.flatMap((document) => table.rowsOf(document as PlainDocument).map(textOf));
    expect([table.name, ...found.sort()]).toEqual([table.name, ...due.sort()]);
  }
}

const textOf = (values: readonly unknown[]): string =>
  JSON.stringify(values.map((value) => String(value instanceof Date ? value.getTime() : value)));

/** The text of `CREATE TABLE` of a collection's own table. */
export function mainTable(keyspace: string, shape: CollectionShape): string {
  return createTable(keyspace, tablesOf(shape, BUCKET_COUNT).main);
}
