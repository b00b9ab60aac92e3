/** PostgreSQL 12 and later: COPY for rows, one transaction for everything. Values travel as text. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { DatabaseError } from '@nuthatch/model';
import type { ColumnKind } from '../../collection-shape.js';
import { doubleQuoted } from '../double-quoted.js';
import type { BulkInsert, SqlDialect, SqlRow, SqlValues } from './sql-dialect.js';

interface PgClient {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly SqlRow[] }>;
  query<T>(submittable: T): T;
}

const TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  number: 'double precision',
  integer: 'bigint',
  bigint: 'numeric',
  boolean: 'boolean',
  date: 'timestamp with time zone',
  bytes: 'bytea',
  json: 'jsonb',
};

export const postgresDialect: SqlDialect = {
  name: 'PostgreSQL',
  begin: 'BEGIN',
  maxParameterCount: 60_000,
  hasInlineIndexes: false,
  typeAliases: {},
  quote: doubleQuoted,
  placeholder: (position) => `$${position}`,
  columnType: ({ kind }) => TYPES[kind],
  isSame: (left, right) => `${left} IS NOT DISTINCT FROM ${right}`,
  encode,
  readExpression: (kind, column) => {
    // Through text, so that no type parser of the driver has a hand in it.
    if (kind === 'date') return `(extract(epoch from ${column}) * 1000)::text`;
    return kind === 'bytes' ? `encode(${column}, 'hex')` : `${column}::text`;
  },
  schemaDdl: (schema) => [`CREATE SCHEMA IF NOT EXISTS ${doubleQuoted(schema)}`],
  dropTemporary: (table) => `DROP TABLE IF EXISTS ${table}`,
  stagingIndex: (table) => `ANALYZE ${table}`,
  columnsOf: async (connection, schema, table) => {
    const name = schema === undefined ? doubleQuoted(table) : `${doubleQuoted(schema)}.${doubleQuoted(table)}`;
    const rows = await postgresDialect.query(
      connection,
      `SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type, attnotnull::text AS is_required,
              (attnum = ANY (COALESCE((SELECT indkey::int2[] FROM pg_index WHERE indrelid = attrelid AND indisprimary), '{}')))::text AS is_key
         FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      [name],
    );
    return rows.map((row) => ({
      name: row['name'] as string,
      type: row['type'] as string,
      isNullable: row['is_required'] !== 'true',
      isKey: row['is_key'] === 'true',
    }));
  },
  query: async (connection, text, values) => (await (connection as PgClient).query(text, values)).rows,
  bulkInsert: (connection, table, columns) =>
    new CopyInsert(connection as PgClient, `COPY ${table} (${columns.join(', ')}) FROM STDIN`),
};

async function copyStreams(): Promise<{ from(text: string): unknown }> {
  try {
    return (await import('pg-copy-streams')) as { from(text: string): unknown };
  } catch (cause) {
    const what = 'PostgreSQL is copied to with COPY, through the package pg-copy-streams';
    throw new DatabaseError('COPY_DRIVER_MISSING', what, { package: 'pg-copy-streams' }, { cause });
  }
}

const CHUNK_CHARACTERS = 1 << 16;

/** A COPY … FROM STDIN over all batches until `end`. */
class CopyInsert implements BulkInsert {
  readonly #client: PgClient;
  readonly #statement: string;
  readonly #chunks: Buffer[] = [];
  #text = '';
  #stream: Writable | undefined;
  #failure: unknown;

  constructor(client: PgClient, statement: string) {
    this.#client = client;
    this.#statement = statement;
  }

  add(row: SqlValues): void {
    let text = this.#text;
    for (let index = 0; index < row.length; index++) {
      if (index > 0) text += '\t';
      const value = row[index] as string | null;
      text += value === null ? '\\N' : escapeText(value);
    }
    this.#text = `${text}\n`;
    // Pieces of text that wait to be joined cost the collector more than the bytes they become.
    if (this.#text.length > CHUNK_CHARACTERS) this.#endChunk();
  }

  async send(): Promise<void> {
    this.#endChunk();
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
      this.#stream ??= await this.#open();
      if (this.#failure !== undefined) throw this.#failure;
      if (!this.#stream.write(chunk)) await whenDone(this.#stream, 'drain');
    }
  }

  async end(): Promise<void> {
    await this.send();
    const stream = this.#stream;
    this.#stream = undefined;
    if (this.#failure !== undefined) throw this.#failure;
    if (stream === undefined) return;
    stream.end();
    await whenDone(stream, 'finish');
  }

  async destroy(): Promise<void> {
    // CopyFail: the server ends the COPY with an error and takes the ROLLBACK that comes next.
    if (this.#failure === undefined) this.#stream?.destroy();
  }

  #endChunk(): void {
    if (this.#text !== '') this.#chunks.push(Buffer.from(this.#text));
    this.#text = '';
  }

  async #open(): Promise<Writable> {
    const { from } = await copyStreams();
    const stream = this.#client.query(from(this.#statement)) as Writable;
    stream.on('error', (error) => {
      this.#failure ??= error;
    });
    return stream;
  }
}

async function whenDone(stream: Writable, event: 'drain' | 'finish'): Promise<void> {
  const ended = new AbortController();
  try {
    const closed = once(stream, 'close', { signal: ended.signal });
    await Promise.race([once(stream, event, { signal: ended.signal }), closed]);
    if (stream.errored) throw stream.errored;
  } finally {
    ended.abort();
  }
}

const ESCAPED = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escapeText(value: string): string {
  return ESCAPED.test(value) ? value.replace(/[\\\t\n\r]/g, (found) => ESCAPES[found] as string) : value;
}

function encode(kind: ColumnKind, value: unknown): unknown {
  switch (kind) {
    case 'boolean':
      return value === true ? 't' : 'f';
    case 'date':
      return timestamp(value as Date);
    case 'bytes':
      return `\\x${Buffer.from(value as Uint8Array).toString('hex')}`;
    case 'text':
      if ((value as string).includes('\0'))
        throw new DatabaseError('COPY_VALUE_REFUSED', 'a text with a NUL character cannot be kept by PostgreSQL');
      return value;
    default:
      return String(value);
  }
}

/** PostgreSQL writes years before 1 with BC, and takes none before 4713 BC. */
function timestamp(date: Date): string {
  const year = date.getUTCFullYear();
  if (year > 0 && year <= 9999) return date.toISOString();
  if (year < -4711)
    throw new DatabaseError('COPY_VALUE_REFUSED', `PostgreSQL holds no date before 4713 BC: ${date.toISOString()}`);
  const rest = date.toISOString().replace(/^[+-]?\d+/, '');
  return year > 0 ? `${year}${rest}` : `${String(1 - year).padStart(4, '0')}${rest} BC`;
}
