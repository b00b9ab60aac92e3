/**
 * Rows that an index may refuse for their length. PostgreSQL packs them first, so length alone does not tell; and its
 * error names neither row nor field. After such an error the doubtful ones are tried, each against an index of its own.
 */
import { DatabaseError } from '@nuthatch/model';
import { type CollectionShape, type ColumnShape, type TagTableShape, tagColumns } from '../../collection-shape.js';
import type { SqlDialect, SqlValues } from './sql-dialect.js';
import { refused } from './sql-row.js';
import type { SqlSession } from './sql-session.js';

/** Beyond these none is kept; the error then names no row. */
const MAX_ROWS = 100;

interface DoubtfulRow {
  readonly document: object;
  readonly columns: readonly ColumnShape[];
  readonly values: SqlValues;
}

export class DoubtfulRows {
  readonly #shape: CollectionShape;
  readonly #dialect: SqlDialect;
  readonly #indexes: readonly { readonly columns: readonly ColumnShape[]; readonly positions: readonly number[] }[];
  readonly #rows: DoubtfulRow[] = [];

  constructor(shape: CollectionShape, dialect: SqlDialect) {
    this.#shape = shape;
    this.#dialect = dialect;
    // Tags that stand alone are taken from the main table, so they are looked at here.
    const tags = shape.tagTables.filter(({ isList }) => !isList).map(({ source }) => [...shape.keyColumns, source]);
    const all = [shape.keyColumns, ...shape.indexes.map(({ columns }) => columns), ...tags];
    const positionsOf = (columns: readonly ColumnShape[]): readonly number[] =>
      columns.map((column) => shape.columns.indexOf(column));
    this.#indexes = all.map((columns) => ({ columns, positions: positionsOf(columns) }));
  }

  /** Keeps what may be too long. O(columns of indexes). */
  look(document: object, row: SqlValues): void {
    if (this.#dialect.doubtfulIndexBytes === undefined) return;
    for (const { columns, positions } of this.#indexes)
      this.#keep(
        document,
        columns,
        positions.map((position) => row[position]),
      );
  }

  /** The same of a row of a tag table: the key, then the tag, or the parts. */
  lookAtTag(document: object, tag: TagTableShape, row: SqlValues): void {
    if (this.#dialect.doubtfulIndexBytes === undefined) return;
    const tags = tagColumns(tag).map((name) => ({ ...tag.source, name, kind: 'text' as const }));
    this.#keep(document, [...this.#shape.keyColumns, ...tags], row);
  }

  #keep(document: object, columns: readonly ColumnShape[], values: SqlValues): void {
    const most = this.#dialect.doubtfulIndexBytes!;
    let length = 0;
    for (const value of values) if (typeof value === 'string') length += value.length;
    // A character has three bytes at most.
    if (length * 3 <= most || this.#rows.length >= MAX_ROWS) return;
    const bytes = values.reduce<number>((sum, value) => sum + Buffer.byteLength(String(value ?? '')), 0);
    if (bytes > most) this.#rows.push({ document, columns, values });
  }

  /** The refusal that names field and key, when one of the rows is why the server refused; else the error itself. */
  async explain(session: SqlSession, error: unknown): Promise<unknown> {
    if (!DatabaseError.is(error, 'COPY_VALUE_REFUSED') || error.facts['field'] !== undefined) return error;
    if (this.#rows.length === 0) return error;
    await session.rollback();
    for (const row of this.#rows) {
      const problem = await this.#problemOf(session, row);
      if (problem === undefined) continue;
      const lengths = row.values.map((value) => Buffer.byteLength(String(value ?? '')));
      const longest = row.columns[lengths.indexOf(Math.max(...lengths))]!;
      return refused(this.#shape, longest, this.#dialect, row.document, problem);
    }
    return error;
  }

  async #problemOf(session: SqlSession, { columns, values }: DoubtfulRow): Promise<unknown> {
    const { columnType, placeholder } = this.#dialect;
    const names = columns.map((_, index) => `c${index}`);
    const types = columns.map((column, index) => `c${index} ${columnType(column)}`);
    const marks = columns.map((_, index) => placeholder(index + 1));
    const probe = 'nuthatch_staging_probe';
    const what = 'while a long value was tried';
    await session.query(what, this.#dialect.begin);
    try {
      await session.query(what, `CREATE TEMPORARY TABLE ${probe} (${types.join(', ')})`);
      await session.query(what, `CREATE INDEX ON ${probe} (${names.join(', ')})`);
      await session.query(what, `INSERT INTO ${probe} VALUES (${marks.join(', ')})`, values);
      return undefined;
    } catch (error) {
      if (DatabaseError.is(error, 'COPY_VALUE_REFUSED')) return error.cause ?? error;
      throw error;
    } finally {
      await session.rollback();
    }
  }
}
