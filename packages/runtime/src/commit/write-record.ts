/**
 * What one write did: its undo, its journal effect and the source of its change event in one object.
 *
 * One object serves all three because a write is the hottest path of the engine: nothing is copied on the way from
 * the collection to the journal and the feed.
 */
import type { Entry } from '../store/entry.js';
import type { DeleteEffect, PutEffect, StoreKey } from './effect.js';

/** Who can take a write back: a collection. */
export interface WriteTarget {
  /** Collection name, for errors and events. */
  readonly name: string;
  /** True when the collection is not journaled. */
  readonly isMemoryOnly: boolean;
  /** Puts back what the record says was before. Called newest first; never throws. O(indexes of changed fields). */
  revert(record: WriteRecord): void;
  /**
   * Checks what was put off to the transaction's end: that every unique value has one holder again.
   *
   * @throws DatabaseError `DUPLICATE_KEY`.
   */
  checkDeferred(): void;
  /** The key as callers know it, of a key as the store has it. */
  publicKey(key: StoreKey): unknown;
  /** Stored fields whose values differ, in model order; those that are set, when there is but one document. */
  changedFields(before: object | undefined, after: object | undefined): readonly string[];
}

interface Undo {
  readonly target: WriteTarget;
  /** The entry that was made, changed or removed. */
  readonly entry: Entry;
  /** The document before the write; undefined when there was none. */
  readonly before: object | undefined;
  readonly beforeRevision: number;
  readonly beforeExpiresAt: number | undefined;
}

export interface PutRecord extends PutEffect, Undo {}

export interface DeleteRecord extends DeleteEffect, Undo {
  readonly document?: undefined;
}

export type WriteRecord = PutRecord | DeleteRecord;
