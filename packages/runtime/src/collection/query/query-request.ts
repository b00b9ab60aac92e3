/** A question to the planner, what it is put to, and what is noted of the answer while it is found. */
import type { Slot, SlotReader } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Condition } from '../indexing/collection-index.js';
import type { Cursor } from './cursor.js';
import type { QueryOrder } from './query-order.js';

/** The parts of a collection's store that the planner needs. */
export interface QuerySource extends SlotReader {
  readonly size: number;
  /** The first slot that no document has had. */
  readonly end: Slot;
  slots(): Iterable<Slot>;
  /** Entries from a slot on, in order of slots; safe while writes go on. */
  slotsFrom(slot: Slot): Iterable<Slot>;
  /** As long as slots are in key order: the first slot whose key is above `key`. */
  slotBehind(key: StoreKey): Slot;
  /** Whether a key has a document. */
  has(key: StoreKey): boolean;
  hasEntry(slot: Slot): boolean;
  /** The entry of a key. */
  get(key: StoreKey): Slot | undefined;
}

/** A class, so that all requests have one shape. */
export class QueryRequest {
  /** The documents of the answer are counted, added up or sorted: they may come in any order. */
  isAnyOrder = false;

  constructor(
    readonly conditions: readonly Condition[],
    readonly order: QueryOrder | undefined,
    readonly limit: number,
    readonly after: Cursor | undefined,
    readonly filter: ((document: object, slot: Slot) => boolean) | undefined,
    /** The same conditions, by composite indexes: for hits that are sorted. Left out: as they are. */
    readonly merged: readonly Condition[] = conditions,
  ) {}
}

export const NO_CONDITIONS: readonly Condition[] = [];
/** How a query was answered, noted while it runs. */
export class QueryTrace {
  /** Documents looked at. */
  seen = 0;
  /** The index that was read, or the kind of the condition; undefined: all documents. */
  read: string | undefined = undefined;
  /** For `explain`: of each condition the entries taken from it, or the documents that were held against it. */
  seenBy: Map<Condition, number> | undefined = undefined;
  /** The order was that of the index; else hits were sorted. */
  isWalked = false;
  /** Hits were found by the merged conditions of the request. */
  isMerged = false;
}
