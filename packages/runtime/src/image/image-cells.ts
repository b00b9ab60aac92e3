/**
 * A hash table read from an image: from the hash of a value to its row, four bytes a cell.
 *
 *   cell := the upper bits of the hash, then row + 1 in as many lower bits as the highest row needs; 0: empty
 *
 * Open addressing from the cell that the lower bits of the hash name, linear. Nothing is ever added: a row that leaves has
 * 0 in its lower bits from then on. The table holds no value: whoever asks compares with the document of the row, which
 * is the right one but for one in some thousands. Never change: files hold such tables.
 */
import { inParts, type Steps } from '../scheduling/steps.js';

/** Whether the row has the value that is looked for. */
export interface RowMatch<V> {
  isRow(row: number, value: V): boolean;
}

/** How full a table is made at most. */
const FULL_SHARE = 0.7;
/** A table with longer stretches is not written: values that collide are left to the tables in memory. */
const MAX_PROBES = 512;

export class ImageCells {
  readonly #cells: Uint32Array;
  readonly #mask: number;
  readonly #rowMask: number;
  /** Of the upper bits of a cell. */
  readonly #tagMask: number;
  readonly #leftCell: number;
  readonly #rowCount: number;
  #size: number;

  /**
   * @param cells belong to the table from now on.
   * @param size rows in it.
   * @param rowCount all rows are below it.
   */
  constructor(cells: Uint32Array, size: number, rowCount: number) {
    const rowBits = rowBitsOf(rowCount);
    this.#cells = cells;
    this.#mask = cells.length - 1;
    this.#rowMask = 2 ** rowBits - 1;
    this.#tagMask = ~this.#rowMask;
    this.#leftCell = 2 ** rowBits;
    this.#rowCount = rowCount;
    this.#size = size;
  }

  /** Rows that are found. */
  get size(): number {
    return this.#size;
  }

  /** O(1), and the comparisons. */
  find<V>(hash: number, value: V, match: RowMatch<V>): number | undefined {
    const cells = this.#cells;
    const mask = this.#mask;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const cell = cells[place]!;
      if (cell === 0) return undefined;
      if (((cell ^ hash) & this.#tagMask) !== 0) continue;
      const row = (cell & this.#rowMask) - 1;
      if (row >= 0 && match.isRow(row, value)) return row;
    }
  }

  /** All rows, in no order. */
  *rows(): IterableIterator<number> {
    // A copy: rows may be taken out meanwhile.
    for (const cell of this.#cells.slice()) {
      const row = (cell & this.#rowMask) - 1;
      if (row >= 0) yield row;
    }
  }

  /** Takes out a row. @param row any slot: those behind the image are not there. @returns whether it was there. O(1). */
  remove(hash: number, row: number): boolean {
    // Its number would reach into the bits of the hash, and another row be taken for it.
    if (row >= this.#rowCount) return false;
    const cells = this.#cells;
    const mask = this.#mask;
    const wanted = ((hash & this.#tagMask) | (row + 1)) >>> 0;
    for (let place = hash & mask; cells[place] !== 0; place = (place + 1) & mask) {
      if (cells[place] !== wanted) continue;
      cells[place] = this.#leftCell;
      this.#size--;
      return true;
    }
    return false;
  }
}

function rowBitsOf(rowCount: number): number {
  return 32 - Math.clz32(rowCount);
}

/**
 * The cells of a table. O(rows).
 *
 * @param hashes side by side with `rows`.
 * @param rows undefined: 0, 1, 2 …
 * @returns undefined when too many values collide.
 */
export function* cellsOf(
  hashes: Int32Array,
  rows: Uint32Array | undefined,
  rowCount: number,
): Steps<Uint32Array | undefined> {
  let capacity = 2;
  while (capacity * FULL_SHARE < hashes.length) capacity *= 2;
  const cells = new Uint32Array(capacity);
  const tagMask = ~(2 ** rowBitsOf(rowCount) - 1);
  const isWhole = yield* inParts(hashes.length, (from, to) => place(cells, hashes, rows, tagMask, from, to));
  return isWhole ? cells : undefined;
}

function place(
  cells: Uint32Array,
  hashes: Int32Array,
  rows: Uint32Array | undefined,
  tagMask: number,
  from: number,
  to: number,
): boolean {
  const mask = cells.length - 1;
  for (let index = from; index < to; index++) {
    const hash = hashes[index]!;
    let cell = hash & mask;
    for (let probe = 0; cells[cell] !== 0; probe++) {
      if (probe === MAX_PROBES) return false;
      cell = (cell + 1) & mask;
    }
    cells[cell] = (hash & tagMask) | ((rows === undefined ? index : rows[index]!) + 1);
  }
  return true;
}

/** Whether cells are a table of so many rows, in which every search ends. O(cells). */
export function* areCells(cells: Uint32Array, size: number, rowCount: number): Steps<boolean> {
  const { length } = cells;
  if (length < 2 || (length & (length - 1)) !== 0 || size >= length) return false;
  let taken = 0;
  const areRows = yield* inParts(length, (from, to) => {
    const count = rowsIn(cells, rowCount, from, to);
    taken += count;
    return count >= 0;
  });
  return areRows && taken === size;
}

/**
 * How many cells are taken; a negative number when one has a row that is none. Without a branch for each cell: which of
 * them are taken is random, so the processor would guess wrong at every fourth.
 */
function rowsIn(cells: Uint32Array, rowCount: number, from: number, to: number): number {
  const rowMask = 2 ** rowBitsOf(rowCount) - 1;
  let highest = 0;
  let taken = 0;
  /** Bits of cells that have no row and are not empty. */
  let stray = 0;
  for (let index = from; index < to; index++) {
    const cell = cells[index]!;
    const row = cell & rowMask;
    /** All bits when there is a row, else none. */
    const isTaken = -row >> 31;
    taken -= isTaken;
    stray |= cell & ~isTaken;
    if (row > highest) highest = row;
  }
  return stray !== 0 || highest > rowCount ? Number.NEGATIVE_INFINITY : taken;
}
