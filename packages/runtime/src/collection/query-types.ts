/**
 * The conditions and answers of a query, as types: conditions, directions, pages, plans and what a watched answer
 * gained or lost.
 */

/** What any indexed field may be asked, beside what its index understands; all that is given must hold. */
interface FieldQuery<T, Q> {
  /** One of these values; of an empty list no document has one. */
  readonly in?: readonly T[];
  /** Documents that do not meet this, those without a value among them. */
  readonly not?: Q;
  /** Whether the field is undefined. */
  readonly absent?: boolean;
}

/** What is asked of a unique field. */
export type ValueQuery<T> = T | FieldQuery<T, ValueQuery<T>>;

/** What is asked of the key. */
export type KeyQuery<K> = K | { readonly in?: readonly K[]; readonly not?: KeyQuery<K> };

/** What is asked of an index over several fields: one question, any of several, or not. */
export type CompositeQuery<Q> = Q | { readonly in: readonly Q[] } | { readonly not: CompositeQuery<Q> };

/** Bounds of a range; `gt` with `gte`, or `lt` with `lte`, is a compile error. A plain value means equality. */
export type RangeQuery<T> = T | RangeWords<T>;
/** Named, so that an error of the compiler shows this name in the place of all its parts. */
type RangeWords<T> = FieldQuery<T, RangeQuery<T>> & RangeBoundsOf<NonNullable<T>>;
type RangeBoundsOf<T> =
  | (LowerBound<T> & UpperBound<T> & { readonly between?: never; readonly prefix?: never })
  | (NoBounds & { readonly between: readonly [T, T]; readonly prefix?: never })
  | PrefixOf<T>;
interface NoBounds {
  readonly gt?: never;
  readonly gte?: never;
  readonly lt?: never;
  readonly lte?: never;
}
type LowerBound<T> =
  | { readonly gt: T; readonly gte?: never }
  | { readonly gte: T; readonly gt?: never }
  | { readonly gt?: never; readonly gte?: never };
type UpperBound<T> =
  | { readonly lt: T; readonly lte?: never }
  | { readonly lte: T; readonly lt?: never }
  | { readonly lt?: never; readonly lte?: never };
type PrefixOf<T> = T extends string ? NoBounds & { readonly between?: never; readonly prefix: string } : never;

/** One tag, or sets of tags: documents with any of `any`, all of `all` and none of `none`. */
export type TagQuery<T> = T | TagWords<T>;
interface TagWords<T> extends FieldQuery<T, TagQuery<T>> {
  readonly any?: readonly NonNullable<T>[];
  readonly all?: readonly NonNullable<T>[];
  readonly none?: readonly NonNullable<T>[];
}

/** Conditions made of conditions, each an object as `find` takes it. */
export interface CombinedConditions<W> {
  /** At least one of them holds. */
  readonly or?: readonly W[];
  /** All of them hold. */
  readonly and?: readonly W[];
  /** It does not hold. */
  readonly not?: W;
}

/** Conditions of which any may be undefined, and is then left out: the filters of a page. */
export type MaybeUndefined<W> = {
  readonly [F in keyof W]?:
    | undefined
    | (F extends 'or' | 'and' ? readonly MaybeUndefined<W>[] : F extends 'not' ? MaybeUndefined<W> : Loosened<W[F]>);
};
type Loosened<Q> = Q extends string | number | bigint | boolean | Date | null
  ? Q
  : Q extends readonly unknown[]
    ? Q
    : { readonly [F in keyof Q]: Q[F] | undefined };

/** How a text is searched for; see `search`. */
export interface SearchOptions<F extends string = string> {
  /** Words may be the beginnings of longer ones: all of them, or the last one, as while somebody types. Default false. */
  readonly prefix?: boolean | 'last';
  /**
   * Words may differ in letters: in none up to three letters, one up to seven, two from eight on; or in so many. Default
   * false.
   */
  readonly fuzzy?: boolean | 0 | 1 | 2;
  /** Only these fields. Default: all that are searched. */
  readonly fields?: readonly F[];
  /** Whether a document needs every word, or one. Default `all`. */
  readonly match?: 'all' | 'any';
}

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

/** What `page` takes. */
export interface PageOptions {
  /** Whether the page says how many documents meet the conditions, on all pages together. Default false. */
  readonly total?: boolean;
}

/** A page that says how many documents there are on all pages together. */
export interface CountedPage<D> extends Page<D> {
  readonly total: number;
}

/** One condition of a query, and how it took part in the answer. */
export interface ConditionPlan {
  /** `index`: a question to one index; `in`: values of one; `absent` and `null`: documents that one leaves out; `join`: what documents refer to. */
  readonly asked: 'index' | 'in' | 'key' | 'absent' | 'null' | 'not' | 'and' | 'or' | 'join' | 'vector' | 'search';
  readonly index?: string;
  /** At most so many documents meet it. */
  readonly estimated: number;
  /** Entries taken from it, or documents held against it; 0 for what its whole answered. */
  readonly seen: number;
  readonly parts?: readonly ConditionPlan[];
}

/** How a query was or will be answered. */
export interface QueryPlan {
  /** The index read, or the condition (key, or, and, not, join), or `all documents`. */
  readonly index: string;
  /** Conditions, narrowest first, each by its index, or as key, or, and, not; with the documents it was expected to yield. */
  readonly steps: readonly { readonly index: string; readonly estimated: number }[];
  /** The same as a tree. */
  readonly conditions: readonly ConditionPlan[];
  readonly order: string;
  /** Entries taken from an index or documents looked at, those of a walk that was given up among them; and documents yielded. */
  readonly seen: number;
  readonly matched: number;
}
