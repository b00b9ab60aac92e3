/** Documents ↔ rows of encoded values, one place for all dialects. */
import { DatabaseError, dateOfText, type FieldType, mayBeNull } from '@nuthatch/model';
import type { CollectionShape, ColumnKind, ColumnShape, KeyPartShape, TagTableShape } from '../../collection-shape.js';
import { withoutNull } from '../../collection-shapes.js';
import { keyText, keyValuesOf, type PlainDocument } from '../../external-store.js';
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
  for (const column of boundedColumns(shape)) {
    try {
      // A getter may throw.
      const value = (document as PlainDocument)[column.field];
      if (value === null && column.isNullOrAbsent) (nulls ??= []).push(column.field);
      row.push(encodeColumn(column, dialect, value));
    } catch (cause) {
      throw refused(shape, column, dialect, document, cause);
    }
  }
  if (shape.nullsColumn !== undefined) row.push(nulls === undefined ? null : JSON.stringify(nulls));
  return row;
}

const BOUNDED_COLUMNS = new WeakMap<CollectionShape, readonly ColumnShape[]>();

/** The columns, bounded by tag tables as by indexes: a tag that stands alone goes from here into its table by SQL. */
function boundedColumns(shape: CollectionShape): readonly ColumnShape[] {
  let columns = BOUNDED_COLUMNS.get(shape);
  if (columns !== undefined) return columns;
  const isTag = (column: ColumnShape): boolean =>
    shape.tagTables.some(({ source, isList }) => !isList && source === column);
  columns = shape.columns.map((column) =>
    isTag(column) ? { ...column, widestIndex: Math.max(column.widestIndex, shape.keyColumns.length + 1) } : column,
  );
  BOUNDED_COLUMNS.set(shape, columns);
  return columns;
}

/** The rows of a document in a tag table, of the document and what `rowOf` made of it: key and tag, each tag once. */
export type TagRows = (document: object, row: SqlValues) => readonly SqlValues[];

/**
 * The functions that make the rows of a tag table; it throws DatabaseError `COPY_VALUE_REFUSED` naming field and key.
 */
export function tagRowsOf(shape: CollectionShape, tag: TagTableShape, dialect: SqlDialect): TagRows {
  const { field, source, kind, isList, parts } = tag;
  if (parts !== undefined) return keyRowsOf(shape, tag, parts, dialect);
  const keyAt = shape.keyColumns.map((column) => shape.columns.indexOf(column));
  const sourceAt = shape.columns.indexOf(source);
  const type = withoutNull(source.type);
  if (!isList || (type.kind !== 'array' && type.kind !== 'set'))
    return (_, row) => (row[sourceAt] === null ? [] : [[...keyAt.map((at) => row[at]), row[sourceAt]]]);
  const column = { kind, type: type.element, widestIndex: shape.keyColumns.length + 1 };
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

/** As `tagRowsOf`, of keys of several parts: key and parts, each of them once. */
function keyRowsOf(
  shape: CollectionShape,
  { field, source }: TagTableShape,
  parts: readonly KeyPartShape[],
  dialect: SqlDialect,
): TagRows {
  const keyAt = shape.keyColumns.map((column) => shape.columns.indexOf(column));
  const widestIndex = shape.keyColumns.length + parts.length;
  return (document, row) => {
    const value = (document as PlainDocument)[field];
    if (value === undefined || value === null) return [];
    const isList = Symbol.iterator in (value as object);
    const rows = new Map<string, readonly unknown[]>();
    try {
      for (const key of isList ? (value as Iterable<PlainDocument>) : [value as PlainDocument]) {
        const encoded = parts.map(({ part, kind, type }) =>
          encodeColumn({ kind, type, widestIndex }, dialect, key[part]),
        );
        rows.set(JSON.stringify(encoded.map(String)), encoded);
      }
    } catch (cause) {
      throw refused(shape, source, dialect, document, cause);
    }
    return Array.from(rows.values(), (encoded) => [...keyAt.map((at) => row[at]), ...encoded]);
  };
}

/** Encodes one value of a column. */
export function encodeColumn(
  { kind, type, widestIndex }: Pick<ColumnShape, 'kind' | 'type' | 'widestIndex'>,
  dialect: SqlDialect,
  value: unknown,
): unknown {
  if (value === undefined || value === null) return null;
  const encoded = kind === 'json' ? jsonOf(type, dialect, value) : dialect.encode(kind, wellFormed(kind, value));
  const most = widestIndex === 0 ? undefined : dialect.mostInIndex?.(kind, widestIndex);
  if (most === undefined || (encoded as string | Buffer).length <= most) return encoded;
  // Characters, not halves of them.
  const length = typeof encoded === 'string' ? [...encoded].length : (encoded as Buffer).length;
  if (length <= most) return encoded;
  const what = `an indexed column holds at most ${most} ${typeof encoded === 'string' ? 'characters' : 'bytes'} here, found ${length}`;
  throw new DatabaseError('COPY_VALUE_REFUSED', what);
}

function wellFormed(kind: ColumnKind, value: unknown): unknown {
  if (kind !== 'text' || (value as string).isWellFormed()) return value;
  throw new DatabaseError('COPY_VALUE_REFUSED', 'a text with half a surrogate pair has no UTF-8 form');
}

/** JSON.stringify writes NUL and halves of surrogate pairs as escapes; an even number of backslashes escapes none. */
const ESCAPED = /(?<!\\)(?:\\\\)*\\u(0000|d[89a-f])/;

function jsonOf(type: FieldType, dialect: SqlDialect, value: unknown): string {
  const text = JSON.stringify(toJsonValue(type, value));
  if (dialect.hasTextsInJson === 'any' || !text.includes('\\u')) return text;
  const found = ESCAPED.exec(text)?.[1];
  if (found === undefined || (found === '0000' && dialect.hasTextsInJson === 'wellFormed')) return text;
  const what = found === '0000' ? 'a text with a NUL character' : 'a text with half a surrogate pair';
  throw new DatabaseError('COPY_VALUE_REFUSED', `${dialect.name} cannot hold ${what} inside JSON`);
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

/** The refusal of a value, by field and key. */
export function refused(
  shape: CollectionShape,
  { field }: ColumnShape,
  dialect: SqlDialect,
  document: object,
  cause: unknown,
): DatabaseError {
  const key = keyValuesOf(shape, document);
  const reason = DatabaseError.is(cause) ? cause.message.replace(/^\w+: |\. [^.]*\.$/g, '') : (cause as Error).message;
  const what = `${shape.collection} ${keyText(key)} cannot be copied: ${field}: ${reason}`;
  const facts = { target: dialect.name, collection: shape.collection, field, key };
  return new DatabaseError('COPY_VALUE_REFUSED', what, facts, { cause });
}
