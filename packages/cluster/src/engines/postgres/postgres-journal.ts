/** A shared journal in PostgreSQL, for `openDatabase({ journal })`. */
import { DatabaseError } from '@nuthatch/model';
import { type SharedJournal, showValue, unknownOption } from '@nuthatch/runtime/cluster';
import { ClusterJournal } from '../../cluster-journal.js';
import { PostgresEngine } from './postgres-engine.js';

export interface PostgresJournalOptions {
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
  /** Writes are refused when the server has given no answer for so long, in milliseconds. Default 10,000. */
  readonly unreachableMs?: number;
}

type Check = (value: unknown) => string | undefined;

const aText: Check = (value) =>
  typeof value === 'string' && value !== '' && !value.includes('\0') ? undefined : 'a text';
const aCount =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `an integer between ${least} and ${most}`;

const CHECKS: Readonly<Record<keyof PostgresJournalOptions, Check>> = {
  connectionString: (value) =>
    typeof value === 'string' && /^postgres(ql)?:\/\//.test(value)
      ? undefined
      : 'a URL such as postgres://user@host/database',
  name: aText,
  schema: aText,
  ssl: (value) =>
    typeof value === 'boolean' || (typeof value === 'object' && value !== null)
      ? undefined
      : 'true, false or an object',
  unsafe: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  pollMs: aCount(1, 60_000),
  unreachableMs: aCount(100, 3_600_000),
};
const REQUIRED = ['connectionString', 'name'] as const;

/**
 * A journal in PostgreSQL that several nodes share. Needs the package `pg`. Connects when a database is opened with it:
 * two connections per node.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function postgresJournal(options: PostgresJournalOptions): SharedJournal {
  checkOptions(options);
  const {
    connectionString,
    name,
    schema = 'nuthatch',
    ssl,
    unsafe = false,
    pollMs = 200,
    unreachableMs = 10_000,
  } = options;
  const config = { connectionString, ...(ssl !== undefined && { ssl: ssl as never }) };
  const make = (): PostgresEngine =>
    new PostgresEngine({ config, schema, name, isUnsafe: unsafe, pollMs, answerMs: Math.min(unreachableMs, 10_000) });
  return new ClusterJournal(make, { unreachableMs });
}

function checkOptions(options: PostgresJournalOptions): void {
  if (typeof options !== 'object' || options === null)
    throw refused(
      'options',
      `postgresJournal needs options such as { connectionString, name }, found ${showValue(options)}`,
    );
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(CHECKS, name)) throw unknownOption(name, 'postgresJournal', Object.keys(CHECKS));
    if (value === undefined) continue;
    const due = CHECKS[name as keyof PostgresJournalOptions](value);
    if (due === undefined) continue;
    // A password must not come to stand in a log.
    const found = name === 'connectionString' || name === 'ssl' ? typeof value : showValue(value);
    throw refused(name, `\`${name}\` must be ${due}, found ${found}`);
  }
  for (const name of REQUIRED)
    if (options[name] === undefined) throw refused(name, `postgresJournal needs \`${name}\``);
}

function refused(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}
