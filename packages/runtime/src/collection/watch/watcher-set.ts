/**
 * Watched queries that are found together, by one value or by none. All of them are concerned by a change, but for those
 * with a limited answer: these are found by the part of their order that their rows lie in, or by the keys of their rows.
 *
 * Where no value finds them (`not`, `absent`, `none`, all documents), queries that ask the same stand together, and
 * whether a document meets that is asked once for all of them.
 */
import type { StoreKey } from '../../structures/store-key.js';
import type { Condition, OrderingIndex } from '../indexing/collection-index.js';
import { conditionsText } from '../indexing/condition-text.js';
import { type ChangedDocument, type Interested, isDropped, valuesIn } from './interested.js';
import { KEY_ORDER, type StretchWindow } from './order-window.js';
import { RangeWatchers } from './range-watchers.js';

/** One stretch of one who asks, who may ask for several. */
export interface Asked<T> {
  readonly one: T;
}

export type Found<T> = (one: T) => void;

export class WatcherSet<T extends Interested> {
  readonly #plain = new Set<T>();
  /** By the index that orders their rows; undefined: by key. Made when the first one has a window. */
  #windows: Map<OrderingIndex | undefined, RangeWatchers<Asked<T>>> | undefined;

  /** Those whose rows have no order, by the keys of these. Made as `#windows` is. */
  #byKey: Map<StoreKey, Set<T>> | undefined;

  get isEmpty(): boolean {
    return this.#plain.size === 0 && (this.#windows?.size ?? 0) === 0 && (this.#byKey?.size ?? 0) === 0;
  }

  /** @returns what takes it out again. */
  add(one: T): () => void {
    const { window } = one;
    if (window !== undefined) return 'keys' in window ? this.#addKeys(one, window.keys) : this.#addWindow(one, window);
    this.#plain.add(one);
    return () => void this.#plain.delete(one);
  }

  find(change: ChangedDocument, found: Found<T>): void {
    for (const one of this.#plain) found(one);
    if (this.#byKey !== undefined) for (const one of this.#byKey.get(change.storeKey) ?? []) found(one);
    if (this.#windows === undefined) return;
    for (const [index, watchers] of this.#windows) {
      if (index === undefined) watchers.find(change.storeKey, ({ one }) => found(one));
      else if (isDropped(index)) for (const { one } of watchers.all()) found(one);
      else for (const value of valuesIn(index, change)) watchers.find(value, ({ one }) => found(one));
    }
  }

  *all(): Iterable<T> {
    yield* this.#plain;
    for (const those of this.#byKey?.values() ?? []) yield* those;
    for (const watchers of this.#windows?.values() ?? []) for (const { one } of watchers.all()) yield one;
  }

  #addKeys(one: T, keys: ReadonlySet<StoreKey>): () => void {
    this.#byKey ??= new Map();
    const byKey = this.#byKey;
    for (const key of keys) {
      const those = byKey.get(key);
      if (those === undefined) byKey.set(key, new Set([one]));
      else those.add(one);
    }
    return () => {
      for (const key of keys) {
        const those = byKey.get(key);
        those?.delete(one);
        if (those?.size === 0) byKey.delete(key);
      }
    };
  }

  #addWindow(one: T, { index, stretch }: StretchWindow): () => void {
    this.#windows ??= new Map();
    const windows = this.#windows;
    let watchers = windows.get(index);
    if (watchers === undefined) {
      watchers = new RangeWatchers(index ?? KEY_ORDER);
      windows.set(index, watchers);
    }
    const asked = { one };
    watchers.add(asked, stretch);
    return () => {
      watchers.delete(asked);
      if (watchers.size === 0 && windows.get(index) === watchers) windows.delete(index);
    };
  }
}

/** Those that ask the same question, for which no value stands. */
interface Group<T extends Interested> {
  readonly conditions: readonly Condition[];
  readonly members: WatcherSet<T>;
}

export class WatcherGroups<T extends Interested> {
  /** By what they ask; one whose question has no text is alone. */
  readonly #groups = new Map<string | T, Group<T>>();

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** @returns what takes it out again. */
  add(one: T): () => void {
    const { conditions } = one;
    const name = conditionsText(conditions) ?? one;
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { conditions, members: new WatcherSet() };
      this.#groups.set(name, group);
    }
    const { members } = group;
    const remove = members.add(one);
    return () => {
      remove();
      if (members.isEmpty && this.#groups.get(name)?.members === members) this.#groups.delete(name);
    };
  }

  /** O(different questions), and O(log queries) for those with a limit. */
  find(change: ChangedDocument, found: Found<T>): void {
    for (const { conditions, members } of this.#groups.values())
      if (mayConcern(conditions, change)) members.find(change, found);
  }
}

/** Whether the document meets them before or after. Who asks a dropped index, or a getter that throws, is to be told so. */
function mayConcern(conditions: readonly Condition[], { before, after }: ChangedDocument): boolean {
  try {
    return (before !== undefined && meets(before, conditions)) || (after !== undefined && meets(after, conditions));
  } catch {
    return true;
  }
}

function meets(document: object, conditions: readonly Condition[]): boolean {
  for (const condition of conditions) if (!condition.matches(document)) return false;
  return true;
}
