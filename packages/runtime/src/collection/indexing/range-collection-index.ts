/** A range index as queries see it: bounds, composite bounds, walks in order. */
import type { IndexModel } from '@nuthatch/model';
import { compareValues, type IndexValue, type ScalarValue } from '../../indexes/index-value.js';
import type { Cut } from '../../indexes/ordered-node.js';
import type { CutPair, RangeBounds } from '../../indexes/range-bounds.js';
import { RangeIndex } from '../../indexes/range-index.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { Direction } from '../query-types.js';
import type { AskedValues } from './asked-values.js';
import type { Condition, IndexCondition, OrderedIndex, OrderPoint, Stretch, WalkStart } from './collection-index.js';
import { textOfValue } from './condition-text.js';
import { compositeBounds, singleBounds } from './range-query.js';
import type { ValueExtractor } from './value-extractor.js';

const EVERYTHING: CutPair = { from: undefined, to: undefined };

export class RangeCollectionIndex implements OrderedIndex {
  readonly model: IndexModel;
  readonly structure: RangeIndex;

  readonly #asked: AskedValues;
  readonly #store: ShardedStore;

  constructor(model: IndexModel, asked: AskedValues, extract: ValueExtractor, store: ShardedStore) {
    this.model = model;
    this.#asked = asked;
    this.#store = store;
    this.structure = new RangeIndex({ source: store, name: model.name, valueOf: extract });
  }

  condition(query: unknown): IndexCondition {
    const bounds: RangeBounds =
      this.model.fields.length === 1
        ? singleBounds(this.#asked, query)
        : compositeBounds(this.model, this.#asked, query);
    const cuts = this.structure.cuts(bounds);
    if (this.#asked.isUntyped) this.#requireHeldType(cuts);
    return new RangeCondition(this, cuts);
  }

  /** Where the model does not say the type, the values that are there do, if they are all of one. O(log n). */
  #requireHeldType({ from, to }: CutPair): void {
    const held = typeof this.structure.min();
    if (held === 'undefined' || typeof this.structure.max() !== held) return;
    for (const cut of [from, to])
      if (cut !== undefined && typeof cut.value !== held) this.#asked.refuseType(held, typeof cut.value);
  }

  isPosition(value: unknown): boolean {
    return this.#asked.canHold(value);
  }

  compare(a: unknown, b: unknown): number {
    return compareValues(a as IndexValue, b as IndexValue);
  }

  walk(direction: Direction, condition: IndexCondition | undefined, start: WalkStart | undefined): Iterable<Slot> {
    const cuts = condition === undefined ? EVERYTHING : (condition as RangeCondition).cuts;
    const isReverse = direction === 'desc';
    return this.structure.scanBetween(cuts, start === undefined ? { isReverse } : { isReverse, after: start });
  }

  firstOf(
    direction: Direction,
    condition: IndexCondition | undefined,
    start: WalkStart | undefined,
    limit: number,
  ): Slot[] {
    const cuts = condition === undefined ? EVERYTHING : (condition as RangeCondition).cuts;
    return this.structure.collectBetween(cuts, limit, direction === 'desc', start);
  }

  allOf(direction: Direction, condition: IndexCondition | undefined, start: WalkStart | undefined): Uint32Array {
    const cuts = condition === undefined ? EVERYTHING : (condition as RangeCondition).cuts;
    return this.structure.slotsBetween(cuts, direction === 'desc', start);
  }

  conditionBy(condition: Condition): IndexCondition | undefined {
    const { fields } = this.model;
    if (fields.length === 1 || !(condition instanceof RangeCondition)) return undefined;
    const { model } = condition.index;
    if (model.fields.length > 1 || model.fields[0] !== fields[0] || model.where !== undefined) return undefined;
    return this.behind([], condition.cuts);
  }

  /**
   * Of a composite index: values that begin with these parts, as the index holds them, the part behind them within a
   * stretch of its order where one is given. O(parts).
   */
  behind(equal: readonly unknown[], stretch: Stretch | undefined): IndexCondition {
    const all = equal.length === 0 ? undefined : (equal as readonly ScalarValue[]);
    const cut = (point: OrderPoint | undefined, isAfter: boolean): Cut | undefined => {
      if (point !== undefined)
        return { value: [...(all ?? []), point.value as ScalarValue], key: undefined, isAfter: point.isAfter };
      return all && { value: all, key: undefined, isAfter };
    };
    return new RangeCondition(this, { from: cut(stretch?.from, false), to: cut(stretch?.to, true) });
  }

  /** The sum of the values within a condition of this index, and how many there are. @throws DatabaseError `INVALID_QUERY`. */
  sumWithin(condition: IndexCondition | undefined): { readonly sum: number | bigint; readonly count: number } {
    const cuts = condition === undefined ? EVERYTHING : (condition as RangeCondition).cuts;
    return { sum: this.structure.sumBetween(cuts), count: this.structure.countBetween(cuts) };
  }

  /** The value at one end of a condition of this index, as it holds it, without a look at a document. O(log n). */
  endWithin(condition: IndexCondition, direction: Direction): IndexValue | undefined {
    return this.structure.endBetween((condition as RangeCondition).cuts, direction === 'desc');
  }

  /** Values within a condition of this index with their counts, in order; see value-walk.ts. O(values). */
  valuesWithin(condition: IndexCondition | undefined, visit: (value: IndexValue, entryCount: number) => void): void {
    this.structure.walkValues(condition === undefined ? EVERYTHING : (condition as RangeCondition).cuts, visit);
  }

  end(direction: Direction): unknown {
    const slot = direction === 'asc' ? this.structure.first() : this.structure.last();
    if (slot === undefined) return undefined;
    const document = this.#store.documentOf(slot) as Readonly<Record<string, unknown>>;
    const { fields } = this.model;
    return fields.length === 1
      ? document[fields[0]!]
      : Object.fromEntries(fields.map((field) => [field, document[field]]));
  }
}

/** Documents between two points of the order. */
class RangeCondition implements IndexCondition {
  readonly index: RangeCollectionIndex;
  readonly cuts: CutPair;

  constructor(index: RangeCollectionIndex, cuts: CutPair) {
    this.index = index;
    this.cuts = cuts;
  }

  get isExact(): boolean {
    return true;
  }

  /** A range from a value to that very value: equality. */
  get values(): readonly unknown[] | undefined {
    const { from, to } = this.cuts;
    if (from === undefined || to === undefined || from.isAfter || !to.isAfter) return undefined;
    return from.value === to.value && !Array.isArray(from.value) ? [from.value] : undefined;
  }

  get question(): string {
    return [this.cuts.from, this.cuts.to].map(textOfCut).join(' to ');
  }

  /** Composite values of which last parts may be left out have no one order. */
  get stretch(): Stretch | undefined {
    return this.index.model.fields.length === 1 ? this.cuts : undefined;
  }

  get estimate(): number {
    return this.index.structure.countBetween(this.cuts);
  }

  slots(limit?: number): readonly Slot[] {
    return this.index.structure.collectBetween(this.cuts, limit);
  }

  slotsNow(): Uint32Array {
    return this.index.structure.slotsBetween(this.cuts, false);
  }

  matches(document: object): boolean {
    const value = this.index.structure.valueOf(document);
    if (value === undefined) return false;
    const { from, to } = this.cuts;
    if (from !== undefined) {
      const order = compareValues(value, from.value);
      if (order < 0 || (order === 0 && from.isAfter)) return false;
    }
    if (to === undefined) return true;
    const order = compareValues(value, to.value);
    return order < 0 || (order === 0 && to.isAfter);
  }
}

function textOfCut(cut: CutPair['from']): string {
  return cut === undefined ? '' : `${cut.isAfter ? 'after' : 'before'} ${textOfValue(cut.value)}`;
}
