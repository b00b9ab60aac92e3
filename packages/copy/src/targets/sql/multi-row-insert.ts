/** INSERT with many rows per statement, within the bounds of values and bytes that a statement may have. */
import type { BulkInsert, SqlConnection, SqlDialect, SqlValues } from './sql-dialect.js';

const MAX_ROWS = 500;
/** Characters of a statement, about: escaped and in UTF-8 they stay below the 16 MB that MariaDB takes by default. */
const MAX_CHARACTERS = 1 << 20;

export class MultiRowInsert implements BulkInsert {
  readonly #dialect: SqlDialect;
  readonly #connection: SqlConnection;
  readonly #head: string;
  readonly #mostRows: number;
  #rows: SqlValues[] = [];

  constructor(dialect: SqlDialect, connection: SqlConnection, table: string, columns: readonly string[]) {
    this.#dialect = dialect;
    this.#connection = connection;
    this.#head = `INSERT INTO ${table} (${columns.join(', ')}) VALUES `;
    this.#mostRows = Math.max(1, Math.min(MAX_ROWS, Math.floor(dialect.maxParameterCount / columns.length)));
  }

  add(row: SqlValues): void {
    this.#rows.push(row);
  }

  async send(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    let chunk: SqlValues[] = [];
    let characters = 0;
    for (const row of rows) {
      const width = widthOf(row);
      if (chunk.length === this.#mostRows || (chunk.length > 0 && characters + width > MAX_CHARACTERS)) {
        await this.#insert(chunk);
        chunk = [];
        characters = 0;
      }
      chunk.push(row);
      characters += width;
    }
    if (chunk.length > 0) await this.#insert(chunk);
  }

  end(): Promise<void> {
    return this.send();
  }

  async destroy(): Promise<void> {}

  async #insert(rows: readonly SqlValues[]): Promise<void> {
    let position = 0;
    const values = rows.map((row) => `(${row.map(() => this.#dialect.placeholder(++position)).join(', ')})`);
    await this.#dialect.query(this.#connection, this.#head + values.join(', '), rows.flat());
  }
}

/** Bytes travel as twice as many digits. */
function widthOf(row: SqlValues): number {
  let width = 0;
  for (const value of row)
    width += typeof value === 'string' ? value.length : Buffer.isBuffer(value) ? 2 * value.length : 8;
  return width;
}
