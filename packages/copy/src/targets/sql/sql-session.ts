/** One connection of knex's pool, with transactions and coded errors. */
import type { KnexPool } from './knex-pool.js';
import type { SqlConnection, SqlDialect, SqlRow } from './sql-dialect.js';
import { copyError } from './sql-error.js';

/** The part of knex's client that is used: its pool. */
interface ConnectionPool {
  acquireConnection(): Promise<SqlConnection>;
  releaseConnection(connection: SqlConnection): Promise<void>;
}

export class SqlSession {
  readonly connection: SqlConnection;
  readonly #dialect: SqlDialect;
  readonly #pool: ConnectionPool;
  #isReleased = false;

  private constructor(dialect: SqlDialect, pool: ConnectionPool, connection: SqlConnection) {
    this.#dialect = dialect;
    this.#pool = pool;
    this.connection = connection;
  }

  /** @throws DatabaseError `COPY_TARGET_UNREACHABLE`, `COPY_ACCESS_DENIED`. */
  static async open(knex: KnexPool, dialect: SqlDialect): Promise<SqlSession> {
    const pool = knex.client as ConnectionPool;
    try {
      const session = new SqlSession(dialect, pool, await pool.acquireConnection());
      if (dialect.settings !== undefined) await session.#set(dialect.settings.apply);
      return session;
    } catch (error) {
      throw copyError(error, dialect.name, 'cannot be connected to');
    }
  }

  /** @param what for the error, as in `while player was written`. */
  async query(what: string, text: string, values?: readonly unknown[]): Promise<readonly SqlRow[]> {
    try {
      return await this.#dialect.query(this.connection, text, values);
    } catch (error) {
      throw copyError(error, this.#dialect.name, `failed ${what}`);
    }
  }

  /** Runs `work` in a transaction; when it throws, nothing of it stays. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.query('to begin a transaction', this.#dialect.begin);
    try {
      const result = await work();
      await this.query('to commit', 'COMMIT');
      return result;
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  /** Never rejects: a connection that cannot roll back is broken, and the server rolls back without it. */
  async rollback(): Promise<void> {
    await this.#dialect.query(this.connection, 'ROLLBACK').catch(() => undefined);
  }

  async #set(text: string): Promise<void> {
    try {
      await this.#dialect.query(this.connection, text);
    } catch (error) {
      await this.#pool.releaseConnection(this.connection);
      throw error;
    }
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    const { settings } = this.#dialect;
    // A connection that cannot be set is broken: the pool finds out and drops it.
    if (settings !== undefined) await this.#dialect.query(this.connection, settings.restore).catch(() => undefined);
    await this.#pool.releaseConnection(this.connection);
  }
}
