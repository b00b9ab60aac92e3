/** A table that Nuthatch did not write, as a source of a load: columns by a mapping, values coerced by the model. */

import { DatabaseError } from '@nuthatch/model';
import { requireArgument, requireOptions, requireShape } from '../../argument-check.js';
import type { CollectionShape, ColumnShape } from '../../collection-shape.js';
import type { StorePage } from '../../external-store.js';
import { type FieldMapping, type MappedColumn, mappedColumns } from '../../field-mapping.js';
import { foreignDocument } from '../../foreign-value.js';
import type { LoadSource } from '../../load.js';
import { requirePage } from '../../store-arguments.js';
import { KeyPages, type KeyPosition } from './key-pages.js';
import type { KnexPool } from './knex-pool.js';
import { dialectOf } from './sql.js';
import type { FoundColumn, SqlDialect } from './sql-dialect.js';
import { requireName } from './sql-name.js';
import { SqlSession } from './sql-session.js';

export interface SqlTableOptions {
  readonly schema?: string | undefined;
  readonly table: string;
  /** Field → column. A field that is left out is read from the column of its own name, if there is one. */
  readonly columns?: FieldMapping | undefined;
}

/**
 * Reads a foreign table for one collection: `loadFrom(db, sqlTable(knex, { table: 'players' }), { collections: ['player'] })`.
 *
 * Pages go along the key's columns, which should be indexed; rows of one key come in one page, and those without a key at
 * the end, to be refused. Texts become numbers, bigints, dates and booleans where
 * the model wants those, JSON becomes what is nested; what still does not fit is rejected by the validation. A load rejects
 * with `INVALID_OPTION` and `COPY_TARGET_MISMATCH` where a mapping names what is not there, before a row is read.
 */
export function sqlTable(knex: KnexPool, options: SqlTableOptions): LoadSource {
  requireOptions(options, { table: 'text', schema: 'text', columns: 'object' });
  requireArgument(options.table, 'table', 'text');
  const dialect = dialectOf(knex);
  requireName(dialect, options.schema, 'schema');
  requireName(dialect, options.table, 'table');
  const { quote } = dialect;
  const table =
    options.schema === undefined ? quote(options.table) : `${quote(options.schema)}.${quote(options.table)}`;

  const withSession = async <T>(work: (session: SqlSession) => Promise<T>): Promise<T> => {
    const session = await SqlSession.open(knex, dialect, false);
    try {
      return await work(session);
    } finally {
      await session.release();
    }
  };

  const readPage = (shape: CollectionShape, after: unknown, limit: number): Promise<StorePage> =>
    withSession(async (session) => {
      requirePage(shape, limit);
      const { found, mapped } = await mappedTo(shape, session, dialect, options);
      const columns = mapped.map(({ column }) => column);
      const nameOf = (column: ColumnShape): string =>
        `nuthatch_main.${quote(mapped.find((one) => one.column === column)?.name as string)}`;
      const key = shape.keyColumns.map((column) => {
        const { name } = mapped.find((one) => one.column === column)!;
        const { type } = found.find((one) => one.name === name)!;
        return dialect.keyCursor(type, nameOf(column));
      });
      const list = columns.map(
        (column, index) => `${dialect.readExpression(readKind(column), nameOf(column))} AS c${index}`,
      );
      const pages = new KeyPages(session, dialect, `${table} nuthatch_main`, key, `while ${options.table} was read`);
      const { rows, next } = await pages.read(list, after as KeyPosition | undefined, Math.floor(limit));
      const documents = rows.map((row) =>
        foreignDocument(
          columns,
          columns.map((_, index) => row[`c${index}`]),
        ),
      );
      return next === undefined ? { documents } : { documents, next };
    });

  return {
    name: dialect.name,
    shapeOptions: {},
    readPage,
    count: (shape) =>
      withSession(async (session) => {
        requireShape(shape);
        // A load counts first: a mistake in the mapping is reported before a row is read.
        await mappedTo(shape, session, dialect, options);
        const [row] = await session.query(
          'while rows were counted',
          `SELECT ${dialect.readExpression('integer', 'count(*)')} AS n FROM ${table}`,
        );
        return Number(row?.['n']);
      }),
  };
}

async function mappedTo(
  shape: CollectionShape,
  session: SqlSession,
  dialect: SqlDialect,
  { schema, table, columns }: SqlTableOptions,
): Promise<{ readonly found: readonly FoundColumn[]; readonly mapped: readonly MappedColumn[] }> {
  const found = await dialect.columnsOf(session.connection, schema, table);
  if (found.length === 0) {
    const facts = { target: dialect.name, table, collection: shape.collection };
    throw new DatabaseError('COPY_FAILED', `${dialect.name} has no table ${table} to load from`, facts);
  }
  const names = found.map(({ name }) => name);
  return { found, mapped: mappedColumns(shape, columns, table, names, dialect.hasCaseInNames) };
}

/** Everything but bytes is read as the driver gives it or as text: the column's type is not ours. */
function readKind({ kind }: ColumnShape): ColumnShape['kind'] {
  return kind === 'integer' || kind === 'bigint' ? 'integer' : kind === 'bytes' ? 'bytes' : 'text';
}
