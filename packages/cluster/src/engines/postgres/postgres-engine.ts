/**
 * A journal in PostgreSQL: one row a journal with the position of its head, one row a frame.
 *
 * A frame lands by one statement that moves the head if it stands right before, and inserts the frame: of two at the same
 * time the second waits for the lock of the head's row, finds the head elsewhere, and loses. So a later frame is never
 * seen without those before it. Nodes are told of frames by NOTIFY, from outside of the write's transaction, and look
 * themselves now and then: a notification that is lost costs time only.
 */
import { createHash } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import type { Client, ClientConfig } from 'pg';
import type { JournalEngine, JournalPlace, StoredFrame } from '../../engine/journal-engine.js';
import { PostgresSession } from './postgres-session.js';
import { appendSql, headSql, makeJournal, openSql, readSql } from './postgres-tables.js';

export interface PostgresEngineOptions {
  readonly config: ClientConfig;
  readonly schema: string;
  readonly name: string;
  readonly isUnsafe: boolean;
  /** Longest time between two looks when no notification comes, in milliseconds. */
  readonly pollMs: number;
  readonly answerMs: number;
}

/** A frame has to fit into one row, and nodes hold several. */
const MAX_FRAME_BYTES = 1024 * 1024;

export class PostgresEngine implements JournalEngine {
  readonly description: string;
  readonly maxFrameBytes = MAX_FRAME_BYTES;
  readonly #options: PostgresEngineOptions;
  readonly #writer: PostgresSession;
  readonly #reader: PostgresSession;
  readonly #channel: string;
  /** Called at each notification that comes while somebody waits. */
  #onNews: (() => void) | undefined;
  /** One came since the last look. */
  #hasNews = false;

  constructor(options: PostgresEngineOptions) {
    this.#options = options;
    const { config, answerMs, name, schema } = options;
    this.description = `the journal '${name}' in PostgreSQL`;
    this.#channel = `nuthatch_${createHash('sha256').update(`${schema}\n${name}`).digest('hex').slice(0, 32)}`;
    this.#writer = new PostgresSession({ config, answerMs, begin: (client) => this.#begin(client) });
    this.#reader = new PostgresSession({ config, answerMs, begin: (client) => this.#listen(client) });
  }

  async open(proposedUuid: string): Promise<JournalPlace> {
    const { name, schema } = this.#options;
    await this.#requireSafe(await this.#writer.client());
    await makeJournal(await this.#writer.client(), schema, name, proposedUuid);
    const { rows } = await this.#writer.query<{ uuid: string; head: string; format: number }>(
      'nuthatch_open',
      openSql(schema),
      [name],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('its row is gone');
    if (row.format !== 1) {
      const what = `${this.description} has format ${row.format}, which this version does not know`;
      throw new DatabaseError('FORMAT_UNSUPPORTED', what, { journal: this.description, format: row.format });
    }
    return { uuid: row.uuid, head: Number(row.head) };
  }

  async append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    const { name, schema } = this.#options;
    const { rowCount } = await this.#writer.query('nuthatch_append', appendSql(schema), [
      name,
      position,
      asBuffer(bytes),
    ]);
    if (rowCount !== 1) return 'lost';
    void this.#notify();
    return 'won';
  }

  async read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    const { name, schema } = this.#options;
    this.#hasNews = false;
    const { rows } = await this.#reader.query<{ position: string; bytes: Buffer }>('nuthatch_read', readSql(schema), [
      name,
      after,
      limitBytes,
    ]);
    return rows.map(({ position, bytes }) => ({ position: Number(position), bytes: new Uint8Array(bytes) }));
  }

  async head(): Promise<number> {
    const { name, schema } = this.#options;
    const { rows } = await this.#reader.query<{ head: string }>('nuthatch_head', headSql(schema), [name]);
    if (rows[0] === undefined) throw new Error('its row is gone');
    return Number(rows[0].head);
  }

  async wait(_after: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#hasNews) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#onNews = undefined;
        resolve();
      };
      const timer = setTimeout(end, this.#options.pollMs);
      signal.addEventListener('abort', end, { once: true });
      this.#onNews = end;
    });
  }

  async close(): Promise<void> {
    this.#onNews?.();
    await Promise.all([this.#writer.close(), this.#reader.close()]);
  }

  /** Others hear of the frame. A failure costs them `pollMs`. */
  async #notify(): Promise<void> {
    try {
      await this.#reader.query('nuthatch_notify', 'SELECT pg_notify($1, $2)', [this.#channel, '']);
    } catch {
      // They look by themselves.
    }
  }

  /** What the session was given by role or server must not make an acknowledged commit one that is lost. */
  async #begin(client: Client): Promise<void> {
    if (this.#options.isUnsafe) return;
    const { rows } = await client.query<{ level: string }>("SELECT current_setting('synchronous_commit') AS level");
    if (rows[0]?.level !== 'remote_apply') await client.query('SET synchronous_commit = on');
  }

  async #listen(client: Client): Promise<void> {
    client.on('notification', () => {
      this.#hasNews = true;
      this.#onNews?.();
    });
    await client.query(`LISTEN ${this.#channel}`);
  }

  /** @throws DatabaseError `JOURNAL_UNSAFE`. */
  async #requireSafe(client: Client): Promise<void> {
    if (this.#options.isUnsafe) return;
    for (const setting of ['fsync', 'full_page_writes']) {
      const { rows } = await client.query<{ value: string }>('SELECT current_setting($1) AS value', [setting]);
      const value = rows[0]?.value;
      if (value === 'on') continue;
      const what = `${this.description} may lose what it has acknowledged: the server has ${setting} = ${value}`;
      throw new DatabaseError('JOURNAL_UNSAFE', what, { journal: this.description, setting, value });
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
