/**
 * The contract of every index of a collection: what it takes from a document, and how it follows changes.
 *
 * A write is two steps, so that nothing need be taken back half way: `valueOf` for every index first, which may refuse
 * the document; then `move` for every index, which never fails. Undo is `restore`, or `move`, with before and after exchanged.
 *
 *   insert: move(slot, undefined, valueOf(document))          delete: move(slot, valueOf(document), undefined)
 *   update: before = valueOf(old), after = valueOf(new); unless isSame(before, after): move(slot, before, after)
 */
import type { IndexKind } from '@nuthatch/model';
import type { IndexImage } from '../image/image-tables.js';
import type { Steps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import type { ProjectedReader } from '../undecoded/projected-columns.js';

/**
 * The raw value of a document: a field, a getter, an array of parts for a composite index, the tags of a tag index;
 * undefined or null when it is not indexed, also by an index's condition. Must be pure.
 */
export interface ValueOf {
  (document: object): unknown;
  /** Stored fields it reads; undefined: any. */
  readonly fields?: readonly string[];
}

export interface IndexOptions {
  /** The documents of the slots. Indexes hold slots, never documents. */
  readonly source: ProjectedReader;
  /** Name within the collection, for errors and statistics. */
  readonly name: string;
  readonly valueOf: ValueOf;
}

export interface IndexStats {
  readonly name: string;
  readonly kind: IndexKind | (string & {});
  /** Documents in the index; for tags, pairs of tag and document. */
  readonly entryCount: number;
  /** Distinct values, when the index knows. */
  readonly valueCount?: number;
}

/** @typeParam V what the index holds of one document: a scalar, the parts of a composite, a list of tags. */
export interface SecondaryIndex<V> {
  readonly name: string;
  readonly kind: IndexKind | (string & {});
  /** Documents in the index; for tags, pairs of tag and document. O(1). */
  readonly entryCount: number;
  /** Those of them that are in the tables of an image, untouched since; left out: there are no such tables. O(1). */
  readonly imageCount?: number;
  /**
   * The index's value of a document; undefined when the document is not in it.
   *
   * @throws DatabaseError `INVALID_INDEX_VALUE`.
   */
  valueOf(document: object): V | undefined;
  /** Whether two answers of `valueOf` are one, so that the index need not be touched. */
  isSame(before: V | undefined, after: V | undefined): boolean;
  /** Moves the entry from one value to another; undefined: not in the index. Never throws for answers of `valueOf`. */
  move(slot: Slot, before: V | undefined, after: V | undefined): void;
  /** As `move`, of a write that is taken back, where that can do with less; left out: `move` does it. Never throws. */
  restore?(slot: Slot, before: V | undefined, after: V | undefined): void;
  /**
   * Empties the index and fills it with the entries' documents, faster than one by one: for opening. Nothing may be
   * written or asked until all steps are done.
   *
   * @param slots rising.
   * @throws DatabaseError `INVALID_INDEX_VALUE`; the index is then empty.
   */
  rebuilding(slots: readonly Slot[]): Steps;
  /**
   * Holds what an image says of the entries, where it holds nothing: its parts become as others when they are asked for or
   * written to. O(leaves) for ranges, else O(1). Left out: it is built at each opening.
   */
  adopting?(image: IndexImage): Steps;
  clear(): void;
  /**
   * Holds what an index of the same class holds over an equal store, which both only read from now on: whichever is to be
   * written to parts first. Where this one holds nothing yet. O(1).
   */
  share(other: this): void;
  /** Ends the sharing for this one. O(entries), at the speed of memory. */
  part(): void;
  stats(): IndexStats;
}
