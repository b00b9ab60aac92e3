/** Documents ↔ rows of encoded values, one place for all dialects. */
import { DatabaseError, type FieldType, mayBeNull } from '@nuthatch/model';
import {
  type CollectionShape,
  type ColumnKind,
  type ColumnShape,
  type TagTableShape,
  withoutNull,
} from '../../collection-shape.js';
import { dateOfText } from '../../date-text.js';
import { keyValuesOf, type PlainDocument } from '../../external-store.js';
import { fromJsonValue, toJsonValue } from '../../json-value.js';
import type { SqlDialect, SqlRow, SqlValues } from './sql-dialect.js';

/** Names of all columns of the main table, in the order of rows. */
export function columnNames({ columns, nullsColumn }: CollectionShape): readonly string[] {
  const names = columns.map(({ name }) => name);
  return nullsColumn === undefined ? names : [...names, nullsColumn];
}

/** Encodes a document. O(document). @throws DatabaseError `COPY_VALUE_REFUSED` naming field and key. */
export function rowOf(shape: CollectionShape, dialect: SqlDialect, document: object): SqlValues {
  const row: unknown[] = [];
  let nulls: string[] | undefined;
  for (const column of shape.columns) {
    const value = (document as PlainDocument)[column.field];
    if (value === null && column.isNullOrAbsent) (nulls ??= []).push(column.field);
    try {
      row.push(encodeColumn(column, dialect, value));
    } catch (cause) {
      throw refused(shape, column, dialect, document, cause);
    }
  }
  if (shape.nullsColumn !== undefined) row.push(nulls === undefined ? null : JSON.stringify(nulls));
  return row;
}

/** The rows of a document in a tag table, of the document and what `rowOf` made of it: key and tag, each tag once. */
export type TagRows = (document: object, row: SqlValues) => readonly SqlValues[];

/** What makes the rows of a tag table; it throws DatabaseError `COPY_VALUE_REFUSED` naming field and key. */
export function tagRowsOf(shape: CollectionShape, tag: TagTableShape, dialect: SqlDialect): TagRows {
  const { field, source, kind, isList } = tag;
  const keyAt = shape.keyColumns.map((column) => shape.columns.indexOf(column));
  const sourceAt = shape.columns.indexOf(source);
  const type = withoutNull(source.type);
  if (!isList || (type.kind !== 'array' && type.kind !== 'set'))
    return (_, row) => (row[sourceAt] === null ? [] : [[...keyAt.map((at) => row[at]), row[sourceAt]]]);
  const column = { kind, type: type.element };
  return (document, row) => {
    const list = (document as PlainDocument)[field];
    if (list === undefined || list === null) return [];
    const tags = new Map<unknown, unknown>();
    try {
      for (const element of list as Iterable<unknown>) {
        const value = encodeColumn(column, dialect, element);
        if (value !== null) tags.set(Buffer.isBuffer(value) ? value.toString('latin1') : value, value);
      }
    } catch (cause) {
      throw refused(shape, source, dialect, document, cause);
    }
    return Array.from(tags.values(), (value) => [...keyAt.map((at) => row[at]), value]);
  };
}

/** Encodes one value of a column. */
export function encodeColumn(
  { kind, type }: Pick<ColumnShape, 'kind' | 'type'>,
  dialect: SqlDialect,
  value: unknown,
): unknown {
  if (value === undefined || value === null) return null;
  if (kind === 'json') return JSON.stringify(toJsonValue(type, value));
  if (kind === 'text' && !(value as string).isWellFormed())
    throw new DatabaseError('COPY_VALUE_REFUSED', 'a text with half a surrogate pair has no UTF-8 form');
  return dialect.encode(kind, value);
}

/** The document of a row that was selected by `selectList`. Getters are left out. */
export function documentOf(shape: CollectionShape, row: SqlRow): PlainDocument {
  const document: Record<string, unknown> = {};
  const nulls = shape.nullsColumn === undefined ? null : row[`c${shape.columns.length}`];
  const nullFields = typeof nulls === 'string' ? (JSON.parse(nulls) as readonly string[]) : [];
  for (const [index, column] of shape.columns.entries()) {
    if (column.isComputed) continue;
    const value = decodeColumn(column, row[`c${index}`]);
    if (value !== null) document[column.field] = value;
    else if (column.isNullOrAbsent ? nullFields.includes(column.field) : mayBeNull(column.type))
      document[column.field] = null;
  }
  return document;
}

/** What `documentOf` reads: columns by position, so that no name of a column matters. */
export function selectList(shape: CollectionShape, dialect: SqlDialect): string {
  const columns = shape.columns.map(({ kind, name }) => dialect.readExpression(kind, dialect.quote(name)));
  if (shape.nullsColumn !== undefined) columns.push(dialect.quote(shape.nullsColumn));
  return columns.map((expression, index) => `${expression} AS c${index}`).join(', ');
}

/** A value as `readExpression` gives it → the value of the field; what does not fit stays, for validation to refuse. */
export function decodeColumn(
  { kind, type }: { readonly kind: ColumnKind; readonly type: FieldType },
  value: unknown,
): unknown {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case 'number':
      return typeof value === 'string' ? Number(value) : value;
    case 'integer':
    case 'bigint':
      return withoutNull(type).kind === 'bigint' ? BigInt(value as string) : Number(value);
    case 'boolean':
      return value === true || value === 1 || value === '1' || value === 't' || value === 'true';
    case 'date':
      return dateOf(value);
    case 'bytes':
      return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'hex')) : value;
    case 'json':
      return fromJsonValue(type, typeof value === 'string' ? JSON.parse(value) : value);
    default:
      return value;
  }
}

/** Milliseconds, as PostgreSQL is asked for them, or a text; MySQL gives no zone: all are UTC. */
function dateOf(value: unknown): unknown {
  const text = String(value);
  if (/^-?\d+(\.\d+)?$/.test(text)) return new Date(Math.round(Number(text)));
  return dateOfText(text) ?? value;
}

function refused(
  shape: CollectionShape,
  { field }: ColumnShape,
  dialect: SqlDialect,
  document: object,
  cause: unknown,
): DatabaseError {
  const key = keyValuesOf(shape, document);
  const reason = DatabaseError.is(cause) ? cause.message.replace(/^\w+: |\. [^.]*\.$/g, '') : (cause as Error).message;
  const what = `${shape.collection} ${key.map(String).join(', ')} cannot be copied: ${field}: ${reason}`;
  const facts = { target: dialect.name, collection: shape.collection, field, key };
  return new DatabaseError('COPY_VALUE_REFUSED', what, facts, { cause });
}
