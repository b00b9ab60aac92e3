/**
 * The rows a watched query has in hand: those it shows and, beyond a limit, some more, so that a row which leaves is
 * replaced without asking again. The rows after the window are not held, however many they are.
 */
import type { StoreKey } from '../../structures/store-key.js';
import type { PinnedKeys } from './pinned-keys.js';

/** Key and document. */
export type Row = readonly [StoreKey, object];

/** Rows held beyond a limit: at least, and at most. */
const MIN_SPARE = 16;
const MAX_SPARE = 1_000;

export class AnswerWindow {
  readonly #limit: number;
  readonly #compare: ((a: Row, b: Row) => number) | undefined;
  /** Rows held at most. */
  readonly capacity: number;
  readonly #documents = new Map<StoreKey, object>();
  /** In order; empty where there is no order: then rows stand as they came. */
  #ordered: Row[] = [];
  /** Behind the window there are more. */
  #hasMore = false;
  /** Of the rows in hand, until these are others. */
  #keys: ReadonlySet<StoreKey> | undefined;
  readonly #pins: PinnedKeys | undefined;

  /**
   * @param compare the order of rows, no two of which are equal; undefined: new ones come last.
   * @param pins told of the rows in hand; undefined where documents stay anyway.
   */
  constructor(limit: number, compare: ((a: Row, b: Row) => number) | undefined, pins?: PinnedKeys) {
    this.#limit = limit;
    this.#compare = compare;
    this.#pins = pins;
    this.capacity = limit === 0 ? 0 : limit + Math.min(Math.max(limit, MIN_SPARE), MAX_SPARE);
  }

  /** Fewer rows than the limit are held though there are more. */
  get isShort(): boolean {
    return this.#hasMore && this.#documents.size < this.#limit;
  }

  /** The rows in hand, in no order, beyond which there are more: no other comes to show. The same set while they are the same. */
  get keysOfMore(): ReadonlySet<StoreKey> | undefined {
    if (!this.#hasMore || this.#compare !== undefined) return undefined;
    this.#keys ??= new Set(this.#documents.keys());
    return this.#keys;
  }

  /** The last row in hand of an order that goes on behind it; undefined: a new row may come to stand anywhere. */
  get lastOfMore(): Row | undefined {
    return this.#hasMore && this.#compare !== undefined ? this.#ordered.at(-1) : undefined;
  }

  /**
   * Takes what a query answers now. Without an order the rows in hand keep their places.
   *
   * @param rows of the query with a limit of one more than `capacity`.
   */
  fill(rows: readonly Row[], isKeepingPlaces: boolean): void {
    this.#hasMore = rows.length > this.capacity;
    const held = this.#hasMore ? rows.slice(0, this.capacity) : rows;
    if (this.#compare === undefined && isKeepingPlaces) {
      const now = new Map(held);
      for (const key of this.#documents.keys()) if (!now.has(key)) this.#forget(key);
    } else this.clear();
    for (const [key, document] of held) this.#hold(key, document);
    this.#ordered = this.#compare === undefined ? [] : [...held];
  }

  /** No row is in hand any more. */
  clear(): void {
    for (const key of this.#documents.keys()) this.#pins?.unpin(key);
    this.#documents.clear();
    this.#keys = undefined;
    this.#ordered = [];
  }

  #hold(key: StoreKey, document: object): void {
    if (!this.#documents.has(key)) {
      this.#pins?.pin(key);
      this.#keys = undefined;
    }
    this.#documents.set(key, document);
  }

  #forget(key: StoreKey): void {
    if (!this.#documents.delete(key)) return;
    this.#pins?.unpin(key);
    this.#keys = undefined;
  }

  /** The document of a key is this now, and belongs to the answer. O(log rows), and O(rows) to make room. */
  put(key: StoreKey, document: object): void {
    const before = this.#documents.get(key);
    if (before === document) return;
    if (this.#compare === undefined) {
      if (before === undefined && this.#hasMore) return;
      this.#hold(key, document);
      if (before === undefined && this.#documents.size > this.capacity) this.#letGo(key);
      return;
    }
    if (before !== undefined) this.remove(key);
    const row: Row = [key, document];
    const place = this.#placeOf(row);
    // Behind the last one in hand stand those that are not: whether it is the next of them nobody knows.
    if (place === this.#ordered.length && this.#hasMore) return;
    this.#ordered.splice(place, 0, row);
    this.#hold(key, document);
    if (this.#ordered.length > this.capacity) this.#letGo(this.#ordered.pop()![0]);
  }

  /** The document of a key belongs to the answer no longer. */
  remove(key: StoreKey): void {
    const document = this.#documents.get(key);
    if (document === undefined) return;
    this.#forget(key);
    if (this.#compare !== undefined) this.#ordered.splice(this.#placeOf([key, document]), 1);
  }

  /** The rows that show. O(rows shown). */
  shown(): Map<StoreKey, object> {
    const rows: Iterable<Row> = this.#compare === undefined ? this.#documents : this.#ordered;
    if (this.#documents.size <= this.#limit) return new Map(rows);
    const shown = new Map<StoreKey, object>();
    for (const [key, document] of rows) {
      if (shown.size === this.#limit) break;
      shown.set(key, document);
    }
    return shown;
  }

  /** Whether a row is held, or a new one would come to stand among those that show. O(log rows). */
  isTouchedBy(key: StoreKey, document: object | undefined): boolean {
    if (this.#documents.has(key)) return true;
    if (document === undefined || this.#limit === 0) return false;
    if (this.#compare === undefined) return !this.#hasMore && this.#documents.size < this.#limit;
    return this.#placeOf([key, document]) < this.#limit;
  }

  #letGo(key: StoreKey): void {
    this.#forget(key);
    this.#hasMore = true;
  }

  /** How many rows come before this one. */
  #placeOf(row: Row): number {
    const compare = this.#compare!;
    let low = 0;
    let high = this.#ordered.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#ordered[middle]!, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
