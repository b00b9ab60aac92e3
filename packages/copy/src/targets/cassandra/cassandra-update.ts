/**
 * Brings a filled collection to another seq by what differs, document by document: what an earlier copy wrote and is the
 * same still is left alone, also where that copy was cut off in the middle.
 *
 * A fill writes the query rows of a batch before its documents, and a change keeps the query rows that go in its document's
 * row until they are gone. So a row that is there, equal and without such a list has all its query rows. Those that are too
 * many can be left by a copy that was cut off only: then each query row is held against its document at the end.
 */

import type { CollectionShape } from '../../collection-shape.js';
import type { CopyPosition } from '../../copy-position.js';
import {
  type CollectionWriter,
  type KeyValues,
  keyValuesOf,
  type PlainDocument,
  type WrittenCounts,
} from '../../external-store.js';
import { requireDocuments, requirePosition } from '../../store-arguments.js';
import type { CassandraTable, CollectionTables } from './cassandra-ddl.js';
import { indexedDocument, selectAll } from './cassandra-reader.js';
import type { CassandraSession } from './cassandra-session.js';
import { columnValues, documentOfRow, heldValue } from './cassandra-types.js';
import { applyChange, type CollectionStatements, readRow, rowText } from './cassandra-writer.js';

export interface CassandraUpdateParts {
  readonly session: CassandraSession;
  readonly keyspace: string;
  readonly shape: CollectionShape;
  readonly tables: CollectionTables;
  readonly statements: CollectionStatements;
  readonly seq: bigint;
  /** The copy before was cut off. */
  readonly wasCutOff: boolean;
  /** The document that the copy writes under a key. */
  readonly documentOf: (key: KeyValues) => object | undefined;
  readonly keepPosition: (position: CopyPosition) => Promise<void>;
}

export class CassandraUpdate implements CollectionWriter {
  readonly #parts: CassandraUpdateParts;
  #writtenCount = 0;
  #deletedCount = 0;

  constructor(parts: CassandraUpdateParts) {
    this.#parts = parts;
  }

  async write(documents: readonly object[]): Promise<void> {
    requireDocuments(documents);
    const { session, shape, tables, statements, seq } = this.#parts;
    await session.each(documents, async (document) => {
      const key = keyValuesOf(shape, document);
      const cqlKey = shape.keyColumns.map((column, index) => heldValue(shape, column, document, key[index], true));
      const row = await readRow(session, statements, cqlKey);
      const isHeld = row !== undefined && this.#isHeld(row, document);
      // Rows that an interrupted copy of this same seq wrote count as written.
      if (!isHeld || String(row[tables.main.seqColumn]) === String(seq)) this.#writtenCount++;
      if (isHeld) return;
      await applyChange(session, statements, tables, { shape, key, document, seq });
    });
  }

  async finish(position: CopyPosition): Promise<WrittenCounts> {
    requirePosition(position);
    const { session, tables, keepPosition, wasCutOff } = this.#parts;
    if (wasCutOff) for (const table of tables.queries) await this.#removeStrays(table);
    await session.each(this.#keysOf(tables.main), async (row) => {
      const key = this.#keyOf(row);
      if (this.#documentOf(key) !== undefined) return;
      this.#deletedCount++;
      const { shape, statements, seq } = this.#parts;
      await applyChange(session, statements, tables, { shape, key, document: undefined, seq });
    });
    await keepPosition(position);
    return { writtenCount: this.#writtenCount, deletedCount: this.#deletedCount };
  }

  async abandon(): Promise<void> {
    // The position already says that the collection is incomplete.
  }

  /** The row says what the document says, and no query row waits to be deleted. */
  #isHeld(row: PlainDocument, document: object): boolean {
    const { shape, tables } = this.#parts;
    if ((row[tables.main.pendingColumn] ?? null) !== null) return false;
    const found = columnValues(shape, indexedDocument(shape, row));
    const due = columnValues(shape, document);
    return due.every((value, index) => textOf(value) === textOf(found[index]));
  }

  /** Deletes query rows that their document does not have. I/O: one scan of the table's keys. */
  async #removeStrays(table: CassandraTable): Promise<void> {
    const { session, statements, seq } = this.#parts;
    const names = primaryNames(table);
    await session.each(this.#keysOf(table), async (row) => {
      const document = this.#documentOf(this.#keyOf(row));
      const values = names.map((name) => encoded(row[name]));
      const due = document === undefined ? [] : statements.queryRows(document as PlainDocument).map(rowText);
      if (due.includes(rowText({ table, values }))) return;
      const { query, params } = statements.delete(table, values, seq);
      await session.run(query, params);
    });
  }

  #keysOf(table: CassandraTable): AsyncGenerator<PlainDocument, void> {
    return this.#parts.session.rows(selectAll(this.#parts.keyspace, table, primaryNames(table)));
  }

  #keyOf(row: PlainDocument): KeyValues {
    const { shape } = this.#parts;
    return keyValuesOf(shape, documentOfRow({ ...shape, columns: shape.keyColumns, nullsColumn: undefined }, row));
  }

  #documentOf(key: KeyValues): object | undefined {
    return this.#parts.documentOf(key);
  }
}

function primaryNames(table: CassandraTable): readonly string[] {
  return table.columns.filter(({ role }) => role !== 'regular').map(({ name }) => name);
}

/** A value as the driver gives it, in the form that it takes. */
function encoded(value: unknown): unknown {
  return value instanceof Date ? value.getTime() : value;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return Buffer.isBuffer(value) ? `bytes ${value.toString('hex')}` : `${typeof value} ${String(value)}`;
}
