/**
 * `loadFrom`: rows of an external database into an open one, in pages, validated like any write.
 *
 * Each page is one transaction, so a load that ends half way leaves whole pages and says how many rows are in; run it
 * again with `conflict: 'skip'` or `'overwrite'`. Collections that others refer to come first; a row that refers to a later
 * one waits for the end. Memory: one page, and the rows that wait.
 */

import { isDeepStrictEqual } from 'node:util';
import { DatabaseError, type Violation } from '@nuthatch/model';
import { realTime } from '@nuthatch/runtime/tools';
import { type OptionRule, requireMethods, requireOptions } from './argument-check.js';
import { pagesOf } from './collection-checksum.js';
import type { CollectionShape } from './collection-shape.js';
import { type CopyableDatabase, chosenShapes, sourceOf } from './copy-source.js';
import { type ExternalStore, keyValuesOf, type PlainDocument } from './external-store.js';
import type { LoadedCollection, LoadOptions, LoadReport, RejectedRow } from './load-options.js';
import { ProgressMeter } from './progress-meter.js';
import { RejectedRows } from './rejected-rows.js';
import { withoutTables } from './tables-to-load.js';

/** Where rows are read: any store, or a table that Nuthatch did not write (see `sqlTable`). */
export type LoadSource = Pick<ExternalStore, 'name' | 'shapeOptions' | 'readPage' | 'count'>;

type Keyed = Readonly<Record<string, TransactionCollection>>;

interface TransactionCollection {
  has(key: unknown): boolean;
  insert(input: object): unknown;
  upsert(input: object): unknown;
}

/** The face of a database that no generated type describes. */
interface Writable {
  transaction<T>(work: (collections: Keyed) => T, options: { readonly origin: 'load' }): Promise<T>;
}

const LOAD_RULES: Readonly<Record<string, OptionRule>> = {
  collections: 'texts',
  conflict: ['fail', 'skip', 'overwrite'],
  rejectedFile: 'text',
  batchRowCount: 'whole number of 1 or more',
  onProgress: 'function',
  signal: 'AbortSignal',
};

const DEFAULT_BATCH_ROW_COUNT = 1_000;
/** Refusals that are about one row. */
const ROW_ERRORS: ReadonlySet<string> = new Set([
  'VALIDATION_FAILED',
  'DUPLICATE_KEY',
  'INVALID_KEY',
  'INVALID_INDEX_VALUE',
  'TRANSACTION_TOO_LARGE',
  'BLOB_MISSING',
  'REFERENCE_MISSING',
]);

/**
 * Loads collections from a store that a copy filled, or from a foreign table.
 *
 * Rejects with `LOAD_CONFLICT`, `LOAD_REJECTED`, what the source and the database reject with, `INVALID_OPTION`,
 * `ABORTED`.
 */
export async function loadFrom(
  db: CopyableDatabase,
  source: LoadSource,
  options: LoadOptions = {},
): Promise<LoadReport> {
  requireMethods(db, 'db', ['transaction']);
  requireMethods(source, 'source', ['readPage', 'count']);
  requireOptions(options, LOAD_RULES);
  const { definitions } = sourceOf(db);
  const chosen = chosenShapes(definitions, options.collections, source.shapeOptions);
  // Those that were asked for have to be there.
  const absent = options.collections === undefined ? await withoutTables(source, chosen) : new Set<CollectionShape>();
  const shapes = chosen.filter((shape) => !absent.has(shape));
  const rejected = await RejectedRows.open(options.rejectedFile);
  const startMs = realTime.nowMs();
  try {
    let totalCount = 0;
    for (const shape of shapes) totalCount += await source.count(shape);
    const meter = new ProgressMeter('copying', totalCount, options.onProgress);
    const loads = new Map(
      shapes.map((shape) => [shape, new Load(db as unknown as Writable, source, shape, rejected, options)]),
    );
    for (const shape of targetsFirst(shapes)) await loads.get(shape)!.run(meter);
    await loadWaiting([...loads.values()], db as unknown as Writable);
    const collections = chosen.map((shape) => loads.get(shape)?.report ?? reportOfAbsent(shape));
    return { collections, tookMs: realTime.nowMs() - startMs };
  } finally {
    await rejected.close();
  }
}

function reportOfAbsent({ collection }: CollectionShape): LoadedCollection {
  return { collection, readCount: 0, loadedCount: 0, skippedCount: 0, rejectedCount: 0, isAbsent: true };
}

/** Collections after those that they refer to, as far as they do not go in a circle; else in their order. */
function targetsFirst(shapes: readonly CollectionShape[]): readonly CollectionShape[] {
  const ordered = new Set<CollectionShape>();
  const begun = new Set<CollectionShape>();
  const add = (shape: CollectionShape): void => {
    if (begun.has(shape)) return;
    begun.add(shape);
    for (const { to } of shape.model.references ?? []) {
      const target = shapes.find(({ collection }) => collection === to);
      if (target !== undefined) add(target);
    }
    ordered.add(shape);
  };
  shapes.forEach(add);
  return [...ordered];
}

/** Rows that referred to later ones: one by one as long as some get in, then those that refer to each other together. */
async function loadWaiting(loads: readonly Load[], db: Writable): Promise<void> {
  for (let hasProgress = true; hasProgress; ) {
    hasProgress = false;
    for (const load of loads) if (await load.retryWaiting()) hasProgress = true;
  }
  for (;;) {
    const waiting = loads.filter(({ waitingCount }) => waitingCount > 0);
    if (waiting.length === 0) return;
    try {
      await db.transaction(
        (collections) => {
          for (const load of waiting) load.putWaiting(collections);
        },
        { origin: 'load' },
      );
      for (const load of waiting) load.noteWaitingLoaded();
      return;
    } catch (error) {
      if (!isOfRow(error)) throw error;
      const { collection, key } = error.facts;
      const of = waiting.find((load) => load.collection === collection) ?? waiting[0]!;
      await of.rejectWaiting(key, error);
    }
  }
}

class Load {
  readonly #db: Writable;
  readonly #source: LoadSource;
  readonly #shape: CollectionShape;
  readonly #rejected: RejectedRows;
  readonly #options: LoadOptions;
  #readCount = 0;
  #loadedCount = 0;
  #skippedCount = 0;
  #rejectedCount = 0;
  /** Rows that refer to documents which are not there yet. */
  #waiting: PlainDocument[] = [];

  constructor(db: Writable, source: LoadSource, shape: CollectionShape, rejected: RejectedRows, options: LoadOptions) {
    this.#db = db;
    this.#source = source;
    this.#shape = shape;
    this.#rejected = rejected;
    this.#options = options;
  }

  get collection(): string {
    return this.#shape.collection;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  async run(meter: ProgressMeter): Promise<void> {
    const { collection } = this.#shape;
    const limit = this.#options.batchRowCount ?? DEFAULT_BATCH_ROW_COUNT;
    for await (const documents of pagesOf(this.#source, this.#shape, limit)) {
      const { signal } = this.#options;
      if (signal?.aborted === true)
        throw new DatabaseError('ABORTED', 'the load was stopped', {}, { cause: signal.reason });
      this.#readCount += documents.length;
      await this.#loadPage(documents);
      meter.add(collection, documents.length);
    }
  }

  get report(): LoadedCollection {
    return {
      collection: this.collection,
      readCount: this.#readCount,
      loadedCount: this.#loadedCount,
      skippedCount: this.#skippedCount,
      rejectedCount: this.#rejectedCount,
    };
  }

  /** @returns whether one of the rows that wait is in now, or out. */
  async retryWaiting(): Promise<boolean> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const document of waiting) await this.#loadRow(document);
    return this.#waiting.length < waiting.length;
  }

  putWaiting(collections: Keyed): void {
    for (const document of this.#waiting) this.#put(collections[this.collection]!, document);
  }

  noteWaitingLoaded(): void {
    this.#loadedCount += this.#waiting.length;
    this.#waiting = [];
  }

  /** The row that an error names, or else the first, is given up. */
  async rejectWaiting(key: unknown, error: DatabaseError): Promise<void> {
    const place = this.#waiting.findIndex((document) => isSameKey(keyOf(this.#shape, document), key));
    const [document] = this.#waiting.splice(Math.max(0, place), 1);
    await this.#reject(document!, error);
  }

  /** The page as one transaction; when a row of it is refused, row by row, so that only that one stays out. */
  async #loadPage(documents: readonly PlainDocument[]): Promise<void> {
    try {
      const skipped = await this.#inTransaction((collection) => {
        let count = 0;
        for (const document of documents) if (!this.#put(collection, document)) count++;
        return count;
      });
      this.#skippedCount += skipped;
      this.#loadedCount += documents.length - skipped;
    } catch (error) {
      if (!isOfRow(error)) throw error;
      for (const document of documents) await this.#loadRow(document);
    }
  }

  async #loadRow(document: PlainDocument): Promise<void> {
    try {
      if (await this.#inTransaction((collection) => this.#put(collection, document))) this.#loadedCount++;
      else this.#skippedCount++;
    } catch (error) {
      if (!isOfRow(error)) throw error;
      if (error.code === 'REFERENCE_MISSING') this.#waiting.push(document);
      else await this.#reject(document, error);
    }
  }

  /** @returns false when the row was skipped. */
  #put(collection: TransactionCollection, document: PlainDocument): boolean {
    const conflict = this.#options.conflict ?? 'fail';
    if (conflict === 'overwrite') collection.upsert(document);
    else if (conflict === 'skip' && collection.has(keyOf(this.#shape, document))) return false;
    else collection.insert(document);
    return true;
  }

  #inTransaction<T>(work: (collection: TransactionCollection) => T): Promise<T> {
    const { collection } = this.#shape;
    return this.#db.transaction((collections) => work(collections[collection]!), {
      origin: 'load',
    });
  }

  async #reject(document: PlainDocument, error: DatabaseError): Promise<void> {
    const { collection } = this.#shape;
    const key = keyValuesOf(this.#shape, document).map(String).join(', ');
    const facts = { collection, key, loadedCount: this.#loadedCount };
    const conflict = this.#options.conflict ?? 'fail';
    const what = `${collection} ${key} from ${this.#source.name} was refused after ${this.#loadedCount} rows were loaded`;
    if (conflict === 'fail' && error.code === 'DUPLICATE_KEY')
      throw new DatabaseError('LOAD_CONFLICT', `${what}: ${error.message}`, facts, { cause: error });
    if (!this.#rejected.isOpen)
      throw new DatabaseError(
        'LOAD_REJECTED',
        `${what}: ${error.message}`,
        { ...facts, reason: error.code },
        { cause: error },
      );
    this.#rejectedCount++;
    const violations = error.facts['violations'] as readonly Violation[] | undefined;
    const reasons = violations?.map(({ message }) => message) ?? [error.message];
    const row: RejectedRow = { collection, key, code: error.code, reasons };
    await this.#rejected.add(row);
  }
}

function keyOf(shape: CollectionShape, document: PlainDocument): unknown {
  const [first] = shape.keyColumns;
  if (shape.keyColumns.length === 1) return document[first?.field as string];
  return Object.fromEntries(shape.keyColumns.map(({ field }) => [field, document[field]]));
}

function isSameKey(one: unknown, other: unknown): boolean {
  return one === other || isDeepStrictEqual(one, other);
}

/** The row is to blame, not the database. */
function isOfRow(error: unknown): error is DatabaseError {
  return DatabaseError.is(error) && ROW_ERRORS.has(error.code);
}
