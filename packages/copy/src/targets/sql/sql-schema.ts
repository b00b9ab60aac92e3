/** The statements that make a collection's tables, and the statements that move rows between them. Texts only, no I/O. */
import {
  type CollectionShape,
  type ColumnShape,
  type IndexShape,
  type TagTableShape,
  tagColumns,
} from '../../collection-shape.js';
import { POSITION_TABLE } from '../../copy-position.js';
import { fitName } from '../../target-names.js';
import { allOf } from './sql-condition.js';
import type { ColumnUse, SqlDialect } from './sql-dialect.js';
import { columnNames } from './sql-row.js';

export const STAGING_TABLE = 'nuthatch_staging';

// Tables inside statements. No collection's table is called so: `DELETE FROM s … (SELECT … s)` would mean the wrong one.
const STAGED = 'nuthatch_staged';
const MAIN = 'nuthatch_main';
const TAGS = 'nuthatch_tags';

/** Names of the staging tables of the tags that stand in lists; single ones are taken from the main table by SQL. */
export function tagStagingTables({ tagTables }: CollectionShape): ReadonlyMap<TagTableShape, string> {
  return new Map(tagTables.filter(({ isList }) => isList).map((tag, index) => [tag, `${STAGING_TABLE}_${index}`]));
}

/** MySQL ends a comment at 2,048 characters. */
const MAX_COMMENT_LENGTH = 1_000;

/** A column as it must be. */
export type DueColumn = ColumnUse & Pick<ColumnShape, 'name' | 'isNullable' | 'isKey'>;

/** A table that a copy makes, or finds as it would make it. */
export interface OwnTable {
  readonly name: string;
  /** It holds a collection's documents. */
  readonly isMain: boolean;
  readonly columns: readonly DueColumn[];
  /** Names of its indexes. */
  readonly indexNames: readonly string[];
  /** Says whose it is. */
  readonly comment: string;
  readonly ddl: readonly string[];
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
    const { fit = fitName, fitTable = fit } = this.#dialect.names;
    return fitTable(this.#prefix + POSITION_TABLE);
  }

  /** Everything, in order. */
  ddl(shapes: readonly CollectionShape[]): readonly string[] {
    const tables = [this.positionTable(), ...shapes.flatMap((shape) => this.tablesOf(shape))];
    const made = tables.flatMap(({ ddl }) => ddl);
    const indexes = shapes.flatMap((shape) => this.indexDdl(shape));
    return [...this.schemaDdl(), ...made, ...indexes, ...this.foreignKeyDdl(shapes)];
  }

  /** Checked when a transaction ends, so that documents may come in any order. Never more than the database itself did. */
  foreignKeyDdl(shapes: readonly CollectionShape[]): readonly string[] {
    const { quote } = this.#dialect;
    return shapes.flatMap(({ foreignKeys = [] }) =>
      foreignKeys.map(({ name, table, columns, targetTable, targetColumns }) => {
        const target = `${this.table(targetTable)} (${targetColumns.map(quote).join(', ')})`;
        return `ALTER TABLE ${this.table(table)} ADD CONSTRAINT ${quote(name)} FOREIGN KEY (${columns.map(quote).join(', ')}) REFERENCES ${target} DEFERRABLE INITIALLY DEFERRED`;
      }),
    );
  }

  dropForeignKeys(shapes: readonly CollectionShape[]): readonly string[] {
    return shapes.flatMap(({ foreignKeys = [] }) =>
      foreignKeys.map(
        ({ name, table }) => `ALTER TABLE ${this.table(table)} DROP CONSTRAINT IF EXISTS ${this.#dialect.quote(name)}`,
      ),
    );
  }

  schemaDdl(): readonly string[] {
    return this.#schema === undefined ? [] : this.#dialect.schemaDdl(this.#schema);
  }

  positionTable(): OwnTable {
    const { columnType } = this.#dialect;
    const text = columnType({ kind: 'text', widestIndex: 1 });
    const integer = columnType({ kind: 'integer', widestIndex: 0 });
    const boolean = columnType({ kind: 'boolean', widestIndex: 0 });
    const lines = [
      `collection ${text} NOT NULL PRIMARY KEY`,
      `history_id ${text} NOT NULL`,
      `seq ${integer} NOT NULL`,
      `fingerprint ${text} NOT NULL`,
      `is_complete ${boolean} NOT NULL`,
    ];
    const due = { isNullable: false, isKey: false };
    const columns: readonly DueColumn[] = [
      { ...due, name: 'collection', kind: 'text', widestIndex: 1, isKey: true },
      { ...due, name: 'history_id', kind: 'text', widestIndex: 1 },
      { ...due, name: 'seq', kind: 'integer', widestIndex: 0 },
      { ...due, name: 'fingerprint', kind: 'text', widestIndex: 1 },
      { ...due, name: 'is_complete', kind: 'boolean', widestIndex: 0 },
    ];
    return this.#ownTable(this.positionName, columns, lines, 'positions of copies');
  }

  /** The table of the documents, then those of the tags. */
  tablesOf(shape: CollectionShape): readonly OwnTable[] {
    return [this.#mainTable(shape), ...this.#tagTables(shape)];
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
    const tags = shape.tagTables.flatMap((tag) => {
      const columns = tagColumns(tag).map(quote).join(', ');
      return [
        `CREATE UNIQUE INDEX IF NOT EXISTS ${quote(tag.keyIndex)} ON ${this.table(tag.table)} (${this.keyList(shape)}, ${columns})`,
        `CREATE INDEX IF NOT EXISTS ${quote(tag.tagIndex)} ON ${this.table(tag.table)} (${columns})`,
      ];
    });
    return [...main, ...tags];
  }

  keyList(shape: CollectionShape, alias?: string): string {
    return shape.keyColumns.map(({ name }) => this.#column(name, alias)).join(', ');
  }

  sameKey(shape: CollectionShape, left: string, right: string): string {
    return allOf(shape.keyColumns.map(({ name }) => `${this.#column(name, left)} = ${this.#column(name, right)}`));
  }

  /** `CREATE TEMPORARY TABLE` like the main one and the tag tables, in that order. */
  stagingDdl(shape: CollectionShape): readonly string[] {
    const { quote, hasInlineIndexes } = this.#dialect;
    const like = (staging: string, table: string, names: readonly string[], index: string): string =>
      `CREATE TEMPORARY TABLE ${staging} ${hasInlineIndexes ? `(${index} (${this.keyList(shape)})) ENGINE=InnoDB ` : ''}AS SELECT ${names.map(quote).join(', ')} FROM ${this.table(table)} WHERE 1 = 0`;
    const key = shape.keyColumns.map(({ name }) => name);
    return [
      like(STAGING_TABLE, shape.table, columnNames(shape), 'PRIMARY KEY'),
      ...Array.from(tagStagingTables(shape), ([tag, staging]) =>
        like(staging, tag.table, [...key, ...tagColumns(tag)], 'KEY'),
      ),
    ];
  }

  /** Rows whose document is no longer there. */
  deleteUnstaged(shape: CollectionShape): string {
    const main = this.table(shape.table);
    const key = shape.keyColumns.map(
      ({ name }) => `${this.#column(name, STAGED)} = ${main}.${this.#dialect.quote(name)}`,
    );
    return `DELETE FROM ${main} WHERE NOT EXISTS (SELECT 1 FROM ${STAGING_TABLE} ${STAGED} WHERE ${allOf(key)})`;
  }

  /** Rows that are staged otherwise. They are deleted, not updated: a unique value may move from one to the other. */
  deleteUnlikeStaging(shape: CollectionShape): string {
    const main = this.table(shape.table);
    const others = columnNames(shape).filter((name) => !shape.keyColumns.some((key) => key.name === name));
    const same = others.map((name) =>
      this.#dialect.isSame(this.#column(name, STAGED), `${main}.${this.#dialect.quote(name)}`),
    );
    const key = shape.keyColumns.map(
      ({ name }) => `${this.#column(name, STAGED)} = ${main}.${this.#dialect.quote(name)}`,
    );
    return `DELETE FROM ${main} WHERE NOT EXISTS (SELECT 1 FROM ${STAGING_TABLE} ${STAGED} WHERE ${allOf([...key, ...same])})`;
  }

  insertFromStaging(shape: CollectionShape): string {
    const columns = columnNames(shape);
    const list = columns.map((name) => this.#dialect.quote(name)).join(', ');
    const staged = columns.map((name) => this.#column(name, STAGED)).join(', ');
    const main = this.table(shape.table);
    return `INSERT INTO ${main} (${list}) SELECT ${staged} FROM ${STAGING_TABLE} ${STAGED} WHERE NOT EXISTS (SELECT 1 FROM ${main} ${MAIN} WHERE ${this.sameKey(shape, MAIN, STAGED)})`;
  }

  /** Tags of documents that are no longer there. */
  deleteOrphanTags(shape: CollectionShape, { table }: TagTableShape): string {
    const tags = this.table(table);
    const key = shape.keyColumns.map(
      ({ name }) => `${this.#column(name, MAIN)} = ${tags}.${this.#dialect.quote(name)}`,
    );
    return `DELETE FROM ${tags} WHERE NOT EXISTS (SELECT 1 FROM ${this.table(shape.table)} ${MAIN} WHERE ${allOf(key)})`;
  }

  /**
   * Tags of fields that hold one, of all documents or of those that have none in the tag table. By SQL: measured with
   * 135,233 cities and two tags on PostgreSQL 15, client and server take 8 % less together than with a COPY of tags.
   */
  insertSingleTags(shape: CollectionShape, { table, column, source }: TagTableShape, areSomeThere: boolean): string {
    const tags = this.table(table);
    const value = this.#column(source.name, MAIN);
    const missing = areSomeThere
      ? ` AND NOT EXISTS (SELECT 1 FROM ${tags} ${TAGS} WHERE ${this.sameKey(shape, TAGS, MAIN)})`
      : '';
    const list = `${this.keyList(shape)}, ${this.#dialect.quote(column)}`;
    return `INSERT INTO ${tags} (${list}) SELECT ${this.keyList(shape, MAIN)}, ${value} FROM ${this.table(shape.table)} ${MAIN} WHERE ${value} IS NOT NULL${missing}`;
  }

  /** Staged tags of documents that have none in the tag table. */
  insertTagsFromStaging(shape: CollectionShape, tag: TagTableShape, staging: string): string {
    const tags = this.table(tag.table);
    const columns = tagColumns(tag);
    const list = [this.keyList(shape), ...columns.map((column) => this.#column(column))].join(', ');
    const staged = [this.keyList(shape, STAGED), ...columns.map((column) => this.#column(column, STAGED))].join(', ');
    return `INSERT INTO ${tags} (${list}) SELECT ${staged} FROM ${staging} ${STAGED} WHERE NOT EXISTS (SELECT 1 FROM ${tags} ${TAGS} WHERE ${this.sameKey(shape, TAGS, STAGED)})`;
  }

  #mainTable(shape: CollectionShape): OwnTable {
    const { quote, columnType, hasInlineIndexes, hasNamedKeys } = this.#dialect;
    const columns: DueColumn[] = [...shape.columns];
    if (shape.nullsColumn !== undefined)
      columns.push({ name: shape.nullsColumn, kind: 'text', widestIndex: 0, isNullable: true, isKey: false });
    const lines = columns.map(
      (column) => `${quote(column.name)} ${columnType(column)}${column.isNullable ? '' : ' NOT NULL'}`,
    );
    const name = hasNamedKeys ? `CONSTRAINT ${quote(shape.keyName)} ` : '';
    lines.push(`${name}PRIMARY KEY (${this.keyList(shape)})`);
    if (hasInlineIndexes)
      for (const index of shape.indexes)
        lines.push(`${index.isUnique ? 'UNIQUE ' : ''}KEY ${quote(index.name)} (${this.#indexColumns(index)})`);
    const indexNames = [...shape.indexes.map((index) => index.name), ...(hasNamedKeys ? [shape.keyName] : [])];
    return this.#ownTable(shape.table, columns, lines, `documents of ${shape.collection}`, indexNames);
  }

  #tagTables(shape: CollectionShape): readonly OwnTable[] {
    const { quote, columnType, hasInlineIndexes } = this.#dialect;
    return shape.tagTables.map(({ table, field, column, kind, parts, keyIndex, tagIndex }) => {
      const isKey = hasInlineIndexes;
      const own = parts ?? [{ column, kind }];
      const due = { widestIndex: shape.keyColumns.length + own.length, isNullable: false, isKey };
      const columns: readonly DueColumn[] = [
        ...shape.keyColumns.map((key) => ({ ...key, isKey })),
        ...own.map((each) => ({ ...due, name: each.column, kind: each.kind })),
      ];
      const lines = columns.map((each) => `${quote(each.name)} ${columnType(each)} NOT NULL`);
      if (hasInlineIndexes) {
        lines.push(`PRIMARY KEY (${quote(column)}, ${this.keyList(shape)})`);
        lines.push(`KEY ${quote(keyIndex)} (${this.keyList(shape)})`);
      }
      return this.#ownTable(table, columns, lines, `${field} of ${shape.collection}`, [keyIndex, tagIndex]);
    });
  }

  #ownTable(
    name: string,
    columns: readonly DueColumn[],
    lines: readonly string[],
    what: string,
    indexNames: readonly string[] = [],
  ): OwnTable {
    // Letters and digits only, so that no name ends the comment or its quotes.
    const plain = what.replace(/[^\w $.-]/gu, (found) => `%${found.codePointAt(0)?.toString(16)};`);
    const comment = `nuthatch: ${plain}`.slice(0, MAX_COMMENT_LENGTH);
    const ddl = this.#dialect.createTable(this.table(name), lines, comment);
    return { name, isMain: what.startsWith('documents of '), columns, indexNames, comment, ddl };
  }

  #indexColumns(index: IndexShape): string {
    return index.columns.map(({ name }) => this.#dialect.quote(name)).join(', ');
  }

  #column(name: string, alias?: string): string {
    const quoted = this.#dialect.quote(name);
    return alias === undefined ? quoted : `${alias}.${quoted}`;
  }
}
