/** The statements that make a collection's tables, and the statements that move rows between them. Texts only, no I/O. */
import { type CollectionShape, fit, type IndexShape, type TagTableShape } from '../../collection-shape.js';
import { POSITION_TABLE } from '../../copy-position.js';
import type { SqlDialect } from './sql-dialect.js';
import { columnNames } from './sql-row.js';

export const STAGING_TABLE = 'nuthatch_staging';

/** Names of the staging tables of the tags that stand in lists; single ones are taken from the main table by SQL. */
export function tagStagingTables({ tagTables }: CollectionShape): ReadonlyMap<TagTableShape, string> {
  return new Map(tagTables.filter(({ isList }) => isList).map((tag, index) => [tag, `${STAGING_TABLE}_${index}`]));
}

export class SqlSchema {
  readonly #dialect: SqlDialect;
  readonly #schema: string | undefined;
  readonly #prefix: string;

  constructor(dialect: SqlDialect, schema: string | undefined, tablePrefix: string) {
    this.#dialect = dialect;
    this.#schema = schema;
    this.#prefix = tablePrefix;
  }

  /** Quoted, with its schema. */
  table(name: string): string {
    const quoted = this.#dialect.quote(name);
    return this.#schema === undefined ? quoted : `${this.#dialect.quote(this.#schema)}.${quoted}`;
  }

  get positionName(): string {
    return this.#prefix + POSITION_TABLE;
  }

  /** Everything, in order. */
  ddl(shapes: readonly CollectionShape[]): readonly string[] {
    return [...this.tableDdl(shapes), ...shapes.flatMap((shape) => this.indexDdl(shape))];
  }

  tableDdl(shapes: readonly CollectionShape[]): readonly string[] {
    const schema = this.#schema === undefined ? [] : this.#dialect.schemaDdl(this.#schema);
    return [
      ...schema,
      this.#positionDdl(),
      ...shapes.flatMap((shape) => [this.#mainDdl(shape), ...this.#tagDdl(shape)]),
    ];
  }

  /** Indexes are made after the rows of the first copy are there: that is quicker. */
  indexDdl(shape: CollectionShape): readonly string[] {
    if (this.#dialect.hasInlineIndexes) return [];
    const { quote } = this.#dialect;
    const main = shape.indexes.map(
      (index) =>
        `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${quote(index.name)} ON ${this.table(shape.table)} (${this.#indexColumns(index)})`,
    );
    // The key comes first in the unique one: rows lie in that order, and an index of few tags alone is small. On
    // PostgreSQL 15 both are built in two thirds of the time that (tag, key) and (key) take.
    const tags = shape.tagTables.flatMap(({ table, column }) => [
      `CREATE UNIQUE INDEX IF NOT EXISTS ${quote(fit(`${table}_key`))} ON ${this.table(table)} (${this.keyList(shape)}, ${quote(column)})`,
      `CREATE INDEX IF NOT EXISTS ${quote(fit(`${table}_tag`))} ON ${this.table(table)} (${quote(column)})`,
    ]);
    return [...main, ...tags];
  }

  keyList(shape: CollectionShape, alias?: string): string {
    return shape.keyColumns.map(({ name }) => this.#column(name, alias)).join(', ');
  }

  sameKey(shape: CollectionShape, left: string, right: string): string {
    return shape.keyColumns
      .map(({ name }) => `${this.#column(name, left)} = ${this.#column(name, right)}`)
      .join(' AND ');
  }

  /** `CREATE TEMPORARY TABLE` like the main one and the tag tables, in that order. */
  stagingDdl(shape: CollectionShape): readonly string[] {
    const { quote, hasInlineIndexes } = this.#dialect;
    const like = (staging: string, table: string, names: readonly string[], index: string): string =>
      `CREATE TEMPORARY TABLE ${staging} ${hasInlineIndexes ? `(${index} (${this.keyList(shape)})) ` : ''}AS SELECT ${names.map(quote).join(', ')} FROM ${this.table(table)} WHERE 1 = 0`;
    const key = shape.keyColumns.map(({ name }) => name);
    return [
      like(STAGING_TABLE, shape.table, columnNames(shape), 'PRIMARY KEY'),
      ...Array.from(tagStagingTables(shape), ([{ table, column }, staging]) =>
        like(staging, table, [...key, column], 'KEY'),
      ),
    ];
  }

  /** Rows whose document is no longer there. */
  deleteUnstaged(shape: CollectionShape): string {
    const main = this.table(shape.table);
    const key = shape.keyColumns.map(({ name }) => `${this.#column(name, 's')} = ${main}.${this.#dialect.quote(name)}`);
    return `DELETE FROM ${main} WHERE NOT EXISTS (SELECT 1 FROM ${STAGING_TABLE} s WHERE ${key.join(' AND ')})`;
  }

  /** Rows that are staged otherwise. They are deleted, not updated: a unique value may move from one to the other. */
  deleteUnlikeStaging(shape: CollectionShape): string {
    const main = this.table(shape.table);
    const others = columnNames(shape).filter((name) => !shape.keyColumns.some((key) => key.name === name));
    const same = others.map((name) =>
      this.#dialect.isSame(this.#column(name, 's'), `${main}.${this.#dialect.quote(name)}`),
    );
    const key = shape.keyColumns.map(({ name }) => `${this.#column(name, 's')} = ${main}.${this.#dialect.quote(name)}`);
    return `DELETE FROM ${main} WHERE NOT EXISTS (SELECT 1 FROM ${STAGING_TABLE} s WHERE ${[...key, ...same].join(' AND ')})`;
  }

  insertFromStaging(shape: CollectionShape): string {
    const columns = columnNames(shape);
    const list = columns.map((name) => this.#dialect.quote(name)).join(', ');
    const staged = columns.map((name) => this.#column(name, 's')).join(', ');
    const main = this.table(shape.table);
    return `INSERT INTO ${main} (${list}) SELECT ${staged} FROM ${STAGING_TABLE} s WHERE NOT EXISTS (SELECT 1 FROM ${main} m WHERE ${this.sameKey(shape, 'm', 's')})`;
  }

  /** Tags of documents that are no longer there. */
  deleteOrphanTags(shape: CollectionShape, { table }: TagTableShape): string {
    const tags = this.table(table);
    const key = shape.keyColumns.map(({ name }) => `${this.#column(name, 'm')} = ${tags}.${this.#dialect.quote(name)}`);
    return `DELETE FROM ${tags} WHERE NOT EXISTS (SELECT 1 FROM ${this.table(shape.table)} m WHERE ${key.join(' AND ')})`;
  }

  /**
   * Tags of fields that hold one, of all documents or of those that have none in the tag table. By SQL: measured with
   * 135,233 cities and two tags on PostgreSQL 15, client and server take 8 % less together than with a COPY of tags.
   */
  insertSingleTags(shape: CollectionShape, { table, column, source }: TagTableShape, areSomeThere: boolean): string {
    const tags = this.table(table);
    const value = this.#column(source.name, 'm');
    const missing = areSomeThere
      ? ` AND NOT EXISTS (SELECT 1 FROM ${tags} t WHERE ${this.sameKey(shape, 't', 'm')})`
      : '';
    const list = `${this.keyList(shape)}, ${this.#dialect.quote(column)}`;
    return `INSERT INTO ${tags} (${list}) SELECT ${this.keyList(shape, 'm')}, ${value} FROM ${this.table(shape.table)} m WHERE ${value} IS NOT NULL${missing}`;
  }

  /** Staged tags of documents that have none in the tag table. */
  insertTagsFromStaging(shape: CollectionShape, { table, column }: TagTableShape, staging: string): string {
    const tags = this.table(table);
    const list = `${this.keyList(shape)}, ${this.#dialect.quote(column)}`;
    const staged = `${this.keyList(shape, 's')}, ${this.#column(column, 's')}`;
    return `INSERT INTO ${tags} (${list}) SELECT ${staged} FROM ${staging} s WHERE NOT EXISTS (SELECT 1 FROM ${tags} t WHERE ${this.sameKey(shape, 't', 's')})`;
  }

  #positionDdl(): string {
    const { columnType } = this.#dialect;
    const text = columnType({ kind: 'text', widestIndex: 1 });
    return `CREATE TABLE IF NOT EXISTS ${this.table(this.positionName)} (collection ${text} NOT NULL PRIMARY KEY, history_id ${text} NOT NULL, seq ${columnType({ kind: 'integer', widestIndex: 0 })} NOT NULL, fingerprint ${text} NOT NULL, is_complete ${columnType({ kind: 'boolean', widestIndex: 0 })} NOT NULL)`;
  }

  #mainDdl(shape: CollectionShape): string {
    const { quote, columnType, hasInlineIndexes } = this.#dialect;
    const lines = shape.columns.map(
      (column) => `${quote(column.name)} ${columnType(column)}${column.isNullable ? '' : ' NOT NULL'}`,
    );
    if (shape.nullsColumn !== undefined)
      lines.push(`${quote(shape.nullsColumn)} ${columnType({ kind: 'text', widestIndex: 0 })}`);
    lines.push(`PRIMARY KEY (${this.keyList(shape)})`);
    if (hasInlineIndexes)
      for (const index of shape.indexes)
        lines.push(`${index.isUnique ? 'UNIQUE ' : ''}KEY ${quote(index.name)} (${this.#indexColumns(index)})`);
    return `CREATE TABLE IF NOT EXISTS ${this.table(shape.table)} (${lines.join(', ')})`;
  }

  #tagDdl(shape: CollectionShape): readonly string[] {
    const { quote, columnType, hasInlineIndexes } = this.#dialect;
    return shape.tagTables.map(({ table, column, kind }) => {
      const lines = shape.keyColumns.map((key) => `${quote(key.name)} ${columnType(key)} NOT NULL`);
      lines.push(`${quote(column)} ${columnType({ kind, widestIndex: shape.keyColumns.length + 1 })} NOT NULL`);
      if (hasInlineIndexes) {
        lines.push(`PRIMARY KEY (${quote(column)}, ${this.keyList(shape)})`);
        lines.push(`KEY ${quote(fit(`${table}_key`))} (${this.keyList(shape)})`);
      }
      return `CREATE TABLE IF NOT EXISTS ${this.table(table)} (${lines.join(', ')})`;
    });
  }

  #indexColumns(index: IndexShape): string {
    return index.columns.map(({ name }) => this.#dialect.quote(name)).join(', ');
  }

  #column(name: string, alias?: string): string {
    const quoted = this.#dialect.quote(name);
    return alias === undefined ? quoted : `${alias}.${quoted}`;
  }
}
