/**
 * Puts the rows of documents into the main table and the tag tables of a collection, over one connection.
 *
 * A connection does one COPY at a time, so main rows go out as they come, while the dialect's server works beside us,
 * and tag rows are gathered until there are many: measured with 135,233 cities and two tags on PostgreSQL 15, that is
 * quicker than three COPYs a batch, which wait for each other, and than unfolding the lists by SQL.
 */
import type { CollectionShape, TagTableShape } from '../../collection-shape.js';
import { MultiRowInsert } from './multi-row-insert.js';
import type { BulkInsert, SqlConnection, SqlDialect } from './sql-dialect.js';
import { columnNames, rowOf, type SqlValues, tagRowsOf } from './sql-row.js';

/** About 15 MB. */
const MOST_TAG_ROWS = 100_000;

interface TagFeed {
  readonly tag: TagTableShape;
  readonly table: string;
  rows: SqlValues[];
}

export class TableFeed {
  readonly #shape: CollectionShape;
  readonly #dialect: SqlDialect;
  readonly #connection: SqlConnection;
  readonly #table: string;
  readonly #tags: readonly TagFeed[];
  #main: BulkInsert | undefined;
  #tagRowCount = 0;

  /**
   * @param table quoted name of the table for the documents.
   * @param tagTables quoted names of those for the tags, in the order of `shape.tagTables`.
   */
  constructor(
    shape: CollectionShape,
    dialect: SqlDialect,
    connection: SqlConnection,
    table: string,
    tagTables: readonly string[],
  ) {
    this.#shape = shape;
    this.#dialect = dialect;
    this.#connection = connection;
    this.#table = table;
    this.#tags = shape.tagTables.map((tag, index) => ({ tag, table: tagTables[index] as string, rows: [] }));
  }

  /** O(documents); waits while the target is busy. */
  async write(documents: readonly object[]): Promise<void> {
    const rows: SqlValues[] = [];
    for (const document of documents) {
      const row = rowOf(this.#shape, this.#dialect, document);
      rows.push(row);
      for (const feed of this.#tags)
        for (const tagRow of tagRowsOf(this.#shape, feed.tag, this.#dialect, document, row)) {
          feed.rows.push(tagRow);
          this.#tagRowCount++;
        }
    }
    this.#main ??= await this.#open(
      this.#table,
      columnNames(this.#shape).map((name) => this.#dialect.quote(name)),
    );
    await this.#main.write(rows);
    if (this.#tagRowCount >= MOST_TAG_ROWS) await this.end();
  }

  /** When it resolves, all that was written is in the tables. */
  async end(): Promise<void> {
    const main = this.#main;
    this.#main = undefined;
    await main?.end();
    const { quote } = this.#dialect;
    const key = this.#shape.keyColumns.map(({ name }) => quote(name));
    for (const feed of this.#tags) {
      const { rows, tag, table } = feed;
      if (rows.length === 0) continue;
      feed.rows = [];
      const insert = await this.#open(table, [...key, quote(tag.column)]);
      await insert.write(rows);
      await insert.end();
    }
    this.#tagRowCount = 0;
  }

  /** Gives up; the transaction is rolled back next. Never rejects. */
  async destroy(): Promise<void> {
    await this.#main?.destroy();
  }

  async #open(table: string, columns: readonly string[]): Promise<BulkInsert> {
    const { bulkInsert } = this.#dialect;
    if (bulkInsert !== undefined) return bulkInsert(this.#connection, table, columns);
    return new MultiRowInsert(this.#dialect, this.#connection, table, columns);
  }
}
