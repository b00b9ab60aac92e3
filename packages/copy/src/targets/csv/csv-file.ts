/**
 * A file of comma-separated text as a source of a load, written by `csvOf` or by any other program.
 *
 * A cell without quotes and with nothing in it is not a value, `""` is an empty text. Everything else is what the model
 * makes of it, as for a foreign table: digits become numbers and bigints, `true` and `1` booleans, dates with or
 * without a zone (UTC then), JSON what is nested.
 */
import { createReadStream } from 'node:fs';
import type { Transform } from 'node:stream';
import { DatabaseError } from '@nuthatch/model';
import { requireArgument, requireOptions, requireShape } from '../../argument-check.js';
import type { CollectionShape } from '../../collection-shape.js';
import type { PlainDocument, StorePage } from '../../external-store.js';
import { type FieldMapping, mappedColumns } from '../../field-mapping.js';
import { foreignDocument } from '../../foreign-value.js';
import type { LoadSource } from '../../load.js';
import { requirePage } from '../../store-arguments.js';

export interface CsvFileOptions {
  readonly file: string;
  /** Field → column of the header. A field that is left out is read from the column of its own name, if there is one. */
  readonly columns?: FieldMapping | undefined;
  /** Between the cells. Default `,`. */
  readonly delimiter?: string | undefined;
}

/** Where the next page begins, and what the header said. */
interface Cursor {
  readonly header: readonly string[];
  readonly byteOffset: number;
  readonly line: number;
}

type Cell = string | undefined;

interface Parsed {
  readonly record: readonly Cell[];
  readonly info: { readonly bytes: number; readonly lines: number };
}

type Parse = (options: object) => Transform;

/**
 * Reads a file for one collection: `loadFrom(db, csvFile({ file: 'players.csv' }), { collections: ['player'] })`.
 *
 * Memory: one page of rows; the file is read twice, once to count. Rejects with `DUMP_INVALID` naming the line of what
 * is no CSV, `COPY_TARGET_MISMATCH` where a column of the key or of the mapping is missing, `INVALID_OPTION` where
 * the mapping names what is not a field, `COPY_FAILED` where the file cannot be read,
 * `COPY_DRIVER_MISSING` without the package csv-parse.
 */
export function csvFile(options: CsvFileOptions): LoadSource {
  requireOptions(options, { file: 'text', columns: 'object', delimiter: 'character' });
  const { file } = options;
  requireArgument(file, 'file', 'text');
  return {
    name: file,
    shapeOptions: {},
    readPage: async (shape, after, limit) => {
      requirePage(shape, limit);
      const start = (after as Cursor | undefined) ?? (await readHeader(options, shape));
      const documentOf = rowReader(options, shape, start.header);
      const documents: PlainDocument[] = [];
      let { byteOffset, line } = start;
      for await (const { record, info } of rowsOf(options, start)) {
        documents.push(documentOf(record));
        byteOffset = start.byteOffset + info.bytes;
        line = start.line + info.lines;
        if (documents.length === limit) break;
      }
      const page: StorePage = { documents };
      return documents.length < limit ? page : { ...page, next: { header: start.header, byteOffset, line } };
    },
    count: async (shape) => {
      requireShape(shape);
      let count = 0;
      for await (const _row of rowsOf(options, await readHeader(options, shape))) count++;
      return count;
    },
  };
}

async function readHeader(options: CsvFileOptions, shape: CollectionShape): Promise<Cursor> {
  for await (const { record, info } of rowsOf(options, { header: [], byteOffset: 0, line: 0 })) {
    const header = record.map((name) => name ?? '');
    // A mistake in the mapping is reported before a row is read.
    mappedColumns(shape, options.columns, options.file, header, true);
    return { header, byteOffset: info.bytes, line: info.lines };
  }
  throw new DatabaseError('DUMP_INVALID', `${options.file} is empty: its first line names the columns`, { line: 1 });
}

function rowReader(
  options: CsvFileOptions,
  shape: CollectionShape,
  header: readonly string[],
): (record: readonly Cell[]) => PlainDocument {
  const mapped = mappedColumns(shape, options.columns, options.file, header, true);
  const there = mapped.map(({ column }) => column);
  const positions = mapped.map(({ name }) => header.indexOf(name));
  const nullsPosition = shape.nullsColumn === undefined ? -1 : header.indexOf(shape.nullsColumn);
  const mayBeAbsent = there.filter(({ isNullOrAbsent }) => isNullOrAbsent).map(({ field }) => field);
  return (record) => {
    const document = foreignDocument(
      there,
      positions.map((position) => record[position]),
    );
    if (nullsPosition < 0) return document;
    const nulls = record[nullsPosition] ?? '';
    for (const field of mayBeAbsent)
      if (document[field] === null && !nulls.includes(JSON.stringify(field))) delete document[field];
    return document;
  };
}

/** The rows after `start`, each with the bytes and lines that were read when it ended. */
async function* rowsOf({ file, delimiter = ',' }: CsvFileOptions, start: Cursor): AsyncGenerator<Parsed, void> {
  const parse = await csvParser();
  const parser = parse({
    delimiter,
    bom: start.byteOffset === 0,
    info: true,
    cast: (text: string, { quoting }: { readonly quoting: boolean }): Cell =>
      text === '' && !quoting ? undefined : text,
    ...(start.header.length > 0 && { columns: false }),
  });
  const stream = createReadStream(file, { start: start.byteOffset });
  stream.on('error', (error) => parser.destroy(error));
  stream.pipe(parser);
  let columnCount = start.header.length;
  try {
    for await (const row of parser as AsyncIterable<Parsed>) {
      // The parser compares rows of one reading; a page begins again, so the header is what they are held to.
      if (columnCount === 0) columnCount = row.record.length;
      if (row.record.length !== columnCount)
        throw noCsv(
          file,
          start.line + row.info.lines,
          `has ${row.record.length} cells, expected ${columnCount} as in the header`,
        );
      yield row;
    }
  } catch (cause) {
    if (DatabaseError.is(cause)) throw cause;
    const { code, message, lines } = cause as {
      readonly code?: string;
      readonly message: string;
      readonly lines?: number;
    };
    if (code?.startsWith('CSV_') === true)
      throw noCsv(file, start.line + (lines ?? 1), `is not CSV: ${message}`, cause);
    throw new DatabaseError('COPY_FAILED', `${file} could not be read: ${message}`, { file }, { cause });
  } finally {
    stream.destroy();
    parser.destroy();
  }
}

function noCsv(file: string, line: number, problem: string, cause?: unknown): DatabaseError {
  return new DatabaseError('DUMP_INVALID', `${file}: line ${line} ${problem}`, { file, line }, { cause });
}

async function csvParser(): Promise<Parse> {
  try {
    return ((await import('csv-parse')) as { parse: Parse }).parse;
  } catch (cause) {
    const what = 'reading CSV needs the package csv-parse';
    throw new DatabaseError('COPY_DRIVER_MISSING', what, { package: 'csv-parse' }, { cause });
  }
}
