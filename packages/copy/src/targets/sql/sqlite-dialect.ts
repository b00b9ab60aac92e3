/**
 * SQLite 3.35 and later, through better-sqlite3. Dates are ISO 8601 texts, which order rightly from year 0 to 9999 and
 * which SQLite's date functions take; bigints without bounds are texts, since SQLite's integers end at 64 bits.
 */
import { DatabaseError } from '@nuthatch/model';
import type { ColumnKind } from '../../collection-shape.js';
import { doubleQuoted } from '../double-quoted.js';
import type { SqlDialect, SqlRow } from './sql-dialect.js';

interface Statement {
  readonly reader: boolean;
  safeIntegers(isOn: boolean): this;
  all(...values: readonly unknown[]): readonly SqlRow[];
  run(...values: readonly unknown[]): unknown;
}

interface SqliteConnection {
  prepare(text: string): Statement;
}

const TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'TEXT',
  number: 'REAL',
  integer: 'INTEGER',
  bigint: 'TEXT',
  boolean: 'INTEGER',
  date: 'TEXT',
  bytes: 'BLOB',
  json: 'TEXT',
};

export const sqliteDialect: SqlDialect = {
  name: 'SQLite',
  begin: 'BEGIN IMMEDIATE',
  maxParameterCount: 30_000,
  hasInlineIndexes: false,
  hasNamedKeys: false,
  hasCaseInNames: false,
  holdsName: () => true,
  maxColumnCount: 2_000,
  names: { isReservedTable: (name) => /^sqlite_/i.test(name) },
  typeAliases: {},
  hasTextsInJson: 'any',
  quote: doubleQuoted,
  placeholder: () => '?',
  columnType: ({ kind }) => TYPES[kind],
  isSame: (left, right) => `${left} IS ${right}`,
  encode,
  readExpression: (kind, column) => {
    if (kind === 'integer') return `CAST(${column} AS TEXT)`;
    // `hex` of NULL is an empty text, which would be no bytes in the place of none.
    return kind === 'bytes' ? `CASE WHEN ${column} IS NOT NULL THEN hex(${column}) END` : column;
  },
  // A column without a type holds values of any, and a text is behind every number: each comes back as what it is. NUL ends
  // what `quote` sees of a text; the plus takes away the affinity of a CAST.
  keyCursor: (_type, column) => ({
    order: column,
    text: `CASE WHEN typeof(${column}) = 'text' AND instr(${column}, char(0)) > 0 THEN '+CAST(X''' || hex(${column}) || ''' AS TEXT)' ELSE quote(${column}) END`,
    literal: (text) => text,
  }),
  schemaDdl: (schema) => {
    throw new DatabaseError('INVALID_OPTION', `SQLite has no schemas: use \`tablePrefix\`, not \`schema\` ${schema}`, {
      option: 'schema',
    });
  },
  createTable: (table, lines, comment) => [
    // SQLite has no comments of tables, but keeps the text that made one.
    `CREATE TABLE IF NOT EXISTS ${table} (${lines.join(', ')} /* ${comment} */)`,
  ],
  prepare: async (connection, ownTables) => {
    const [row] = await sqliteDialect.query(connection, 'PRAGMA journal_mode');
    if (ownTables && row?.['journal_mode'] === 'off') {
      const what = 'SQLite keeps no journal (PRAGMA journal_mode is off), so it could not undo a transaction';
      throw new DatabaseError('COPY_FAILED', what, { target: sqliteDialect.name });
    }
    return async () => undefined;
  },
  relationsOf: async (connection, _schema, names) => {
    const rows = await sqliteDialect.query(
      connection,
      'SELECT name AS name, type AS type, tbl_name AS of, sql AS sql FROM sqlite_master WHERE lower(name) IN (SELECT lower(value) FROM json_each(?))',
      [JSON.stringify(names)],
    );
    return rows.map(({ name, type, of, sql }) => ({
      name: name as string,
      isTable: type === 'table',
      indexOf: type === 'index' ? (of as string) : undefined,
      comment: /\/\* (nuthatch: [^*]*) \*\//.exec(String(sql))?.[1],
    }));
  },
  dropTemporary: (table) => `DROP TABLE IF EXISTS ${table}`,
  stagingIndex: (table, keyColumns) => `CREATE INDEX temp.${table}_key ON ${table} (${keyColumns})`,
  columnsOf: async (connection, _schema, table) => {
    const rows = await sqliteDialect.query(connection, `PRAGMA table_info(${doubleQuoted(table)})`);
    return rows.map((row) => ({
      name: row['name'] as string,
      type: row['type'] as string,
      isNullable: row['notnull'] === 0 && row['pk'] === 0,
      isKey: row['pk'] !== 0,
    }));
  },
  query: async (connection, text, values = []) => {
    const statement = (connection as SqliteConnection).prepare(text);
    // The connection's default does not matter: integers come exact, and as numbers where those are.
    if (statement.reader)
      return statement
        .safeIntegers(true)
        .all(...values)
        .map(withNumbers);
    statement.run(...values);
    return [];
  },
};

/** Integers that a double holds become numbers. */
function withNumbers(row: SqlRow): SqlRow {
  const numbers = row as Record<string, unknown>;
  for (const name in numbers) {
    const value = numbers[name];
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) numbers[name] = Number(value);
  }
  return row;
}

function encode(kind: ColumnKind, value: unknown): unknown {
  switch (kind) {
    case 'boolean':
      return value === true ? 1 : 0;
    case 'date':
      return (value as Date).toISOString();
    case 'bytes':
      return Buffer.from(value as Uint8Array);
    case 'bigint':
      return String(value);
    case 'number':
      if (Number.isNaN(value)) throw new DatabaseError('COPY_VALUE_REFUSED', 'SQLite has no NaN');
      return value;
    default:
      return value;
  }
}
