/**
 * Gathers the table of one index while the documents of a snapshot are written. See image/image-tables.ts for what comes
 * of it, and docs/journal-format.md, "Tables", for its form on disk.
 */
import type { IndexModel } from '@nuthatch/model';
import { cellsOf } from '../../image/image-cells.js';
import { imageHash } from '../../image/image-hash.js';
import { encodedList } from '../../image/image-values.js';
import { type IndexValue, isSameValue, type ScalarValue } from '../../indexes/index-value.js';
import { sortedOrder } from '../../indexes/sorted-order.js';
import { inParts, STEP_ITEMS, type Steps } from '../../scheduling/steps.js';
import { GrowingNumbers } from '../../structures/growing-numbers.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { TableSet } from './table-set.js';

/** An index as a snapshot takes it. */
export interface IndexSource {
  readonly model: IndexModel;
  /** As `SecondaryIndex.valueOf`. */
  valueOf(document: object): unknown;
}

export interface IndexTables {
  /** Takes in the document of the next row. */
  add(row: number, document: object): void;
  /**
   * Adds its tables to the set. O(rows), or O(rows · log rows).
   *
   * @returns the description of the tables; undefined when the index is to be built at opening.
   */
  finishing(set: TableSet, rowCount: number, keys: readonly StoreKey[] | undefined): Steps<object | undefined>;
}

/** The tables for an index; undefined when code of the class takes part: it may be other code at the next opening. */
export function indexTablesOf(
  source: IndexSource,
  storedFields: ReadonlySet<string>,
  seed: number,
): IndexTables | undefined {
  const { kind, where, fields } = source.model;
  if (where !== undefined || !fields.every((name) => storedFields.has(name))) return undefined;
  if (kind === 'unique') return new UniqueTables(source, seed);
  return kind === 'tag' ? new TagTables(source, seed) : new RangeTables(source);
}

class UniqueTables implements IndexTables {
  readonly #source: IndexSource;
  readonly #seed: number;
  readonly #hashes = new GrowingNumbers(Int32Array);
  readonly #rows = new GrowingNumbers(Uint32Array);

  constructor(source: IndexSource, seed: number) {
    this.#source = source;
    this.#seed = seed;
  }

  add(row: number, document: object): void {
    const value = this.#source.valueOf(document) as ScalarValue | undefined;
    if (value === undefined) return;
    this.#hashes.push(imageHash(value, this.#seed));
    this.#rows.push(row);
  }

  *finishing(set: TableSet, rowCount: number): Steps<object | undefined> {
    const cells = yield* cellsOf(this.#hashes.items(), this.#rows.items(), rowCount);
    return cells && { cells: set.add(cells), size: this.#rows.length };
  }
}

class TagTables implements IndexTables {
  readonly #source: IndexSource;
  readonly #seed: number;
  readonly #numbers = new Map<ScalarValue, number>();
  readonly #tags: ScalarValue[] = [];
  readonly #counts: number[] = [];
  /** Row and tag of each pair, side by side; rows rise. */
  readonly #pairRows = new GrowingNumbers(Uint32Array);
  readonly #pairTags = new GrowingNumbers(Uint32Array);

  constructor(source: IndexSource, seed: number) {
    this.#source = source;
    this.#seed = seed;
  }

  add(row: number, document: object): void {
    const tags = this.#source.valueOf(document) as readonly ScalarValue[] | undefined;
    if (tags === undefined) return;
    for (const tag of tags) {
      const number = this.#numberOf(tag);
      this.#counts[number] = this.#counts[number]! + 1;
      this.#pairRows.push(row);
      this.#pairTags.push(number);
    }
  }

  #numberOf(tag: ScalarValue): number {
    let number = this.#numbers.get(tag);
    if (number === undefined) {
      number = this.#tags.push(tag) - 1;
      this.#counts.push(0);
      this.#numbers.set(tag, number);
    }
    return number;
  }

  *finishing(set: TableSet): Steps<object | undefined> {
    const tagCount = this.#tags.length;
    const hashes = new Int32Array(tagCount);
    yield* inParts(tagCount, (from, to) => {
      for (let index = from; index < to; index++) hashes[index] = imageHash(this.#tags[index]!, this.#seed);
    });
    const cells = yield* cellsOf(hashes, undefined, tagCount);
    const list = yield* encodedList(this.#tags);
    if (cells === undefined || list === undefined) return undefined;
    const ends = new Uint32Array(tagCount);
    const places = new Uint32Array(tagCount);
    let end = 0;
    for (let tag = 0; tag < tagCount; tag++) {
      places[tag] = end;
      end += this.#counts[tag]!;
      ends[tag] = end;
    }
    const rows = new Uint32Array(end);
    const [pairRows, pairTags] = [this.#pairRows.items(), this.#pairTags.items()];
    yield* inParts(end, (from, to) => placeRows(pairRows, pairTags, places, rows, from, to));
    return {
      tags: { bytes: set.add(list.bytes), ends: set.add(list.ends) },
      cells: set.add(cells),
      ends: set.add(ends),
      rows: set.add(rows),
    };
  }
}

function placeRows(
  pairRows: Uint32Array,
  pairTags: Uint32Array,
  places: Uint32Array,
  rows: Uint32Array,
  from: number,
  to: number,
): void {
  for (let index = from; index < to; index++) {
    const tag = pairTags[index]!;
    const place = places[tag]!;
    rows[place] = pairRows[index]!;
    places[tag] = place + 1;
  }
}

class RangeTables implements IndexTables {
  readonly #source: IndexSource;
  readonly #rows = new GrowingNumbers(Uint32Array);
  /** As long as all values are numbers. */
  readonly #numbers = new GrowingNumbers(Float64Array);
  #others: IndexValue[] | undefined;

  constructor(source: IndexSource) {
    this.#source = source;
  }

  add(row: number, document: object): void {
    const value = this.#source.valueOf(document) as IndexValue | undefined;
    if (value === undefined) return;
    this.#rows.push(row);
    if (this.#others === undefined && typeof value !== 'number') this.#others = Array.from(this.#numbers.items());
    if (this.#others === undefined) this.#numbers.push(value as number);
    else this.#others.push(value);
  }

  *finishing(set: TableSet, _rowCount: number, keys: readonly StoreKey[] | undefined): Steps<object | undefined> {
    const values = this.#others ?? this.#numbers.items();
    const held = this.#rows.items();
    const heldKeys = keys && Array.from(held, (row) => keys[row]!);
    const order = yield* sortedOrder(values, heldKeys);
    const rows = new Uint32Array(held.length);
    const ends = new GrowingNumbers(Uint32Array);
    const firsts = new GrowingNumbers(Uint32Array);
    for (let from = 0; from < order.length; from += STEP_ITEMS) {
      const to = Math.min(order.length, from + STEP_ITEMS);
      for (let index = from; index < to; index++) {
        const position = order[index]!;
        rows[index] = held[position]!;
        if (index > 0 && isSameValue(values[position], values[order[index - 1]!])) continue;
        if (index > 0) ends.push(index);
        firsts.push(position);
      }
      yield;
    }
    if (rows.length > 0) ends.push(rows.length);
    const described = yield* this.#valuesOf(set, firsts.items());
    if (described === undefined) return undefined;
    // Where each value is of one row, the ends say nothing.
    const endsTable = ends.length === rows.length ? null : set.add(ends.items().slice());
    return { rows: set.add(rows), ends: endsTable, type: typeOf(values), ...described };
  }

  /** The distinct values, which stand first at these positions. */
  *#valuesOf(set: TableSet, positions: Uint32Array): Steps<object | undefined> {
    const others = this.#others;
    if (others === undefined) {
      const numbers = this.#numbers.items();
      return { numbers: set.add(Float64Array.from(positions, (position) => numbers[position]!)) };
    }
    const list = yield* encodedList(Array.from(positions, (position) => others[position]!));
    return list && { values: { bytes: set.add(list.bytes), ends: set.add(list.ends) } };
  }
}

/** The one type of all values, or 'mixed'. */
function typeOf(values: ArrayLike<IndexValue>): string {
  if (values instanceof Float64Array) return 'number';
  const type = typeof values[0];
  for (let index = 1; index < values.length; index++) if (typeof values[index] !== type) return 'mixed';
  return type;
}
