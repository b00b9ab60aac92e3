/**
 * The tables of a collection: one with its documents, and one per query for each of its indexes.
 *
 *   documents    PRIMARY KEY ((key…))                            all columns, the seq that wrote the row, and the
 *                                                                query rows that are being replaced
 *   unique       PRIMARY KEY ((value…), key…)                    which key holds the value
 *   tag          PRIMARY KEY ((tag, bucket), key…)               which keys have the tag
 *   range        PRIMARY KEY ((bucket), value…, key…)            keys in order of the values
 *
 * A bucket is a hash of the key: it spreads one tag, or one range, over `bucketCount` partitions, all of which a query
 * asks for (`bucket IN (0, …)`). Plain CQL that Cassandra and Scylla read alike.
 */
import { createHash } from 'node:crypto';
import type { CollectionShape, ColumnShape, TagTableShape } from '../../collection-shape.js';
import { POSITION_TABLE } from '../../copy-position.js';
import type { PlainDocument } from '../../external-store.js';
import { digitsOf, fitName, type NameRules } from '../../target-names.js';
import { doubleQuoted } from '../double-quoted.js';
import { cqlType, heldValue } from './cassandra-types.js';

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly role: 'partition' | 'clustering' | 'regular';
}

export interface CassandraTable {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  readonly comment: string;
  /** Name of the column with the seq that wrote the row. */
  readonly seqColumn: string;
}

/** A table that answers an index's queries. */
export interface QueryTable extends CassandraTable {
  /** The primary keys of a document's rows, in the order of the table's columns. O(document). */
  rowsOf(document: PlainDocument): readonly (readonly unknown[])[];
}

/** The table of a collection's documents. */
export interface MainTable extends CassandraTable {
  /** Name of the column with the query rows that are still to be deleted; null when none are. */
  readonly pendingColumn: string;
}

export interface CollectionTables {
  readonly main: MainTable;
  readonly queries: readonly QueryTable[];
}

const MAX_TABLE_NAME_LENGTH = 48;

/** Cassandra takes letters, digits and underscores only for tables, 48 of them; others are named with a hash. */
function tableName(wanted: string): string {
  if (/^\w{1,48}$/.test(wanted)) return wanted;
  return `${wanted.replace(/\W/g, '_').slice(0, MAX_TABLE_NAME_LENGTH - 9)}_${digitsOf(wanted)}`;
}

/** Tables and indexes are tables alike, so their names come from one set. */
export const CASSANDRA_NAMES: NameRules = { fitTable: (wanted) => tableName(fitName(wanted)) };

export function tablesOf(shape: CollectionShape, bucketCount: number): CollectionTables {
  const { keyColumns } = shape;
  const taken = shape.columns.map(({ name }) => name);
  if (shape.nullsColumn !== undefined) taken.push(shape.nullsColumn);
  const seqColumn = freeName('nuthatch_seq', taken);
  const columns = shape.columns.map(({ name, kind, isKey }) =>
    column(name, cqlType(kind), isKey ? 'partition' : 'regular'),
  );
  if (shape.nullsColumn !== undefined) columns.push(column(shape.nullsColumn, 'text', 'regular'));
  const pendingColumn = freeName('nuthatch_pending', taken);
  columns.push(column(seqColumn, 'bigint', 'regular'), column(pendingColumn, 'text', 'regular'));
  // The order of the partition key is the order of the model's key.
  columns.sort((one, other) => keyOrder(keyColumns, one.name) - keyOrder(keyColumns, other.name));
  const comment = `nuthatch: documents of ${shape.collection}`;
  const main = { name: tableName(shape.table), columns, comment, seqColumn, pendingColumn };
  const buckets = new Buckets(shape, bucketCount);
  const queries = [
    ...shape.indexes.map((index) => indexTable(shape, index, buckets)),
    ...shape.tagTables.map((tags) => tagTable(shape, tags, buckets)),
  ];
  return { main, queries };
}

function keyOrder(keyColumns: readonly ColumnShape[], name: string): number {
  const at = keyColumns.findIndex((key) => key.name === name);
  return at < 0 ? keyColumns.length : at;
}

function indexTable(
  shape: CollectionShape,
  { name, columns: values, kind }: CollectionShape['indexes'][number],
  buckets: Buckets,
): QueryTable {
  const keys = shape.keyColumns.filter((key) => !values.includes(key));
  const isRange = kind === 'range';
  const taken = [...values, ...keys].map((one) => one.name);
  const columns = [
    ...(isRange ? [column(freeName('bucket', taken), 'int', 'partition')] : []),
    ...values.map((value) => column(value.name, cqlType(value.kind), isRange ? 'clustering' : 'partition')),
    ...keys.map((key) => column(key.name, cqlType(key.kind), 'clustering')),
  ];
  return queryTable(shape, tableName(name), columns, isRange ? buckets.count : undefined, (document) => {
    const row = values.map((value) => cqlValue(shape, value, document));
    // A document without a value is in no index; and Cassandra takes no empty text as a whole partition key.
    if (row.includes(null) || (!isRange && row.length === 1 && row[0] === '')) return [];
    const bucket = isRange ? [buckets.of(document)] : [];
    return [[...bucket, ...row, ...keys.map((key) => cqlValue(shape, key, document))]];
  });
}

function tagTable(shape: CollectionShape, tags: TagTableShape, buckets: Buckets): QueryTable {
  const { source, isList, kind } = tags;
  const keys = shape.keyColumns;
  const taken = [tags.column, ...keys.map(({ name }) => name)];
  const columns = [
    column(tags.column, cqlType(kind), 'partition'),
    column(freeName('bucket', taken), 'int', 'partition'),
    ...keys.map((key) => column(key.name, cqlType(key.kind), 'clustering')),
  ];
  let type = source.type;
  while (type.kind === 'nullable') type = type.of;
  const tagType = isList && (type.kind === 'array' || type.kind === 'set') ? type.element : type;
  return queryTable(shape, tableName(tags.table), columns, buckets.count, (document) => {
    const value = document[tags.field];
    if (value === undefined || value === null) return [];
    const all = isList ? [...new Set(value as Iterable<unknown>)] : [value];
    const rest = [buckets.of(document), ...keys.map((key) => cqlValue(shape, key, document))];
    const column = { kind, type: tagType, field: tags.field };
    return all
      .filter((tag) => tag !== null && tag !== undefined)
      .map((tag) => [heldValue(shape, column, document, tag, true), ...rest]);
  });
}

function queryTable(
  shape: CollectionShape,
  name: string,
  primary: readonly TableColumn[],
  bucketCount: number | undefined,
  rowsOf: QueryTable['rowsOf'],
): QueryTable {
  const seqColumn = freeName(
    'nuthatch_seq',
    primary.map((one) => one.name),
  );
  const buckets = bucketCount === undefined ? '' : `, ${bucketCount} buckets`;
  const comment = `nuthatch: keys of ${shape.collection}${buckets}`;
  return { name, columns: [...primary, column(seqColumn, 'bigint', 'regular')], comment, seqColumn, rowsOf };
}

function cqlValue(shape: CollectionShape, column: ColumnShape, document: PlainDocument): unknown {
  return heldValue(shape, column, document, document[column.field], true);
}

/** The buckets of a collection's documents. */
class Buckets {
  readonly #shape: CollectionShape;
  #lastDocument: PlainDocument | undefined;
  #lastBucket = 0;

  constructor(
    shape: CollectionShape,
    readonly count: number,
  ) {
    this.#shape = shape;
  }

  /** The first four bytes of its key's SHA-1, modulo the count. Persistent: never change. */
  of(document: PlainDocument): number {
    // All tables of a collection ask for the same document in turn. Its key cannot change.
    if (document !== this.#lastDocument) {
      const key = this.#shape.keyColumns.map((one) => String(cqlValue(this.#shape, one, document)));
      this.#lastBucket = createHash('sha1').update(JSON.stringify(key)).digest().readUInt32BE() % this.count;
      this.#lastDocument = document;
    }
    return this.#lastBucket;
  }
}

function column(name: string, type: string, role: TableColumn['role']): TableColumn {
  return { name, type, role };
}

function freeName(wanted: string, taken: readonly string[]): string {
  const isTaken = (name: string): boolean => taken.some((one) => one.toLowerCase() === name.toLowerCase());
  let name = wanted;
  for (let number = 2; isTaken(name); number++) name = `${wanted}_${number}`;
  return name;
}

/** The statement that makes a table when it is not there. */
export function createTable(keyspace: string, { name, columns, comment }: CassandraTable): string {
  const lines = columns.map((one) => `  ${doubleQuoted(one.name)} ${one.type}`);
  const names = (role: TableColumn['role']): string[] =>
    columns.filter((one) => one.role === role).map((one) => doubleQuoted(one.name));
  const key = [`(${names('partition').join(', ')})`, ...names('clustering')].join(', ');
  return [
    `CREATE TABLE IF NOT EXISTS ${doubleQuoted(keyspace)}.${doubleQuoted(name)} (`,
    ...lines.map((line) => `${line},`),
    `  PRIMARY KEY (${key})`,
    `) WITH comment = '${comment.replaceAll("'", "''")}'`,
  ].join('\n');
}

/** Where positions are kept; one row per collection. */
export function positionsTable(prefix: string): CassandraTable {
  return { ...POSITIONS, name: tableName(prefix + POSITION_TABLE) };
}

const POSITIONS: CassandraTable = {
  name: POSITION_TABLE,
  columns: [
    column('collection', 'text', 'partition'),
    column('history_id', 'text', 'regular'),
    column('seq', 'bigint', 'regular'),
    column('fingerprint', 'text', 'regular'),
    column('is_complete', 'boolean', 'regular'),
  ],
  comment: 'nuthatch: how far each collection is copied',
  seqColumn: 'seq',
};
