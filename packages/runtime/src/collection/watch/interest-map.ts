/**
 * The watched queries of a collection, by their conditions: found by the values that a change has before and after it.
 *
 * A query with values of an index is found under each value, and a query with a range by its range. Other queries
 * (composite ranges, all documents) are found at every change. So with twenty thousand queries on different tags, a
 * change costs no more than its own tags.
 */
import type { DocumentChange } from '../../feed/change-batch.js';
import type { CollectionIndex, IndexCondition, OrderedIndex } from '../indexing/collection-index.js';
import { RangeWatchers } from './range-watchers.js';

/** One who asks: what meets all conditions. */
export interface Interested {
  readonly conditions: readonly IndexCondition[];
}

/** The parts of a change that are looked at. */
export type ChangedDocument = Pick<DocumentChange, 'before' | 'after'>;

export class InterestMap<T extends Interested> {
  readonly #byValue = new Map<CollectionIndex, Map<unknown, Set<T>>>();
  readonly #byRange = new Map<CollectionIndex, RangeWatchers<T>>();
  /** Those that ask for no value in particular. */
  readonly #others = new Set<T>();

  /** O(values it asks for), amortised O(log all) for a stretch. */
  add(one: T): void {
    const found = valuesOf(one);
    if (found === undefined) {
      this.#addByRange(one);
      return;
    }
    let byValue = this.#byValue.get(found.index);
    if (byValue === undefined) {
      byValue = new Map();
      this.#byValue.set(found.index, byValue);
    }
    for (const value of found.values) {
      const those = byValue.get(value) ?? new Set();
      byValue.set(value, those.add(one));
    }
  }

  /** Its conditions must be those it was added with. */
  delete(one: T): void {
    this.#others.delete(one);
    const found = valuesOf(one);
    const range = found === undefined ? rangeOf(one) : undefined;
    if (found !== undefined) this.#deleteByValue(one, found);
    else if (range !== undefined) {
      const watchers = this.#byRange.get(range.index);
      watchers?.delete(one);
      if (watchers?.size === 0) this.#byRange.delete(range.index);
    }
  }

  /** Which are to see which changes, each once; those of a dropped index, which answers nothing any more, see none. */
  concerned<C extends ChangedDocument>(changes: readonly C[]): Map<T, readonly C[]> {
    const concerned = new Map<T, C[]>();
    for (const one of this.#others) concerned.set(one, changes as C[]);
    for (const [index, byValue] of this.#byValue) {
      for (const change of changes) {
        for (const value of valuesIn(index, change)) {
          for (const one of byValue.get(value) ?? NONE) note(concerned, one as T, change);
        }
      }
      if (isDropped(index)) for (const those of byValue.values()) for (const one of those) concerned.set(one, []);
    }
    for (const [index, watchers] of this.#byRange) {
      for (const change of changes)
        for (const value of valuesIn(index, change)) watchers.find(value, (one) => note(concerned, one, change));
      if (isDropped(index)) for (const one of watchers.all()) concerned.set(one, []);
    }
    return concerned;
  }

  #addByRange(one: T): void {
    const range = rangeOf(one);
    if (range?.stretch === undefined) {
      this.#others.add(one);
      return;
    }
    let watchers = this.#byRange.get(range.index);
    if (watchers === undefined) {
      watchers = new RangeWatchers(range.index as OrderedIndex);
      this.#byRange.set(range.index, watchers);
    }
    watchers.add(one, range.stretch);
  }

  #deleteByValue(one: T, { index, values }: Found): void {
    const byValue = this.#byValue.get(index);
    for (const value of values) {
      const those = byValue?.get(value);
      those?.delete(one);
      if (those?.size === 0) byValue?.delete(value);
    }
    if (byValue?.size === 0) this.#byValue.delete(index);
  }
}

interface Found {
  readonly index: CollectionIndex;
  readonly values: readonly unknown[];
}

const NONE: readonly unknown[] = [];

function note<T, C>(concerned: Map<T, C[]>, one: T, change: C): void {
  const own = concerned.get(one);
  if (own === undefined) concerned.set(one, [change]);
  else if (own.at(-1) !== change) own.push(change);
}

/** The condition with the fewest values: a document that meets it has one of them. */
function valuesOf({ conditions }: Interested): Found | undefined {
  let found: IndexCondition | undefined;
  for (const condition of conditions) {
    const { values } = condition;
    if (values === undefined || values.length >= (found?.values?.length ?? Number.POSITIVE_INFINITY)) continue;
    found = condition;
  }
  return found?.values && { index: found.index, values: found.values };
}

/** The condition that asks for a stretch of an order. */
function rangeOf({ conditions }: Interested): IndexCondition | undefined {
  return conditions.find(({ stretch }) => stretch !== undefined);
}

/** The index values of a document before and after a change. */
function valuesIn(index: CollectionIndex, { before, after }: ChangedDocument): Iterable<unknown> {
  if (isDropped(index)) return [];
  const values: unknown[] = [];
  for (const document of [before, after]) {
    if (document === undefined) continue;
    const value = index.structure.valueOf(document);
    if (Array.isArray(value)) values.push(...value);
    else if (value !== undefined) values.push(value);
  }
  return values;
}

/** The structure of a dropped index refuses to be asked. */
function isDropped(index: CollectionIndex): boolean {
  try {
    return index.structure === undefined;
  } catch {
    return true;
  }
}
