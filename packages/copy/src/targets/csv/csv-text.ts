/**
 * A collection as comma-separated text (RFC 4180, UTF-8), for spreadsheets and other programs, and for `csvFile` to read
 * back without loss:
 *
 *   file  := header row*          each ends with CRLF; fields in the order of the model
 *   cell  := a text as it is, in quotes where it is empty or holds a comma, a quote, a line end or space at an end;
 *            a number or bigint in decimal digits; true, false; a date in ISO 8601, UTC; bytes in hexadecimal digits;
 *            anything nested as JSON (json-value.ts); nothing at all where the field is absent or null
 *
 * Where a field may be absent as well as null, a last column `nuthatch_nulls` lists the fields that are null.
 */
import { DatabaseError } from '@nuthatch/model';
import { requireArgument } from '../../argument-check.js';
import type { CollectionShape, ColumnShape } from '../../collection-shape.js';
import { type CopyableDatabase, type CopySource, chosenShapes, sourceOf } from '../../copy-source.js';
import { keyText, keyValuesOf, type PlainDocument } from '../../external-store.js';
import { toJsonValue } from '../../json-value.js';

/** Cells are gathered to about this many characters before they are handed out. */
const CHUNK_LENGTH = 64 * 1024;

/**
 * The text of a collection at one seq, in pieces of about 64 KiB, while writes go on. Memory: one piece.
 *
 * @throws DatabaseError `INVALID_OPTION` for a collection that is not there, `COPY_VALUE_REFUSED` for half a surrogate
 *   pair, which has no UTF-8 form.
 */
export async function* csvOf(db: CopyableDatabase | CopySource, collection: string): AsyncGenerator<string, void> {
  requireArgument(collection, 'collection', 'text');
  const source = sourceOf(db);
  const [shape] = chosenShapes(source.definitions, [collection], {}) as [CollectionShape];
  const snapshot = await source.snapshot();
  try {
    let text = `${storedColumns(shape).map(({ field }) => cell(field))}${shape.nullsColumn ? `,${shape.nullsColumn}` : ''}\r\n`;
    for (const document of snapshot.documents(collection)) {
      text += rowOf(shape, document as PlainDocument);
      if (text.length < CHUNK_LENGTH) continue;
      yield text;
      text = '';
    }
    yield text;
  } finally {
    snapshot.close();
  }
}

/** The columns a file has: all but getters. */
function storedColumns({ columns }: CollectionShape): readonly ColumnShape[] {
  return columns.filter(({ isComputed }) => !isComputed);
}

function rowOf(shape: CollectionShape, document: PlainDocument): string {
  const cells: string[] = [];
  const nulls: string[] = [];
  for (const column of storedColumns(shape)) {
    const value = document[column.field];
    if (value === null && column.isNullOrAbsent) nulls.push(column.field);
    cells.push(value === undefined || value === null ? '' : cell(textOf(shape, column, document, value)));
  }
  if (shape.nullsColumn !== undefined) cells.push(nulls.length === 0 ? '' : cell(JSON.stringify(nulls)));
  return `${cells.join(',')}\r\n`;
}

function textOf(shape: CollectionShape, column: ColumnShape, document: PlainDocument, value: unknown): string {
  switch (column.kind) {
    case 'number':
    case 'integer':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'date':
      return (value as Date).toISOString();
    case 'bytes':
      return Buffer.from(value as Uint8Array).toString('hex');
    case 'json':
      return JSON.stringify(toJsonValue(column.type, value));
    case 'text':
      if (/\p{Cs}/u.test(value as string)) throw refused(shape, column, document);
      return value as string;
    default:
      return String(value);
  }
}

function cell(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function refused(shape: CollectionShape, { field }: ColumnShape, document: PlainDocument): DatabaseError {
  const key = keyValuesOf(shape, document);
  const what = `${shape.collection} ${keyText(key)} cannot be written as CSV: ${field} holds half a surrogate pair`;
  return new DatabaseError('COPY_VALUE_REFUSED', what, { collection: shape.collection, field, key });
}
