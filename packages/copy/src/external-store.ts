/**
 * The narrow contract that every target of copy, load and mirror implements. One file a target; the suite in
 * `test/external-store-contract.ts` holds all of them to it.
 *
 * Documents go in as the engine has them and come back as plain objects of the same field values: text, numbers,
 * bigints, dates, bytes, arrays, sets, maps as the model says, `undefined` for what is absent. How a target encodes
 * them is its own affair.
 *
 * Every method rejects with DatabaseError only: `COPY_TARGET_UNREACHABLE` and `COPY_TARGET_BUSY` (both retryable), `COPY_ACCESS_DENIED`,
 * `COPY_VALUE_REFUSED`, `COPY_DRIVER_MISSING`, else `COPY_FAILED` with the driver's error as cause. No error names a
 * password or a URL.
 */
import { requireArgument, requireShape } from './argument-check.js';
import type { CollectionShape } from './collection-shape.js';
import type { ShapeOptions } from './collection-shapes.js';
import type { CopyPosition } from './copy-position.js';

/** A document as a target gives it back: field values by name. */
export type PlainDocument = Readonly<Record<string, unknown>>;

/** Values of the key's fields, in the key's order. */
export type KeyValues = readonly unknown[];

/** One difference between the tables that are there and those a copy needs. */
export interface TargetDifference {
  readonly table: string;
  readonly column?: string;
  /**
   * `missingTable` alone is no hindrance: `create` makes it. `rows`: the table holds rows of which no position tells.
   * `owner`: the table, or the name of one of its indexes, belongs to another collection or to another program; it is
   * never written. `engine`: it cannot take a transaction back. `columnCount`: the target has no table of so many.
   */
  readonly kind:
    | 'missingTable'
    | 'missingColumn'
    | 'extraColumn'
    | 'type'
    | 'nullability'
    | 'key'
    | 'rows'
    | 'owner'
    | 'engine'
    | 'columnCount';
  readonly expected?: string;
  readonly found?: string;
}

/** The last change of one document within a batch. `document` undefined: it was deleted. */
export interface StoreChange {
  readonly shape: CollectionShape;
  readonly key: KeyValues;
  readonly document: object | undefined;
  /** Seq of the transaction that made it. */
  readonly seq: bigint;
}

export interface StorePage {
  readonly documents: readonly PlainDocument[];
  /** Give it as `after` for the next page; absent on the last one. */
  readonly next?: unknown;
}

/** The result for a collection's rows. Targets that cannot count changed rows say what they wrote. */
export interface WrittenCounts {
  readonly writtenCount: number;
  readonly deletedCount: number;
}

/** Fills one collection with the documents of one seq. Not to be used after `finish` or `abandon`. */
export interface CollectionWriter {
  /** Takes documents, each once over all calls, in any order. Waits while the target is busy. */
  write(documents: readonly object[]): Promise<void>;
  /**
   * Makes the collection hold exactly what was written, so rows of other documents go, and keeps the position: all in
   * one transaction where `isTransactional`, else the rows first, then the deletions, then the position.
   */
  finish(position: CopyPosition): Promise<WrittenCounts>;
  /** Gives up; rows are as before where `isTransactional`. Never rejects. */
  abandon(): Promise<void>;
}

export interface ExternalStore {
  /** For messages: `PostgreSQL`. */
  readonly name: string;
  readonly shapeOptions: ShapeOptions;
  /** Rows and position change together, all or nothing: a mirror then applies each change exactly once. */
  readonly isTransactional: boolean;
  /** The statements that `create` would run on an empty target, in order, without a semicolon at the end. No I/O. */
  ddl(shapes: readonly CollectionShape[]): readonly string[];
  /** Compares the tables that are there with the shapes. Writes nothing. Empty: all is there as it must be. */
  check(shapes: readonly CollectionShape[]): Promise<readonly TargetDifference[]>;
  /** Makes what is missing, positions included; idempotent. */
  create(shapes: readonly CollectionShape[]): Promise<void>;
  /** Takes foreign keys away, so that collections can be copied one after the other. Left out where there are none. */
  untie?(shapes: readonly CollectionShape[]): Promise<void>;
  /** Makes the foreign keys of the shapes over the rows that are there. */
  tie?(shapes: readonly CollectionShape[]): Promise<void>;
  /** The positions of earlier copies; empty on a target without any. Works before `create`. */
  positions(): Promise<readonly CopyPosition[]>;
  /** Writes positions outside a batch of rows. */
  setPositions(positions: readonly CopyPosition[]): Promise<void>;
  /**
   * Begins to fill a collection. A target that is not transactional keeps the position with `isComplete: false` first.
   *
   * @param documentOf the document of a key among those that will be written: a target can then leave alone what it holds.
   */
  begin(
    shape: CollectionShape,
    position: CopyPosition,
    documentOf?: (key: KeyValues) => object | undefined,
  ): Promise<CollectionWriter>;
  /**
   * Puts and deletes documents and moves the positions: in one transaction where `isTransactional`, else idempotent and
   * convergent by `seq`. A key comes at most once. An empty list of changes moves the positions only.
   */
  apply(changes: readonly StoreChange[], positions: readonly CopyPosition[]): Promise<void>;
  /** Up to `limit` documents after a cursor, in an order of the target's own that is stable while nobody writes. */
  readPage(shape: CollectionShape, after: unknown, limit: number): Promise<StorePage>;
  count(shape: CollectionShape): Promise<number>;
  /** Gives back what the store itself holds; a client that the caller made stays open. Idempotent. */
  close(): Promise<void>;
}

/** The values of a document's key. O(key fields). */
export function keyValuesOf(shape: CollectionShape, document: object): KeyValues {
  if (typeof document !== 'object' || document === null) requireArgument(document, 'document', 'object');
  if (!Array.isArray(shape?.keyColumns)) requireShape(shape);
  return shape.keyColumns.map(({ field }) => (document as PlainDocument)[field]);
}

/** A key in a message: its beginning, for a key may be as long as a text can be. */
export function keyText(key: KeyValues): string {
  const text = key.map(String).join(', ');
  return text.length <= MAX_KEY_CHARACTERS ? text : `${text.slice(0, MAX_KEY_CHARACTERS)}…`;
}

const MAX_KEY_CHARACTERS = 100;
