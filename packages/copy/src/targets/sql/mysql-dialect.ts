/**
 * MySQL 8.0.17 and MariaDB 10.2 and later, through mysql2. Dates are DATETIME(3) in UTC; texts that are indexed are bounded
 * to 768 characters, shared by the columns of an index, since InnoDB's indexes end there; comparison is by code point.
 */
import { DatabaseError } from '@nuthatch/model';
import type { ColumnKind } from '../../collection-shape.js';
import type { FoundColumn, SqlDialect, SqlRow } from './sql-dialect.js';

interface MysqlConnection {
  query(
    options: { sql: string; values: readonly unknown[] } & typeof AS_THE_DRIVER_DOES,
    done: (error: Error | null, rows: unknown) => void,
  ): void;
}

/** Whatever the user's connection says. */
const AS_THE_DRIVER_DOES = { rowsAsArray: false, nestTables: false, typeCast: true, namedPlaceholders: false } as const;

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
const MOST_INDEX_BYTES = 3_072;

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
  // MariaDB's JSON is a longtext with a check; MySQL 8 leaves out the widths of integers.
  typeAliases: { json: 'longtext', bigint: 'bigint(20)', 'tinyint(1)': 'tinyint' },
  quote,
  placeholder: () => '?',
  columnType: ({ kind, widestIndex }) => {
    const bounded = widestIndex === 0 ? undefined : BOUNDED[kind]?.(Math.floor(MOST_INDEX_BYTES / widestIndex));
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
  schemaDdl: (schema) => [`CREATE DATABASE IF NOT EXISTS ${quote(schema)}`],
  settings: {
    // A value that does not fit is an error, and a backslash escapes, as the driver writes values.
    apply: "SET @nuthatch_sql_mode = @@SESSION.sql_mode, SESSION sql_mode = 'STRICT_ALL_TABLES'",
    restore: 'SET SESSION sql_mode = @nuthatch_sql_mode',
  },
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
  query: (connection, sql, values = []) =>
    new Promise((resolve, reject) => {
      (connection as MysqlConnection).query({ sql, values, ...AS_THE_DRIVER_DOES }, (error, rows) => {
        if (error) reject(error);
        else resolve(Array.isArray(rows) ? (rows as readonly SqlRow[]) : []);
      });
    }),
};

function encode(kind: ColumnKind, value: unknown): unknown {
  switch (kind) {
    case 'boolean':
      return value === true ? 1 : 0;
    case 'date': {
      const year = (value as Date).getUTCFullYear();
      if (year < 1000 || year > 9999)
        throw new DatabaseError('COPY_VALUE_REFUSED', `MySQL holds dates of the years 1000 to 9999, not ${year}`);
      return (value as Date).toISOString().slice(0, 23).replace('T', ' ');
    }
    case 'bytes':
      return Buffer.from(value as Uint8Array);
    case 'bigint':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) throw new DatabaseError('COPY_VALUE_REFUSED', `MySQL has no ${String(value)}`);
      return value;
    default:
      return value;
  }
}
