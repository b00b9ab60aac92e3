/**
 * A hash table from key to slot. An entry takes 8 bytes for its key, by slot, and one cell of 4 bytes, of which 3/8 to
 * 3/4 are taken; an entry of a Map takes about 29.
 *
 *   directory[hash & mask] → shard; a shard of depth d owns the hashes whose low d bits are its pattern
 *   cell := bits 14 to 19 of the hash in its upper 6 bits, slot + 1 in its lower 26; 0: empty
 *
 * Within a shard: open addressing from the cell that the upper bits of the hash name, linear, and removal moves back
 * what stands behind (Knuth, The Art of Computer Programming 3, 6.4, algorithm R). A shard that fills is split in two
 * by one more bit.
 *
 * Keys stand in a column, though the entries hold them too: to ask the document for its key made a look-up among
 * 1,000,000 wait for memory once more before it could go on, and take 1.6 times as long.
 *
 * Keys are the user's, and may be made to collide: `add` refuses an entry that would stand too far from its place or
 * behind too many that look like it, and the owner keeps it elsewhere. So no set of keys makes a look-up longer than
 * 128 cells, and none makes the directory outgrow the entries.
 *
 * Longest turn: the split of one shard, 3,072 entries, below a millisecond.
 */

import { inParts, type Steps } from '../scheduling/steps.js';
import { countingOrder } from './counting-order.js';
import { KeyColumn } from './key-column.js';
import { type HashableKey, hashWith, type KeyHash } from './key-hash.js';
import type { Slot } from './slot.js';

export interface SlotCellsOptions {
  /** Cells of a shard: a power of two from 4 to 2^18. */
  readonly shardCells: number;
  /** How often a shard may be split, up to 20. */
  readonly mostDepth: number;
  /** Entries expected soon: so many shards there are from the beginning. */
  readonly expectedCount: number;
}

const SLOT_BITS = 26;
const SLOT_MASK = 2 ** SLOT_BITS - 1;
/** Brings bits 14 to 19 of the hash above the slot. */
const TAG_SHIFT = 12;
/** A table three quarters full has an empty cell 8 cells from any on average. */
const FULL_SHARE = 3 / 4;
/** Cells looked at from an entry's place on. */
const MAX_PROBES = 128;
/** Entries with the same bits passed on the way: two would be many among the hashes of a good function. */
const MAX_ALIKE = 16;
/** How many times as large as its entries need the directory may be. */
const MAX_SLACK = 8;

class CellShard {
  count = 0;

  constructor(
    readonly cells: Int32Array,
    readonly depth: number,
    readonly pattern: number,
  ) {}
}

export class SlotCells<K extends HashableKey> {
  readonly #keyHash: KeyHash;
  #keys = new KeyColumn<K>();
  readonly #shardCells: number;
  readonly #cellMask: number;
  /** Brings the upper bits of the hash down to a cell's number. */
  readonly #homeShift: number;
  readonly #mostCount: number;
  readonly #mostDepth: number;
  #shards: CellShard[] = [];
  /** Cells of the directory's shards, side by side with it: reads spare a step. */
  #cells: Int32Array[] = [];
  #mask = 0;
  #size = 0;

  constructor(keyHash: KeyHash, options: SlotCellsOptions) {
    this.#keyHash = keyHash;
    this.#shardCells = options.shardCells;
    this.#cellMask = options.shardCells - 1;
    this.#homeShift = 32 - Math.log2(options.shardCells);
    this.#mostCount = Math.floor(options.shardCells * FULL_SHARE);
    this.#mostDepth = options.mostDepth;
    let depth = 0;
    while (depth < this.#mostDepth && options.expectedCount >= this.#mostCount * 2 ** depth) depth++;
    for (let pattern = 0; pattern < 2 ** depth; pattern++) this.#install(this.#emptyShard(depth, pattern));
  }

  /** O(1). */
  get size(): number {
    return this.#size;
  }

  /** Number of shards. O(directory). */
  get shardCount(): number {
    return new Set(this.#shards).size;
  }

  /** Places of the directory. O(1). */
  get directorySize(): number {
    return this.#shards.length;
  }

  /** Another table with the same entries; writes to one are not seen in the other. O(entries), at the speed of memory. */
  copy(): SlotCells<K> {
    const options = { shardCells: this.#shardCells, mostDepth: this.#mostDepth, expectedCount: 0 };
    const copied = new SlotCells<K>(this.#keyHash, options);
    copied.#keys = this.#keys.copy();
    copied.#size = this.#size;
    for (const shard of new Set(this.#shards)) {
      const same = new CellShard(shard.cells.slice(), shard.depth, shard.pattern);
      same.count = shard.count;
      copied.#install(same);
    }
    return copied;
  }

  /** O(1). */
  find(key: K): Slot | undefined {
    return this.#findHashed(hashWith(this.#keyHash, key), key);
  }

  #findHashed(hash: number, key: K): Slot | undefined {
    const cells = this.#cells[hash & this.#mask]!;
    const tag = hash << TAG_SHIFT;
    let place = hash >>> this.#homeShift;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const cell = cells[place]!;
      if (cell === 0) return undefined;
      if ((cell ^ tag) >>> SLOT_BITS === 0) {
        const slot = (cell & SLOT_MASK) - 1;
        if (this.#keys.get(slot) === key) return slot;
      }
      place = (place + 1) & this.#cellMask;
    }
    return undefined;
  }

  /**
   * Adds an entry whose key is not there. O(1), or the split of a shard.
   *
   * @returns false, with nothing changed, when there is no room for it.
   */
  add(key: K, slot: Slot): boolean {
    return this.#addHashed(hashWith(this.#keyHash, key), key, slot);
  }

  /**
   * As `add` of many, into empty cells; of one key named twice the later slot stays. O(keys).
   *
   * Keys are read once, in their order, and one shard is filled after the other, so that each stays in the processor's
   * cache meanwhile.
   *
   * @returns false when there was no room for one: what is in the cells is then not to be used.
   */
  *filling(keys: readonly K[], slots: readonly Slot[]): Steps<boolean> {
    const hashes = new Int32Array(keys.length);
    const shards = new Uint32Array(keys.length);
    yield* inParts(keys.length, (from, to) => this.#hashSome(keys, hashes, shards, from, to));
    const order = yield* countingOrder(shards, this.directorySize);
    return yield* inParts(order.length, (from, to) => this.#addSome(order.subarray(from, to), hashes, keys, slots));
  }

  #hashSome(keys: readonly K[], hashes: Int32Array, shards: Uint32Array, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const hash = hashWith(this.#keyHash, keys[index]!);
      hashes[index] = hash;
      shards[index] = hash & this.#mask;
    }
  }

  #addSome(order: Uint32Array, hashes: Int32Array, keys: readonly K[], slots: readonly Slot[]): boolean {
    for (const index of order) {
      const hash = hashes[index]!;
      const key = keys[index]!;
      const held = this.#findHashed(hash, key);
      if (held !== undefined) this.#removeHashed(hash, key, held);
      if (!this.#addHashed(hash, key, slots[index]!)) return false;
    }
    return true;
  }

  #addHashed(hash: number, key: K, slot: Slot): boolean {
    if (slot >= SLOT_MASK) return false;
    let shard = this.#shards[hash & this.#mask]!;
    while (shard.count >= this.#mostCount) {
      if (!this.#canSplit(shard)) return false;
      this.#split(shard);
      shard = this.#shards[hash & this.#mask]!;
    }
    const place = this.#placeFor(shard.cells, hash);
    if (place < 0) return false;
    this.#keys.set(slot, key);
    shard.cells[place] = cellOf(hash, slot);
    shard.count++;
    this.#size++;
    return true;
  }

  /**
   * Removes the entry of a key, if it leads to the slot. O(1).
   *
   * @returns whether it was there.
   */
  remove(key: K, slot: Slot): boolean {
    return this.#removeHashed(hashWith(this.#keyHash, key), key, slot);
  }

  #removeHashed(hash: number, key: K, slot: Slot): boolean {
    const shard = this.#shards[hash & this.#mask]!;
    const { cells } = shard;
    const wanted = cellOf(hash, slot);
    let place = hash >>> this.#homeShift;
    for (let probe = 0; cells[place] !== wanted; probe++) {
      if (cells[place] === 0 || probe === MAX_PROBES) return false;
      place = (place + 1) & this.#cellMask;
    }
    // The slot of another key that looks alike.
    if (this.#keys.get(slot) !== key) return false;
    this.#close(cells, place);
    this.#keys.set(slot, undefined);
    shard.count--;
    this.#size--;
    return true;
  }

  /** The empty cell an entry of the hash goes to; -1 when it is too far, or too many stand before it that look alike. */
  #placeFor(cells: Int32Array, hash: number): number {
    const tag = hash << TAG_SHIFT;
    let alikeCount = 0;
    let place = hash >>> this.#homeShift;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const cell = cells[place]!;
      if (cell === 0) return place;
      if ((cell ^ tag) >>> SLOT_BITS === 0 && ++alikeCount === MAX_ALIKE) return -1;
      place = (place + 1) & this.#cellMask;
    }
    return -1;
  }

  #hashOf(cell: number): number {
    return hashWith(this.#keyHash, this.#keys.get((cell & SLOT_MASK) - 1)!);
  }

  /** Empties a cell, and moves back the entries after it that are not in their own place. */
  #close(cells: Int32Array, emptied: number): void {
    const mask = this.#cellMask;
    let hole = emptied;
    for (let place = (hole + 1) & mask; cells[place] !== 0; place = (place + 1) & mask) {
      const cell = cells[place]!;
      const home = this.#hashOf(cell) >>> this.#homeShift;
      if (((place - home) & mask) < ((place - hole) & mask)) continue;
      cells[hole] = cell;
      hole = place;
    }
    cells[hole] = 0;
  }

  /** Many keys with the same low bits would double the directory again and again. */
  #canSplit({ depth }: CellShard): boolean {
    return depth < this.#mostDepth && 2 ** depth * this.#mostCount <= MAX_SLACK * (this.#size + this.#mostCount);
  }

  #split({ cells, depth, pattern }: CellShard): void {
    const parts = [this.#emptyShard(depth + 1, pattern), this.#emptyShard(depth + 1, pattern + 2 ** depth)] as const;
    // In the order in which they stand, beginning after a gap: so none comes to stand farther from its place than before.
    const gap = cells.indexOf(0);
    for (let step = 1; step < cells.length; step++) {
      const cell = cells[(gap + step) & this.#cellMask]!;
      if (cell === 0) continue;
      const hash = this.#hashOf(cell);
      const part = parts[(hash >>> depth) & 1]!;
      let place = hash >>> this.#homeShift;
      while (part.cells[place] !== 0) place = (place + 1) & this.#cellMask;
      part.cells[place] = cell;
      part.count++;
    }
    for (const part of parts) this.#install(part);
  }

  #emptyShard(depth: number, pattern: number): CellShard {
    return new CellShard(new Int32Array(this.#shardCells), depth, pattern);
  }

  #install(shard: CellShard): void {
    const size = 2 ** shard.depth;
    while (this.#shards.length < size) {
      this.#shards = this.#shards.length === 0 ? [shard] : this.#shards.concat(this.#shards);
      this.#cells = this.#cells.length === 0 ? [shard.cells] : this.#cells.concat(this.#cells);
    }
    this.#mask = this.#shards.length - 1;
    for (let index = shard.pattern; index < this.#shards.length; index += size) {
      this.#shards[index] = shard;
      this.#cells[index] = shard.cells;
    }
  }
}

function cellOf(hash: number, slot: Slot): number {
  return ((hash << TAG_SHIFT) & ~SLOT_MASK) | (slot + 1);
}
