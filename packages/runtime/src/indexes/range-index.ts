/**
 * Many documents per value, in order of value and then of key: ranges, ends, counts and sums.
 *
 * Values are normalised and compared as index-value.ts says. Every query costs O(log n) plus the documents that it
 * gives out; counts give out none. Composite indexes hold tuples, all of the same length.
 */
import { DatabaseError } from '@nuthatch/model';
import type { IndexImage, RangeImage } from '../image/image-tables.js';
import { inParts, STEP_DOCUMENTS, STEP_KEYS, type Steps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import type { ProjectedNumbers, ProjectedReader } from '../undecoded/projected-columns.js';
import { compareValues, type IndexValue, indexValue, isSameValue, scalarValue } from './index-value.js';
import { OrderedKeys } from './ordered-keys.js';
import type { Cut } from './ordered-node.js';
import { type CutPair, cutsOf, type RangeBounds } from './range-bounds.js';
import { RangeCursor } from './range-cursor.js';
import type { IndexOptions, IndexStats, SecondaryIndex, ValueOf } from './secondary-index.js';
import { slotAt, widthOfRun } from './slot-run.js';
import { areAscending, sortedOrder } from './sorted-order.js';
import { sumOfValues, walkValues } from './value-walk.js';

/** Entries asked for up to which an answer is made in its full length at once. */
const MAX_RESERVED = 1_024;
/** Where a walk leaves every leaf but the one its bound lies in. */
const BEGINNING = { index: 0, offset: 0 };

export interface RangeIndexOptions extends IndexOptions {
  /** Runs in a leaf and children in an inner node; for tests. */
  readonly nodeCapacity?: number;
}

export interface ScanOptions {
  readonly isReverse?: boolean;
  /** Goes on after this position in the direction of the scan; the entry itself need not exist any more. */
  readonly after?: RangePosition;
}

/** A position in the order: a value as the index or a document has it, and a key. */
export interface RangePosition {
  readonly value: unknown;
  /** Undefined: before all entries of the value, in the direction of the scan. */
  readonly key: StoreKey | undefined;
}

/** Values and their slots, side by side. */
interface SlotValues {
  readonly values: ArrayLike<IndexValue>;
  readonly held: readonly Slot[];
}

export class RangeIndex implements SecondaryIndex<IndexValue> {
  readonly kind = 'range';
  readonly name: string;
  readonly #source: ProjectedReader;
  readonly #valueOf: ValueOf;
  readonly #pairs: OrderedKeys;

  constructor(options: RangeIndexOptions) {
    this.name = options.name;
    this.#source = options.source;
    this.#valueOf = options.valueOf;
    this.#pairs = new OrderedKeys(options.source, options.nodeCapacity);
  }

  get entryCount(): number {
    return this.#pairs.size;
  }

  get imageCount(): number {
    return this.#pairs.unreadCount;
  }

  share(other: RangeIndex): void {
    this.#pairs.share(other.#pairs);
  }

  part(): void {
    this.#pairs.part();
  }

  valueOf(document: object): IndexValue | undefined {
    return indexValue(this.#valueOf(document), this.name);
  }

  isSame(before: IndexValue | undefined, after: IndexValue | undefined): boolean {
    return isSameValue(before, after);
  }

  /** The order of two values of `valueOf`. */
  compare(a: IndexValue, b: IndexValue): number {
    return compareValues(a, b);
  }

  move(slot: Slot, before: IndexValue | undefined, after: IndexValue | undefined): void {
    if (isSameValue(before, after)) return;
    if (before !== undefined) this.#pairs.remove(before, slot);
    if (after !== undefined) this.#pairs.insert(after, slot);
  }

  /** The two points of a question, to be used again. @throws DatabaseError `INVALID_INDEX_VALUE`, `INVALID_QUERY`. */
  cuts(bounds: RangeBounds | undefined): CutPair {
    return cutsOf(bounds, this.name);
  }

  /** How many documents a range has. O(log n). @throws DatabaseError as `cuts`. */
  count(bounds?: RangeBounds): number {
    return this.countBetween(this.cuts(bounds));
  }

  countBetween(cuts: CutPair): number {
    if (isOneValue(cuts)) return this.#pairs.countOf(cuts.from!.value);
    const from = cuts.from === undefined ? 0 : this.#pairs.rank(cuts.from);
    return Math.max(0, this.#pairs.rank(cuts.to) - from);
  }

  /** A walk that survives writes; see range-cursor.ts. @throws DatabaseError as `cuts`. */
  scan(bounds?: RangeBounds, options: ScanOptions = {}): RangeCursor {
    return this.scanBetween(this.cuts(bounds), options);
  }

  scanBetween(cuts: CutPair, options: ScanOptions = {}): RangeCursor {
    const isReverse = options.isReverse === true;
    return new RangeCursor(this.#pairs, this.#startAfter(cuts, isReverse, options.after), isReverse);
  }

  /**
   * Up to `limit` entries of a range as an array of the caller's own. O(log n + entries).
   *
   * @throws DatabaseError as `cuts`.
   */
  collect(bounds?: RangeBounds, limit: number = Number.POSITIVE_INFINITY, options: ScanOptions = {}): Slot[] {
    return this.collectBetween(this.cuts(bounds), limit, options.isReverse === true, options.after);
  }

  collectBetween(
    cuts: CutPair,
    limit: number = Number.POSITIVE_INFINITY,
    isReverse: boolean = false,
    after?: RangePosition,
  ): Slot[] {
    const { from, to } = this.#startAfter(cuts, isReverse, after);
    if (!(limit > 0)) return [];
    return isReverse ? this.#lastOf(from, to, limit) : this.#firstOf(from, to, limit);
  }

  /** All entries of a range in order, as numbers side by side: a million in a few milliseconds. */
  slotsBetween(cuts: CutPair, isReverse: boolean, after?: RangePosition): Uint32Array {
    const within = this.#startAfter(cuts, isReverse, after);
    const slots = new Uint32Array(this.countBetween(within));
    const { leaf: first, index: firstRun, offset: firstSlot } = this.#pairs.seek(within.from);
    let count = 0;
    let index = firstRun;
    let offset = firstSlot;
    for (let leaf: typeof first | undefined = first; count < slots.length; leaf = leaf?.next, index = 0) {
      const { runs } = leaf!;
      for (; index < runs.length && count < slots.length; index++, offset = 0) {
        const run = runs[index]!;
        if (typeof run === 'number') slots[count++] = run;
        else while (offset < run.length && count < slots.length) slots[count++] = run[offset++]!;
      }
    }
    return isReverse ? slots.reverse() : slots;
  }

  /** The least entry of a range, or undefined. O(log n). */
  first(bounds?: RangeBounds): Slot | undefined {
    return this.collect(bounds, 1)[0];
  }

  /** The greatest entry of a range, or undefined. O(log n). */
  last(bounds?: RangeBounds): Slot | undefined {
    return this.collect(bounds, 1, { isReverse: true })[0];
  }

  /** The value at one end of a range, as the index holds it, without a look at a document. O(log n). */
  endBetween(cuts: CutPair, isReverse: boolean): IndexValue | undefined {
    const { from, to } = cuts;
    if (isReverse) {
      const place = to === undefined ? this.#pairs.seekEnd() : this.#pairs.seek(to);
      let { leaf, index } = place;
      // What ends within a run of equal values begins before it.
      if (place.offset > 0) index++;
      while (index === 0 && leaf.previous !== undefined) {
        leaf = leaf.previous;
        index = leaf.runs.length;
      }
      const value = leaf.values[index - 1];
      return value === undefined || (from !== undefined && isBeyond(value, from, -1)) ? undefined : value;
    }
    let { leaf, index } = this.#pairs.seek(from);
    while (index >= leaf.runs.length && leaf.next !== undefined) {
      leaf = leaf.next;
      index = 0;
    }
    const value = leaf.values[index];
    return value === undefined || (to !== undefined && isBeyond(value, to, 1)) ? undefined : value;
  }

  /** The least value of a range as the index holds it (dates as epoch ms), or undefined. O(log n). */
  min(bounds?: RangeBounds): IndexValue | undefined {
    const slot = this.first(bounds);
    return slot === undefined ? undefined : this.valueOf(this.#source.documentOf(slot));
  }

  /** The greatest value of a range as the index holds it (dates as epoch ms), or undefined. O(log n). */
  max(bounds?: RangeBounds): IndexValue | undefined {
    const slot = this.last(bounds);
    return slot === undefined ? undefined : this.valueOf(this.#source.documentOf(slot));
  }

  /**
   * The sum of a range's values: a number, or a bigint over bigints; 0 for an empty range. O(log n + entries).
   *
   * @throws DatabaseError `INVALID_QUERY` over anything but numbers, or over bigints.
   */
  sum(bounds?: RangeBounds): number | bigint {
    return this.sumBetween(this.cuts(bounds));
  }

  sumBetween(cuts: CutPair): number | bigint {
    return sumOfValues(this.#pairs, cuts.from, this.countBetween(cuts), this.name);
  }

  /** The values of a range in order, as the index holds them; see value-walk.ts. O(log n + values). */
  walkValues(cuts: CutPair, visit: (value: IndexValue, entryCount: number) => void): void {
    walkValues(this.#pairs, cuts.from, this.countBetween(cuts), visit);
  }

  *adopting(image: IndexImage): Steps {
    yield* this.#pairs.adopting(image as RangeImage);
  }

  *rebuilding(slots: readonly Slot[]): Steps {
    this.clear();
    const { values, held } = (yield* this.#projectedNumbers(slots)) ?? (yield* this.#valuesOf(slots));
    // A key may be a text that has to be made: they are not asked for without need.
    const keys = this.#source.isInKeyOrder === true ? undefined : yield* this.#unorderedKeys(held);
    const order = yield* sortedOrder(values, keys);
    yield* this.#pairs.building(values, held, order);
  }

  /** The values of all entries, from the projected column where it has them; undefined when some document has none. */
  *#projectedNumbers(slots: readonly Slot[]): Steps<SlotValues | undefined> {
    const { fields } = this.#valueOf;
    const numbers = fields?.length === 1 ? this.#source.projected?.numbers(fields[0]!) : undefined;
    if (numbers === undefined) return undefined;
    const values = new Float64Array(slots.length);
    const areAll = yield* inParts(slots.length, (from, to) => this.#takeProjected(numbers, slots, from, to, values));
    return areAll ? { values, held: slots } : undefined;
  }

  /** @returns false for a document that has no number. */
  #takeProjected(
    numbers: ProjectedNumbers,
    slots: readonly Slot[],
    from: number,
    to: number,
    values: Float64Array,
  ): boolean {
    const columns = this.#source.projected;
    for (let index = from; index < to; index++) {
      const slot = slots[index]!;
      const value =
        columns?.isProjected(slot) === true
          ? numbers.values[slot]
          : this.valueOf(this.#source.peek(slot, this.#valueOf.fields));
      if (typeof value !== 'number') return false;
      values[index] = scalarValue(value, this.name) as number;
    }
    return true;
  }

  *#valuesOf(slots: readonly Slot[]): Steps<SlotValues> {
    const values: IndexValue[] = [];
    const held: Slot[] = [];
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]!;
      const value = this.valueOf(this.#source.peek(slot, this.#valueOf.fields));
      if (value !== undefined) {
        values.push(value);
        held.push(slot);
      }
      if (index % STEP_DOCUMENTS === 0) yield;
    }
    return { values, held };
  }

  /** The keys of the slots; undefined when each is greater than the one before, as generated ids mostly are. */
  *#unorderedKeys(slots: readonly Slot[]): Steps<readonly StoreKey[] | undefined> {
    const keys: StoreKey[] = [];
    let isAscending = true;
    for (let from = 0; from < slots.length; from += STEP_KEYS) {
      const to = Math.min(slots.length, from + STEP_KEYS);
      for (let index = from; index < to; index++) keys.push(this.#source.keyOf(slots[index]!));
      isAscending &&= areAscending(keys, from, to);
      yield;
    }
    return isAscending ? undefined : keys;
  }

  clear(): void {
    this.#pairs.clear();
  }

  stats(): IndexStats {
    return { name: this.name, kind: this.kind, entryCount: this.#pairs.size };
  }

  #startAfter(cuts: CutPair, isReverse: boolean, after: RangePosition | undefined): CutPair {
    if (after === undefined) return cuts;
    const value = indexValue(after.value, this.name);
    if (value === undefined)
      throw new DatabaseError('INVALID_INDEX_VALUE', `a position in \`${this.name}\` has no value`, {
        index: this.name,
      });
    const cut: Cut = { value, key: after.key, isAfter: (after.key === undefined) === isReverse };
    // The position may lie outside the range: the narrower of the two points counts.
    if (isReverse) return { from: cuts.from, to: this.#pairs.rank(cut) < this.#pairs.rank(cuts.to) ? cut : cuts.to };
    return {
      from: cuts.from !== undefined && this.#pairs.rank(cut) < this.#pairs.rank(cuts.from) ? cuts.from : cut,
      to: cuts.to,
    };
  }

  #firstOf(from: Cut | undefined, to: Cut | undefined, limit: number): Slot[] {
    let { leaf, index, offset } = this.#pairs.seek(from);
    const answer = new Array<Slot>(limit <= MAX_RESERVED ? limit : 0);
    let count = 0;
    for (;;) {
      const { runs } = leaf;
      const stop = this.#pairs.endIn(leaf, to);
      while (count < limit && (index < stop.index || (index === stop.index && offset < stop.offset))) {
        const run = runs[index]!;
        if (typeof run === 'number') answer[count++] = run;
        else {
          const end = Math.min(index === stop.index ? stop.offset : run.length, offset + limit - count);
          while (offset < end) answer[count++] = run[offset++]!;
          if (offset < run.length) break;
        }
        index++;
        offset = 0;
      }
      if (count >= limit || stop.index < runs.length || leaf.next === undefined) break;
      leaf = leaf.next;
      index = 0;
    }
    if (answer.length > count) answer.length = count;
    return answer;
  }

  #lastOf(from: Cut | undefined, to: Cut | undefined, limit: number): Slot[] {
    let { leaf, index, offset } = to === undefined ? this.#pairs.seekEnd() : this.#pairs.seek(to);
    const answer: Slot[] = [];
    for (;;) {
      const { runs } = leaf;
      const stop = from === undefined ? BEGINNING : this.#pairs.placeIn(leaf, from);
      while (answer.length < limit && (index > stop.index || (index === stop.index && offset > stop.offset))) {
        if (offset === 0) offset = widthOfRun(runs[--index]!);
        answer.push(slotAt(runs[index]!, --offset));
      }
      if (answer.length >= limit || stop.index > 0 || stop.offset > 0 || leaf.previous === undefined) return answer;
      leaf = leaf.previous;
      index = leaf.runs.length;
      offset = 0;
    }
  }
}

/** Whether it is all of one value, or all that begin with its parts. */
function isOneValue({ from, to }: CutPair): boolean {
  if (from === undefined || to === undefined || from.value !== to.value) return false;
  return from.key === undefined && to.key === undefined && !from.isAfter && to.isAfter;
}

/** Whether a value lies outside of a point: after it for 1, before it for -1. */
function isBeyond(value: IndexValue, { value: point, isAfter }: Cut, side: 1 | -1): boolean {
  const order = compareValues(value, point);
  return order * side > 0 || (order === 0 && isAfter === side < 0);
}
