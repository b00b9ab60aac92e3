/**
 * Rows into PostgreSQL by COPY … FROM STDIN, as tab-separated text. The COPY stands inside the copy's one transaction:
 * a crash at any point leaves the tables as they were.
 */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { DatabaseError } from '@nuthatch/model';
import type { BulkInsert, SqlValues } from './sql-dialect.js';

/** The driver's client, as far as a COPY needs it: it gives back what it was given to run. */
export interface CopyClient {
  query<T>(submittable: T): T;
}

const CHUNK_CHARACTERS = 1 << 16;

/** A COPY … FROM STDIN over all batches until `end`. */
export class CopyInsert implements BulkInsert {
  readonly #client: CopyClient;
  readonly #statement: string;
  readonly #chunks: Buffer[] = [];
  #text = '';
  #stream: Writable | undefined;
  #failure: unknown;

  constructor(client: CopyClient, statement: string) {
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
    const stream = this.#client.query<Writable>(from(this.#statement));
    stream.on('error', (error) => {
      this.#failure ??= error;
    });
    return stream;
  }
}

/** The package of the user's that makes a stream of a COPY. */
async function copyStreams(): Promise<{ from(text: string): Writable }> {
  try {
    return (await import('pg-copy-streams')) as { from(text: string): Writable };
  } catch (cause) {
    const what = 'a copy to PostgreSQL needs the package pg-copy-streams';
    throw new DatabaseError('COPY_DRIVER_MISSING', what, { package: 'pg-copy-streams' }, { cause });
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
  return ESCAPED.test(value) ? value.replace(/[\\\t\n\r]/g, (found) => ESCAPES[found]!) : value;
}
