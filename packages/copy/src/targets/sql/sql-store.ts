/**
 * The target for SQL databases that knex connects to: PostgreSQL, MySQL, MariaDB, SQLite. Rows and position change in
 * one transaction. knex gives the pool and takes the credentials; what differs between databases is in the dialects.
 */

import type { CollectionShape } from '../../collection-shape.js';
import type { CopyPosition } from '../../copy-position.js';
import {
  type CollectionWriter,
  type ExternalStore,
  type KeyValues,
  keyValuesOf,
  type StoreChange,
  type StorePage,
  type TargetDifference,
} from '../../external-store.js';
import type { KnexPool } from './knex-pool.js';
import type { SqlDialect, SqlRow } from './sql-dialect.js';
import { copyError } from './sql-error.js';
import { decodeColumn, documentOf, encodeColumn, selectList } from './sql-row.js';
import { SqlSchema } from './sql-schema.js';
import { SqlSession } from './sql-session.js';
import { SqlWriter } from './sql-writer.js';
import { TableFeed } from './table-feed.js';

export interface SqlStoreOptions {
  /** Schema (MySQL: database) of the tables. Default: the connection's own. */
  readonly schema?: string | undefined;
  /** Put before every table's name. Default none. */
  readonly tablePrefix?: string | undefined;
}

/** Keys in one condition: SQLite bounds how deep an expression is. */
const KEYS_AT_ONCE = 200;

export class SqlStore implements ExternalStore {
  readonly name: string;
  readonly shapeOptions: { readonly tablePrefix?: string | undefined };
  readonly isTransactional = true;
  readonly #knex: KnexPool;
  readonly #dialect: SqlDialect;
  readonly #schema: SqlSchema;
  readonly #schemaName: string | undefined;

  constructor(knex: KnexPool, dialect: SqlDialect, options: SqlStoreOptions = {}) {
    this.#knex = knex;
    this.#dialect = dialect;
    this.name = dialect.name;
    this.#schemaName = options.schema;
    this.shapeOptions = { tablePrefix: options.tablePrefix };
    this.#schema = new SqlSchema(dialect, options.schema, options.tablePrefix ?? '');
  }

  ddl(shapes: readonly CollectionShape[]): readonly string[] {
    return this.#schema.ddl(shapes);
  }

  check(shapes: readonly CollectionShape[]): Promise<readonly TargetDifference[]> {
    return this.#session(async (session) => {
      const positions = new Set((await this.#readPositions(session)).map(({ collection }) => collection));
      const differences: TargetDifference[] = [];
      for (const shape of shapes) {
        const found = await this.#differences(session, shape);
        differences.push(...found);
        if (positions.has(shape.collection) || found.some(({ kind }) => kind === 'missingTable')) continue;
        const [row] = await session.query(
          'while tables were checked',
          `SELECT 1 AS one FROM ${this.#table(shape)} LIMIT 1`,
        );
        if (row !== undefined) differences.push({ table: shape.table, kind: 'rows' });
      }
      return differences;
    });
  }

  create(shapes: readonly CollectionShape[]): Promise<void> {
    return this.#session(async (session) => {
      for (const statement of this.#schema.tableDdl(shapes)) await session.query('while tables were made', statement);
    });
  }

  positions(): Promise<readonly CopyPosition[]> {
    return this.#session((session) => this.#readPositions(session));
  }

  setPositions(positions: readonly CopyPosition[]): Promise<void> {
    return this.#session((session) => session.transaction(() => this.#savePositions(session, positions)));
  }

  async begin(shape: CollectionShape, _position: CopyPosition): Promise<CollectionWriter> {
    return SqlWriter.open({
      shape,
      dialect: this.#dialect,
      schema: this.#schema,
      session: await SqlSession.open(this.#knex, this.#dialect),
      savePositions: (session, positions) => this.#savePositions(session, positions),
    });
  }

  apply(changes: readonly StoreChange[], positions: readonly CopyPosition[]): Promise<void> {
    const byShape = new Map<CollectionShape, StoreChange[]>();
    for (const change of changes) {
      const list = byShape.get(change.shape);
      if (list === undefined) byShape.set(change.shape, [change]);
      else list.push(change);
    }
    return this.#session((session) =>
      session.transaction(async () => {
        // All deletes come first: a unique value may move from one document to another.
        for (const [shape, list] of byShape)
          await this.#deleteKeys(
            session,
            shape,
            list.map(({ key }) => key),
          );
        for (const [shape, list] of byShape) await this.#insert(session, shape, list);
        await this.#savePositions(session, positions);
      }),
    );
  }

  readPage(shape: CollectionShape, after: unknown, limit: number): Promise<StorePage> {
    const { quote, placeholder } = this.#dialect;
    const key = shape.keyColumns.map(({ name }) => quote(name)).join(', ');
    const values = (after as KeyValues | undefined)?.map((value, index) =>
      encodeColumn(shape.keyColumns[index] as CollectionShape['keyColumns'][0], this.#dialect, value),
    );
    const bounds = values?.map((_, index) => placeholder(index + 1)).join(', ');
    const where = bounds === undefined ? '' : ` WHERE (${key}) > (${bounds})`;
    const text = `SELECT ${selectList(shape, this.#dialect)} FROM ${this.#table(shape)}${where} ORDER BY ${key} LIMIT ${Math.floor(limit)}`;
    return this.#session(async (session) => {
      const rows = await session.query(`while ${shape.table} was read`, text, values);
      const documents = rows.map((row) => documentOf(shape, row));
      const last = documents.at(-1);
      return last === undefined || rows.length < limit ? { documents } : { documents, next: keyValuesOf(shape, last) };
    });
  }

  count(shape: CollectionShape): Promise<number> {
    return this.#session(async (session) => {
      const [row] = await session.query('while rows were counted', `SELECT count(*) AS n FROM ${this.#table(shape)}`);
      return Number(row?.['n']);
    });
  }

  /** Nothing: knex is the caller's. */
  async close(): Promise<void> {}

  async #session<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const session = await SqlSession.open(this.#knex, this.#dialect);
    try {
      return await work(session);
    } catch (error) {
      throw copyError(error, this.name, 'failed');
    } finally {
      await session.release();
    }
  }

  #table({ table }: CollectionShape): string {
    return this.#schema.table(table);
  }

  async #readPositions(session: SqlSession): Promise<readonly CopyPosition[]> {
    const name = this.#schema.positionName;
    const columns = await this.#columnsOf(session, name);
    if (columns.length === 0) return [];
    const seq = this.#dialect.readExpression('integer', 'seq');
    const text = `SELECT collection, history_id, ${seq} AS seq, fingerprint, is_complete FROM ${this.#schema.table(name)}`;
    return (await session.query('while positions were read', text)).map(positionOf);
  }

  async #savePositions(session: SqlSession, positions: readonly CopyPosition[]): Promise<void> {
    const what = 'while positions were written';
    const { placeholder, encode } = this.#dialect;
    const table = this.#schema.table(this.#schema.positionName);
    for (const { collection, historyId, seq, fingerprint, isComplete } of positions) {
      await session.query(what, `DELETE FROM ${table} WHERE collection = ${placeholder(1)}`, [collection]);
      await session.query(
        what,
        `INSERT INTO ${table} (collection, history_id, seq, fingerprint, is_complete) VALUES (${[1, 2, 3, 4, 5].map(placeholder).join(', ')})`,
        [collection, historyId, encode('integer', seq), fingerprint, encode('boolean', isComplete)],
      );
    }
  }

  async #columnsOf(session: SqlSession, table: string): Promise<Awaited<ReturnType<SqlDialect['columnsOf']>>> {
    try {
      return await this.#dialect.columnsOf(session.connection, this.#schemaName, table);
    } catch (error) {
      throw copyError(error, this.name, 'failed while tables were checked');
    }
  }

  async #differences(session: SqlSession, shape: CollectionShape): Promise<readonly TargetDifference[]> {
    const { table } = shape;
    const found = new Map((await this.#columnsOf(session, table)).map((column) => [column.name, column]));
    if (found.size === 0) return [{ table, kind: 'missingTable' }];
    const differences: TargetDifference[] = [];
    const due = [
      ...shape.columns,
      ...(shape.nullsColumn === undefined
        ? []
        : [{ name: shape.nullsColumn, kind: 'text' as const, widestIndex: 0, isNullable: true, isKey: false }]),
    ];
    for (const column of due) {
      const expected = this.#dialect
        .columnType(column)
        .toLowerCase()
        .replace(/ character set .*/, '');
      const is = found.get(column.name);
      found.delete(column.name);
      if (is === undefined) differences.push({ table, column: column.name, kind: 'missingColumn', expected });
      else if (is.type.toLowerCase() !== expected && is.type.toLowerCase() !== this.#dialect.typeAliases[expected])
        differences.push({ table, column: column.name, kind: 'type', expected, found: is.type });
      else if (column.isKey !== is.isKey)
        differences.push({
          table,
          column: column.name,
          kind: 'key',
          expected: keyText(column.isKey),
          found: keyText(is.isKey),
        });
      else if (column.isNullable && !is.isNullable)
        differences.push({ table, column: column.name, kind: 'nullability', expected: 'NULL', found: 'NOT NULL' });
    }
    for (const { name, type } of found.values())
      differences.push({ table, column: name, kind: 'extraColumn', found: type });
    return differences;
  }

  async #deleteKeys(session: SqlSession, shape: CollectionShape, keys: readonly KeyValues[]): Promise<void> {
    for (const { where, values } of this.#keyConditions(shape, keys)) {
      for (const table of [...shape.tagTables.map((tag) => tag.table), shape.table])
        await session.query(
          `while ${table} was changed`,
          `DELETE FROM ${this.#schema.table(table)} WHERE ${where}`,
          values,
        );
    }
  }

  async #insert(session: SqlSession, shape: CollectionShape, changes: readonly StoreChange[]): Promise<void> {
    const put = changes.filter(({ document }) => document !== undefined);
    if (put.length === 0) return;
    const { collection } = shape;
    const tables = new Map(shape.tagTables.map((tag) => [tag, this.#schema.table(tag.table)]));
    const feed = new TableFeed(shape, this.#dialect, session.connection, this.#table(shape), tables);
    try {
      await feed.write(put.map(({ document }) => document as object));
      await feed.end();
    } catch (error) {
      await feed.destroy();
      throw copyError(error, this.name, `failed while ${collection} was written`, { collection });
    }
  }

  *#keyConditions(
    shape: CollectionShape,
    keys: readonly KeyValues[],
  ): Generator<{ readonly where: string; readonly values: readonly unknown[] }> {
    const names = shape.keyColumns.map(({ name }) => this.#dialect.quote(name));
    for (let start = 0; start < keys.length; start += KEYS_AT_ONCE) {
      const values: unknown[] = [];
      const each = keys.slice(start, start + KEYS_AT_ONCE).map((key) => {
        const parts = names.map((name, index) => {
          const column = shape.keyColumns[index] as CollectionShape['keyColumns'][0];
          values.push(encodeColumn(column, this.#dialect, key[index]));
          return `${name} = ${this.#dialect.placeholder(values.length)}`;
        });
        return `(${parts.join(' AND ')})`;
      });
      yield { where: each.join(' OR '), values };
    }
  }
}

function positionOf(row: SqlRow): CopyPosition {
  return {
    collection: row['collection'] as string,
    historyId: row['history_id'] as string,
    seq: BigInt(row['seq'] as string),
    fingerprint: row['fingerprint'] as string,
    isComplete: decodeColumn({ kind: 'boolean', type: { kind: 'boolean' } }, row['is_complete']) === true,
  };
}

function keyText(isKey: boolean): string {
  return isKey ? 'part of the primary key' : 'no part of the primary key';
}
