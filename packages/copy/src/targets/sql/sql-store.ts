/**
 * The target for SQL databases that knex connects to: PostgreSQL, MySQL, MariaDB, SQLite. Rows and position change in
 * one transaction. knex gives the pool and takes the credentials; what differs between databases is in the dialects.
 */

import { DatabaseError } from '@nuthatch/model';
import { requireArgument, requireMethods, requireOptions, requireShape } from '../../argument-check.js';
import type { CollectionShape } from '../../collection-shape.js';
import type { ShapeOptions } from '../../collection-shapes.js';
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
import {
  requireChanges,
  requirePage,
  requirePosition,
  requirePositions,
  requireShapes,
} from '../../store-arguments.js';
import { mismatch } from '../../target-check.js';
import type { KnexPool } from './knex-pool.js';
import { SqlCheck } from './sql-check.js';
import { allOf, anyOf } from './sql-condition.js';
import type { SqlDialect, SqlRow } from './sql-dialect.js';
import { copyError } from './sql-error.js';
import { requireName } from './sql-name.js';
import { decodeColumn, documentOf, encodeColumn, selectList } from './sql-row.js';
import { type OwnTable, SqlSchema } from './sql-schema.js';
import { SqlSession } from './sql-session.js';
import { SqlWriter } from './sql-writer.js';
import { TableFeed } from './table-feed.js';

export interface SqlStoreOptions {
  /** Schema (MySQL: database) of the tables. Default: the connection's own. */
  readonly schema?: string | undefined;
  /** Put before every table's name. Default none. */
  readonly tablePrefix?: string | undefined;
  /**
   * Fields of `@Ref` become foreign keys, deferred to the end of a transaction: on PostgreSQL. Default false.
   */
  readonly foreignKeys?: boolean | undefined;
}

/** Keys in one condition. */
const KEYS_AT_ONCE = 200;

export class SqlStore implements ExternalStore {
  readonly name: string;
  readonly shapeOptions: ShapeOptions;
  readonly isTransactional = true;
  readonly #knex: KnexPool;
  readonly #dialect: SqlDialect;
  readonly #schema: SqlSchema;
  readonly #schemaName: string | undefined;

  constructor(knex: KnexPool, dialect: SqlDialect, options: SqlStoreOptions = {}) {
    requireOptions(options, { schema: 'text', tablePrefix: 'prefix', foreignKeys: 'boolean' });
    requireMethods((knex as KnexPool | undefined)?.client, 'knex', ['acquireConnection', 'releaseConnection']);
    requireMethods(dialect, 'dialect', ['query', 'prepare', 'encode']);
    // A database without schemas refuses one here, before it is opened or made.
    if (options.schema !== undefined) dialect.schemaDdl(options.schema);
    requireName(dialect, options.schema, 'schema');
    if (options.foreignKeys === true && dialect.hasForeignKeys !== true)
      throw new DatabaseError('INVALID_OPTION', `${dialect.name} takes no foreign keys from a copy, PostgreSQL does`, {
        option: 'foreignKeys',
      });
    this.#knex = knex;
    this.#dialect = dialect;
    this.name = dialect.name;
    this.#schemaName = options.schema;
    const { tablePrefix, foreignKeys } = options;
    this.shapeOptions = { tablePrefix, names: dialect.names, ...(foreignKeys === true && { foreignKeys }) };
    this.#schema = new SqlSchema(dialect, options.schema, options.tablePrefix ?? '');
  }

  ddl(shapes: readonly CollectionShape[]): readonly string[] {
    requireShapes(shapes);
    return this.#schema.ddl(shapes);
  }

  async check(shapes: readonly CollectionShape[]): Promise<readonly TargetDifference[]> {
    requireShapes(shapes);
    return this.#session(async (session) =>
      this.#checkOf(session).differences(shapes, await this.#readPositions(session)),
    );
  }

  async create(shapes: readonly CollectionShape[]): Promise<void> {
    requireShapes(shapes);
    return this.#session(async (session) => {
      const what = 'while tables were made';
      const perShape = shapes.map((shape) => this.#schema.tablesOf(shape));
      const tables = [this.#schema.positionTable(), ...perShape.flat()];
      const found = await this.#checkOf(session).relations(tables);
      const isMissing = ({ name }: OwnTable): boolean => !found.has(name.toLowerCase());
      const missing = tables.filter(isMissing);
      if (missing.length > 0) for (const ddl of this.#schema.schemaDdl()) await session.query(what, ddl);
      // A tag table made beside documents that are there is empty: the collection is to be copied again. Said first, so
      // that no crash leaves an empty table under a complete position.
      const incomplete = shapes.filter((_, index) => perShape[index]?.some(isMissing)).map((shape) => shape.collection);
      const positions = await this.#readPositions(session);
      const changed = positions.filter(({ collection }) => incomplete.includes(collection));
      if (changed.length > 0)
        await session.transaction(() =>
          this.#savePositions(
            session,
            changed.map((position) => ({ ...position, isComplete: false })),
          ),
        );
      for (const { ddl } of missing) for (const statement of ddl) await session.query(what, statement);
    });
  }

  untie(shapes: readonly CollectionShape[]): Promise<void> {
    return this.#inOrder('while foreign keys were dropped', this.#schema.dropForeignKeys(shapes));
  }

  tie(shapes: readonly CollectionShape[]): Promise<void> {
    return this.#inOrder('while foreign keys were made', this.#schema.foreignKeyDdl(shapes));
  }

  async #inOrder(what: string, statements: readonly string[]): Promise<void> {
    if (statements.length === 0) return;
    await this.#session((session) =>
      session.transaction(async () => {
        for (const statement of statements) await session.query(what, statement);
      }),
    );
  }

  positions(): Promise<readonly CopyPosition[]> {
    return this.#session((session) => this.#readPositions(session));
  }

  async setPositions(positions: readonly CopyPosition[]): Promise<void> {
    requirePositions(positions);
    return this.#session((session) => session.transaction(() => this.#savePositions(session, positions)));
  }

  async begin(shape: CollectionShape, position: CopyPosition): Promise<CollectionWriter> {
    requireShape(shape);
    requirePosition(position);
    return SqlWriter.open({
      shape,
      dialect: this.#dialect,
      schema: this.#schema,
      session: await SqlSession.open(this.#knex, this.#dialect, true),
      savePositions: (session, positions) => this.#savePositions(session, positions),
    });
  }

  async apply(changes: readonly StoreChange[], positions: readonly CopyPosition[]): Promise<void> {
    requireChanges(changes);
    requirePositions(positions);
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

  async readPage(shape: CollectionShape, after: unknown, limit: number): Promise<StorePage> {
    requirePage(shape, limit);
    if (after !== undefined) requireArgument(after, 'after', 'list');
    const { quote, placeholder } = this.#dialect;
    // With the table's name: `c0` alone, where a key is called so, would mean the first column that is selected.
    const key = shape.keyColumns.map(({ name }) => `nuthatch_main.${quote(name)}`).join(', ');
    const values = (after as KeyValues | undefined)?.map((value, index) =>
      encodeColumn(shape.keyColumns[index]!, this.#dialect, value),
    );
    const bounds = values?.map((_, index) => placeholder(index + 1)).join(', ');
    const where = bounds === undefined ? '' : ` WHERE (${key}) > (${bounds})`;
    const text = `SELECT ${selectList(shape, this.#dialect)} FROM ${this.#table(shape)} nuthatch_main${where} ORDER BY ${key} LIMIT ${Math.floor(limit)}`;
    return this.#session(async (session) => {
      const rows = await session.query(`while ${shape.table} was read`, text, values);
      const documents = rows.map((row) => documentOf(shape, row));
      const last = documents.at(-1);
      return last === undefined || rows.length < limit ? { documents } : { documents, next: keyValuesOf(shape, last) };
    });
  }

  async count(shape: CollectionShape): Promise<number> {
    requireShape(shape);
    return this.#session(async (session) => {
      const [row] = await session.query(
        'while rows were counted',
        `SELECT ${this.#dialect.readExpression('integer', 'count(*)')} AS n FROM ${this.#table(shape)}`,
      );
      return Number(row?.['n']);
    });
  }

  /** Nothing: knex is the caller's. */
  async close(): Promise<void> {}

  async #session<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const session = await SqlSession.open(this.#knex, this.#dialect, true);
    try {
      return await work(session);
    } catch (error) {
      throw copyError(error, this.name, 'failed');
    } finally {
      await session.release();
    }
  }

  #checkOf(session: SqlSession): SqlCheck {
    return new SqlCheck(this.#dialect, this.#schema, this.#schemaName, session);
  }

  #table({ table }: CollectionShape): string {
    return this.#schema.table(table);
  }

  async #readPositions(session: SqlSession): Promise<readonly CopyPosition[]> {
    const name = this.#schema.positionName;
    const differences = await this.#checkOf(session).positionDifferences();
    if (differences.some(({ kind }) => kind === 'missingTable')) return [];
    if (differences.length > 0) throw mismatch(this.name, differences);
    const columns = this.#schema.positionTable().columns.map((column) => {
      return `${this.#dialect.readExpression(column.kind, column.name)} AS ${column.name}`;
    });
    const text = `SELECT ${columns.join(', ')} FROM ${this.#schema.table(name)}`;
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
      await feed.write(put.map(({ document }) => document!));
      await feed.end();
    } catch (error) {
      await feed.destroy();
      const coded = copyError(error, this.name, `failed while ${collection} was written`, { collection });
      throw await feed.doubtful.explain(session, coded);
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
          const column = shape.keyColumns[index]!;
          values.push(encodeColumn(column, this.#dialect, key[index]));
          return `${name} = ${this.#dialect.placeholder(values.length)}`;
        });
        return `(${allOf(parts)})`;
      });
      yield { where: anyOf(each), values };
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
