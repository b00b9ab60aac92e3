/**
 * Fills one collection in one transaction: into the table itself when it is empty, else into a temporary staging table
 * that is merged at the end. A crash at any moment leaves the rows and the position as they were.
 */
import type { CollectionShape } from '../../collection-shape.js';
import type { CopyPosition } from '../../copy-position.js';
import type { CollectionWriter, WrittenCounts } from '../../external-store.js';
import { MultiRowInsert } from './multi-row-insert.js';
import type { BulkInsert, SqlDialect } from './sql-dialect.js';
import { copyError } from './sql-error.js';
import { columnNames, rowOf } from './sql-row.js';
import { type SqlSchema, STAGING_TABLE } from './sql-schema.js';
import type { SqlSession } from './sql-session.js';

export interface SqlWriterParts {
  readonly shape: CollectionShape;
  readonly dialect: SqlDialect;
  readonly schema: SqlSchema;
  readonly session: SqlSession;
  readonly savePositions: (session: SqlSession, positions: readonly CopyPosition[]) => Promise<void>;
}

export class SqlWriter implements CollectionWriter {
  readonly #parts: SqlWriterParts;
  readonly #bulk: BulkInsert;
  readonly #isStaged: boolean;
  #rowCount = 0;

  private constructor(parts: SqlWriterParts, bulk: BulkInsert, isStaged: boolean) {
    this.#parts = parts;
    this.#bulk = bulk;
    this.#isStaged = isStaged;
  }

  /** Begins the transaction. */
  static async open(parts: SqlWriterParts): Promise<SqlWriter> {
    const { shape, dialect, schema, session } = parts;
    const what = `while ${shape.collection} was begun`;
    try {
      await session.query(what, dialect.begin);
      const main = schema.table(shape.table);
      const [row] = await session.query(what, `SELECT 1 AS one FROM ${main} LIMIT 1`);
      const isStaged = row !== undefined;
      if (isStaged) {
        await session.query(what, dialect.dropTemporary(STAGING_TABLE));
        await session.query(what, schema.stagingDdl(shape));
      }
      const columns = columnNames(shape).map((name) => dialect.quote(name));
      const table = isStaged ? STAGING_TABLE : main;
      const bulk =
        dialect.bulkInsert === undefined
          ? new MultiRowInsert(dialect, session.connection, table, columns)
          : await dialect.bulkInsert(session.connection, table, columns);
      return new SqlWriter(parts, bulk, isStaged);
    } catch (error) {
      await session.rollback();
      await session.release();
      throw error;
    }
  }

  async write(documents: readonly object[]): Promise<void> {
    const { shape, dialect } = this.#parts;
    const rows = documents.map((document) => rowOf(shape, dialect, document));
    await this.#guard('was written', () => this.#bulk.write(rows));
    this.#rowCount += rows.length;
  }

  async finish(position: CopyPosition): Promise<WrittenCounts> {
    const { shape, dialect, schema, session, savePositions } = this.#parts;
    const what = `while ${shape.collection} was finished`;
    await this.#guard('was written', () => this.#bulk.end());
    let counts: WrittenCounts = { writtenCount: this.#rowCount, deletedCount: 0 };
    if (this.#isStaged) {
      const before = await this.#count();
      const index = dialect.stagingIndex(STAGING_TABLE, schema.keyList(shape));
      if (index !== undefined) await session.query(what, index);
      await session.query(what, schema.deleteUnstaged(shape));
      const left = await this.#count();
      await session.query(what, schema.deleteUnlikeStaging(shape));
      const kept = await this.#count();
      for (const tag of shape.tagTables) await session.query(what, schema.deleteOrphanTags(shape, tag));
      await session.query(what, schema.insertFromStaging(shape));
      await session.query(what, dialect.dropTemporary(STAGING_TABLE));
      counts = { writtenCount: this.#rowCount - kept, deletedCount: before - left };
    }
    for (const tag of shape.tagTables) {
      if (!this.#isStaged) await session.query(what, `DELETE FROM ${schema.table(tag.table)}`);
      await session.query(what, schema.insertTags(shape, tag, this.#isStaged ? undefined : '1 = 1'));
    }
    for (const statement of schema.indexDdl(shape)) await session.query(what, statement);
    await savePositions(session, [position]);
    await session.query(what, 'COMMIT');
    await session.release();
    return counts;
  }

  async abandon(): Promise<void> {
    const { session } = this.#parts;
    await this.#bulk.destroy();
    await session.rollback();
    // A pool that is closing has let go of the connection already.
    await session.release().catch(() => undefined);
  }

  async #count(): Promise<number> {
    const { session, schema, shape } = this.#parts;
    const what = `while ${shape.collection} was counted`;
    const [row] = await session.query(what, `SELECT count(*) AS n FROM ${schema.table(shape.table)}`);
    return Number(row?.['n']);
  }

  async #guard<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { dialect, shape } = this.#parts;
    try {
      return await work();
    } catch (error) {
      const { collection } = shape;
      throw copyError(error, dialect.name, `failed while ${collection} ${what}`, { collection });
    }
  }
}
