/**
 * One index as its collection and the query planner see it: the structure of `indexes/` with what a `where` may ask
 * of it. Implementations: unique-collection-index.ts, tag-collection-index.ts, range-collection-index.ts.
 */
import type { IndexModel } from '@nuthatch/model';
import type { SecondaryIndex } from '../../indexes/secondary-index.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Direction } from '../query-types.js';

export interface CollectionIndex {
  readonly model: IndexModel;
  /** Takes values from documents and follows changes. */
  readonly structure: SecondaryIndex<unknown>;
  /** It is asked for keys of several parts, which are objects. */
  readonly isOfObjects?: boolean;
  /**
   * The condition of a `where` on this index.
   *
   * @throws DatabaseError `INVALID_QUERY`, `INVALID_INDEX_VALUE`.
   */
  condition(query: unknown): IndexCondition;
}

/** A point of an order: before or after a value. */
export interface OrderPoint {
  readonly value: unknown;
  readonly isAfter: boolean;
}

/** From one point of an order to another; undefined: from its beginning, to its end. */
export interface Stretch {
  readonly from: OrderPoint | undefined;
  readonly to: OrderPoint | undefined;
}

/** What is made of other conditions, or is answered by no one index. */
export type ConditionKind = 'in' | 'key' | 'absent' | 'null' | 'not' | 'and' | 'or' | 'join' | 'vector' | 'search';

/** One condition of a query: a tree, which planner, watched queries, shapes and `explain` share. */
export interface Condition {
  /** The index that it asks itself. */
  readonly index?: CollectionIndex | undefined;
  /** Undefined: a condition on one index, as the index understands it. */
  readonly kind?: ConditionKind | undefined;
  /** The conditions it is made of. */
  readonly parts?: readonly Condition[] | undefined;
  /** Keys of the documents that may meet it. */
  readonly keys?: ReadonlySet<StoreKey> | undefined;
  /** At most this many documents meet it. */
  readonly estimate: number;
  /** `estimate` is their very count. */
  readonly isExact: boolean;
  /**
   * Entries that meet it, each once; at least `limit` of them when there are so many. Not to be changed, nor held over
   * a write. Taken from indexes alone, without a look at a document; undefined where only a look at each document tells.
   */
  slots(limit?: number): readonly Slot[] | undefined;
  /** Among its slots are others: each is to be looked at. Default false. */
  readonly isLoose?: boolean | undefined;
  /** All of `slots` as they are now, a copy; left out where that takes more than a walk over one index. */
  slotsNow?(): Uint32Array | undefined;
  /** Those of `slots` from a slot on, rising, each once; left out where they do not lie so. Safe while writes go on. */
  slotsFrom?(slot: Slot): Iterable<Slot> | undefined;
  /**
   * A document that meets it has one of these in `structure.valueOf` of its index, or among its tags; left out where no
   * few values say so. By them watched queries are found.
   */
  readonly values?: readonly unknown[] | undefined;
  /** What it asks its index, as a text: the same text is the same question. Left out: not known. See condition-text.ts. */
  readonly question?: string | undefined;
  /** As in IndexCondition. */
  readonly stretch?: Stretch | undefined;
  /** Whether a document meets it, from the document alone. O(1), or O(its tags), for each condition it is made of. */
  matches(document: object): boolean;
}

/** A condition answered by one index. */
export interface IndexCondition extends Condition {
  readonly index: CollectionIndex;
  readonly kind?: undefined;
  slots(limit?: number): readonly Slot[];
  slotsNow?(): Uint32Array;
  slotsFrom?(slot: Slot): Iterable<Slot>;
  /**
   * A document that meets it has one of these in `structure.valueOf`, or among its tags; left out where no few values
   * say so. By them watched queries are found.
   */
  readonly values?: readonly unknown[] | undefined;
  /**
   * A document that meets it has a value of `structure.valueOf` between these points; of one field, where all values
   * have one order.
   */
  readonly stretch?: Stretch | undefined;
  /** Whether a document meets it, from the document alone. O(1) or O(its tags). */
  matches(document: object): boolean;
}

/** A position of a walk: entries up to it are left out. */
export interface WalkStart {
  readonly value: unknown;
  /** Undefined: none of the value's entries are left out. */
  readonly key: StoreKey | undefined;
}

/** What an order goes by: a value of each document, and the entries in order of value, then key. */
export interface OrderingIndex {
  readonly model: IndexModel;
  readonly structure: Pick<SecondaryIndex<unknown>, 'valueOf' | 'entryCount'>;
  /** Whether a document can have this value of `structure.valueOf`, by its type. */
  isPosition(value: unknown): boolean;
  /** Order of two values of `structure.valueOf`. */
  compare(a: unknown, b: unknown): number;
  /** Entries after `start`, within `condition` of this index; both may be left out. */
  walk(direction: Direction, condition: IndexCondition | undefined, start: WalkStart | undefined): Iterable<Slot>;
  /** The first `limit` entries of that walk. O(log n + limit). */
  firstOf(
    direction: Direction,
    condition: IndexCondition | undefined,
    start: WalkStart | undefined,
    limit: number,
  ): readonly Slot[];
  /** All entries of that walk, as they are now. O(log n + entries). */
  allOf(direction: Direction, condition: IndexCondition | undefined, start: WalkStart | undefined): Uint32Array;
  /**
   * The condition of this index that a condition on its first field amounts to, among the documents that it holds;
   * undefined where it amounts to none. O(1).
   */
  conditionBy?(condition: Condition): IndexCondition | undefined;
}

/** An index that can be walked in order of value, then key. */
export interface OrderedIndex extends CollectionIndex, OrderingIndex {
  readonly structure: SecondaryIndex<unknown>;
  /** The public value (a Date, say) of the document at one end; undefined when the index is empty. */
  end(direction: Direction): unknown;
}
