/**
 * The journal that a command line names: its name as it is, its server by a URL from the environment only, since there is
 * a password in it. The scheme of the URL says which engine it is.
 */
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SharedJournal } from '@nuthatch/cluster';
import { type CassandraModule, cassandraPlace } from '../cassandra-target.js';
import { refusal, UsageError } from '../exit-code.js';
import { loadConfig } from '../load-config.js';
import { copy } from '../packages.js';
import { type ClusterPackage, clusterPackage } from './cluster-package.js';
import { type NatsModule, natsPlace } from './nats-place.js';

export interface JournalArguments {
  /** Of the journal; left out: `journal` of the configuration. */
  readonly journal?: string;
  /** Name of the environment variable that holds the URL. */
  readonly urlEnv: string;
  /** Of the tables, in PostgreSQL. */
  readonly schema?: string;
  readonly unsafe?: boolean;
  readonly config?: string;
}

export interface NamedJournal {
  readonly cluster: ClusterPackage;
  readonly journal: SharedJournal;
}

const SCHEMES: readonly (readonly [pattern: RegExp, engine: 'postgres' | 'jetstream' | 'cassandra' | 'files'])[] = [
  [/^postgres(ql)?:\/\//, 'postgres'],
  [/^(nats|tls):\/\//, 'jetstream'],
  [/^(cassandra|scylla):\/\//, 'cassandra'],
  [/^file:\/\//, 'files'],
];

/**
 * Connects to nothing yet.
 *
 * @throws DatabaseError `INVALID_OPTION`, `CLUSTER_NOT_INSTALLED`, `COPY_DRIVER_MISSING`, `CONFIG_INVALID`. No message
 *   names the URL.
 */
export async function namedJournal(options: JournalArguments, root: string): Promise<NamedJournal> {
  const name = await nameOf(options, root);
  const { urlEnv, schema, unsafe = false } = options;
  const url = process.env[urlEnv];
  if (url === undefined || url === '')
    throw refusal(
      'INVALID_OPTION',
      `the environment variable ${urlEnv} is not set or is empty; set it to the URL of the engine, or name another variable with --url-env`,
      { option: 'url-env' },
    );
  const engine = SCHEMES.find(([pattern]) => pattern.test(url))?.[1];
  if (engine === undefined)
    throw refusal(
      'INVALID_OPTION',
      `${urlEnv} must hold a URL that begins with postgres://, nats://, cassandra:// or file://`,
      {
        option: 'url-env',
      },
    );
  if (schema !== undefined && engine !== 'postgres')
    throw new UsageError('schema', '--schema is for journals in PostgreSQL');
  const folder = engine === 'files' ? folderIn(url, urlEnv, name) : undefined;
  const { cluster, driver } = clusterPackage(root);
  return { cluster, journal: make() };

  function make(): SharedJournal {
    if (folder !== undefined) return cluster.fileJournal({ directory: folder, unsafe });
    if (engine === 'postgres') {
      const connectionString = copy().requireDatabaseUrl('postgres', url, urlEnv, 'url-env');
      return cluster.postgresJournal({ connectionString, name, unsafe, ...(schema !== undefined && { schema }) });
    }
    if (engine === 'jetstream') {
      const place = natsPlace(url!, urlEnv, () => driver('@nats-io/transport-node') as NatsModule, root);
      return cluster.jetstreamJournal({ ...place, name, unsafe });
    }
    const { client, store } = cassandraPlace(url!, urlEnv, driver('cassandra-driver') as CassandraModule);
    const { contactPoints, localDataCenter, ...settings } = client as ClientSettings;
    const replicas = Number(store.replication?.[localDataCenter] ?? 0);
    return cluster.cassandraJournal({
      ...{ contactPoints, localDataCenter, name, unsafe, client: settings },
      ...(store.keyspace !== undefined && { keyspace: store.keyspace }),
      ...(replicas > 0 && { replicas }),
    });
  }
}

/** The folder of a journal. @throws DatabaseError `INVALID_OPTION`, UsageError. */
function folderIn(url: string, urlEnv: string, name: string): string {
  if (name === '.' || name === '..' || basename(name) !== name)
    throw new UsageError('journal', '--journal must be the name of a folder, without a path');
  try {
    // What stands behind `?` or `#` would be left out without a word.
    if (/[?#]/.test(url)) throw new TypeError('a file has no query');
    return join(fileURLToPath(url), name);
  } catch (cause) {
    const what = `${urlEnv} must hold a URL of a directory of this host, such as file:///var/lib/journals`;
    throw refusal('INVALID_OPTION', what, { option: 'url-env' }, { cause });
  }
}

interface ClientSettings {
  readonly contactPoints: readonly string[];
  readonly localDataCenter: string;
}

/** @throws UsageError. */
async function nameOf({ journal, config }: JournalArguments, root: string): Promise<string> {
  const name = journal ?? (await loadConfig(root, config)).journal;
  if (name === undefined || name === '')
    throw new UsageError(
      'journal',
      'no journal is named: give --journal <name>, or set `journal` in the configuration',
    );
  // A URL on the line would show its password to every process of the machine. Not printed again here.
  if (name.includes('://'))
    throw new UsageError(
      'journal',
      '--journal takes the name of the journal; put the URL of its engine into an environment variable (--url-env)',
    );
  return name;
}
