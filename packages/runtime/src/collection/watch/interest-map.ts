/**
 * The watched queries of a collection, by their conditions: found by the values that a change has before and after it.
 *
 * A query with values of an index is found under each value, a query with a range by its range, one with keys by those, and
 * one with `or` under each of its branches. Other queries (composite ranges, `not`, `absent`, all documents) are asked once
 * for each different question. A query with a limit and an order is found only by documents up to its last row
 * (watcher-set.ts), without an order by its rows alone. So with twenty thousand queries on different tags, a change costs no more than its own tags, and of
 * thousand first pages it costs those that it changes.
 */
import type { StoreKey } from '../../structures/store-key.js';
import type { CollectionIndex, OrderedIndex, Stretch } from '../indexing/collection-index.js';
import { type Interest, interestsOf } from '../indexing/condition-tree.js';
import { type ChangedDocument, type Interested, isDropped, valuesIn } from './interested.js';
import { withinBoth } from './order-window.js';
import { RangeWatchers } from './range-watchers.js';
import { type Asked, WatcherGroups, WatcherSet } from './watcher-set.js';

export class InterestMap<T extends Interested> {
  readonly #byValue = new Map<CollectionIndex, Map<unknown, WatcherSet<T>>>();
  readonly #byRange = new Map<CollectionIndex, RangeWatchers<Asked<T>>>();
  readonly #byKey = new Map<StoreKey, WatcherSet<T>>();
  /** Those that ask for no value in particular. */
  readonly #others = new WatcherGroups<T>();
  /** What takes each one out again. */
  readonly #removals = new Map<T, (() => void)[]>();

  /** O(values it asks for), amortised O(log all) for a stretch or a window. */
  add(one: T): void {
    const interests = interestsOf(one.conditions);
    const removals =
      interests === undefined ? [this.#others.add(one)] : interests.flatMap((interest) => this.#add(one, interest));
    this.#removals.set(one, removals);
  }

  delete(one: T): void {
    for (const remove of this.#removals.get(one) ?? []) remove();
    this.#removals.delete(one);
  }

  /** Its window is another one now. */
  move(one: T): void {
    if (!this.#removals.has(one)) return;
    this.delete(one);
    this.add(one);
  }

  /** Which are to see which changes, each once; those of a dropped index, which answers nothing any more, see none. */
  concerned<C extends ChangedDocument>(changes: readonly C[]): Map<T, readonly C[]> {
    const concerned = new Map<T, C[]>();
    // Change by change: one that is found under several values or indexes sees each change once, in its order.
    for (const change of changes) {
      const found = (one: T): void => note(concerned, one, change);
      for (const [index, byValue] of this.#byValue)
        for (const value of valuesIn(index, change)) byValue.get(value)?.find(change, found);
      for (const [index, watchers] of this.#byRange)
        for (const value of valuesIn(index, change)) watchers.find(value, ({ one }) => found(one));
      if (this.#byKey.size > 0) this.#byKey.get(change.storeKey)?.find(change, found);
      if (!this.#others.isEmpty) this.#others.find(change, found);
    }
    for (const [index, byValue] of this.#byValue)
      if (isDropped(index)) for (const those of byValue.values()) for (const one of those.all()) concerned.set(one, []);
    for (const [index, watchers] of this.#byRange)
      if (isDropped(index)) for (const { one } of watchers.all()) concerned.set(one, []);
    return concerned;
  }

  #add(one: T, interest: Interest): (() => void)[] {
    if ('keys' in interest) return Array.from(interest.keys, (key) => addTo(this.#byKey, key, one));
    if ('stretch' in interest) return [this.#addStretch(one, interest.index as OrderedIndex, interest.stretch)];
    const { index, values } = interest;
    let byValue = this.#byValue.get(index);
    if (byValue === undefined) {
      byValue = new Map();
      this.#byValue.set(index, byValue);
    }
    const those = byValue;
    const isLast = (): void => {
      if (those.size === 0 && this.#byValue.get(index) === those) this.#byValue.delete(index);
    };
    return [...values.map((value) => addTo(those, value, one)), isLast];
  }

  /** Rows that are ordered by the very index lie in both stretches. */
  #addStretch(one: T, index: OrderedIndex, stretch: Stretch): () => void {
    let watchers = this.#byRange.get(index);
    if (watchers === undefined) {
      watchers = new RangeWatchers(index);
      this.#byRange.set(index, watchers);
    }
    const those = watchers;
    const { window } = one;
    const asked = { one };
    those.add(
      asked,
      window !== undefined && 'stretch' in window && window.index === index
        ? withinBoth(index, stretch, window.stretch)
        : stretch,
    );
    return () => {
      those.delete(asked);
      if (those.size === 0 && this.#byRange.get(index) === those) this.#byRange.delete(index);
    };
  }
}

function addTo<K, T extends Interested>(map: Map<K, WatcherSet<T>>, key: K, one: T): () => void {
  let those = map.get(key);
  if (those === undefined) {
    those = new WatcherSet();
    map.set(key, those);
  }
  const set = those;
  const remove = set.add(one);
  return () => {
    remove();
    if (set.isEmpty && map.get(key) === set) map.delete(key);
  };
}

function note<T, C>(concerned: Map<T, C[]>, one: T, change: C): void {
  const own = concerned.get(one);
  if (own === undefined) concerned.set(one, [change]);
  else if (own.at(-1) !== change) own.push(change);
}
