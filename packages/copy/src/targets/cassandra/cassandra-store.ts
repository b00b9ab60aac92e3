/**
 * The contract of external stores over CQL: not transactional, but idempotent and convergent by seq.
 *
 * A collection's position is incomplete from the first row of a filling to its last, so a copy that was cut off is
 * known as such. Timestamps are the seqs of one history: where rows of another history, of another writer or of a later
 * seq are to be replaced, the tables are truncated, since a lower timestamp would never show.
 */
import { DatabaseError } from '@nuthatch/model';
import { requireArgument, requireMethods, requireOptions, requireShape } from '../../argument-check.js';
import type { CollectionShape } from '../../collection-shape.js';
import type { ShapeOptions } from '../../collection-shapes.js';
import type { CopyPosition } from '../../copy-position.js';
import type {
  CollectionWriter,
  ExternalStore,
  KeyValues,
  StoreChange,
  StorePage,
  TargetDifference,
} from '../../external-store.js';
import {
  requireChanges,
  requirePage,
  requirePosition,
  requirePositions,
  requireShapes,
} from '../../store-arguments.js';
import { withoutFollowing } from '../../target-check.js';
import { doubleQuoted } from '../double-quoted.js';
import {
  CASSANDRA_NAMES,
  type CassandraTable,
  type CollectionTables,
  createTable,
  positionsTable,
  tablesOf,
} from './cassandra-ddl.js';
import { countRows, foundTables, hasRows, readDocuments, selectAll, tableDifferences } from './cassandra-reader.js';
import { type CassandraClient, CassandraSession, type SessionOptions, type Statement } from './cassandra-session.js';
import { CassandraUpdate } from './cassandra-update.js';
import { applyChange, CassandraWriter, CollectionStatements } from './cassandra-writer.js';

export interface CassandraPlace {
  readonly keyspace: string;
  readonly bucketCount: number;
  readonly replication: Readonly<Record<string, string | number>> | undefined;
  readonly tablePrefix: string | undefined;
  readonly session: SessionOptions;
}

/** Before the fingerprint of an incomplete position: where a document is, its query rows are. Persistent: never change. */
const RESUMABLE = 'resumable ';

export class CassandraStore implements ExternalStore {
  readonly name = 'Cassandra';
  readonly isTransactional = false;
  readonly shapeOptions: ShapeOptions;
  readonly #place: CassandraPlace;
  readonly #session: CassandraSession;
  readonly #positions: CassandraTable;
  readonly #tables = new WeakMap<CollectionShape, CollectionTables>();
  readonly #statements = new WeakMap<CollectionShape, CollectionStatements>();

  constructor(client: CassandraClient, place: CassandraPlace) {
    requireMethods(client, 'client', ['execute', 'batch']);
    requireOptions(place, {
      keyspace: 'text',
      bucketCount: 'whole number of 1 or more',
      session: 'object',
      replication: 'object',
      tablePrefix: 'prefix',
    });
    for (const name of ['keyspace', 'session', 'bucketCount'] as const)
      if (place[name] === undefined) requireArgument(undefined, name, 'object');
    this.#place = place;
    this.#positions = positionsTable(place.tablePrefix ?? '');
    this.#session = new CassandraSession(client, place.session);
    this.shapeOptions = { tablePrefix: place.tablePrefix, names: CASSANDRA_NAMES };
  }

  ddl(shapes: readonly CollectionShape[]): readonly string[] {
    requireShapes(shapes);
    const tables = [this.#positions, ...shapes.flatMap((shape) => this.#allTables(shape))];
    const statements = tables.map((table) => createTable(this.#place.keyspace, table));
    return this.#place.replication === undefined ? statements : [this.#createKeyspace(), ...statements];
  }

  async check(shapes: readonly CollectionShape[]): Promise<readonly TargetDifference[]> {
    requireShapes(shapes);
    const { keyspace } = this.#place;
    const found = await foundTables(this.#session, keyspace);
    const positions = found.size === 0 ? [] : await this.positions();
    const differences: TargetDifference[] = [];
    for (const shape of shapes) {
      const isKnown = positions.some(({ collection }) => collection === shape.collection);
      const own: TargetDifference[] = [];
      for (const table of this.#allTables(shape)) {
        const there = found.get(table.name);
        if (there === undefined) {
          own.push({ table: table.name, kind: 'missingTable' });
          continue;
        }
        own.push(...tableDifferences(table, there));
        const [anyColumn] = there.columns.keys();
        // A query table that says it is ours is filled with its main table.
        const isTold = isKnown || (table !== this.#tablesOf(shape).main && there.comment.startsWith('nuthatch: '));
        if (!isTold && (await hasRows(this.#session, keyspace, table, anyColumn)))
          own.push({ table: table.name, kind: 'rows' });
      }
      differences.push(...withoutFollowing(own, this.#tablesOf(shape).main.name));
    }
    return differences;
  }

  async create(shapes: readonly CollectionShape[]): Promise<void> {
    requireShapes(shapes);
    const { keyspace, replication } = this.#place;
    if (!(await this.#hasKeyspace())) {
      if (replication === undefined) {
        const what = `there is no keyspace ${keyspace}; make it, or give \`replication\``;
        throw new DatabaseError('COPY_FAILED', what, { target: this.name, keyspace });
      }
      await this.#session.run(this.#createKeyspace());
    }
    const found = await foundTables(this.#session, keyspace);
    const make = async (table: CassandraTable): Promise<void> => {
      if (!found.has(table.name)) await this.#session.run(createTable(keyspace, table));
    };
    await make(this.#positions);
    for (const shape of shapes) {
      const tables = this.#allTables(shape);
      // An index's table made beside documents that are there is empty: the whole collection must be copied again.
      if (found.has(this.#tablesOf(shape).main.name) && tables.some(({ name }) => !found.has(name)))
        await this.#markIncomplete(shape);
      for (const table of tables) await make(table);
    }
  }

  async positions(): Promise<readonly CopyPosition[]> {
    const { keyspace } = this.#place;
    if (!(await foundTables(this.#session, keyspace)).has(this.#positions.name)) return [];
    const names = this.#positions.columns.map(({ name }) => name);
    const positions: CopyPosition[] = [];
    for await (const row of this.#session.rows(selectAll(keyspace, this.#positions, names)))
      positions.push({
        collection: String(row['collection']),
        historyId: String(row['history_id']),
        seq: BigInt(String(row['seq'] ?? 0)),
        fingerprint: String(row['fingerprint']),
        isComplete: row['is_complete'] === true,
      });
    return positions;
  }

  async setPositions(positions: readonly CopyPosition[]): Promise<void> {
    requirePositions(positions);
    await this.#session.runAll(positions.map((position) => this.#putPosition(position)));
  }

  async begin(
    shape: CollectionShape,
    position: CopyPosition,
    documentOf?: (key: KeyValues) => object | undefined,
  ): Promise<CollectionWriter> {
    requireShape(shape);
    requirePosition(position);
    const { keyspace } = this.#place;
    const tables = this.#tablesOf(shape);
    const before = (await this.positions()).find(({ collection }) => collection === shape.collection);
    const isOfUs = before?.historyId === position.historyId && before.seq <= position.seq;
    const hadRows = await hasRows(this.#session, keyspace, tables.main, tables.main.columns[0]?.name);
    const isForeign = !isOfUs && (before !== undefined || hadRows);
    if (isForeign) {
      // Incomplete first, so that no crash leaves a complete position over empty tables.
      await this.#markIncomplete(shape);
      for (const { name } of this.#allTables(shape))
        await this.#session.run(`TRUNCATE ${doubleQuoted(keyspace)}.${doubleQuoted(name)}`);
    }
    const isFresh = isForeign || before === undefined;
    const resumable = `${RESUMABLE}${position.fingerprint}`;
    const isAhead =
      before !== undefined && before.fingerprint === (before.isComplete ? position.fingerprint : resumable);
    const isUpdate = !isFresh && isAhead && documentOf !== undefined;
    // A filling that rewrites all may have the tables of new indexes to fill: it is not resumed by document.
    const fingerprint = isUpdate || isFresh ? resumable : position.fingerprint;
    await this.setPositions([{ ...position, fingerprint, isComplete: false }]);
    const keepPosition = (at: CopyPosition): Promise<void> => this.setPositions([at]);
    const statements = this.#statementsOf(shape);
    if (isUpdate) {
      const parts = { session: this.#session, keyspace, shape, tables, statements, seq: position.seq };
      return new CassandraUpdate({ ...parts, wasCutOff: !before.isComplete, documentOf, keepPosition });
    }
    return new CassandraWriter(this.#session, keyspace, tables, statements, position.seq, isFresh, keepPosition);
  }

  async apply(changes: readonly StoreChange[], positions: readonly CopyPosition[]): Promise<void> {
    requireChanges(changes);
    requirePositions(positions);
    await this.#session.each(changes, (change) => {
      const { shape } = change;
      return applyChange(this.#session, this.#statementsOf(shape), this.#tablesOf(shape), change);
    });
    // A crash before this line repeats the changes, which changes nothing.
    await this.setPositions(positions);
  }

  async readPage(shape: CollectionShape, after: unknown, limit: number): Promise<StorePage> {
    requirePage(shape, limit);
    if (after !== undefined) requireArgument(after, 'after', 'text');
    return readDocuments(this.#session, this.#place.keyspace, shape, this.#tablesOf(shape), after, limit);
  }

  async count(shape: CollectionShape): Promise<number> {
    requireShape(shape);
    return countRows(this.#session, this.#place.keyspace, this.#tablesOf(shape));
  }

  async close(): Promise<void> {
    // The client is the caller's.
  }

  async #markIncomplete({ collection }: CollectionShape): Promise<void> {
    const before = (await this.positions()).find((position) => position.collection === collection);
    if (before?.isComplete === true) await this.setPositions([{ ...before, isComplete: false }]);
  }

  async #hasKeyspace(): Promise<boolean> {
    const query = 'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?';
    return ((await this.#session.run(query, [this.#place.keyspace])).rows?.length ?? 0) > 0;
  }

  #createKeyspace(): string {
    const literal = (value: string | number): string =>
      typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
    const entries = Object.entries(this.#place.replication ?? {});
    const map = entries.map(([name, value]) => `${literal(name)}: ${literal(value)}`).join(', ');
    return `CREATE KEYSPACE IF NOT EXISTS ${doubleQuoted(this.#place.keyspace)} WITH replication = {${map}}`;
  }

  #putPosition({ collection, historyId, seq, fingerprint, isComplete }: CopyPosition): Statement {
    const names = this.#positions.columns.map(({ name }) => doubleQuoted(name)).join(', ');
    const table = `${doubleQuoted(this.#place.keyspace)}.${doubleQuoted(this.#positions.name)}`;
    return {
      query: `INSERT INTO ${table} (${names}) VALUES (?, ?, ?, ?, ?)`,
      params: [collection, historyId, String(seq), fingerprint, isComplete],
    };
  }

  #allTables(shape: CollectionShape): readonly CassandraTable[] {
    const { main, queries } = this.#tablesOf(shape);
    return [main, ...queries];
  }

  #tablesOf(shape: CollectionShape): CollectionTables {
    let tables = this.#tables.get(shape);
    if (tables === undefined) this.#tables.set(shape, (tables = tablesOf(shape, this.#place.bucketCount)));
    return tables;
  }

  #statementsOf(shape: CollectionShape): CollectionStatements {
    let statements = this.#statements.get(shape);
    if (statements === undefined) {
      statements = new CollectionStatements(this.#place.keyspace, shape, this.#tablesOf(shape));
      this.#statements.set(shape, statements);
    }
    return statements;
  }
}
