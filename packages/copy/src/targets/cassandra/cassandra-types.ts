/**
 * Values of documents ↔ values of CQL, and the CQL type of each kind of column.
 *
 *   text → text     integer → bigint    boolean → boolean    bytes → blob
 *   number → double bigint → varint     date → timestamp     json → text, as json-value.ts writes it
 *
 * Lists, sets and maps are kept as JSON: Cassandra's own cannot tell an empty list from none. Numbers of 64 bits and
 * more go to the driver as text, which it takes whatever its `encoding` options are.
 */
import { DatabaseError, type FieldType, mayBeNull } from '@nuthatch/model';
import type { CollectionShape, ColumnKind, ColumnShape } from '../../collection-shape.js';
import { keyText, keyValuesOf, type PlainDocument } from '../../external-store.js';
import { fromJsonValue, toJsonValue } from '../../json-value.js';

const CQL_TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  number: 'double',
  integer: 'bigint',
  bigint: 'varint',
  boolean: 'boolean',
  date: 'timestamp',
  bytes: 'blob',
  json: 'text',
};

/** The name of the type as CQL and the schema tables write it. */
export function cqlType(kind: ColumnKind): string {
  return CQL_TYPES[kind];
}

/** The driver's form of a value; `null` for null and undefined. O(value). */
export function toCql(kind: ColumnKind, type: FieldType, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  switch (kind) {
    case 'integer':
    case 'bigint':
      return String(value);
    case 'date':
      return (value as Date).getTime();
    case 'bytes': {
      const bytes = value as Uint8Array;
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    case 'json':
      return JSON.stringify(toJsonValue(type, value));
    default:
      return value;
  }
}

/** The value that the driver's answer stands for; what another writer put there comes back as it is. O(value). */
function fromCql(kind: ColumnKind, type: FieldType, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  switch (kind) {
    case 'integer':
    case 'bigint':
      return fromJsonValue(type, isNumberType(type) ? Number(String(value)) : String(value));
    case 'bytes':
      return value instanceof Uint8Array ? new Uint8Array(value) : value;
    case 'json':
      return typeof value === 'string' ? fromJsonText(type, value) : value;
    default:
      return value;
  }
}

function fromJsonText(type: FieldType, text: string): unknown {
  try {
    return fromJsonValue(type, JSON.parse(text));
  } catch (error) {
    // Not written by a copy: validation refuses the text by name.
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function isNumberType(type: FieldType): boolean {
  return type.kind === 'number' || (type.kind === 'nullable' && isNumberType(type.of));
}

/** The server's limit for one part of a primary key: less than 64 KiB. */
const MAX_KEY_BYTES = 65_535;

/**
 * `toCql` of a document's value. The driver would write another character in the place of half a surrogate pair, and the
 * server's refusal of a long key names neither key nor field.
 *
 * @param isPrimary it is part of a primary key.
 * @throws DatabaseError `COPY_VALUE_REFUSED` with key and field.
 */
export function heldValue(
  shape: CollectionShape,
  { kind, type, field }: { readonly kind: ColumnKind; readonly type: FieldType; readonly field: string },
  document: object,
  value: unknown,
  isPrimary: boolean,
): unknown {
  const encoded = toCql(kind, type, value);
  const problem = problemOf(kind, encoded, isPrimary);
  if (problem === undefined) return encoded;
  const key = keyValuesOf(shape, document);
  const what = `${shape.collection} ${keyText(key)} cannot be copied: ${field}: ${problem}`;
  const facts = { target: 'Cassandra', collection: shape.collection, field, key };
  throw new DatabaseError('COPY_VALUE_REFUSED', what, facts);
}

function problemOf(kind: ColumnKind, encoded: unknown, isPrimary: boolean): string | undefined {
  if (kind === 'text' && encoded !== null && !(encoded as string).isWellFormed())
    return 'a text with half a surrogate pair has no UTF-8 form';
  const isLong = (kind === 'text' || kind === 'json' || kind === 'bytes') && encoded !== null;
  if (!isPrimary || !isLong || (encoded as string).length * 3 <= MAX_KEY_BYTES) return undefined;
  const bytes = Buffer.byteLength(encoded as string);
  return bytes <= MAX_KEY_BYTES
    ? undefined
    : `a key, an index or a tag holds at most ${MAX_KEY_BYTES} bytes, found ${bytes}`;
}

/** The values of the shape's columns, in their order. O(document). */
export function columnValues(shape: CollectionShape, document: object): unknown[] {
  const fields = document as PlainDocument;
  const values = shape.columns.map((column) => {
    return heldValue(shape, column, document, fields[column.field], column.isKey);
  });
  if (shape.nullsColumn !== undefined) values.push(nullFieldsText(shape.columns, fields));
  return values;
}

function nullFieldsText(columns: readonly ColumnShape[], fields: PlainDocument): string | null {
  const names = columns.filter(({ isNullOrAbsent, field }) => isNullOrAbsent && fields[field] === null);
  return names.length === 0 ? null : JSON.stringify(names.map(({ field }) => field));
}

/** The document of a row of the collection's table; getters are left out. O(row). */
export function documentOfRow(shape: CollectionShape, row: PlainDocument): PlainDocument {
  const nulls = shape.nullsColumn === undefined ? null : row[shape.nullsColumn];
  const nullFields: readonly string[] = typeof nulls === 'string' ? JSON.parse(nulls) : [];
  const document: Record<string, unknown> = {};
  for (const { name, field, kind, type, isComputed, isNullOrAbsent } of shape.columns) {
    if (isComputed) continue;
    const value = fromCql(kind, type, row[name]);
    const isNull = isNullOrAbsent ? nullFields.includes(field) : mayBeNull(type);
    if (value !== null || isNull)
      Object.defineProperty(document, field, { value, enumerable: true, writable: true, configurable: true });
  }
  return document;
}
