import type { StoreKey } from './store-key.js';

/**
 * Where an entry stands in the columns of its store: a small whole number, which is what indexes hold. A slot is given
 * out again once its entry is removed, so it names an entry only as long as that is there.
 *
 * Why numbers and not references to an object for each entry: a posting list of 200 documents is read in half the time
 * at 100,000 documents and at 1,000,000, since the column of documents stays in the processor's cache and objects
 * scattered over the heap do not; each document costs 50 bytes less; the collector has no entries to trace.
 */
export type Slot = number;

/**
 * The document of a slot. O(1), or the document's length once; for a slot without an entry the answer means nothing.
 */
export interface SlotReader {
  /** Of any two entries the one with the lower slot has the lower key. Left out or false: that is not known. */
  readonly isInKeyOrder?: boolean;
  keyOf(slot: Slot): StoreKey;
  documentOf(slot: Slot): object;
  /**
   * As `documentOf`, to be looked at and forgotten.
   *
   * @param fields those needed; the answer is then good until the next call. Undefined: all of them.
   */
  peek(slot: Slot, fields: readonly string[] | undefined): object;
}
