/**
 * The parts of their collection that writes need: keys, slots and indexes, and the two changes that everything comes
 * down to.
 */

import type { Transaction } from '../../commit/transaction.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { KeyCodec } from '../../definition/key-codec.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';

/** A tag index as writes need it. */
export interface TaggedDocuments {
  /** @throws DatabaseError `INVALID_QUERY` for an absent tag, `INVALID_INDEX_VALUE` for one of another type. */
  requireTag(tag: unknown): void;
  /** The documents of a tag, by slot. */
  slotsOf(tag: unknown): Uint32Array;
}

export interface WritableCollection {
  readonly definition: CollectionDefinition;
  readonly keys: KeyCodec;
  publicKey(key: StoreKey): unknown;
  readonly store: ShardedStore;
  /** Not journaled. */
  readonly isMemoryOnly: boolean;
  slotOf(key: unknown): Slot | undefined;
  require(key: unknown): Slot;
  keysWithTag(field: string, tag: unknown): readonly unknown[];
  /** @throws DatabaseError `UNINDEXED_FIELD`. */
  tagIndex(field: string): TaggedDocuments;
  /** The entry with the document's value in a unique index. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`. */
  slotLike(field: string, document: object): Slot | undefined;
  nextInSequence(): number | bigint;
  useSequenceUpTo(transaction: Transaction, value: unknown): void;
  put(
    transaction: Transaction,
    slot: Slot | undefined,
    key: StoreKey,
    document: object,
    expiresAt: number | undefined,
    fields?: number,
    given?: number,
  ): object;
  remove(transaction: Transaction, slot: Slot): void;
}
