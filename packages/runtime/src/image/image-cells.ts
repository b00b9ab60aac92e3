/**
 * A hash table read from an image: from the hash of a value to its row, four bytes a cell.
 *
 *   cell := bits of the hash, then row + 1 in as many lower bits as the highest row needs; 0: empty
 *
 * Open addressing from the cell that the hash names, linear. Nothing is ever added: a row that leaves has
 * 0 in its lower bits from then on, or where the table is shared with other threads, a bit of this thread's own. The table holds no value: whoever asks compares with the document of the row, which
 * is the right one but for one in some thousands. Never change: files hold such tables.
 *
 * Tables of format 2 are a power of two long: the lower bits of a hash name its cell, and the upper ones stand in it. Today's are
 * just as long as they have to be: the cell is as far from the front as the hash is from 0, and the lower bits stand in it.
 */
import { inParts, type Steps } from '../scheduling/steps.js';
import { isSharedMemory } from '../structures/shared-memory.js';

/** Whether the row has the value that is looked for. */
export interface RowMatch<V> {
  isRow(row: number, value: V): boolean;
}

/** How full a table is made at most. */
const FULL_SHARE = 0.7;
/** A table with longer stretches is not written: values that collide are left to the tables in memory. */
const MAX_PROBES = 512;

/** Which cell a hash names. `mod`: its lower bits; `share`: as far from the front as the hash is from 0. */
export type CellOrder = 'mod' | 'share';

const HASH_COUNT = 2 ** 32;
/** Their numbers are whole numbers of 31 bits. */
const MOST_CELLS = 2 ** 30;

export class ImageCells {
  readonly #cells: Uint32Array;
  /** Cells for each hash there can be; 0 when the lower bits of a hash name its cell. */
  readonly #share: number;
  readonly #rowBits: number;
  readonly #rowMask: number;
  /** Of the bits of the hash in a cell. */
  readonly #tagMask: number;
  readonly #leftCell: number;
  readonly #rowCount: number;
  readonly #isShared: boolean;
  /** A bit for each row that has left a shared table; made when the first one leaves. */
  #left: Uint8Array | undefined;
  #size: number;

  /**
   * @param cells belong to the table from now on, except in shared memory, which is never written to.
   * @param size rows in it.
   * @param rowCount all rows are below it.
   */
  constructor(cells: Uint32Array, size: number, rowCount: number, order: CellOrder) {
    const rowBits = rowBitsOf(rowCount);
    this.#cells = cells;
    this.#share = order === 'share' ? cells.length / HASH_COUNT : 0;
    this.#rowBits = rowBits;
    this.#rowMask = 2 ** rowBits - 1;
    this.#tagMask = ~this.#rowMask;
    this.#leftCell = 2 ** rowBits;
    this.#rowCount = rowCount;
    this.#size = size;
    this.#isShared = isSharedMemory(cells.buffer);
  }

  /** Rows that are found. */
  get size(): number {
    return this.#size;
  }

  /** O(1), and the comparisons. */
  find<V>(hash: number, value: V, match: RowMatch<V>): number | undefined {
    const cells = this.#cells;
    const { length } = cells;
    const isByShare = this.#share !== 0;
    const tag = isByShare ? hash << this.#rowBits : hash;
    for (let place = isByShare ? placeOf(hash, this.#share) : hash & (length - 1); ; ) {
      const cell = cells[place]!;
      if (cell === 0) return undefined;
      if (((cell ^ tag) & this.#tagMask) === 0) {
        const row = (cell & this.#rowMask) - 1;
        if (row >= 0 && !this.#hasLeft(row) && match.isRow(row, value)) return row;
      }
      if (++place === length) place = 0;
    }
  }

  /** All rows, in no order. */
  *rows(): IterableIterator<number> {
    // A copy: rows may be taken out meanwhile.
    for (const cell of this.#cells.slice()) {
      const row = (cell & this.#rowMask) - 1;
      if (row >= 0 && !this.#hasLeft(row)) yield row;
    }
  }

  /** Takes out a row. @param row any slot: those behind the image are not there. @returns whether it was there. O(1). */
  remove(hash: number, row: number): boolean {
    // Its number would reach into the bits of the hash, and another row be taken for it.
    if (row >= this.#rowCount) return false;
    const cells = this.#cells;
    const { length } = cells;
    const isByShare = this.#share !== 0;
    const tag = isByShare ? hash << this.#rowBits : hash & this.#tagMask;
    const wanted = (tag | (row + 1)) >>> 0;
    for (let place = isByShare ? placeOf(hash, this.#share) : hash & (length - 1); cells[place] !== 0; ) {
      if (cells[place] === wanted) {
        if (this.#hasLeft(row)) return false;
        if (this.#isShared) this.#leave(row);
        else cells[place] = this.#leftCell;
        this.#size--;
        return true;
      }
      if (++place === length) place = 0;
    }
    return false;
  }

  #hasLeft(row: number): boolean {
    return this.#left !== undefined && (this.#left[row >>> 3]! & (1 << (row & 7))) !== 0;
  }

  #leave(row: number): void {
    this.#left ??= new Uint8Array((this.#rowCount >>> 3) + 1);
    this.#left[row >>> 3]! |= 1 << (row & 7);
  }
}

/** Below the number of cells for each hash: the product is exact, or off by less than a hash. */
function placeOf(hash: number, share: number): number {
  return ((hash >>> 0) * share) | 0;
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
  // One more, so that each search ends; two at least, as readers ask.
  const cells = new Uint32Array(Math.max(2, Math.ceil(hashes.length / FULL_SHARE) + 1));
  const rowBits = rowBitsOf(rowCount);
  const isWhole = yield* inParts(hashes.length, (from, to) => place(cells, hashes, rows, rowBits, from, to));
  return isWhole ? cells : undefined;
}

function place(
  cells: Uint32Array,
  hashes: Int32Array,
  rows: Uint32Array | undefined,
  rowBits: number,
  from: number,
  to: number,
): boolean {
  const { length } = cells;
  const share = length / HASH_COUNT;
  for (let index = from; index < to; index++) {
    const hash = hashes[index]!;
    let cell = placeOf(hash, share);
    for (let probe = 0; cells[cell] !== 0; probe++) {
      if (probe === MAX_PROBES) return false;
      if (++cell === length) cell = 0;
    }
    cells[cell] = (hash << rowBits) | ((rows === undefined ? index : rows[index]!) + 1);
  }
  return true;
}

/** Whether cells are a table of so many rows, in which every search ends. O(cells). */
export function* areCells(cells: Uint32Array, size: number, rowCount: number, order: CellOrder): Steps<boolean> {
  const { length } = cells;
  if (length < 2 || size >= length || length > MOST_CELLS) return false;
  if (order === 'mod' && (length & (length - 1)) !== 0) return false;
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
