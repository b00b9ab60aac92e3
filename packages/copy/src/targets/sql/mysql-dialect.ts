/**
 * MySQL 8.0.17 and MariaDB 10.2 and later, through mysql2. Dates are DATETIME(3) in UTC; texts that are indexed are bounded
 * to 768 characters, shared by the columns of an index, since InnoDB's indexes end there; comparison is by code point.
 */
import { DatabaseError } from '@nuthatch/model';
import type { ColumnKind } from '../../collection-shape.js';
import { digitsOf, fitName } from '../../target-names.js';
import type { FoundColumn, KeyCursor, SqlDialect, SqlRow } from './sql-dialect.js';

interface MysqlConnection {
  query(
    options: { sql: string; values: readonly unknown[] } & typeof AS_TEXT,
    done: (error: Error | null, rows: unknown) => void,
  ): void;
  /** The form in which the driver writes texts: UTF-8 unless the user's connection says otherwise. */
  clientEncoding?: string;
}

/** All values come as the server's text, whatever the user's connection says of types, dates and numbers. */
const AS_TEXT = {
  rowsAsArray: false,
  nestTables: false,
  namedPlaceholders: false,
  typeCast: (field: { string(encoding: string): string | null }) => field.string('utf8'),
} as const;

const TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'longtext',
  number: 'double',
  integer: 'bigint',
  bigint: 'decimal(65,0)',
  boolean: 'tinyint(1)',
  date: 'datetime(3)',
  bytes: 'longblob',
  json: 'json',
};

/** Bytes of an index of InnoDB, whatever it is over; characters take up to four. */
const MAX_INDEX_BYTES = 3_072;

/** Types of columns that an index bounds. */
const BOUNDED: Partial<Readonly<Record<ColumnKind, (bytes: number) => string>>> = {
  text: (bytes) => `varchar(${Math.floor(bytes / 4)})`,
  bytes: (bytes) => `varbinary(${bytes})`,
  json: (bytes) => `varchar(${Math.floor(bytes / 4)})`,
};

/**
 * The collation that compares code points and does not take `a` and `a ` for one (`utf8mb4_bin` does). MySQL and MariaDB
 * name it differently; each reads its own of the two comments.
 */
const EXACT = 'CHARACTER SET utf8mb4 COLLATE /*!80017 utf8mb4_0900_bin *//*M!100202 utf8mb4_nopad_bin */';

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

export const mysqlDialect: SqlDialect = {
  name: 'MySQL',
  begin: 'START TRANSACTION',
  maxParameterCount: 60_000,
  hasInlineIndexes: true,
  hasNamedKeys: false,
  hasCaseInNames: false,
  holdsName: (name) => name.length <= 64 && !/[\u{10000}-\u{10ffff}]|\s$/u.test(name),
  maxColumnCount: 1_017,
  names: {
    fit,
    // InnoDB has these columns itself.
    isReservedColumn: (name) => /^(fts_doc_id|db_(row_id|trx_id|roll_ptr))$/i.test(name),
  },
  // MariaDB's JSON is a longtext with a check; MySQL 8 leaves out the widths of integers.
  typeAliases: { json: 'longtext', bigint: 'bigint(20)', 'tinyint(1)': 'tinyint' },
  // MariaDB keeps the text, MySQL what it says.
  hasTextsInJson: 'wellFormed',
  mostInIndex: (kind, widestIndex) => {
    const bytes = Math.floor(MAX_INDEX_BYTES / widestIndex);
    return kind === 'bytes' ? bytes : BOUNDED[kind] === undefined ? undefined : Math.floor(bytes / 4);
  },
  quote,
  placeholder: () => '?',
  columnType: ({ kind, widestIndex }) => {
    const bounded = widestIndex === 0 ? undefined : BOUNDED[kind]?.(Math.floor(MAX_INDEX_BYTES / widestIndex));
    const type = bounded ?? TYPES[kind];
    return /char|text/.test(type) ? `${type} ${EXACT}` : type;
  },
  isSame: (left, right) => `${left} <=> ${right}`,
  encode,
  readExpression: (kind, column) => {
    if (kind === 'date') return `DATE_FORMAT(${column}, '%Y-%m-%dT%H:%i:%s.%f')`;
    if (kind === 'bytes') return `HEX(${column})`;
    return kind === 'integer' || kind === 'bigint' || kind === 'json' ? `CAST(${column} AS CHAR)` : column;
  },
  keyCursor,
  schemaDdl: (schema) => [`CREATE DATABASE IF NOT EXISTS ${quote(schema)}`],
  createTable: (table, lines, comment) => [
    // The session's default engine does not matter: only this one takes a transaction back.
    `CREATE TABLE IF NOT EXISTS ${table} (${lines.join(', ')}) ENGINE=InnoDB COMMENT='${comment}'`,
  ],
  prepare,
  dropTemporary: (table) => `DROP TEMPORARY TABLE IF EXISTS ${table}`,
  stagingIndex: () => undefined,
  columnsOf: async (connection, schema, table) => {
    const rows = await mysqlDialect.query(
      connection,
      `SELECT column_name AS name, column_type AS type, is_nullable AS nullability, column_key AS key_part, collation_name AS collation FROM information_schema.columns
        WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ? ORDER BY ordinal_position`,
      [schema ?? null, table],
    );
    return rows.map(
      (row): FoundColumn => ({
        name: String(row['name']),
        // A collation that takes different texts for equal would refuse keys that the engine took.
        type: /^(null|undefined|.*_bin)$/.test(String(row['collation']))
          ? String(row['type'])
          : `${row['type']} collate ${row['collation']}`,
        isNullable: row['nullability'] === 'YES',
        isKey: row['key_part'] === 'PRI',
      }),
    );
  },
  relationsOf: async (connection, schema, names) => {
    const rows = await mysqlDialect.query(
      connection,
      `SELECT table_name AS name, table_type AS type, table_comment AS comment, engine AS engine
         FROM information_schema.tables
        WHERE table_schema = COALESCE(?, DATABASE()) AND LOWER(table_name) IN (${names.map(() => '?').join(', ')})`,
      [schema ?? null, ...names.map((name) => name.toLowerCase())],
    );
    return rows.map(({ name, type, comment, engine }) => ({
      name: name as string,
      isTable: type === 'BASE TABLE',
      comment: (comment as string | null) || undefined,
      engine: (engine as string | null) ?? undefined,
    }));
  },
  query: (connection, sql, values = []) =>
    new Promise((resolve, reject) => {
      (connection as MysqlConnection).query({ sql, values, ...AS_TEXT }, (error, rows) => {
        if (error) reject(error);
        else resolve(Array.isArray(rows) ? (rows as readonly SqlRow[]) : []);
      });
    }),
};

/** Names are of the basic plane, and end in no space. */
function fit(name: string): string {
  const plain = name.replace(/[\u{10000}-\u{10ffff}]|\s$/gu, '_');
  return fitName(plain === name ? name : `${plain}_${digitsOf(name)}`);
}

/**
 * A text beside a number is compared as a double, an ENUM is ordered by its position and compared by its text, and bytes
 * are no text: each kind of type has a form of its own that comes back as it was.
 */
function keyCursor(type: string, column: string): KeyCursor {
  const plain = (text: string): string => {
    if (/^-?[\d.]+(e[-+]?\d+)?$/i.test(text)) return text;
    throw new DatabaseError('COPY_FAILED', `MySQL gave ${JSON.stringify(text)} for a number`, { target: 'MySQL' });
  };
  if (/^(tinyint|smallint|mediumint|int|bigint|decimal|year)/.test(type))
    return { order: column, text: `CAST(${column} AS CHAR)`, literal: plain };
  if (/^(float|double|bit)/.test(type))
    return {
      order: `(${column} + 0e0)`,
      text: `CAST(${column} + 0e0 AS CHAR)`,
      literal: (text) => (/e/i.test(text) ? plain(text) : `${plain(text)}e0`),
    };
  if (/^(binary|varbinary|\w*blob)/.test(type))
    return { order: column, text: `HEX(${column})`, literal: (text) => `x'${text}'` };
  if (/^(enum|set|json)/.test(type)) {
    const order = `CAST(${column} AS CHAR)`;
    return { order, text: order };
  }
  return { order: column, text: column };
}

/** The functions that write and read rows; everything else is the user's. Values as they stand in a SET. */
const SETTINGS: Readonly<Record<string, string>> = {
  // A value that does not fit is an error, and a backslash escapes, as the driver writes values.
  sql_mode: "'STRICT_ALL_TABLES'",
  character_set_client: "'utf8mb4'",
  character_set_results: "'utf8mb4'",
  collation_connection: "'utf8mb4_bin'",
  time_zone: "'+00:00'",
  // Neither a bound on rows nor one on statements: a reading must be whole.
  sql_select_limit: '18446744073709551615',
  sql_safe_updates: '0',
  sql_big_selects: '1',
  unique_checks: '1',
  // A transaction is what BEGIN and COMMIT make it, and the next one is not begun by itself.
  autocommit: '1',
  completion_type: "'NO_CHAIN'",
  // A statement takes as long as its table is large.
  '/*!80000 max_execution_time *//*M!100101 max_statement_time */': '0',
  '/*!80000 transaction_isolation *//*M!100000 tx_isolation */': "'REPEATABLE-READ'",
};

async function prepare(connection: object): Promise<() => Promise<void>> {
  const { query } = mysqlDialect;
  const names = Object.keys(SETTINGS);
  const read = names.map((name, index) => `@@SESSION.${name} AS s${index}`);
  const driver = connection as MysqlConnection;
  const { clientEncoding } = driver;
  const [before = {}] = await query(connection, `SELECT ${read.join(', ')} LIMIT 1`);
  const literals = names.map((_, index) => literal(before[`s${index}`] as string | null));
  const restore = async (): Promise<void> => {
    await set(connection, names, literals);
    if (clientEncoding !== undefined) driver.clientEncoding = clientEncoding;
  };
  try {
    await set(connection, names, Object.values(SETTINGS));
    if (clientEncoding !== undefined) driver.clientEncoding = 'utf8';
    const probe = "SELECT HEX('é🐦') AS bytes, 'é🐦' AS text, FROM_UNIXTIME(86400) AS time, 1e-1 + 2e-1 AS sum LIMIT 1";
    const [row = {}] = await query(connection, probe);
    const { bytes, text, time, sum } = row as Readonly<Record<string, string>>;
    const found = [bytes, text, time?.slice(0, 19), Number(sum)].join(' ');
    if (found === 'C3A9F09F90A6 é🐦 1970-01-02 00:00:00 0.30000000000000004') return restore;
    const what = `MySQL answers ${probe} with ${found}: the settings of this session were lost`;
    throw new DatabaseError('COPY_FAILED', what, { target: mysqlDialect.name });
  } catch (error) {
    // The error is what counts; a connection that cannot be set is broken, and the pool drops it.
    await restore().catch(() => undefined);
    throw error;
  }
}

async function set(connection: object, names: readonly string[], values: readonly string[]): Promise<void> {
  const each = names.map((name, index) => `SESSION ${name} = ${values[index]}`);
  await mysqlDialect.query(connection, `SET ${each.join(', ')}`);
}

/** A setting as it was read, as a SET takes it: numbers bare, texts in quotes. */
function literal(value: string | null): string {
  if (value === null) return 'NULL';
  return /^\d+(\.\d+)?$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
}

function encode(kind: ColumnKind, value: unknown): unknown {
  switch (kind) {
    case 'boolean':
      return value === true ? 1 : 0;
    case 'date': {
      const year = (value as Date).getUTCFullYear();
      if (year < 1000 || year > 9999)
        throw new DatabaseError('COPY_VALUE_REFUSED', `MySQL holds dates of the years 1000 to 9999, found ${year}`);
      return (value as Date).toISOString().slice(0, 23).replace('T', ' ');
    }
    case 'bytes':
      return Buffer.from(value as Uint8Array);
    case 'bigint': {
      const digits = String(value).replace('-', '');
      if (digits.length > 65)
        throw new DatabaseError('COPY_VALUE_REFUSED', `MySQL holds 65 digits, not ${digits.length}`);
      return String(value);
    }
    case 'number':
      if (!Number.isFinite(value)) throw new DatabaseError('COPY_VALUE_REFUSED', `MySQL has no ${String(value)}`);
      return value;
    default:
      return value;
  }
}
