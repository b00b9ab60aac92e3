/**
 * Writes documents and the rows of their query tables so that any order, repetition or crash ends in the same rows.
 *
 * Everything is written USING TIMESTAMP seq, so of two writes of a row the later transaction's stands, whichever comes
 * last. Cassandra has no transaction over tables; the order of writes makes up for it:
 *
 *   fill    documents and query rows of one seq, all new rows; then rows that an older seq wrote are deleted
 *   apply   per document: read its row; write it, and in it the query rows that go; delete those, write those that
 *           come; strike out the list. Cut off anywhere, the row tells which query rows there can be, and the next
 *           change of the document, this one again or a later one, cleans up.
 */

import type { CollectionShape } from '../../collection-shape.js';
import type { CopyPosition } from '../../copy-position.js';
import type { CollectionWriter, PlainDocument, StoreChange, WrittenCounts } from '../../external-store.js';
import { requireDocuments, requirePosition } from '../../store-arguments.js';
import { doubleQuoted } from '../double-quoted.js';
import type { CassandraTable, CollectionTables } from './cassandra-ddl.js';
import { indexedDocument, selectAll } from './cassandra-reader.js';
import type { CassandraSession, Statement } from './cassandra-session.js';
import { columnValues, toCql } from './cassandra-types.js';

/** The statements of one collection's tables. Made once; the driver prepares each at its first use. */
export class CollectionStatements {
  readonly #keyspace: string;
  readonly #shape: CollectionShape;
  readonly #tables: CollectionTables;
  readonly #order: readonly string[];
  /** Texts by what they do and the table; the driver looks prepared statements up by them, a row at a time. */
  readonly #texts = new Map<string, string>();

  constructor(keyspace: string, shape: CollectionShape, tables: CollectionTables) {
    this.#keyspace = keyspace;
    this.#shape = shape;
    this.#tables = tables;
    this.#order = shape.columns.map(({ name }) => name);
    if (shape.nullsColumn !== undefined) this.#order = [...this.#order, shape.nullsColumn];
  }

  /** Puts a document. `isFresh`: the row cannot have been there, so absent values need no tombstones. */
  put(document: object, seq: bigint, isFresh: boolean, pending: string | null = null): Statement {
    const { main } = this.#tables;
    const values = [...columnValues(this.#shape, document), pending];
    // The driver leaves a column alone whose value is undefined: no tombstone is written then.
    const params = isFresh ? values.map((value) => (value === null ? undefined : value)) : values;
    const query = this.#text(`insert ${main.name}`, () =>
      this.#insert(main, [...this.#order, main.pendingColumn, main.seqColumn]),
    );
    return { query, params: [...params, String(seq), String(seq)] };
  }

  /** Strikes out the list of pending query rows. At one timestamp null outweighs a value. */
  settle(key: readonly unknown[], seq: bigint): Statement {
    const { main } = this.#tables;
    const query = this.#text(`settle ${main.name}`, () => {
      const update = `UPDATE ${this.#name(main)} USING TIMESTAMP ? SET ${doubleQuoted(main.pendingColumn)} = null`;
      return `${update} WHERE ${keyCondition(main)}`;
    });
    return { query, params: [String(seq), ...key] };
  }

  /** Says in a document's row that query rows of it may be missing: it is about to be deleted. */
  doubt(key: readonly unknown[], seq: bigint): Statement {
    const { main } = this.#tables;
    const query = this.#text(`doubt ${main.name}`, () => {
      const update = `UPDATE ${this.#name(main)} USING TIMESTAMP ? SET ${doubleQuoted(main.pendingColumn)} = '[]'`;
      return `${update} WHERE ${keyCondition(main)}`;
    });
    return { query, params: [String(seq), ...key] };
  }

  /** Puts one row of a query table. */
  putQueryRow({ table, values }: QueryRow, seq: bigint): Statement {
    const query = this.#text(`insert ${table.name}`, () =>
      this.#insert(
        table,
        table.columns.map(({ name }) => name),
      ),
    );
    return { query, params: [...values, String(seq), String(seq)] };
  }

  /** Deletes a row by the values of its primary key. */
  delete(table: CassandraTable, values: readonly unknown[], seq: bigint): Statement {
    const query = this.#text(
      `delete ${table.name}`,
      () => `DELETE FROM ${this.#name(table)} USING TIMESTAMP ? WHERE ${keyCondition(table)}`,
    );
    return { query, params: [String(seq), ...values] };
  }

  /** The row of a document. */
  select(values: readonly unknown[]): Statement {
    const { main } = this.#tables;
    const query = this.#text(`select ${main.name}`, () => {
      const names = main.columns.map(({ name }) => name);
      return `${selectAll(this.#keyspace, main, names)} WHERE ${keyCondition(main)}`;
    });
    return { query, params: [...values] };
  }

  /** The rows of the query tables that a document has. */
  queryRows(document: PlainDocument): QueryRow[] {
    return this.#tables.queries.flatMap((table) => table.rowsOf(document).map((values) => ({ table, values })));
  }

  #text(purpose: string, make: () => string): string {
    let text = this.#texts.get(purpose);
    if (text === undefined) this.#texts.set(purpose, (text = make()));
    return text;
  }

  #insert(table: CassandraTable, names: readonly string[]): string {
    const marks = names.map(() => '?').join(', ');
    return `INSERT INTO ${this.#name(table)} (${names.map(doubleQuoted).join(', ')}) VALUES (${marks}) USING TIMESTAMP ?`;
  }

  #name({ name }: CassandraTable): string {
    return `${doubleQuoted(this.#keyspace)}.${doubleQuoted(name)}`;
  }
}

export interface QueryRow {
  readonly table: CassandraTable;
  readonly values: readonly unknown[];
}

/** Names of the primary key's columns, in the table's order. */
function primaryNames(table: CassandraTable): readonly string[] {
  return table.columns.filter(({ role }) => role !== 'regular').map(({ name }) => name);
}

function keyCondition(table: CassandraTable): string {
  return primaryNames(table)
    .map((name) => `${doubleQuoted(name)} = ?`)
    .join(' AND ');
}

/** Cassandra warns of batches from 5 KiB on and refuses them from 50 KiB on; a row is about as long as its text. */
const BATCH_BYTES = 4_000;

/** Fills a collection with the documents of one seq. */
export class CassandraWriter implements CollectionWriter {
  #writtenCount = 0;

  constructor(
    readonly session: CassandraSession,
    readonly keyspace: string,
    readonly tables: CollectionTables,
    readonly statements: CollectionStatements,
    readonly seq: bigint,
    /** The tables were empty at the beginning: nothing to shadow, nothing to sweep. */
    readonly isFresh: boolean,
    readonly keepPosition: (position: CopyPosition) => Promise<void>,
  ) {}

  async write(documents: readonly object[]): Promise<void> {
    requireDocuments(documents);
    // Query rows first: where a document is, its query rows are, wherever this is cut off.
    await this.session.each(this.#queryWorksOf(documents), (work) => this.session.runTogether(work));
    await this.session.each(documents, (document) => {
      const { query, params } = this.statements.put(document, this.seq, this.isFresh);
      return this.session.run(query, params);
    });
    this.#writtenCount += documents.length;
  }

  /** Query rows gathered by partition, up to a batch's size. */
  *#queryWorksOf(documents: readonly object[]): Generator<readonly Statement[]> {
    const gathering = new Map<string, { statements: Statement[]; bytes: number }>();
    for (const document of documents) {
      for (const row of this.statements.queryRows(document as PlainDocument)) {
        const partition = partitionText(row);
        const work = gathering.get(partition) ?? { statements: [], bytes: 0 };
        work.statements.push(this.statements.putQueryRow(row, this.seq));
        work.bytes += rowText(row).length;
        if (work.bytes < BATCH_BYTES) gathering.set(partition, work);
        else {
          gathering.delete(partition);
          yield work.statements;
        }
      }
    }
    for (const { statements } of gathering.values()) yield statements;
  }

  async finish(position: CopyPosition): Promise<WrittenCounts> {
    requirePosition(position);
    let deletedCount = 0;
    if (!this.isFresh) {
      for (const table of this.tables.queries) await this.#sweep(table);
      deletedCount = await this.#sweep(this.tables.main);
    }
    await this.keepPosition(position);
    return { writtenCount: this.#writtenCount, deletedCount };
  }

  /** Deletes the rows that this filling did not write. I/O: one scan of the table's keys. */
  async #sweep(table: CassandraTable): Promise<number> {
    const names = [...primaryNames(table), table.seqColumn];
    const rows = this.session.rows(selectAll(this.keyspace, table, names));
    let count = 0;
    await this.session.each(rows, async (row) => {
      if (String(row[table.seqColumn]) === String(this.seq)) return;
      count++;
      const values = names.slice(0, -1).map((name) => row[name]);
      const { query, params } = this.statements.delete(table, values, this.seq);
      await this.session.run(query, params);
    });
    return count;
  }

  async abandon(): Promise<void> {
    // The position already says that the collection is incomplete.
  }
}

/** Applies one change. Convergent: any repetition, also of changes older than the row, ends in the newest state. */
export async function applyChange(
  session: CassandraSession,
  statements: CollectionStatements,
  { main, queries }: CollectionTables,
  { shape, key, document, seq }: StoreChange,
): Promise<void> {
  const keyValues = shape.keyColumns.map(({ kind, type }, index) => toCql(kind, type, key[index]));
  const run = ({ query, params }: Statement): Promise<unknown> => session.run(query, params);
  const before = await readRow(session, statements, keyValues);
  const pending = before?.[main.pendingColumn] ?? null;
  const seqBefore = before === undefined ? undefined : seqOf(before, main);
  // A later change was here, or this one was through.
  if (seqBefore !== undefined && (seqBefore > seq || (seqBefore === seq && pending === null))) return;
  const old = before === undefined ? [] : statements.queryRows(indexedDocument(shape, before));
  old.push(...rowsOfPending(pending, queries));
  const due = document === undefined ? [] : statements.queryRows(document as PlainDocument);
  const kept = new Set(due.map(rowText));
  const gone = old.filter((row) => !kept.has(rowText(row)));
  const goneStatements = gone.map(({ table, values }) => statements.delete(table, values, seq));
  if (document === undefined) {
    // Cut off after this line, the row says that its query rows are not whole, should its document come back.
    if (before !== undefined && goneStatements.length > 0 && pending === null)
      await run(statements.doubt(keyValues, seq));
    await session.runAll(goneStatements);
    // Last, so that until then the row tells of its query rows.
    await run(statements.delete(main, keyValues, seq));
    return;
  }
  await run(statements.put(document, seq, false, pendingText(gone)));
  // No row was there and none is now: a later change deleted the document, and will not look for these query rows.
  if (before === undefined && (await readRow(session, statements, keyValues)) === undefined) return;
  await session.runAll([...goneStatements, ...due.map((row) => statements.putQueryRow(row, seq))]);
  await run(statements.settle(keyValues, seq));
}

/** Query rows as the row of their document keeps them: `[[table, value…], …]`. */
function pendingText(rows: readonly QueryRow[]): string {
  const encode = (value: unknown): unknown => {
    if (Buffer.isBuffer(value)) return { bytes: value.toString('base64') };
    return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
  };
  return JSON.stringify(rows.map(({ table, values }) => [table.name, ...values.map(encode)]));
}

function rowsOfPending(pending: unknown, tables: readonly CassandraTable[]): readonly QueryRow[] {
  if (typeof pending !== 'string') return [];
  const decode = (value: unknown): unknown => {
    const { bytes, number } = (value ?? {}) as { readonly bytes?: string; readonly number?: string };
    if (bytes !== undefined) return Buffer.from(bytes, 'base64');
    return number === undefined ? value : Number(number);
  };
  return (JSON.parse(pending) as [string, ...unknown[]][]).flatMap(([name, ...values]) => {
    const table = tables.find((one) => one.name === name);
    return table === undefined ? [] : [{ table, values: values.map(decode) }];
  });
}

/** The row of a document by its key, encoded. */
export async function readRow(
  session: CassandraSession,
  statements: CollectionStatements,
  keyValues: readonly unknown[],
): Promise<PlainDocument | undefined> {
  const { query, params } = statements.select(keyValues);
  return ((await session.run(query, params)).rows as readonly PlainDocument[] | undefined)?.[0];
}

function seqOf(row: PlainDocument, { seqColumn }: CassandraTable): bigint {
  const seq = row[seqColumn];
  return seq === null || seq === undefined ? 0n : BigInt(String(seq));
}

/** The partition that a row is in. */
function partitionText({ table, values }: QueryRow): string {
  return JSON.stringify([table.name, ...values.filter((_, at) => table.columns[at]?.role === 'partition').map(String)]);
}

/** Tells query rows apart. */
export function rowText({ table, values }: QueryRow): string {
  return JSON.stringify([table.name, ...values.map(String)]);
}
