/**
 * The conditions and answers of a query, as types: conditions, directions, pages, plans and what a watched answer
 * gained or lost.
 */

/** Bounds of a range; `gt` with `gte`, or `lt` with `lte`, is a compile error. A plain value means equality. */
export type RangeQuery<T> = T | (LowerBound<T> & UpperBound<T>) | { readonly between: readonly [T, T] } | PrefixOf<T>;
type LowerBound<T> =
  | { readonly gt: T; readonly gte?: never }
  | { readonly gte: T; readonly gt?: never }
  | { readonly gt?: never; readonly gte?: never };
type UpperBound<T> =
  | { readonly lt: T; readonly lte?: never }
  | { readonly lte: T; readonly lt?: never }
  | { readonly lt?: never; readonly lte?: never };
type PrefixOf<T> = T extends string ? { readonly prefix: string } : never;

/** One tag, or sets of tags: documents with any of `any`, all of `all` and none of `none`. */
export type TagQuery<T> =
  | T
  | { readonly any?: readonly T[]; readonly all?: readonly T[]; readonly none?: readonly T[] };

export type Direction = 'asc' | 'desc';

/** The differences between two answers of a watched query. */
export interface QueryDelta<D> {
  readonly added: readonly D[];
  readonly removed: readonly D[];
  readonly changed: readonly { readonly before: D; readonly after: D }[];
}

/** One page of a query; `next` is absent on the last one. */
export interface Page<D> {
  readonly items: readonly D[];
  /** Opaque text for `after`; stays good while documents come and go. */
  readonly next?: string;
}

/** How a query was or will be answered. */
export interface QueryPlan {
  /** The index walked, or `all documents`. */
  readonly index: string;
  /** Indexes looked into, narrowest first, with the documents each was expected to yield. */
  readonly steps: readonly { readonly index: string; readonly estimated: number }[];
  readonly order: string;
  /** Documents looked at and documents yielded. */
  readonly seen: number;
  readonly matched: number;
}
