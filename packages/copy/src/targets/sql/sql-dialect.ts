/**
 * The peculiarities of one SQL database; everything else is in `sql-store.ts`. A new dialect is one file that implements
 * `SqlDialect`, a line in `DIALECTS` of `sql.ts`, and a test that runs the shared suite of `packages/copy/test/sql`.
 *
 * Statements go to the driver's own connection, not through knex's query builder: names may then hold any character,
 * `?` included. Values travel as `encode` makes them and come back through `readExpression` and `decode`, so that no
 * setting of the user's driver (type parsers, time zones) changes them.
 */
import type { ColumnKind } from '../../collection-shape.js';
import type { NameRules } from '../../target-names.js';

/** Encoded values of a row, in the order of its columns. */
export type SqlValues = readonly unknown[];

export type SqlRow = Readonly<Record<string, unknown>>;

/** A driver's connection, taken from knex's pool. Opaque here. */
export type SqlConnection = object;

export interface FoundColumn {
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
  /** Part of the primary key. */
  readonly isKey: boolean;
}

/** The object with a name in the schema: a table, or something that keeps a table or index from being made. */
export interface FoundRelation {
  readonly name: string;
  readonly isTable: boolean;
  /** Of an index: the table it is over. */
  readonly indexOf?: string | undefined;
  /** The comment that the table was made with. */
  readonly comment?: string | undefined;
  /** The engine of the table where the database has several. */
  readonly engine?: string | undefined;
}

/**
 * Puts rows into one table as fast as the dialect can, inside the caller's transaction. Between `send` and `end` no
 * other statement may use the connection; after `end` it can be used again.
 */
export interface BulkInsert {
  /** Keeps a row of encoded values, in the order of the columns, until it is sent. */
  add(row: SqlValues): void;
  /** Sends what was added; resolves when the target takes more. */
  send(): Promise<void>;
  /** Sends the rest; when it resolves, all rows are in the table. */
  end(): Promise<void>;
  /** Gives up; the transaction is rolled back next. Never rejects. */
  destroy(): Promise<void>;
}

export interface ColumnUse {
  readonly kind: ColumnKind;
  /** Columns of the widest index that it is part of; 0: in none. */
  readonly widestIndex: number;
}

/** How a column of any type leads through a table: what is read of a row finds the row's place again. */
export interface KeyCursor {
  /** The columns by which rows are ordered and compared. */
  readonly order: string;
  /** Selects the value as an exact text. */
  readonly text: string;
  /** That text as an expression; undefined: it goes as a parameter, which the server takes for the column's type. */
  readonly literal?: ((text: string) => string) | undefined;
}

export interface SqlDialect {
  /** For messages. */
  readonly name: string;
  readonly begin: string;
  /** Values of one statement. */
  readonly maxParameterCount: number;
  /** Indexes are part of CREATE TABLE, since the dialect has no CREATE INDEX IF NOT EXISTS. */
  readonly hasInlineIndexes: boolean;
  /** The primary key is an index with a name of its own beside tables and indexes. */
  readonly hasNamedKeys: boolean;
  /** Columns of one table. */
  readonly maxColumnCount: number;
  /** Foreign keys that are checked when a transaction ends, and can be made and dropped. */
  readonly hasForeignKeys?: boolean;
  readonly names: NameRules;
  /** The name of a schema or table that exists can be so: a server may cut a longer one, and take it for another. */
  holdsName(name: string): boolean;
  /** `Id` and `id` are two columns. */
  readonly hasCaseInNames: boolean;
  quote(name: string): string;
  placeholder(position: number): string;
  columnType(use: ColumnUse): string;
  /** Other spellings of `columnType` that a catalogue may give. */
  readonly typeAliases: Readonly<Record<string, string>>;
  /** Null-safe equality. */
  isSame(left: string, right: string): string;
  /** `any`: JSON is kept as its text; `wellFormed`: without halves of surrogate pairs; `plain`: without NUL, too. */
  readonly hasTextsInJson: 'any' | 'wellFormed' | 'plain';
  /** Characters of a text or bytes of an index's column, where the column is bounded. */
  mostInIndex?(kind: ColumnKind, widestIndex: number): number | undefined;
  /**
   * Bytes of an index's row from which on it may be refused: the server packs them. Rows beyond are tried one by one when
   * it has refused some.
   */
  readonly doubtfulIndexBytes?: number;
  /** @throws DatabaseError `COPY_VALUE_REFUSED` without facts of the place: the store adds them. */
  encode(kind: ColumnKind, value: unknown): unknown;
  /** Selects a column so that `decodeColumn` understands it. */
  readExpression(kind: ColumnKind, column: string): string;
  /** @param type as `columnsOf` answers it. */
  keyCursor(type: string, column: string): KeyCursor;
  /** Statements that make the schema; none where there are no schemas. */
  schemaDdl(schema: string): readonly string[];
  /** Makes a table that is missing; the comment tells other copies whose it is. One statement, or several. */
  createTable(table: string, lines: readonly string[], comment: string): readonly string[];
  dropTemporary(table: string): string;
  /**
   * Sets what statements rely on, for as long as a connection is taken from the pool, and sees that it holds. Answers
   * what gives the connection back as it was. `ownTables`: names mean the tables of one schema, not of a search path.
   */
  prepare(connection: SqlConnection, ownTables: boolean): Promise<() => Promise<void>>;
  /** Statement that helps the merge find rows of a filled staging table; undefined where it had its key from the start. */
  stagingIndex(table: string, keyColumns: string): string | undefined;
  /** Columns of a table in order; empty when there is none. */
  columnsOf(connection: SqlConnection, schema: string | undefined, table: string): Promise<readonly FoundColumn[]>;
  /** The objects with these names in the schema, in no order. */
  relationsOf(
    connection: SqlConnection,
    schema: string | undefined,
    names: readonly string[],
  ): Promise<readonly FoundRelation[]>;
  query(connection: SqlConnection, text: string, values?: SqlValues): Promise<readonly SqlRow[]>;
  /** Undefined: multi-row INSERT does. */
  bulkInsert?(connection: SqlConnection, table: string, columns: readonly string[]): BulkInsert;
}
