/** The words of the typed face: what generated repositories are made of. Types only. */
import type { Durability } from '../journal/durability.js';

/** Everything a generated repository is typed by; one interface per class, so that few types are instantiated. */
export interface CollectionTypes {
  /** The user's class, read only. */
  readonly document: object;
  /** What reads and writes take as a key. */
  readonly key: unknown;
  /** What `insert` takes: generated ids, defaults and optional fields may be left out. */
  readonly input: object;
  /** What `update` takes: any fields but the key's. */
  readonly patch: object;
  /** What `find` takes: indexed fields. */
  readonly where: object;
  /** Fields `orderBy` takes: range-indexed ones. */
  readonly order: string;
  /** Tag fields → type of one tag. */
  readonly tags: object;
  /** Range fields → type of the value. */
  readonly ranges: object;
}

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

export type Direction = 'ascending' | 'descending';

export interface WriteOptions {
  /** Acknowledge this write at another level than the database's. */
  readonly durability?: Durability;
  /** Refuses the write before its commit point when aborted. */
  readonly signal?: AbortSignal;
  /** What the change feed says of where the write comes from: `load` for bulk loads. Default `live`. */
  readonly origin?: 'live' | 'load';
}

/** What makes a write depend on the document's present state. */
export interface RevisionOptions {
  /** Refuse with REVISION_MISMATCH unless the document has this revision. */
  readonly ifRevision?: number;
}

export interface UpdateOptions extends WriteOptions, RevisionOptions {}

export interface PutOptions extends WriteOptions {
  /**
   * The document expires this many milliseconds from now and is deleted then, with a change event of origin `expiry`.
   * Left out: an update keeps the expiry the document has; an insert or upsert has none.
   * Refused with INVALID_OPTION for a class with a field of `@Expires()`, which alone says when a document ends.
   */
  readonly ttlMs?: number;
}

/** The fields to change, or a pure function from the present document to them. */
export type Patch<T extends CollectionTypes> = T['patch'] | ((document: T['document']) => T['patch']);

/** What `upsertBy` takes: an input, or one without its key, which the document that is found gives. */
export type UpsertInput<T extends CollectionTypes> = T['input'] | Pick<T['input'], keyof T['input'] & keyof T['patch']>;

/** What differs between two answers of a watched query. */
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
