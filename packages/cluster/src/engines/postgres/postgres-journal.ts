/** A shared journal in PostgreSQL, for `openDatabase({ journal })`. */
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
import { PostgresEngine } from './postgres-engine.js';

export interface PostgresJournalOptions extends JournalOptions {
  /** Such as `postgres://user:password@host:5432/database`. Never shown in messages. */
  readonly connectionString: string;
  /** Which journal: nodes with the same name share one database. */
  readonly name: string;
  /** Where the tables are; made when it is missing. Default `nuthatch`. */
  readonly schema?: string;
  /** TLS as the driver takes it: `true`, or its settings. Default: as the connection string says. */
  readonly ssl?: boolean | { readonly [setting: string]: unknown };
  /** Accepts a server that may lose acknowledged writes. Default false. */
  readonly unsafe?: boolean;
  /** Longest time until a node sees another one's write when a notification is lost, in milliseconds. Default 200. */
  readonly pollMs?: number;
}

const aText: Check = (value) =>
  typeof value === 'string' && value !== '' && !value.includes('\0') ? undefined : 'a text';

const CHECKS: Readonly<Record<keyof PostgresJournalOptions, Check>> = {
  ...JOURNAL_CHECKS,
  connectionString: (value) =>
    typeof value === 'string' && /^postgres(ql)?:\/\//.test(value)
      ? undefined
      : 'a URL such as postgres://user@host/database',
  name: aText,
  schema: aText,
  ssl: (value) => (typeof value === 'boolean' || isSettings(value) ? undefined : 'true, false or an object'),
  unsafe: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  pollMs: aCount(1, 60_000),
};
/** A call is not waited for longer, even if writes are to wait longer. */
const LONGEST_ANSWER_MS = 10_000;

/**
 * A journal in PostgreSQL that several nodes share. Needs the package `pg`. Connects when a database is opened with it:
 * two connections per node.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function postgresJournal(options: PostgresJournalOptions): SharedJournal {
  requireOptions('postgresJournal', options, CHECKS, ['connectionString', 'name'], ['connectionString', 'ssl']);
  const { connectionString, name, schema = 'nuthatch', ssl, unsafe = false, pollMs = 200 } = options;
  const config = { connectionString, ...(ssl !== undefined && { ssl: ssl as never }) };
  const node = nodeOptions(options);
  const answerMs = Math.min(node.unreachableMs, LONGEST_ANSWER_MS);
  const make = (): PostgresEngine => new PostgresEngine({ config, schema, name, isUnsafe: unsafe, pollMs, answerMs });
  return new ClusterJournal(make, node, ['postgres', connectionString, schema, name]);
}
