/**
 * Reads a table that Nuthatch did not write, page by page along columns that are a key for the model only: in the table they
 * may hold one value several times, or NULL. Every row comes once, so that a load refuses what is no document, by name.
 *
 * A page ends behind all rows of its last key: what a page leaves of them, the next one, which begins behind that key, would
 * never see. Rows without a key come last, ordered by all they hold.
 */
import type { KeyCursor, SqlDialect, SqlRow } from './sql-dialect.js';
import type { SqlSession } from './sql-session.js';

/** Behind a key, or so many rows without one were read. */
export type KeyPosition = { readonly key: readonly string[] } | { readonly keylessCount: number };

export class KeyPages {
  readonly #session: SqlSession;
  readonly #dialect: SqlDialect;
  readonly #table: string;
  readonly #key: readonly KeyCursor[];
  readonly #what: string;

  /** @param what for errors, as in `while players was read`. */
  constructor(session: SqlSession, dialect: SqlDialect, table: string, key: readonly KeyCursor[], what: string) {
    this.#session = session;
    this.#dialect = dialect;
    this.#table = table;
    this.#key = key;
    this.#what = what;
  }

  /**
   * Rows behind a position: `limit`, and those that share the last one's key.
   *
   * @param list what is selected.
   */
  async read(
    list: readonly string[],
    after: KeyPosition | undefined,
    limit: number,
  ): Promise<{ readonly rows: readonly SqlRow[]; readonly next?: KeyPosition }> {
    if (after !== undefined && 'keylessCount' in after) return this.#readKeyless(list, after.keylessCount, limit);
    const order = this.#key.map((part) => part.order);
    const text = this.#key.map((part, index) => `${part.text} AS k${index}`);
    const behind = new Condition(this.#dialect, this.#key);
    behind.addPlain(order.map((part) => `${part} IS NOT NULL`).join(' AND '));
    if (after !== undefined) behind.add('>', after.key);
    const [last] = await this.#query(text, behind, `ORDER BY ${order.join(', ')} LIMIT 1 OFFSET ${limit - 1}`);
    const key = last && this.#key.map((_, index) => String(last[`k${index}`]));
    if (key !== undefined) behind.add('<=', key);
    const rows = await this.#query(list, behind, `ORDER BY ${order.join(', ')}`);
    return { rows, next: key === undefined ? { keylessCount: 0 } : { key } };
  }

  async #readKeyless(
    list: readonly string[],
    keylessCount: number,
    limit: number,
  ): Promise<{ readonly rows: readonly SqlRow[]; readonly next?: KeyPosition }> {
    const keyless = new Condition(this.#dialect, this.#key);
    keyless.addPlain(`(${this.#key.map((part) => `${part.order} IS NULL`).join(' OR ')})`);
    const order = list.map((_, index) => index + 1).join(', ');
    const rows = await this.#query(list, keyless, `ORDER BY ${order} LIMIT ${limit} OFFSET ${keylessCount}`);
    return rows.length < limit ? { rows } : { rows, next: { keylessCount: keylessCount + rows.length } };
  }

  #query(list: readonly string[], { text, values }: Condition, rest: string): Promise<readonly SqlRow[]> {
    return this.#session.query(
      this.#what,
      `SELECT ${list.join(', ')} FROM ${this.#table} WHERE ${text} ${rest}`,
      values,
    );
  }
}

/** The query for rows, with the values that are sent with it. */
class Condition {
  readonly #dialect: SqlDialect;
  readonly #key: readonly KeyCursor[];
  readonly #parts: string[] = [];
  readonly values: string[] = [];

  constructor(dialect: SqlDialect, key: readonly KeyCursor[]) {
    this.#dialect = dialect;
    this.#key = key;
  }

  get text(): string {
    return this.#parts.join(' AND ');
  }

  addPlain(text: string): void {
    this.#parts.push(text);
  }

  add(operator: '>' | '<=', key: readonly string[]): void {
    const right = this.#key.map(({ literal }, index) => {
      const text = key[index]!;
      if (literal !== undefined) return literal(text);
      this.values.push(text);
      return this.#dialect.placeholder(this.values.length);
    });
    this.#parts.push(`(${this.#key.map(({ order }) => order).join(', ')}) ${operator} (${right.join(', ')})`);
  }
}
