/**
 * MySQL 8.0.19 and MariaDB 10.6 and later, through mysql2. Dates are DATETIME(3) in UTC; texts that are indexed are
 * bounded to 512 characters, since an index ends there; comparison is by code point.
 */
import { DatabaseError } from '@nuthatch/model';
import type { ColumnKind } from '../../collection-shape.js';
import type { FoundColumn, SqlDialect, SqlRow } from './sql-dialect.js';

interface MysqlConnection {
  query(
    options: { sql: string; values: readonly unknown[]; rowsAsArray: false },
    done: (error: Error | null, rows: unknown) => void,
  ): void;
}

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

/** Types of a JSON_TABLE column, and of columns that an index bounds. */
const BOUNDED: Partial<Readonly<Record<ColumnKind, string>>> = {
  text: 'varchar(512)',
  bytes: 'varbinary(512)',
  json: 'varchar(512)',
};

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
  columnType: ({ kind, isIndexed }) => {
    const type = (isIndexed ? BOUNDED[kind] : undefined) ?? TYPES[kind];
    return /char|text/.test(type) ? `${type} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin` : type;
  },
  isSame: (left, right) => `${left} <=> ${right}`,
  encode,
  readExpression: (kind, column) => {
    if (kind === 'date') return `DATE_FORMAT(${column}, '%Y-%m-%dT%H:%i:%s.%f')`;
    if (kind === 'bytes') return `HEX(${column})`;
    return kind === 'integer' || kind === 'bigint' || kind === 'json' ? `CAST(${column} AS CHAR)` : column;
  },
  elements: (column, kind) => ({
    from: `JOIN JSON_TABLE(${column}, '$[*]' COLUMNS (value ${BOUNDED[kind] ?? TYPES[kind]} PATH '$')) AS e`,
    value: 'e.value',
  }),
  schemaDdl: (schema) => [`CREATE DATABASE IF NOT EXISTS ${quote(schema)}`],
  dropTemporary: (table) => `DROP TEMPORARY TABLE IF EXISTS ${table}`,
  stagingIndex: () => undefined,
  columnsOf: async (connection, schema, table) => {
    const rows = await mysqlDialect.query(
      connection,
      `SELECT column_name AS name, column_type AS type, is_nullable AS nullability, column_key AS key_part FROM information_schema.columns
        WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ? ORDER BY ordinal_position`,
      [schema ?? null, table],
    );
    return rows.map(
      (row): FoundColumn => ({
        name: String(row['name']),
        type: String(row['type']),
        isNullable: row['nullability'] === 'YES',
        isKey: row['key_part'] === 'PRI',
      }),
    );
  },
  query: (connection, sql, values = []) =>
    new Promise((resolve, reject) => {
      (connection as MysqlConnection).query({ sql, values, rowsAsArray: false }, (error, rows) => {
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
