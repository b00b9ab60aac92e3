/**
 * The connection to Cassandra or Scylla that a URL says:
 *
 *   cassandra://user:password@host1,host2:9042/keyspace?dc=datacenter1&tls=true&replication=3
 *
 * User and password are percent-encoded. One port for all hosts, since the driver finds further nodes at it. `tls=true`
 * trusts the certificates that Node trusts; `replication` makes a missing keyspace with as many replicas.
 */
import type { CassandraStoreOptions } from '@nuthatch/copy';
import type { DatabaseError } from '@nuthatch/model/errors';
import { refusal } from './exit-code.js';
import { decodedPart } from './url-part.js';

/** The parts of cassandra-driver that the command uses. */
export interface CassandraModule {
  readonly Client: new (options: object) => object;
  readonly auth: { readonly PlainTextAuthProvider: new (user: string, password: string) => object };
  readonly policies: { readonly reconnection: { readonly ConstantReconnectionPolicy: new (ms: number) => object } };
}

export interface CassandraPlace {
  /** Options of the driver's `Client`. */
  readonly client: object;
  readonly store: CassandraStoreOptions;
}

const PORT = 9042;
/** The driver's default grows to ten minutes, and a command that failed would wait for as long before it ends. */
const RECONNECT_MS = 1_000;
const REPLICATION_CLASS = 'NetworkTopologyStrategy';

/** @throws DatabaseError `INVALID_OPTION`; it names the variable that holds the URL, never the URL. */
export function cassandraPlace(url: string, urlEnv: string, { auth, policies }: CassandraModule): CassandraPlace {
  const match = /^(?:cassandra|scylla):\/\/(?:([^:@/]*):([^@/]*)@)?([^/?@]+)\/([^/?]+)(?:\?(.*))?$/.exec(url);
  if (match === null) throw refused(urlEnv);
  const [, user, password, hosts = '', keyspace = '', query] = match;
  const wishes = new URLSearchParams(query);
  for (const name of wishes.keys()) if (!['dc', 'tls', 'replication'].includes(name)) throw refused(urlEnv);
  const places = hosts.split(',').map((host) => /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host));
  const ports = new Set(places.flatMap((place) => place?.[2] ?? []).map(Number));
  if (places.includes(null) || ports.size > 1) throw refused(urlEnv);
  const [port = PORT] = ports;
  const localDataCenter = wishes.get('dc') ?? 'datacenter1';
  const replicas = Number(wishes.get('replication') ?? 0);
  // A word beside `true` would leave the connection open to all, a name said twice would count once.
  const names = [...wishes.keys()];
  const isOdd = new Set(names).size < names.length || ![null, 'true', 'false'].includes(wishes.get('tls'));
  const isPort = port > 0 && port < 65_536;
  if (isOdd || !isPort || localDataCenter === '' || /\s/.test(url)) throw refused(urlEnv);
  if (!Number.isInteger(replicas) || replicas < 0 || wishes.get('replication') === '') throw refused(urlEnv);
  const client = {
    contactPoints: places.map((place) => place?.[1]?.replace(/^\[|\]$/g, '')),
    localDataCenter,
    protocolOptions: { port },
    policies: { reconnection: new policies.reconnection.ConstantReconnectionPolicy(RECONNECT_MS) },
    ...(wishes.get('tls') === 'true' && { sslOptions: {} }),
    ...(user !== undefined && {
      authProvider: new auth.PlainTextAuthProvider(decoded(user, urlEnv), decoded(password ?? '', urlEnv)),
    }),
  };
  const replication = replicas === 0 ? undefined : { class: REPLICATION_CLASS, [localDataCenter]: replicas };
  return { client, store: { keyspace: decoded(keyspace, urlEnv), replication } };
}

function decoded(text: string, urlEnv: string): string {
  return decodedPart(text, () => refused(urlEnv));
}

function refused(urlEnv: string): DatabaseError {
  const form = 'cassandra://user:password@host1,host2:9042/keyspace?dc=datacenter1&tls=true&replication=3';
  const what = `${urlEnv} does not hold ${form} (user, tls, replication, dc and the port may be left out)`;
  return refusal('INVALID_OPTION', what, { option: 'url-env' });
}
