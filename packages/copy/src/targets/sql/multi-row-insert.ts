/** INSERT with many rows a statement, within the bound of values a statement may have. */
import type { BulkInsert, SqlConnection, SqlDialect } from './sql-dialect.js';

export class MultiRowInsert implements BulkInsert {
  readonly #dialect: SqlDialect;
  readonly #connection: SqlConnection;
  readonly #head: string;
  readonly #columnCount: number;

  constructor(dialect: SqlDialect, connection: SqlConnection, table: string, columns: readonly string[]) {
    this.#dialect = dialect;
    this.#connection = connection;
    this.#head = `INSERT INTO ${table} (${columns.join(', ')}) VALUES `;
    this.#columnCount = columns.length;
  }

  async write(rows: readonly (readonly unknown[])[]): Promise<void> {
    const most = Math.min(500, Math.floor(this.#dialect.maxParameterCount / this.#columnCount));
    for (let start = 0; start < rows.length; start += most) {
      const chunk = rows.slice(start, start + most);
      let position = 0;
      const values = chunk.map((row) => `(${row.map(() => this.#dialect.placeholder(++position)).join(', ')})`);
      await this.#dialect.query(this.#connection, this.#head + values.join(', '), chunk.flat());
    }
  }

  async end(): Promise<void> {}

  async destroy(): Promise<void> {}
}
