/**
 * `copyTo`: a whole database out to an external one, all collections at one seq, while writes go on.
 *
 * Order: check the target (nothing is written when it does not fit), make what is missing, then one collection after
 * the other: begin, write in batches, finish (rows, deletions and position at once where the target can). A crash or an
 * error between two collections leaves the finished ones; inside one, the rows as they were (a target without
 * transactions: an incomplete position). Running it again skips what is whole at this very seq and does the rest again,
 * so the result is the same.
 */

import { DatabaseError } from '@nuthatch/model';
import { realTime } from '@nuthatch/runtime/tools';
import { type OptionRule, requireMethods, requireOptions } from './argument-check.js';
import { BatchBound } from './batch-bound.js';
import { CollectionChecksum, type CollectionSummary, summaryOfStore } from './collection-checksum.js';
import type { CollectionShape } from './collection-shape.js';
import { shapesOf } from './collection-shapes.js';
import type { CollectionReport, CopyOptions, CopyReport } from './copy-options.js';
import { type CopyPosition, completeAt, isUsable } from './copy-position.js';
import {
  type CopyableDatabase,
  type CopySource,
  chosenShapes,
  documentFinder,
  requireGetters,
  type SourceSnapshot,
  sourceOf,
} from './copy-source.js';
import type { ExternalStore, WrittenCounts } from './external-store.js';
import { requireWhole } from './foreign-keys.js';
import { ProgressMeter } from './progress-meter.js';
import { checkTarget } from './target-check.js';

export const COPY_RULES: Readonly<Record<string, OptionRule>> = {
  collections: 'texts',
  dryRun: 'boolean',
  verify: ['checksum', 'count', 'none'],
  existing: ['refuse', 'replace'],
  batchRowCount: 'whole number of 1 or more',
  onProgress: 'function',
  signal: 'AbortSignal',
};

/** @throws DatabaseError `INVALID_OPTION` for what is not a store. */
export function requireStore(store: unknown): void {
  requireMethods(store, 'store', ['check', 'create', 'positions', 'begin', 'apply', 'readPage', 'count']);
}

const DEFAULT_BATCH_ROW_COUNT = 2_000;

/**
 * Copies a database. The target then holds exactly the documents of `report.seq`; rows of documents deleted since the
 * last copy are gone. Memory: one batch, and before-images of what is written meanwhile.
 *
 * Rejects with `COPY_TARGET_MISMATCH` (nothing written), `COPY_TARGET_UNREACHABLE`, `COPY_TARGET_BUSY`, `COPY_ACCESS_DENIED`,
 * `COPY_VALUE_REFUSED`, `COPY_VERIFY_FAILED`, `COPY_DRIVER_MISSING`, `COPY_FAILED`, `INVALID_OPTION`, `ABORTED`.
 */
export async function copyTo(
  db: CopyableDatabase | CopySource,
  store: ExternalStore,
  options: CopyOptions = {},
): Promise<CopyReport> {
  requireStore(store);
  requireOptions(options, COPY_RULES);
  const source = sourceOf(db);
  const shapes = chosenShapes(source.definitions, options.collections, store.shapeOptions);
  if (store.shapeOptions.foreignKeys === true) requireWhole(shapes, shapesOf(source.definitions, store.shapeOptions));
  if (options.dryRun !== true) requireGetters(source.definitions, shapes);
  const positions = await positionsOf(store);
  const { historyId } = source;
  const differences = await checkTarget(store, shapes, positions, historyId, options.existing ?? 'refuse');
  const snapshot = await source.snapshot();
  try {
    if (options.dryRun === true) return dryRunReport(shapes, snapshot, differences);
    await store.create(shapes);
    // A table that was created beside existing documents is empty; `create` has noted this in the positions.
    const made = differences.length === 0 ? positions : await positionsOf(store);
    await store.untie?.(shapes);
    const report = await new Copy(store, source, snapshot, options).run(shapes, made, differences);
    await store.tie?.(shapes);
    return report;
  } finally {
    snapshot.close();
  }
}

async function positionsOf(store: ExternalStore): Promise<ReadonlyMap<string, CopyPosition>> {
  return new Map((await store.positions()).map((position) => [position.collection, position]));
}

/** The statements that make the tables of a database on an empty target. No I/O. */
export function ddlOf(
  db: CopyableDatabase | CopySource,
  store: ExternalStore,
  options: Pick<CopyOptions, 'collections'> = {},
): readonly string[] {
  requireStore(store);
  requireOptions(options, COPY_RULES);
  return store.ddl(chosenShapes(sourceOf(db).definitions, options.collections, store.shapeOptions));
}

class Copy {
  readonly #store: ExternalStore;
  readonly #historyId: string;
  readonly #snapshot: SourceSnapshot;
  readonly #options: CopyOptions;

  constructor(store: ExternalStore, source: CopySource, snapshot: SourceSnapshot, options: CopyOptions) {
    this.#store = store;
    this.#historyId = source.historyId;
    this.#snapshot = snapshot;
    this.#options = options;
  }

  async run(
    shapes: readonly CollectionShape[],
    positions: ReadonlyMap<string, CopyPosition>,
    differences: CopyReport['differences'],
  ): Promise<CopyReport> {
    const { seq } = this.#snapshot;
    const totalCount = shapes.reduce((sum, { collection }) => sum + this.#snapshot.size(collection), 0);
    const copying = new ProgressMeter('copying', totalCount, this.#options.onProgress);
    const collections: CollectionReport[] = [];
    for (const shape of shapes) {
      const position = positions.get(shape.collection);
      const wasThere = isUsable(position, shape, this.#historyId) && position.seq === seq;
      const counts = wasThere ? { writtenCount: 0, deletedCount: 0 } : await this.#copyCollection(shape, copying);
      const { collection, table } = shape;
      collections.push({ collection, table, count: this.#snapshot.size(collection), wasThere, ...counts });
    }
    const copyMs = copying.tookMs;
    const verifying = new ProgressMeter('verifying', totalCount, this.#options.onProgress);
    const verified: CollectionReport[] = [];
    for (const [index, report] of collections.entries()) {
      verified.push({ ...report, ...(await this.#verify(shapes[index]!)) });
      verifying.add(report.collection, report.count);
    }
    return { seq, isDryRun: false, collections: verified, differences, copyMs, verifyMs: verifying.tookMs };
  }

  async #copyCollection(shape: CollectionShape, meter: ProgressMeter): Promise<WrittenCounts> {
    const position = completeAt(shape, this.#historyId, this.#snapshot.seq);
    const writer = await this.#store.begin(shape, position, documentFinder(this.#snapshot, shape));
    try {
      const bound = new BatchBound(shape, this.#options.batchRowCount ?? DEFAULT_BATCH_ROW_COUNT);
      let batch: object[] = [];
      const send = async (): Promise<void> => {
        this.#requireNotAborted();
        await writer.write(batch);
        meter.add(shape.collection, batch.length);
        batch = [];
        bound.begin();
        // Writers of the database get their turn between two batches.
        await realTime.turn();
      };
      for (const document of this.#snapshot.documents(shape.collection)) {
        batch.push(document);
        if (bound.add(document)) await send();
      }
      if (batch.length > 0) await send();
      return await writer.finish(position);
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  }

  async #verify(shape: CollectionShape): Promise<Pick<CollectionReport, 'checksum'>> {
    const verify = this.#options.verify ?? 'checksum';
    if (verify === 'none') return {};
    this.#requireNotAborted();
    if (verify === 'count') {
      const actual = { count: await this.#store.count(shape), checksum: '' };
      this.#compare(shape, { count: this.#snapshot.size(shape.collection), checksum: '' }, actual);
      return {};
    }
    const checksum = new CollectionChecksum(shape);
    await checksum.addAll(this.#snapshot.documents(shape.collection));
    this.#compare(shape, checksum.summary, await summaryOfStore(this.#store, shape));
    return { checksum: checksum.summary.checksum };
  }

  #compare({ collection, table }: CollectionShape, expected: CollectionSummary, actual: CollectionSummary): void {
    if (expected.count === actual.count && expected.checksum === actual.checksum) return;
    const rows = `${table} holds ${actual.count} rows (checksum ${actual.checksum})`;
    const what = `${rows}, ${collection} has ${expected.count} documents (checksum ${expected.checksum})`;
    throw new DatabaseError('COPY_VERIFY_FAILED', what, {
      target: this.#store.name,
      collection,
      expectedCount: expected.count,
      actualCount: actual.count,
      expectedChecksum: expected.checksum,
      actualChecksum: actual.checksum,
    });
  }

  #requireNotAborted(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true)
      throw new DatabaseError(
        'ABORTED',
        'the copy was stopped; run it again and it continues',
        {},
        { cause: signal.reason },
      );
  }
}

function dryRunReport(
  shapes: readonly CollectionShape[],
  snapshot: SourceSnapshot,
  differences: CopyReport['differences'],
): CopyReport {
  const collections = shapes.map(({ collection, table }) => ({
    collection,
    table,
    count: snapshot.size(collection),
    wasThere: false,
  }));
  return { seq: snapshot.seq, isDryRun: true, collections, differences, copyMs: 0, verifyMs: 0 };
}
