/** PostgreSQL 12 and later: COPY for rows, one transaction for everything. Values travel as text. */
import { DatabaseError } from '@nuthatch/model';
import type { ColumnKind } from '../../collection-shape.js';
import { doubleQuoted } from '../double-quoted.js';
import { CopyInsert } from './postgres-copy.js';
import type { SqlDialect, SqlRow } from './sql-dialect.js';

interface PgClient {
  query(query: PgQuery): Promise<PgResult | readonly PgResult[]>;
  query<T>(submittable: T): T;
}

interface PgResult {
  readonly rows: readonly SqlRow[];
}

interface PgQuery {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  readonly types: typeof AS_TEXT;
}

/**
 * All values come as the server's text, whatever parsers and formats the user's driver is set to: where the client wants
 * the binary format, a text is its bytes. So every statement here selects texts.
 */
const AS_TEXT = {
  getTypeParser: () => (text: string | Buffer) => (typeof text === 'string' ? text : text.toString('utf8')),
} as const;

const TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  number: 'double precision',
  integer: 'bigint',
  bigint: 'numeric',
  boolean: 'boolean',
  date: 'timestamp with time zone',
  bytes: 'bytea',
  json: 'jsonb',
};

export const postgresDialect: SqlDialect = {
  name: 'PostgreSQL',
  begin: 'BEGIN',
  maxParameterCount: 60_000,
  hasInlineIndexes: false,
  hasNamedKeys: true,
  hasForeignKeys: true,
  hasCaseInNames: true,
  holdsName: (name) => Buffer.byteLength(name) <= 63,
  maxColumnCount: 1_600,
  names: {
    // Tables of the catalogue are found before those of any schema, and each table has these columns by itself.
    isReservedTable: (name) => name.startsWith('pg_'),
    isReservedColumn: (name) => /^(ctid|[cx]m(in|ax)|tableoid|oid)$/.test(name),
  },
  typeAliases: {},
  hasTextsInJson: 'plain',
  // A third of a page, less some headers: docs of PostgreSQL, «B-Tree Indexes».
  doubtfulIndexBytes: 2_600,
  quote: doubleQuoted,
  placeholder: (position) => `$${position}`,
  columnType: ({ kind }) => TYPES[kind],
  isSame: (left, right) => `${left} IS NOT DISTINCT FROM ${right}`,
  encode,
  readExpression: (kind, column) => {
    // Through text, so that no type parser of the driver has a hand in it.
    if (kind === 'date') return `(extract(epoch from ${column}) * 1000)::text`;
    return kind === 'bytes' ? `encode(${column}, 'hex')` : `${column}::text`;
  },
  keyCursor: (_type, column) => ({ order: column, text: `${column}::text` }),
  schemaDdl: (schema) => [`CREATE SCHEMA IF NOT EXISTS ${doubleQuoted(schema)}`],
  createTable: (table, lines, comment) => [
    `CREATE TABLE IF NOT EXISTS ${table} (${lines.join(', ')})`,
    `COMMENT ON TABLE ${table} IS '${comment}'`,
  ],
  prepare,
  dropTemporary: (table) => `DROP TABLE IF EXISTS ${table}`,
  stagingIndex: (table) => `ANALYZE ${table}`,
  columnsOf: async (connection, schema, table) => {
    const name = schema === undefined ? doubleQuoted(table) : `${doubleQuoted(schema)}.${doubleQuoted(table)}`;
    const rows = await postgresDialect.query(
      connection,
      `SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type, attnotnull::text AS is_required,
              (attnum = ANY (COALESCE((SELECT indkey::int2[] FROM pg_index WHERE indrelid = attrelid AND indisprimary), '{}')))::text AS is_key
         FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      [name],
    );
    return rows.map((row) => ({
      name: row['name'] as string,
      type: row['type'] as string,
      isNullable: row['is_required'] !== 'true',
      isKey: row['is_key'] === 'true',
    }));
  },
  relationsOf: async (connection, schema, names) => {
    const rows = await postgresDialect.query(
      connection,
      `SELECT relname AS name, (relkind IN ('r', 'p'))::text AS is_table, obj_description(oid, 'pg_class') AS comment,
              (SELECT relname FROM pg_index JOIN pg_class of ON of.oid = indrelid WHERE indexrelid = found.oid) AS index_of
         FROM pg_class found
        WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = COALESCE($1, current_schema()))
          AND relname = ANY (SELECT jsonb_array_elements_text($2::jsonb))`,
      [schema ?? null, JSON.stringify(names)],
    );
    return rows.map((row) => ({
      name: row['name'] as string,
      isTable: row['is_table'] === 'true',
      indexOf: (row['index_of'] as string | null) ?? undefined,
      comment: (row['comment'] as string | null) ?? undefined,
    }));
  },
  query: async (connection, text, values) => {
    const result = await (connection as PgClient).query({ text, values, types: AS_TEXT });
    return (Array.isArray(result) ? (result.at(-1) as PgResult) : (result as PgResult)).rows;
  },
  bulkInsert: (connection, table, columns) =>
    new CopyInsert(connection as PgClient, `COPY ${table} (${columns.join(', ')}) FROM STDIN`),
};

/** The functions that write and read rows; everything else is the user's. */
const SETTINGS: Readonly<Record<string, string>> = {
  extra_float_digits: '3',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  lc_monetary: 'C',
  // Names of types are compared as the catalogue gives them.
  quote_all_identifiers: 'off',
  // A statement takes as long as its table is large, and a transaction waits for the database that it copies.
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
};

/** Texts of values that depend on the settings, and what they are under ours. */
const PROBES: Readonly<Record<string, string>> = {
  "(float8 '0.1' + float8 '0.2')::text": '0.30000000000000004',
  "(date '2026-05-12')::text": '2026-05-12',
  "(timestamptz '1900-01-01 00:00:00Z')::text": '1900-01-01 00:00:00+00',
  "('\\x00ff'::bytea)::text": '\\x00ff',
  "'é🐦'::text": 'é🐦',
  "octet_length('é🐦')::text": '6',
};

async function prepare(connection: object, ownTables: boolean): Promise<() => Promise<void>> {
  const { query } = postgresDialect;
  const names = ownTables ? [...Object.keys(SETTINGS), 'search_path'] : Object.keys(SETTINGS);
  const settings = names.map((name, index) => `current_setting('${name}') AS s${index}`);
  const [before = {}] = await query(connection, `SELECT ${settings.join(', ')}, quote_ident(current_schema()) AS path`);
  const set = names.map((_, index) => `set_config('${names[index]}', $${index + 1}, false)`).join(', ');
  const restore = async (): Promise<void> => {
    await query(
      connection,
      `SELECT ${set}`,
      names.map((_, index) => before[`s${index}`]),
    );
  };
  try {
    // A table is then looked for where it is made, in the first schema of the path, and in no other.
    const path = (before['path'] ?? before[`s${names.length - 1}`]) as string;
    await query(
      connection,
      `SELECT ${set}`,
      names.map((name) => SETTINGS[name] ?? path),
    );
    const probes = Object.keys(PROBES).map((probe, index) => `${probe} AS p${index}`);
    const [row = {}] = await query(connection, `SELECT ${probes.join(', ')}`);
    const wrong = Object.values(PROBES).findIndex((due, index) => row[`p${index}`] !== due);
    if (wrong < 0) return restore;
    const [probe, due] = Object.entries(PROBES)[wrong]!;
    const what = `PostgreSQL answers ${probe} with ${row[`p${wrong}`]}, expected ${due}: the settings of this session were lost (does a connection pool reset them?)`;
    throw new DatabaseError('COPY_FAILED', what, { target: postgresDialect.name });
  } catch (error) {
    // The error is what counts; a connection that cannot be set is broken, and the pool drops it.
    await restore().catch(() => undefined);
    throw error;
  }
}

function encode(kind: ColumnKind, value: unknown): unknown {
  switch (kind) {
    case 'boolean':
      return value === true ? 't' : 'f';
    case 'date':
      return timestamp(value as Date);
    case 'bytes':
      return `\\x${Buffer.from(value as Uint8Array).toString('hex')}`;
    case 'text':
      if ((value as string).includes('\0'))
        throw new DatabaseError('COPY_VALUE_REFUSED', 'PostgreSQL cannot hold a text with a NUL character');
      return value;
    case 'bigint': {
      const digits = String(value);
      if (digits.length > MAX_DIGITS)
        throw new DatabaseError('COPY_VALUE_REFUSED', `PostgreSQL holds ${MAX_DIGITS} digits, not ${digits.length}`);
      return digits;
    }
    default:
      return String(value);
  }
}

/** Before the decimal point of a numeric. */
const MAX_DIGITS = 131_072;

/** PostgreSQL writes years before 1 with BC, and takes none before 4713 BC. */
function timestamp(date: Date): string {
  const year = date.getUTCFullYear();
  if (year > 0 && year <= 9999) return date.toISOString();
  if (year < -4711)
    throw new DatabaseError('COPY_VALUE_REFUSED', `PostgreSQL holds no date before 4713 BC: ${date.toISOString()}`);
  const rest = date.toISOString().replace(/^[+-]?\d+/, '');
  return year > 0 ? `${year}${rest}` : `${String(1 - year).padStart(4, '0')}${rest} BC`;
}
