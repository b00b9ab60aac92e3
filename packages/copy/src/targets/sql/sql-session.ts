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
  #restore: () => Promise<void> = async () => undefined;
  #isReleased = false;

  private constructor(dialect: SqlDialect, pool: ConnectionPool, connection: SqlConnection) {
    this.#dialect = dialect;
    this.#pool = pool;
    this.connection = connection;
  }

  /**
   * Takes a connection and sets what statements rely on, for as long as it is taken.
   *
   * @param ownTables names mean the tables of one schema; false: whatever the user's search path finds.
   * @throws DatabaseError `COPY_TARGET_UNREACHABLE`, `COPY_ACCESS_DENIED`, `COPY_FAILED` when the settings do not hold.
   */
  static async open(knex: KnexPool, dialect: SqlDialect, ownTables: boolean): Promise<SqlSession> {
    const pool = knex.client as ConnectionPool;
    try {
      const session = new SqlSession(dialect, pool, await pool.acquireConnection());
      await session.#prepare(ownTables);
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

  async #prepare(ownTables: boolean): Promise<void> {
    try {
      this.#restore = await this.#dialect.prepare(this.connection, ownTables);
    } catch (error) {
      await this.#pool.releaseConnection(this.connection);
      throw error;
    }
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    // A connection that cannot be set is broken: the pool finds out and drops it.
    await this.#restore().catch(() => undefined);
    await this.#pool.releaseConnection(this.connection);
  }
}
