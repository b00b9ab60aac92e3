/**
 * Puts the rows of documents into the main table and the tag tables of a collection, over one connection.
 *
 * A connection does one COPY at a time, so main rows go out batch by batch and tag rows are gathered until there are many.
 * A batch is encoded while the one before is on its way: client and server then work at the same time.
 */
import { type CollectionShape, type TagTableShape, tagColumns } from '../../collection-shape.js';
import { DoubtfulRows } from './doubtful-rows.js';
import { MultiRowInsert } from './multi-row-insert.js';
import type { BulkInsert, SqlConnection, SqlDialect } from './sql-dialect.js';
import { columnNames, rowOf, type TagRows, tagRowsOf } from './sql-row.js';

/** As objects about 15 MB, as text for COPY about 2 MB. */
const MAX_TAG_ROWS = 100_000;

export class TableFeed {
  readonly #shape: CollectionShape;
  readonly #dialect: SqlDialect;
  readonly #main: BulkInsert;
  readonly #tags: readonly { readonly tag: TagTableShape; readonly rowsOf: TagRows; readonly insert: BulkInsert }[];
  /** The rows that an index may refuse. */
  readonly doubtful: DoubtfulRows;
  #tagRowCount = 0;
  #sending: Promise<void> = Promise.resolve();

  /**
   * @param table quoted name of the table for the documents.
   * @param tagTables quoted names of those for the tags; tags that are left out stay to the caller.
   */
  constructor(
    shape: CollectionShape,
    dialect: SqlDialect,
    connection: SqlConnection,
    table: string,
    tagTables: ReadonlyMap<TagTableShape, string>,
  ) {
    const insertInto = (name: string, columns: readonly string[]): BulkInsert => {
      const quoted = columns.map((column) => dialect.quote(column));
      return dialect.bulkInsert?.(connection, name, quoted) ?? new MultiRowInsert(dialect, connection, name, quoted);
    };
    this.#shape = shape;
    this.doubtful = new DoubtfulRows(shape, dialect);
    this.#dialect = dialect;
    this.#main = insertInto(table, columnNames(shape));
    const key = shape.keyColumns.map(({ name }) => name);
    this.#tags = Array.from(tagTables, ([tag, name]) => ({
      tag,
      rowsOf: tagRowsOf(shape, tag, dialect),
      insert: insertInto(name, [...key, ...tagColumns(tag)]),
    }));
  }

  /** Encodes documents, O(documents), and waits until those before are sent: their errors come out here or at the end. */
  async write(documents: readonly object[]): Promise<void> {
    for (const document of documents) {
      const row = rowOf(this.#shape, this.#dialect, document);
      this.#main.add(row);
      this.doubtful.look(document, row);
      for (const { tag, rowsOf, insert } of this.#tags)
        for (const tagRow of rowsOf(document, row)) {
          this.doubtful.lookAtTag(document, tag, tagRow);
          insert.add(tagRow);
          this.#tagRowCount++;
        }
    }
    await this.#sending;
    this.#sending = this.#tagRowCount < MAX_TAG_ROWS ? this.#main.send() : this.#endAll();
    // Awaited by the next call.
    this.#sending.catch(() => undefined);
  }

  /** When it resolves, all that was written is in the tables. */
  async end(): Promise<void> {
    await this.#sending;
    await this.#endAll();
  }

  /** Gives up; the transaction is rolled back next. Never rejects. */
  async destroy(): Promise<void> {
    await this.#sending.catch(() => undefined);
    await this.#main.destroy();
  }

  async #endAll(): Promise<void> {
    this.#tagRowCount = 0;
    await this.#main.end();
    for (const { insert } of this.#tags) await insert.end();
  }
}
