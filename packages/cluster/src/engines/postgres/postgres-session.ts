/**
 * One connection to PostgreSQL that is made when it is needed, and made anew after it broke. A call that fails ends it:
 * what a half-finished call leaves in a session is nobody's concern then.
 */
import { later } from '@nuthatch/runtime/cluster';
import type { Client, ClientConfig, QueryResult } from 'pg';
import { driverMissing } from '../../engine/engine-errors.js';

export interface SessionOptions {
  readonly config: ClientConfig;
  /** A call without an answer for so long, in milliseconds, ends the connection. */
  readonly answerMs: number;
  /** Run on each new connection. */
  readonly begin: (client: Client) => Promise<void>;
}

export class PostgresSession {
  readonly #options: SessionOptions;
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Runs one statement behind those before it; its plan is kept under the name. Errors are the driver's. */
  query<R extends object>(name: string, text: string, values: readonly unknown[]): Promise<QueryResult<R>> {
    const answer = this.#last.then(() => this.#query<R>(name, text, values));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #query<R extends object>(name: string, text: string, values: readonly unknown[]): Promise<QueryResult<R>> {
    const client = await this.client();
    try {
      return await client.query<R>({ name, text, values: [...values] });
    } catch (error) {
      this.#drop(client);
      throw error;
    }
  }

  /** The connection, made if there is none. */
  client(): Promise<Client> {
    if (this.#client !== undefined) return Promise.resolve(this.#client);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await ended(client);
  }

  async #connect(): Promise<Client> {
    if (this.#isClosed) throw new Error('the journal is closed');
    const { config, answerMs, begin } = this.#options;
    const { Client: PgClient } = await driver();
    const client = new PgClient({
      ...config,
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
      keepAlive: true,
      application_name: config.application_name ?? 'nuthatch',
    });
    // Without a listener a broken connection would end the process.
    client.on('error', () => this.#drop(client));
    client.on('end', () => this.#drop(client));
    try {
      await client.connect();
      await begin(client);
    } catch (error) {
      void ended(client);
      throw error;
    }
    if (this.#isClosed) {
      await ended(client);
      throw new Error('the journal is closed');
    }
    this.#client = client;
    return client;
  }

  #drop(client: Client): void {
    if (this.#client === client) this.#client = undefined;
    void ended(client);
  }
}

/** A server that is gone cannot say goodbye. */
async function ended(client: Client): Promise<void> {
  const { connection } = client as unknown as { readonly connection?: { readonly stream?: { destroy(): void } } };
  const closing = client.end().catch(() => undefined);
  const late = later(() => connection?.stream?.destroy(), 500);
  await closing;
  late.cancel();
}

/** @throws DatabaseError `JOURNAL_DRIVER_MISSING`. */
async function driver(): Promise<typeof import('pg')> {
  try {
    const loaded = (await import('pg')) as typeof import('pg') & { readonly default?: typeof import('pg') };
    return loaded.Client === undefined ? loaded.default! : loaded;
  } catch (cause) {
    throw driverMissing('PostgreSQL', ['pg'], cause);
  }
}
