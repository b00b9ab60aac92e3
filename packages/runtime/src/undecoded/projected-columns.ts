/**
 * The values that indexes may read of documents that are not decoded yet: the values of single fields, side by side by
 * slot.
 *
 * The fields are projected while recovery passes over the documents' bytes, so that an index is built from a column of
 * plain numbers or texts and no document is decoded for it. The one interface between this folder and the indexes.
 */

import type { Steps } from '../scheduling/steps.js';
import type { Slot, SlotReader } from '../structures/slot.js';

/** Columns of one collection. They are there while its indexes are built after an opening; the texts go on. */
export interface ProjectedColumns {
  /** Whether the document is not decoded, and its fields stand in the columns. */
  isProjected(slot: Slot): boolean;
  /** Numbers, or epoch milliseconds, of a field that every document has; undefined: it has no such column. */
  numbers(field: string): ProjectedNumbers | undefined;
  /** Lists of texts of a field that every document has; undefined: it has no such column. */
  tags(field: string): ProjectedTags | undefined;
  /** Texts that are each of one document, for one asker: undefined when there are none, or somebody has them. */
  texts(field: string): ProjectedTexts | undefined;
}

/** A store whose documents may not all be decoded. */
export interface ProjectedReader extends SlotReader {
  /** Undefined, or left out: every document is decoded. */
  readonly projected?: ProjectedColumns | undefined;
}

export interface ProjectedNumbers {
  /** By slot; what stands there of other documents means nothing. */
  readonly values: Float64Array;
}

export interface ProjectedTags {
  /** By number, each once. */
  readonly texts: readonly string[];
  /** Where each slot's numbers begin and end; empty for other documents. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly numbers: Int32Array;
}

/** Texts that stay bytes in their documents: found without a string for any. See text-column.ts. */
export interface ProjectedTexts {
  /** Texts that `find` finds. */
  readonly size: number;
  /** Told of each text that `find` finds no more, since its document is decoded now. */
  onLeave: ((text: string, slot: Slot) => void) | undefined;
  /** Makes them be found. @returns false when one is there twice: none is found then. O(slots). */
  building(): Steps<boolean>;
  /** Whether `find` finds the slot's text once it is built. */
  isHashed(slot: Slot): boolean;
  find(text: string): Slot | undefined;
  /** From now on none is found. */
  forget(): void;
}
