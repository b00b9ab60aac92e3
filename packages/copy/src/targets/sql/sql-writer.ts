/**
 * Fills one collection in one transaction: into the tables themselves when there are no rows, else into temporary staging
 * tables that are merged at the end. A crash at any moment leaves the rows and the position as they were.
 */

import { DatabaseError } from '@nuthatch/model';
import type { CollectionShape } from '../../collection-shape.js';
import type { CopyPosition } from '../../copy-position.js';
import type { CollectionWriter, WrittenCounts } from '../../external-store.js';
import { requireDocuments, requirePosition } from '../../store-arguments.js';
import type { SqlDialect } from './sql-dialect.js';
import { copyError } from './sql-error.js';
import { type SqlSchema, STAGING_TABLE, tagStagingTables } from './sql-schema.js';
import type { SqlSession } from './sql-session.js';
import { TableFeed } from './table-feed.js';

export interface SqlWriterParts {
  readonly shape: CollectionShape;
  readonly dialect: SqlDialect;
  readonly schema: SqlSchema;
  readonly session: SqlSession;
  readonly savePositions: (session: SqlSession, positions: readonly CopyPosition[]) => Promise<void>;
}

export class SqlWriter implements CollectionWriter {
  readonly #parts: SqlWriterParts;
  readonly #feed: TableFeed;
  readonly #isStaged: boolean;
  #rowCount = 0;

  private constructor(parts: SqlWriterParts, feed: TableFeed, isStaged: boolean) {
    this.#parts = parts;
    this.#feed = feed;
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
        for (const table of stagingTables(shape)) await session.query(what, dialect.dropTemporary(table));
        for (const statement of schema.stagingDdl(shape)) await session.query(what, statement);
      } else for (const { table } of shape.tagTables) await session.query(what, `DELETE FROM ${schema.table(table)}`);
      const lists = shape.tagTables.filter(({ isList }) => isList);
      const tables = isStaged ? tagStagingTables(shape) : new Map(lists.map((tag) => [tag, schema.table(tag.table)]));
      const feed = new TableFeed(shape, dialect, session.connection, isStaged ? STAGING_TABLE : main, tables);
      return new SqlWriter(parts, feed, isStaged);
    } catch (error) {
      await session.rollback();
      await session.release();
      throw error;
    }
  }

  async write(documents: readonly object[]): Promise<void> {
    requireDocuments(documents);
    await this.#guard('was written', () => this.#feed.write(documents));
    this.#rowCount += documents.length;
  }

  async finish(position: CopyPosition): Promise<WrittenCounts> {
    requirePosition(position);
    return this.#guard('was finished', () => this.#finish(position));
  }

  async #finish(position: CopyPosition): Promise<WrittenCounts> {
    const { shape, schema, session, savePositions } = this.#parts;
    const what = `while ${shape.collection} was finished`;
    await this.#feed.end();
    const counts = this.#isStaged ? await this.#merge() : { writtenCount: this.#rowCount, deletedCount: 0 };
    for (const tag of shape.tagTables)
      if (!tag.isList) await session.query(what, schema.insertSingleTags(shape, tag, this.#isStaged));
    for (const statement of schema.indexDdl(shape)) await session.query(what, statement);
    await savePositions(session, [position]);
    await session.query(what, 'COMMIT');
    await session.release();
    return counts;
  }

  async abandon(): Promise<void> {
    const { session } = this.#parts;
    await this.#feed.destroy();
    await session.rollback();
    // A pool that is closing has let go of the connection already.
    await session.release().catch(() => undefined);
  }

  /** Makes the tables equal to what is staged, row by row: what is equal already is left alone. */
  async #merge(): Promise<WrittenCounts> {
    const { shape, dialect, schema, session } = this.#parts;
    const what = `while ${shape.collection} was merged`;
    for (const table of stagingTables(shape)) {
      const index = dialect.stagingIndex(table, schema.keyList(shape));
      if (index !== undefined) await session.query(what, index);
    }
    const before = await this.#count();
    await session.query(what, schema.deleteUnstaged(shape));
    const left = await this.#count();
    await session.query(what, schema.deleteUnlikeStaging(shape));
    const kept = await this.#count();
    for (const tag of shape.tagTables) await session.query(what, schema.deleteOrphanTags(shape, tag));
    await session.query(what, schema.insertFromStaging(shape));
    for (const [tag, staging] of tagStagingTables(shape))
      await session.query(what, schema.insertTagsFromStaging(shape, tag, staging));
    for (const table of stagingTables(shape)) await session.query(what, dialect.dropTemporary(table));
    return { writtenCount: this.#rowCount - kept, deletedCount: before - left };
  }

  async #count(): Promise<number> {
    const { session, schema, shape, dialect } = this.#parts;
    const what = `while ${shape.collection} was counted`;
    const count = dialect.readExpression('integer', 'count(*)');
    const [row] = await session.query(what, `SELECT ${count} AS n FROM ${schema.table(shape.table)}`);
    return Number(row?.['n']);
  }

  async #guard<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { dialect, shape } = this.#parts;
    try {
      return await work();
    } catch (error) {
      const { collection } = shape;
      const coded = copyError(error, dialect.name, `failed while ${collection} ${what}`, { collection });
      // The rows that the feed still sends come first: the connection has to be free.
      if (DatabaseError.is(coded, 'COPY_VALUE_REFUSED')) await this.#feed.destroy();
      throw await this.#feed.doubtful.explain(this.#parts.session, coded);
    }
  }
}

function stagingTables(shape: CollectionShape): readonly string[] {
  return [STAGING_TABLE, ...tagStagingTables(shape).values()];
}
