/** `cassandra(client)`: the target for Apache Cassandra, Scylla and whatever else speaks their CQL. */
import { DatabaseError } from '@nuthatch/model';
import { requireMethods, requireOptions } from '../../argument-check.js';
import type { CassandraClient } from './cassandra-session.js';
import { CassandraStore } from './cassandra-store.js';
import { endReplacedHosts } from './replaced-hosts.js';

export interface CassandraStoreOptions {
  /** Where the tables are. Default: the client's own keyspace. It must be there, unless `replication` is given. */
  readonly keyspace?: string | undefined;
  /**
   * How to make a missing keyspace: `{ class: 'NetworkTopologyStrategy', replication_factor: 3 }`. Default: a missing
   * keyspace is refused.
   */
  readonly replication?: Readonly<Record<string, string | number>> | undefined;
  /** Put before every table's name. Default none. */
  readonly tablePrefix?: string | undefined;
  /** Partitions that a tag, and a range, is spread over. Default 16. Another number needs other tables. */
  readonly bucketCount?: number | undefined;
  /** Statements at once. Default 64. */
  readonly concurrency?: number | undefined;
  /** How often a statement is tried while the cluster cannot take it; pauses grow from 100 ms to 5 s. Default 7. */
  readonly attempts?: number | undefined;
  /** The driver's number of a consistency level. Default `types.consistencies.localQuorum` (6). */
  readonly consistency?: number | undefined;
}

const LOCAL_QUORUM = 6;

/**
 * A target (or source) over a `Client` of cassandra-driver, which stays the caller's to shut down. No I/O before it is
 * used. Credentials, TLS and time limits are the client's own options.
 *
 * @throws DatabaseError `INVALID_OPTION` when no keyspace is named, or a number is none.
 */
export function cassandra(client: CassandraClient, options: CassandraStoreOptions = {}): CassandraStore {
  requireMethods(client, 'client', ['execute', 'batch']);
  requireOptions(options, {
    keyspace: 'text',
    replication: 'object',
    tablePrefix: 'prefix',
    consistency: 'number of 0 or more',
    bucketCount: 'value',
    concurrency: 'value',
    attempts: 'value',
  });
  const keyspace = options.keyspace ?? client.keyspace;
  if (keyspace === undefined || keyspace === '') throw invalid('keyspace', 'name a keyspace, here or in the client');
  const { bucketCount = 16, concurrency = 64, attempts = 7, consistency = LOCAL_QUORUM } = options;
  for (const [name, value] of Object.entries({ bucketCount, concurrency, attempts }))
    if (!Number.isInteger(value) || value < 1)
      throw invalid(name, `${name} is ${value}; expected a whole number of 1 or more`);
  endReplacedHosts(client);
  return new CassandraStore(client, {
    keyspace,
    bucketCount,
    replication: options.replication,
    tablePrefix: options.tablePrefix,
    session: { concurrency, attempts, consistency },
  });
}

function invalid(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}
