/**
 * A target that keeps everything in this process: the simplest store that meets the contract, and what the tests of
 * copy, load and mirror run on. Documents are kept as canonical JSON, so nothing is shared with the database.
 */
import { DatabaseError } from '@nuthatch/model';
import { requireArgument, requireOptions, requireShape } from '../../argument-check.js';
import type { CollectionShape } from '../../collection-shape.js';
import type { CopyPosition } from '../../copy-position.js';
import {
  type CollectionWriter,
  type ExternalStore,
  keyValuesOf,
  type PlainDocument,
  type StoreChange,
  type StorePage,
  type TargetDifference,
} from '../../external-store.js';
import { fromJsonValue, toJsonValue } from '../../json-value.js';
import {
  requireChanges,
  requireDocuments,
  requirePage,
  requirePosition,
  requirePositions,
  requireShapes,
} from '../../store-arguments.js';

export interface MemoryStoreOptions {
  /** Called before each act on the store with its name; what it throws or rejects with is the act's failure. */
  readonly onAct?: (act: string) => void | Promise<void>;
}

interface Table {
  readonly fingerprint: string;
  rows: Map<string, string>;
}

export class MemoryStore implements ExternalStore {
  readonly name = 'memory';
  readonly shapeOptions = {};
  readonly isTransactional = true;
  readonly #onAct: (act: string) => void | Promise<void>;
  readonly #tables = new Map<string, Table>();
  readonly #positions = new Map<string, CopyPosition>();

  constructor(options: MemoryStoreOptions = {}) {
    requireOptions(options, { onAct: 'function' });
    this.#onAct = options.onAct ?? (() => undefined);
  }

  ddl(shapes: readonly CollectionShape[]): readonly string[] {
    requireShapes(shapes);
    return shapes.map(({ table, columns }) => `table ${table}: ${columns.map(({ name }) => name).join(', ')}`);
  }

  async check(shapes: readonly CollectionShape[]): Promise<readonly TargetDifference[]> {
    requireShapes(shapes);
    await this.#onAct('check');
    return shapes.flatMap(({ table, fingerprint, collection }): readonly TargetDifference[] => {
      const found = this.#tables.get(table);
      if (found === undefined) return [{ table, kind: 'missingTable' }];
      if (found.fingerprint !== fingerprint)
        return [{ table, kind: 'type', expected: fingerprint, found: found.fingerprint }];
      return found.rows.size > 0 && !this.#positions.has(collection) ? [{ table, kind: 'rows' }] : [];
    });
  }

  async create(shapes: readonly CollectionShape[]): Promise<void> {
    requireShapes(shapes);
    await this.#onAct('create');
    for (const { table, fingerprint } of shapes)
      if (!this.#tables.has(table)) this.#tables.set(table, { fingerprint, rows: new Map() });
  }

  async positions(): Promise<readonly CopyPosition[]> {
    await this.#onAct('positions');
    return [...this.#positions.values()];
  }

  async setPositions(positions: readonly CopyPosition[]): Promise<void> {
    requirePositions(positions);
    await this.#onAct('setPositions');
    for (const position of positions) this.#positions.set(position.collection, position);
  }

  async begin(shape: CollectionShape, position: CopyPosition): Promise<CollectionWriter> {
    requireShape(shape);
    requirePosition(position);
    await this.#onAct('begin');
    const rows = new Map<string, string>();
    return {
      write: async (documents) => {
        requireDocuments(documents);
        await this.#onAct('write');
        for (const document of documents) rows.set(...rowOf(shape, document));
      },
      finish: async (reached) => {
        requirePosition(reached);
        await this.#onAct('finish');
        const table = this.#table(shape);
        const before = table.rows;
        table.rows = rows;
        this.#positions.set(reached.collection, reached);
        const isChanged = ([key, row]: readonly [string, string]): boolean => before.get(key) !== row;
        return {
          writtenCount: [...rows].filter(isChanged).length,
          deletedCount: [...before.keys()].filter((key) => !rows.has(key)).length,
        };
      },
      abandon: async () => undefined,
    };
  }

  async apply(changes: readonly StoreChange[], positions: readonly CopyPosition[]): Promise<void> {
    requireChanges(changes);
    requirePositions(positions);
    await this.#onAct('apply');
    for (const { shape, key, document } of changes) {
      const { rows } = this.#table(shape);
      if (document === undefined) rows.delete(keyText(shape, key));
      else rows.set(...rowOf(shape, document));
    }
    for (const position of positions) this.#positions.set(position.collection, position);
  }

  async readPage(shape: CollectionShape, after: unknown, limit: number): Promise<StorePage> {
    requirePage(shape, limit);
    if (after !== undefined) requireArgument(after, 'after', 'number of 0 or more');
    await this.#onAct('readPage');
    const start = (after as number | undefined) ?? 0;
    const rows = [...this.#table(shape).rows.values()];
    const documents = rows.slice(start, start + limit).map((row) => documentOf(shape, row));
    return start + limit < rows.length ? { documents, next: start + limit } : { documents };
  }

  async count(shape: CollectionShape): Promise<number> {
    requireShape(shape);
    return this.#table(shape).rows.size;
  }

  async close(): Promise<void> {}

  #table({ table, collection }: CollectionShape): Table {
    const found = this.#tables.get(table);
    if (found === undefined)
      throw new DatabaseError('COPY_FAILED', `the target has no table ${table}`, { target: this.name, collection });
    return found;
  }
}

function rowOf(shape: CollectionShape, document: object): [string, string] {
  const json = toJsonValue({ kind: 'object', fields: shape.model.fields }, document);
  return [keyText(shape, keyValuesOf(shape, document)), JSON.stringify(json)];
}

function keyText(shape: CollectionShape, key: readonly unknown[]): string {
  return JSON.stringify(shape.keyColumns.map(({ type }, index) => toJsonValue(type, key[index])));
}

function documentOf(shape: CollectionShape, row: string): PlainDocument {
  return fromJsonValue({ kind: 'object', fields: shape.model.fields }, JSON.parse(row)) as PlainDocument;
}
