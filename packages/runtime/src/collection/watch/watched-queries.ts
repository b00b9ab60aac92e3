/**
 * The live queries of a collection, fed with its durable changes.
 *
 * A query is found by the values it asks for: a change is shown to those that ask for a value of the document before or
 * after it or for a range that holds one, and to those that ask for none in particular (composite ranges, filters alone, all
 * documents). So twenty thousand watched tags cost a write no more than its own tags do.
 */
import type { DocumentChange } from '../../feed/change-batch.js';
import type { Subscription } from '../../feed/change-feed.js';
import { tell } from '../../structures/told.js';
import type { CollectionIndex, IndexCondition, OrderedIndex } from '../indexing/collection-index.js';
import type { LiveQuery } from './live-query.js';
import { RangeWatchers } from './range-watchers.js';

/** What of the change feed serves one collection. */
export interface WatchedFeed {
  /** @param count how many ask through this one subscription. */
  subscribe(listener: WatchListener, count: () => number): Subscription;
  /** @throws DatabaseError `INVALID_QUERY` inside a transaction, half of which memory holds. */
  requireOutsideTransaction(): void;
  /** Seq of the last transaction that memory shows. */
  appliedSeq(): number;
  onError(error: unknown): void;
}

export type WatchListener = (
  changes: readonly DocumentChange[],
  batch: { readonly seq: number; readonly unjournaledNumber: number },
) => void;

type Queries = Set<LiveQuery>;

export class WatchedQueries {
  readonly feed: WatchedFeed;
  readonly #watched: Queries = new Set();
  readonly #byValue = new Map<CollectionIndex, Map<unknown, Queries>>();
  readonly #byRange = new Map<CollectionIndex, RangeWatchers>();
  /** Those that ask for no value in particular. */
  readonly #others: Queries = new Set();
  #subscription: Subscription | undefined;

  constructor(feed: WatchedFeed) {
    this.feed = feed;
  }

  /**
   * Feeds a live query until unsubscribed, or until an index it asks is dropped: that is reported once, at the next change.
   * What its listener throws at the first answer goes to the caller, who then has no subscription.
   *
   * @throws DatabaseError `INVALID_QUERY` inside a transaction.
   */
  add(live: LiveQuery): Subscription {
    this.feed.requireOutsideTransaction();
    const unsubscribe = (): void => this.#remove(live);
    this.#watched.add(live);
    this.#place(live);
    this.#subscription ??= this.feed.subscribe(
      (changes, batch) => this.#take(changes, batch),
      () => this.#watched.size,
    );
    try {
      live.start();
    } catch (error) {
      unsubscribe();
      throw error;
    }
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /** Writes were taken back: live queries look again. */
  refresh(): void {
    for (const live of [...this.#watched]) if (live.isAnswerable) tell(() => live.refresh(), this.feed.onError);
  }

  #remove(live: LiveQuery): void {
    if (!this.#watched.delete(live)) return;
    this.#others.delete(live);
    const found = valuesOf(live);
    const range = found === undefined ? rangeOf(live) : undefined;
    if (found !== undefined) this.#removeByValue(live, found);
    else if (range !== undefined) {
      const watchers = this.#byRange.get(range.index);
      watchers?.delete(live);
      if (watchers?.size === 0) this.#byRange.delete(range.index);
    }
    if (this.#watched.size > 0) return;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #removeByValue(live: LiveQuery, { index, values }: Found): void {
    const byValue = this.#byValue.get(index);
    for (const value of values) {
      const queries = byValue?.get(value);
      queries?.delete(live);
      if (queries?.size === 0) byValue?.delete(value);
    }
    if (byValue?.size === 0) this.#byValue.delete(index);
  }

  /** Puts a live query where it is found. */
  #place(live: LiveQuery): void {
    const found = valuesOf(live);
    if (found === undefined) {
      this.#placeByRange(live);
      return;
    }
    let byValue = this.#byValue.get(found.index);
    if (byValue === undefined) {
      byValue = new Map();
      this.#byValue.set(found.index, byValue);
    }
    for (const value of found.values) {
      const queries = byValue.get(value) ?? new Set();
      byValue.set(value, queries.add(live));
    }
  }

  #placeByRange(live: LiveQuery): void {
    const range = rangeOf(live);
    if (range?.stretch === undefined) {
      this.#others.add(live);
      return;
    }
    let watchers = this.#byRange.get(range.index);
    if (watchers === undefined) {
      watchers = new RangeWatchers(range.index as OrderedIndex);
      this.#byRange.set(range.index, watchers);
    }
    watchers.add(live, range.stretch);
  }

  #take(changes: readonly DocumentChange[], batch: Parameters<WatchListener>[1]): void {
    for (const [live, own] of this.#concerned(changes)) {
      // One of those before it may have ended it.
      if (!this.#watched.has(live)) continue;
      // Those that are not journaled share the seq of the one before them: they may come again, which changes nothing.
      if (batch.seq <= live.readSeq && batch.unjournaledNumber === 0) continue;
      const isAnswerable = live.isAnswerable;
      if (!isAnswerable) this.#remove(live);
      tell(() => (isAnswerable ? live.take(own) : live.requireAnswerable()), this.feed.onError);
    }
  }

  /** Which live queries are to see which changes, each once. */
  #concerned(changes: readonly DocumentChange[]): ReadonlyMap<LiveQuery, readonly DocumentChange[]> {
    const concerned = new Map<LiveQuery, DocumentChange[]>();
    for (const live of this.#others) concerned.set(live, changes as DocumentChange[]);
    for (const [index, byValue] of this.#byValue) {
      for (const change of changes) {
        for (const value of valuesIn(index, change)) {
          for (const live of byValue.get(value) ?? NONE) note(concerned, live, change);
        }
      }
      // A dropped index has no values any more: all who asked it are told.
      if (isDropped(index)) for (const queries of byValue.values()) for (const live of queries) concerned.set(live, []);
    }
    for (const [index, watchers] of this.#byRange) {
      for (const change of changes)
        for (const value of valuesIn(index, change)) watchers.find(value, (live) => note(concerned, live, change));
      if (isDropped(index)) for (const live of watchers.all()) concerned.set(live, []);
    }
    return concerned;
  }
}

interface Found {
  readonly index: CollectionIndex;
  readonly values: readonly unknown[];
}

const NONE: readonly LiveQuery[] = [];

function note(concerned: Map<LiveQuery, DocumentChange[]>, live: LiveQuery, change: DocumentChange): void {
  const own = concerned.get(live);
  if (own === undefined) concerned.set(live, [change]);
  else if (own.at(-1) !== change) own.push(change);
}

/** The condition with the fewest values: a document that meets it has one of them. */
function valuesOf(
  live: LiveQuery,
): { readonly index: CollectionIndex; readonly values: readonly unknown[] } | undefined {
  let found: IndexCondition | undefined;
  for (const condition of live.conditions) {
    const { values } = condition;
    if (values === undefined || values.length >= (found?.values?.length ?? Number.POSITIVE_INFINITY)) continue;
    found = condition;
  }
  return found?.values && { index: found.index, values: found.values };
}

/** The condition that asks for a stretch of an order. */
function rangeOf(live: LiveQuery): IndexCondition | undefined {
  return live.conditions.find(({ stretch }) => stretch !== undefined);
}

/** What an index holds of a document before and after a change. */
function valuesIn(index: CollectionIndex, { before, after }: DocumentChange): Iterable<unknown> {
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
