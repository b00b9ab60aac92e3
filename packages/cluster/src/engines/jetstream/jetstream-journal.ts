/** A shared journal in NATS JetStream, for `openDatabase({ journal })`. */
import type { SharedJournal } from '@nuthatch/runtime/cluster';
import { ClusterJournal } from '../../cluster-journal.js';
import {
  aCount,
  type Check,
  isSettings,
  JOURNAL_CHECKS,
  type JournalOptions,
  nodeOptions,
} from '../../journal-options.js';
import { requireOptions } from '../../option-check.js';
import { JetStreamEngine } from './jetstream-engine.js';

export interface JetStreamJournalOptions extends JournalOptions {
  /** Addresses of servers, such as `['10.0.0.1:4222']`. */
  readonly servers: readonly string[];
  /** Which journal: nodes with the same name share one database. */
  readonly name: string;
  /** Further settings of the connection, as the driver takes them: user, token, TLS. Never shown in messages. */
  readonly connection?: { readonly [setting: string]: unknown };
  /** Copies of a stream that is made now. Default 3. */
  readonly replicas?: number;
  /** Monitoring pages of all servers, such as `['http://10.0.0.1:8222']`: they alone say whether a server syncs. */
  readonly monitoringUrls?: readonly string[];
  /** Accepts a stream that may lose acknowledged writes. Default false. */
  readonly unsafe?: boolean;
  /** Longest time until a node sees another one's write when a message is lost, in milliseconds. Default 200. */
  readonly pollMs?: number;
}

const texts: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && each !== '')
    ? undefined
    : 'a list of texts';
const CHECKS: Readonly<Record<keyof JetStreamJournalOptions, Check>> = {
  ...JOURNAL_CHECKS,
  servers: texts,
  name: (value) => (typeof value === 'string' && value !== '' ? undefined : 'a text'),
  connection: (value) => (isSettings(value) ? undefined : 'an object'),
  replicas: aCount(1, 5),
  monitoringUrls: texts,
  unsafe: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  pollMs: aCount(1, 60_000),
};
/** An election takes a few seconds: a call is asked again after this. */
const ANSWER_MS = 2_000;

/**
 * A journal in NATS JetStream that several nodes share. Needs the packages `@nats-io/transport-node` and
 * `@nats-io/jetstream`, and servers of version 2.10 or later.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function jetstreamJournal(options: JetStreamJournalOptions): SharedJournal {
  requireOptions('jetstreamJournal', options, CHECKS, ['servers', 'name'], ['connection', 'servers']);
  const { servers, name, connection = {}, replicas = 3, monitoringUrls = [], unsafe = false, pollMs = 200 } = options;
  const session = { connection: { ...connection, servers: [...servers] }, answerMs: ANSWER_MS };
  const make = (): JetStreamEngine =>
    new JetStreamEngine({ session, name, replicas, monitoringUrls, isUnsafe: unsafe, pollMs });
  return new ClusterJournal(make, nodeOptions(options), ['jetstream', servers, name]);
}
