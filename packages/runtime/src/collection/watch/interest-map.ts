/**
 * The watched queries of a collection, by their conditions: found by the values that a change has before and after it.
 *
 * A query with values of an index is found under each value, a query with a range by its range, one with keys by those, and
 * one with `or` under each of its branches. Other queries (composite ranges, `not`, `absent`, all documents) are found at
 * every change. So with twenty thousand queries on different tags, a change costs no more than its own tags.
 */
import type { DocumentChange } from '../../feed/change-batch.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { CollectionIndex, Condition, OrderedIndex, Stretch } from '../indexing/collection-index.js';
import { type Interest, interestsOf } from '../indexing/condition-tree.js';
import { RangeWatchers } from './range-watchers.js';

/** One who asks: what meets all conditions. */
export interface Interested {
  readonly conditions: readonly Condition[];
}

/** The parts of a change that are looked at. */
export type ChangedDocument = Pick<DocumentChange, 'before' | 'after' | 'storeKey'>;

/** One stretch of one who asks, who may ask for several. */
interface Asked<T> {
  readonly one: T;
}

export class InterestMap<T extends Interested> {
  readonly #byValue = new Map<CollectionIndex, Map<unknown, Set<T>>>();
  readonly #byRange = new Map<CollectionIndex, RangeWatchers<Asked<T>>>();
  readonly #byKey = new Map<StoreKey, Set<T>>();
  /** The stretches of each one that asks for any. */
  readonly #stretches = new Map<T, readonly { readonly index: CollectionIndex; readonly asked: Asked<T> }[]>();
  /** Those that ask for no value in particular. */
  readonly #others = new Set<T>();

  /** O(values it asks for), amortised O(log all) for a stretch. */
  add(one: T): void {
    const interests = interestsOf(one.conditions);
    if (interests === undefined) {
      this.#others.add(one);
      return;
    }
    for (const interest of interests) {
      if ('keys' in interest) for (const key of interest.keys) addTo(this.#byKey, key, one);
      else if ('stretch' in interest) this.#addStretch(one, interest.index, interest.stretch);
      else {
        let byValue = this.#byValue.get(interest.index);
        if (byValue === undefined) {
          byValue = new Map();
          this.#byValue.set(interest.index, byValue);
        }
        for (const value of interest.values) addTo(byValue, value, one);
      }
    }
  }

  /** Its conditions must be those it was added with. */
  delete(one: T): void {
    if (this.#others.delete(one)) return;
    for (const { index, asked } of this.#stretches.get(one) ?? []) {
      const watchers = this.#byRange.get(index);
      watchers?.delete(asked);
      if (watchers?.size === 0) this.#byRange.delete(index);
    }
    this.#stretches.delete(one);
    for (const interest of interestsOf(one.conditions) ?? []) this.#deleteInterest(one, interest);
  }

  /** Which are to see which changes, each once; those of a dropped index, which answers nothing any more, see none. */
  concerned<C extends ChangedDocument>(changes: readonly C[]): Map<T, readonly C[]> {
    const concerned = new Map<T, C[]>();
    for (const one of this.#others) concerned.set(one, changes as C[]);
    // Change by change: one that is found under several values or indexes sees each change once, in its order.
    for (const change of changes) {
      for (const [index, byValue] of this.#byValue)
        for (const value of valuesIn(index, change))
          for (const one of byValue.get(value) ?? NONE) note(concerned, one as T, change);
      for (const [index, watchers] of this.#byRange)
        for (const value of valuesIn(index, change)) watchers.find(value, ({ one }) => note(concerned, one, change));
      if (this.#byKey.size > 0)
        for (const one of this.#byKey.get(change.storeKey) ?? NONE) note(concerned, one as T, change);
    }
    for (const [index, byValue] of this.#byValue)
      if (isDropped(index)) for (const those of byValue.values()) for (const one of those) concerned.set(one, []);
    for (const [index, watchers] of this.#byRange)
      if (isDropped(index)) for (const { one } of watchers.all()) concerned.set(one, []);
    return concerned;
  }

  #addStretch(one: T, index: CollectionIndex, stretch: Stretch): void {
    let watchers = this.#byRange.get(index);
    if (watchers === undefined) {
      watchers = new RangeWatchers(index as OrderedIndex);
      this.#byRange.set(index, watchers);
    }
    const asked = { one };
    watchers.add(asked, stretch);
    this.#stretches.set(one, [...(this.#stretches.get(one) ?? []), { index, asked }]);
  }

  #deleteInterest(one: T, interest: Interest): void {
    if ('keys' in interest) for (const key of interest.keys) deleteFrom(this.#byKey, key, one);
    if (!('values' in interest)) return;
    const byValue = this.#byValue.get(interest.index);
    if (byValue === undefined) return;
    for (const value of interest.values) deleteFrom(byValue, value, one);
    if (byValue.size === 0) this.#byValue.delete(interest.index);
  }
}

const NONE: readonly unknown[] = [];

function addTo<K, T>(map: Map<K, Set<T>>, key: K, one: T): void {
  const those = map.get(key);
  if (those === undefined) map.set(key, new Set([one]));
  else those.add(one);
}

function deleteFrom<K, T>(map: Map<K, Set<T>>, key: K, one: T): void {
  const those = map.get(key);
  those?.delete(one);
  if (those?.size === 0) map.delete(key);
}

function note<T, C>(concerned: Map<T, C[]>, one: T, change: C): void {
  const own = concerned.get(one);
  if (own === undefined) concerned.set(one, [change]);
  else if (own.at(-1) !== change) own.push(change);
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
