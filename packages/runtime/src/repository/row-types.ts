/** The types of rows: which fields of a document a query can be asked for, and what comes back. Types only. */
import type { CountedPage, Direction, Page, PageOptions, QueryDelta, QueryPlan } from '../collection/query-types.js';
import type { Subscription } from '../feed/change-feed.js';
import type { CollectionTypes } from './repository-types.js';

/** Fields and getters of a document, without methods. */
export type FieldOf<D> = {
  readonly [F in keyof D & string]-?: D[F] extends (...args: never[]) => unknown ? never : F;
}[keyof D & string];

/**
 * A query that gives out rows in the place of documents. Each method is that of `Query`, with its cost and its errors.
 *
 * A type of its own, since a second parameter of `Query` would cost the compiler a third more for each collection.
 *
 * @typeParam R a row.
 */
export interface RowQuery<T extends CollectionTypes, R> extends Iterable<R>, AsyncIterable<R> {
  orderBy(field: T['order'], direction?: Direction): RowQuery<T, R>;
  offset(count: number): RowQuery<T, R>;
  limit(count: number): RowQuery<T, R>;
  after(cursor: string): RowQuery<T, R>;
  /** `predicate` is given whole documents. */
  filter(predicate: (document: T['document']) => boolean): RowQuery<T, R>;
  all(): R[];
  first(): R | undefined;
  count(): number;
  exists(): boolean;
  keys(): T['key'][];
  page(options: PageOptions & { readonly total: true }): CountedPage<R>;
  page(options?: PageOptions): Page<R>;
  explain(): QueryPlan;
  toJSON(): R[];
  /** The listener is called when a row changes, and not when another field of its document does. */
  watch(listener: (rows: readonly R[], delta: QueryDelta<R>) => void): Subscription;
  [Symbol.iterator](): IterableIterator<R>;
  [Symbol.asyncIterator](): AsyncIterableIterator<R>;
}
