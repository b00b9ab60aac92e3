/**
 * The vectors of one field, one row for each slot: exact distances of many documents without a look at any.
 *
 * What a document has is checked when it is written: as many numbers as the class says, all of them finite in single
 * precision, and for the metric `cosine` not all 0. A document without a vector is not in the index.
 *
 * A library that finds near vectors faster, but not always the nearest, can be told of every row: vector-library.ts.
 */
import { DatabaseError, type VectorModel } from '@nuthatch/model';
import { haveSameFloats, isFloatsValue } from '../document/brands.js';
import { STEP_DOCUMENTS, type Steps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import { distanceAt, normOf } from '../structures/vector-distance.js';
import { VectorRows } from '../structures/vector-rows.js';
import type { ProjectedReader } from '../undecoded/projected-columns.js';
import type { IndexOptions, IndexStats, SecondaryIndex, ValueOf } from './secondary-index.js';
import { VectorLibrary } from './vector-library.js';

/** A vector as the index compares it. */
export interface HeldVector {
  readonly numbers: Float32Array;
  /** Its length. */
  readonly norm: number;
}

/** Slots with their distances from one vector, side by side; the first `count` count. */
export interface Distances {
  readonly slots: Uint32Array;
  readonly distances: Float64Array;
  readonly count: number;
}

export interface VectorIndexOptions extends IndexOptions {
  readonly vector: VectorModel;
  /** Of a full chunk of rows; for tests. */
  readonly chunkBytes?: number;
}

export class VectorIndex implements SecondaryIndex<HeldVector> {
  readonly kind = 'vector';
  readonly name: string;
  readonly vector: VectorModel;
  readonly #source: ProjectedReader;
  readonly #valueOf: ValueOf;
  readonly #rows: VectorRows;
  /** Of the user's, for approximate answers. */
  readonly library: VectorLibrary;

  constructor(options: VectorIndexOptions) {
    const { name, vector } = options;
    this.#source = options.source;
    this.name = name;
    this.#valueOf = options.valueOf;
    this.vector = vector;
    this.#rows = new VectorRows(vector.dimensions, options.chunkBytes);
    this.library = new VectorLibrary(name);
  }

  get entryCount(): number {
    return this.#rows.count;
  }

  /** Bytes of memory that the rows take. */
  get byteCount(): number {
    return this.#rows.byteCount;
  }

  valueOf(document: object): HeldVector | undefined {
    const raw = this.#valueOf(document);
    return raw === undefined || raw === null ? undefined : this.held(raw);
  }

  /** A vector as the index compares it; it may be the given one itself. @throws DatabaseError `INVALID_INDEX_VALUE`. */
  held(raw: unknown): HeldVector {
    const { dimensions, metric } = this.vector;
    if (!isFloatsValue(raw) && !Array.isArray(raw))
      return this.#refuse(`takes lists of numbers, found ${raw === null ? 'null' : typeof raw}`);
    const { length } = raw;
    if (length !== dimensions) return this.#refuse(`takes vectors of ${dimensions} numbers, found ${length}`);
    if (Array.isArray(raw) && !raw.every((item) => typeof item === 'number'))
      return this.#refuse('takes lists of numbers, found something else in one');
    const numbers = isFloatsValue(raw) ? raw : Float32Array.from(raw as number[]);
    const norm = normOf(numbers);
    if (!(norm < Number.POSITIVE_INFINITY))
      return this.#refuse('takes finite numbers, found NaN, or one that single precision cannot hold');
    if (norm === 0 && metric === 'cosine') return this.#refuse('is by cosine, and a vector of zeros has no direction');
    return { numbers, norm };
  }

  isSame(before: HeldVector | undefined, after: HeldVector | undefined): boolean {
    if (before === undefined || after === undefined) return before === after;
    return haveSameFloats(before.numbers, after.numbers);
  }

  move(slot: Slot, _before: HeldVector | undefined, after: HeldVector | undefined): void {
    if (after === undefined) this.#rows.delete(slot);
    else this.#rows.set(slot, after.numbers, after.norm);
    this.library.set(slot, after?.numbers);
  }

  *rebuilding(slots: readonly Slot[]): Steps {
    this.clear();
    const { fields } = this.#valueOf;
    for (const [position, slot] of slots.entries()) {
      if (position % STEP_DOCUMENTS === 0) yield;
      const vector = this.#valueAt(slot, fields);
      if (vector !== undefined) this.#rows.set(slot, vector.numbers, vector.norm);
    }
  }

  #valueAt(slot: Slot, fields: readonly string[] | undefined): HeldVector | undefined {
    try {
      return this.valueOf(this.#source.peek(slot, fields));
    } catch (cause) {
      this.clear();
      if (!(cause instanceof DatabaseError) || cause.code !== 'INVALID_INDEX_VALUE') throw cause;
      // Documents may be from before the class had this vector: the program has to know which one to mend.
      const key = this.#source.keyOf(slot);
      const what = `the document ${String(key)} does not fit the vector index \`${this.name}\``;
      throw new DatabaseError('INVALID_INDEX_VALUE', what, { index: this.name, key }, { cause });
    }
  }

  /** The distance of a document; undefined for one without a vector. The same number as in `distances`. O(dimensions). */
  distanceOf(document: object, from: HeldVector): number | undefined {
    const held = this.valueOf(document);
    if (held === undefined) return undefined;
    return distanceAt(this.vector.metric, held.numbers, 0, held.norm, from.numbers, from.norm);
  }

  /** All distances. O(entries · dimensions), about 80 ps for each number of each entry. */
  allDistances({ numbers, norm }: HeldVector): Distances {
    const rows = this.#rows;
    const { dimensions, metric } = this.vector;
    const slots = new Uint32Array(rows.count);
    const distances = new Float64Array(rows.count);
    let count = 0;
    for (const [index, chunk] of rows.chunks.entries()) {
      if (chunk === undefined) continue;
      const first = index * 2 ** rows.shift;
      const { norms } = chunk;
      for (let row = 0; row < norms.length; row++) {
        const rowNorm = norms[row]!;
        if (rowNorm < 0) continue;
        slots[count] = first + row;
        distances[count++] = distanceAt(metric, chunk.numbers, row * dimensions, rowNorm, numbers, norm);
      }
    }
    return { slots, distances, count };
  }

  /** Those of some entries; entries without a vector are left out. O(entries · dimensions). */
  distancesOf(entries: readonly Slot[], { numbers, norm }: HeldVector): Distances {
    const rows = this.#rows;
    const { dimensions, metric } = this.vector;
    const slots = new Uint32Array(entries.length);
    const distances = new Float64Array(entries.length);
    let count = 0;
    for (let index = 0; index < entries.length; index++) {
      const slot = entries[index]!;
      const chunk = rows.chunkOf(slot);
      const row = rows.rowOf(slot);
      const rowNorm = chunk?.norms[row];
      if (rowNorm === undefined || rowNorm < 0) continue;
      slots[count] = slot;
      distances[count++] = distanceAt(metric, chunk!.numbers, row * dimensions, rowNorm, numbers, norm);
    }
    return { slots, distances, count };
  }

  has(slot: Slot): boolean {
    return this.#rows.has(slot);
  }

  /** Entries that have a vector, rising. */
  *slots(): Iterable<Slot> {
    const rows = this.#rows;
    for (let index = 0; index < rows.chunks.length; index++) {
      const length = rows.chunks[index]?.norms.length ?? 0;
      for (let row = 0; row < length; row++) {
        const slot = index * 2 ** rows.shift + row;
        if (rows.has(slot)) yield slot;
      }
    }
  }

  /** Tells the library of the vector that the slot has now. Never throws. O(dimensions) and what the library does. */
  tellLibrary(slot: Slot): void {
    const chunk = this.#rows.chunkOf(slot);
    const row = this.#rows.rowOf(slot);
    if (chunk === undefined || !this.#rows.has(slot)) return;
    const { dimensions } = this.vector;
    this.library.set(slot, chunk.numbers.slice(row * dimensions, (row + 1) * dimensions));
  }

  clear(): void {
    this.#rows.clear();
  }

  share(other: VectorIndex): void {
    this.#rows.share(other.#rows);
  }

  part(): void {
    this.#rows.part();
  }

  stats(): IndexStats {
    return { name: this.name, kind: this.kind, entryCount: this.entryCount };
  }

  #refuse(what: string): never {
    const { name: index } = this;
    throw new DatabaseError('INVALID_INDEX_VALUE', `the vector index \`${index}\` ${what}`, { index });
  }
}
