/**
 * Gathers the tables of one collection while its documents are written into a snapshot: so an opening has them without
 * a look at the documents. Form on disk: docs/journal-format.md, "Tables".
 *
 * Documents with fields that their class does not know are made at opening: a collection that has one gets no tables,
 * unless it is cold: such documents are made when they are read.
 */
import { randomBytes } from 'node:crypto';
import { keptFieldsOf } from '../../codec/kept-fields.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { cellsOf } from '../../image/image-cells.js';
import { imageHash } from '../../image/image-hash.js';
import type { StoredDocument } from '../../journal/stored-document.js';
import type { Steps } from '../../scheduling/steps.js';
import type { WrittenRows } from '../../store/moving-documents.js';
import { GrowingNumbers } from '../../structures/growing-numbers.js';
import { compareStoreKeys, type StoreKey } from '../../structures/store-key.js';
import { ColdTables } from './cold-tables.js';
import { type IndexSource, type IndexTables, indexTablesOf } from './index-tables.js';
import { TableSet } from './table-set.js';

/** A collection as a snapshot takes it. */
export interface CollectionSource {
  readonly indexes: readonly IndexSource[];
  /** Its documents come in the order of their keys. */
  readonly isInKeyOrder: boolean;
  /** Its documents stay in the file. */
  readonly isCold?: boolean;
}

export interface FinishedTables {
  readonly set: TableSet;
  /** The JSON of the record, but for what the file alone knows. */
  readonly description: object;
  /** Of a cold collection. */
  readonly cold?: WrittenRows | undefined;
}

/** Rows of a table of cells and of slots in memory. */
const MOST_ROWS = 2 ** 26 - 2;
const LARGE_REVISION = 255;

export class CollectionTables {
  readonly #indexes: readonly { readonly source: IndexSource; readonly tables: IndexTables }[];
  /** The field that says when a document expires. */
  readonly #expires: string | null;
  readonly #seed = randomBytes(4).readInt32LE(0);
  readonly #places = new GrowingNumbers(Float64Array);
  readonly #hashes = new GrowingNumbers(Int32Array);
  readonly #revisions = new GrowingNumbers(Uint8Array);
  #isRevised = false;
  readonly #largeRows = new GrowingNumbers(Uint32Array);
  readonly #largeRevisions = new GrowingNumbers(Float64Array);
  readonly #expiryRows = new GrowingNumbers(Uint32Array);
  readonly #expiryTimes = new GrowingNumbers(Float64Array);
  /** Of all rows, where they do not come in order and an index needs their order. */
  readonly #keys: StoreKey[] | undefined;
  #lastKey: StoreKey | undefined;
  #isInKeyOrder = true;
  #isGivenUp = false;
  readonly #cold: ColdTables | undefined;

  /** @param crcSeed of the database's CRCs. */
  constructor({ model }: CollectionDefinition, source: CollectionSource, crcSeed: number) {
    this.#cold = source.isCold === true ? new ColdTables(crcSeed) : undefined;
    this.#expires = model.expires ?? null;
    const stored = new Set(model.fields.map(({ name }) => name));
    this.#indexes = source.indexes.flatMap((index) => {
      const tables = indexTablesOf(index, stored, this.#seed);
      return tables === undefined ? [] : [{ source: index, tables }];
    });
    const hasRange = this.#indexes.some((index) => index.source.model.kind === 'range');
    this.#keys = hasRange && !source.isInKeyOrder ? [] : undefined;
  }

  /** No tables will be made: nothing need be noted. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /**
   * Takes in the next document. O(indexes).
   *
   * @param place where its put begins.
   * @param put its bytes, where the collection is cold; good until the call is over.
   */
  add(
    { key, document, revision, expiresAt }: Omit<StoredDocument, 'definition'>,
    place: number,
    put?: Uint8Array,
  ): void {
    const row = this.#places.length;
    const isKept = keptFieldsOf(document) !== undefined;
    if ((isKept && this.#cold === undefined) || row >= MOST_ROWS || this.#cold?.isFull === true) {
      this.#isGivenUp = true;
      return;
    }
    if (put !== undefined) this.#cold?.add(key, put, isKept);
    this.#places.push(place);
    this.#hashes.push(imageHash(key, this.#seed));
    this.#noteRevision(row, revision);
    if (expiresAt !== undefined) {
      this.#expiryRows.push(row);
      this.#expiryTimes.push(expiresAt);
    }
    this.#isInKeyOrder &&= this.#lastKey === undefined || compareStoreKeys(this.#lastKey, key) < 0;
    this.#lastKey = key;
    this.#keys?.push(key);
    for (const { tables } of this.#indexes) tables.add(row, document);
  }

  #noteRevision(row: number, revision: number): void {
    this.#isRevised ||= revision !== 1;
    this.#revisions.push(Math.min(revision, LARGE_REVISION));
    if (revision < LARGE_REVISION) return;
    this.#largeRows.push(row);
    this.#largeRevisions.push(revision);
  }

  /** All tables. O(rows · log rows). @returns undefined when there are to be none. */
  *finishing(bodyBytes: number): Steps<FinishedTables | undefined> {
    const rowCount = this.#places.length;
    if (this.#isGivenUp || rowCount === 0) return undefined;
    const set = new TableSet();
    const cells = yield* cellsOf(this.#hashes.items(), undefined, rowCount);
    if (cells === undefined) return undefined;
    const places = this.#places.items();
    const description = {
      expires: this.#expires,
      rowCount,
      seed: this.#seed,
      isInKeyOrder: this.#isInKeyOrder,
      places: set.add(bodyBytes < 2 ** 32 ? Uint32Array.from(places) : places.slice()),
      keys: set.add(cells),
      cellOrder: 'share',
      revisions: this.#isRevised ? set.add(this.#revisions.items()) : null,
      largeRows: set.add(this.#largeRows.items()),
      largeRevisions: set.add(this.#largeRevisions.items()),
      expiryRows: set.add(this.#expiryRows.items()),
      expiryTimes: set.add(this.#expiryTimes.items()),
      indexes: [] as object[],
    };
    // The order of equal values goes by keys: where they were to come in order and did not, it is made at opening.
    const isOrderKnown = this.#keys !== undefined || this.#isInKeyOrder;
    const keys = this.#isInKeyOrder ? undefined : this.#keys;
    for (const { source, tables } of this.#indexes) {
      if (source.model.kind === 'range' && !isOrderKnown) continue;
      const found = yield* tables.finishing(set, rowCount, keys);
      if (found !== undefined) description.indexes.push({ index: source.model, ...found });
    }
    if (this.#cold === undefined) return { set, description: { ...description, tables: set.forms() } };
    const { description: cold, rows } = this.#cold.finish(set, set.arrays[description.places] as Uint32Array);
    return { set, description: { ...description, cold, tables: set.forms() }, cold: rows };
  }
}
