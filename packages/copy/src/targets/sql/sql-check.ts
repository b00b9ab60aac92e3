/** Compares the tables that are there with those of a copy. Writes nothing. */
import type { CollectionShape } from '../../collection-shape.js';
import type { CopyPosition } from '../../copy-position.js';
import type { TargetDifference } from '../../external-store.js';
import { withoutFollowing } from '../../target-check.js';
import type { FoundRelation, SqlDialect } from './sql-dialect.js';
import { copyError } from './sql-error.js';
import type { OwnTable, SqlSchema } from './sql-schema.js';
import type { SqlSession } from './sql-session.js';

const CHECKING = 'while tables were checked';

export class SqlCheck {
  readonly #dialect: SqlDialect;
  readonly #schema: SqlSchema;
  readonly #schemaName: string | undefined;
  readonly #session: SqlSession;

  constructor(dialect: SqlDialect, schema: SqlSchema, schemaName: string | undefined, session: SqlSession) {
    this.#dialect = dialect;
    this.#schema = schema;
    this.#schemaName = schemaName;
    this.#session = session;
  }

  /** The objects with the names of tables and of their indexes, by lower-case name. */
  async relations(tables: readonly OwnTable[]): Promise<ReadonlyMap<string, FoundRelation>> {
    const names = tables.flatMap(({ name, indexNames }) => [name, ...indexNames]);
    try {
      const found = await this.#dialect.relationsOf(this.#session.connection, this.#schemaName, names);
      return new Map(found.map((relation) => [relation.name.toLowerCase(), relation]));
    } catch (error) {
      throw copyError(error, this.#dialect.name, `failed ${CHECKING}`);
    }
  }

  /** @param positions of collections that a copy has filled. */
  async differences(
    shapes: readonly CollectionShape[],
    positions: readonly CopyPosition[],
  ): Promise<readonly TargetDifference[]> {
    const filled = new Set(positions.map(({ collection }) => collection));
    const tables = shapes.map((shape) => this.#schema.tablesOf(shape));
    const found = await this.relations(tables.flat());
    const differences: TargetDifference[] = [];
    for (const [index, { collection, table: main }] of shapes.entries()) {
      const own: TargetDifference[] = [];
      for (const table of tables[index]!)
        own.push(...(await this.#tableDifferences(table, found, filled.has(collection))));
      differences.push(...withoutFollowing(own, main));
    }
    return differences;
  }

  /** Of the table that positions are kept in: a table of that name may be anybody's. */
  async positionDifferences(): Promise<readonly TargetDifference[]> {
    const table = this.#schema.positionTable();
    return this.#tableDifferences(table, await this.relations([table]), true);
  }

  async #tableDifferences(
    due: OwnTable,
    found: ReadonlyMap<string, FoundRelation>,
    isFilled: boolean,
  ): Promise<readonly TargetDifference[]> {
    const { name: table, columns, comment } = due;
    const differences: TargetDifference[] = [];
    const { maxColumnCount } = this.#dialect;
    if (columns.length > maxColumnCount) {
      const counts = { expected: `${maxColumnCount} columns at most`, found: String(columns.length) };
      differences.push({ table, kind: 'columnCount', ...counts });
    }
    for (const name of due.indexNames) {
      const there = found.get(name.toLowerCase());
      if (there === undefined || there.indexOf?.toLowerCase() === table.toLowerCase()) continue;
      const of =
        there.indexOf === undefined ? `${name}, which is not an index` : `the index ${name} of ${there.indexOf}`;
      differences.push({ table, kind: 'owner', expected: `the index ${name} of ${table}`, found: of });
    }
    const there = found.get(table.toLowerCase());
    if (there === undefined) return [...differences, { table, kind: 'missingTable' }];
    if (!there.isTable) return [...differences, { table, kind: 'owner', expected: 'a table', found: 'no table' }];
    // Without a comment of ours, columns and rows have to tell: an older release made none.
    const owner = there.comment?.startsWith('nuthatch: ') === true ? there.comment : undefined;
    if (owner !== undefined && owner !== comment) {
      const [expected, is] = [comment, owner].map((text) => text.replace('nuthatch: ', ''));
      return [...differences, { table, kind: 'owner', expected: `${expected}`, found: `${is}` }];
    }
    if (there.engine !== undefined && there.engine.toLowerCase() !== 'innodb')
      differences.push({ table, kind: 'engine', expected: 'InnoDB', found: there.engine });
    differences.push(...(await this.#columnDifferences(due)));
    // A tag table that says it is ours is filled with its main table.
    const isTold = isFilled || (owner !== undefined && !due.isMain);
    if (!isTold && (await this.#hasRows(table))) differences.push({ table, kind: 'rows' });
    return differences;
  }

  async #hasRows(table: string): Promise<boolean> {
    const text = `SELECT 1 AS one FROM ${this.#schema.table(table)} LIMIT 1`;
    return (await this.#session.query(CHECKING, text)).length > 0;
  }

  async #columnDifferences({ name: table, columns }: OwnTable): Promise<readonly TargetDifference[]> {
    const found = new Map((await this.#columnsOf(table)).map((column) => [column.name, column]));
    const differences: TargetDifference[] = [];
    for (const column of columns) {
      const expected = this.#dialect
        .columnType(column)
        .toLowerCase()
        .replace(/ character set .*/, '');
      const is = found.get(column.name);
      found.delete(column.name);
      const place = { table, column: column.name };
      if (is === undefined) differences.push({ ...place, kind: 'missingColumn', expected });
      else if (is.type.toLowerCase() !== expected && is.type.toLowerCase() !== this.#dialect.typeAliases[expected])
        differences.push({ ...place, kind: 'type', expected, found: is.type });
      else if (column.isKey !== is.isKey)
        differences.push({ ...place, kind: 'key', expected: keyText(column.isKey), found: keyText(is.isKey) });
      else if (column.isNullable && !is.isNullable)
        differences.push({ ...place, kind: 'nullability', expected: 'NULL', found: 'NOT NULL' });
    }
    for (const { name, type } of found.values())
      differences.push({ table, column: name, kind: 'extraColumn', found: type });
    return differences;
  }

  async #columnsOf(table: string): Promise<Awaited<ReturnType<SqlDialect['columnsOf']>>> {
    try {
      return await this.#dialect.columnsOf(this.#session.connection, this.#schemaName, table);
    } catch (error) {
      throw copyError(error, this.#dialect.name, `failed ${CHECKING}`);
    }
  }
}

function keyText(isKey: boolean): string {
  return isKey ? 'part of the primary key' : 'no part of the primary key';
}
