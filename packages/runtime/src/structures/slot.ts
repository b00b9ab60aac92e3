import type { Steps } from './steps.js';
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

/** Texts of documents that are bytes still: found without a string for any. See codec/noted-texts.ts. */
export interface SlotTexts {
  /** Texts that `find` finds. */
  readonly size: number;
  /** Told of each text that `find` finds no more, since its document is made now. */
  onLeave: ((text: string, slot: Slot) => void) | undefined;
  /** Makes them be found. @returns false when one is there twice: none is found then. O(slots). */
  building(): Steps<boolean>;
  /** Whether `find` finds the slot's text once it is built. */
  isHashed(slot: Slot): boolean;
  find(text: string): Slot | undefined;
  /** From now on none is found. */
  forget(): void;
}

/** Numbers of a field that every document has, of those that are bytes still. */
export interface SlotNumbers {
  /** By slot; what stands there of other documents means nothing. */
  readonly values: Float64Array;
}

/** Lists of texts of a field that every document has, of those that are bytes still. */
export interface SlotTags {
  /** By number, each once. */
  readonly texts: readonly string[];
  /** Where each slot's numbers end, and the next slot's begin; empty for other documents. */
  readonly ends: Int32Array;
  readonly numbers: Int32Array;
}

/** What is behind a slot. O(1), or the document's length once; for a slot without an entry the answer means nothing. */
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
  /** Texts of a field, for one asker: undefined when there are none, or somebody has them. */
  textsOf?(field: string): SlotTexts | undefined;
  /** Whether the document is bytes still, and what it says stands in what `numbersOf` and `tagsOf` answer. */
  isNoted?(slot: Slot): boolean;
  numbersOf?(field: string): SlotNumbers | undefined;
  tagsOf?(field: string): SlotTags | undefined;
}
