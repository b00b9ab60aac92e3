/** A shared journal in Cassandra or Scylla, for `openDatabase({ journal })`. */
import type { SharedJournal } from '@nuthatch/runtime/cluster';
import type { Client, DseClientOptions } from 'cassandra-driver';
import { ClusterJournal } from '../../cluster-journal.js';
import { driverMissing } from '../../engine/engine-errors.js';
import {
  aCount,
  type Check,
  isSettings,
  JOURNAL_CHECKS,
  type JournalOptions,
  nodeOptions,
} from '../../journal-options.js';
import { requireOptions } from '../../option-check.js';
import { CassandraEngine } from './cassandra-engine.js';

export interface CassandraJournalOptions extends JournalOptions {
  /** Addresses of some servers. */
  readonly contactPoints: readonly string[];
  /** The data centre that the nodes are in. */
  readonly localDataCenter: string;
  /** Which journal: nodes with the same name share one database. */
  readonly name: string;
  /** Where the tables are; made when it is missing. Default `nuthatch`. */
  readonly keyspace?: string;
  /** Copies in the local data centre, of a keyspace that is made now. Default 3. */
  readonly replicas?: number;
  /** Further settings of the client, as the driver takes them: port, credentials, TLS. Never shown in messages. */
  readonly client?: { readonly [setting: string]: unknown };
  /** Accepts servers that may lose acknowledged writes. Default false. */
  readonly unsafe?: boolean;
  /** Time until a node looks for another one's writes, in milliseconds. Default 100. */
  readonly pollMs?: number;
}

const aText: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a text');
const CHECKS: Readonly<Record<keyof CassandraJournalOptions, Check>> = {
  ...JOURNAL_CHECKS,
  contactPoints: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string')
      ? undefined
      : 'a list of addresses',
  localDataCenter: aText,
  name: aText,
  keyspace: (value) =>
    typeof value === 'string' && /^[a-zA-Z][a-zA-Z0-9_]{0,47}$/.test(value)
      ? undefined
      : 'a name of letters, digits and underscores',
  replicas: aCount(1, 100),
  client: (value) => (isSettings(value) ? undefined : 'an object'),
  unsafe: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  pollMs: aCount(1, 60_000),
};
const REQUIRED = ['contactPoints', 'localDataCenter', 'name'];

/**
 * A journal in Cassandra or Scylla that several nodes share. Needs the package `cassandra-driver`. One write takes a
 * lightweight transaction, several times as long as elsewhere; writes that come together share it.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function cassandraJournal(options: CassandraJournalOptions): SharedJournal {
  requireOptions('cassandraJournal', options, CHECKS, REQUIRED, ['client', 'contactPoints']);
  const { contactPoints, localDataCenter, name, keyspace = 'nuthatch', replicas = 3 } = options;
  const { client = {}, unsafe = false, pollMs = 100 } = options;
  const settings = { ...client, contactPoints: [...contactPoints], localDataCenter } as DseClientOptions;
  const replication = `{'class': 'NetworkTopologyStrategy', '${localDataCenter.replaceAll("'", "''")}': ${replicas}}`;
  const make = (): CassandraEngine =>
    new CassandraEngine({ connect: () => connect(settings), keyspace, name, replication, isUnsafe: unsafe, pollMs });
  return new ClusterJournal(make, nodeOptions(options), ['cassandra', contactPoints, localDataCenter, keyspace, name]);
}

async function connect(settings: DseClientOptions): Promise<Client> {
  const { Client: CassandraClient } = await driver();
  const client = new CassandraClient(settings);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.shutdown().catch(() => undefined);
    throw error;
  }
}

/** @throws DatabaseError `JOURNAL_DRIVER_MISSING`. */
async function driver(): Promise<typeof import('cassandra-driver')> {
  try {
    const loaded = (await import('cassandra-driver')) as typeof import('cassandra-driver') & {
      readonly default?: typeof import('cassandra-driver');
    };
    return loaded.Client === undefined ? loaded.default! : loaded;
  } catch (cause) {
    throw driverMissing('Cassandra', ['cassandra-driver'], cause);
  }
}
