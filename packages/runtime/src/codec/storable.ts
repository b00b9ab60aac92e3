/**
 * The range in the format of numbers that are not values of documents: the writer asks before it writes, the reader
 * refuses what fails. One predicate for both, so that nothing is written that is refused when it is read.
 */
import { DatabaseError } from '@nuthatch/model';
import { MAX_EMPTY_ELEMENTS } from './value-format.js';

/** The last of every range of counts: seqs, revisions, numbers of models, lengths. */
export const LAST_COUNT: number = Number.MAX_SAFE_INTEGER;
/** The last seq: the next one is still a number that pages and manifests can name as theirs to come. */
export const LAST_SEQ: number = LAST_COUNT - 1;
/** The range of a Date. */
const LATEST_MS = 8_640_000_000_000_000;

/** Revisions, seqs, generated numbers: whole numbers from 0 to 2^53 - 1. O(1). */
export function isStorableCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Times in epoch milliseconds: numbers that a Date can hold. O(1). */
export function isStorableTime(value: number): boolean {
  return value >= -LATEST_MS && value <= LATEST_MS;
}

/** Counts of elements of which each takes `leastBytes` at least: what takes no bytes is bounded by nothing else. O(1). */
export function isStorableLength(count: number, leastBytes: number): boolean {
  return isStorableCount(count) && (leastBytes > 0 || count <= MAX_EMPTY_ELEMENTS);
}

/**
 * The error for a number beyond the last one; thrown before that number is given out.
 *
 * @param what whose number it is: `the revision of player p1`.
 */
export function rangeExhausted(what: string, last: number = LAST_COUNT): DatabaseError {
  return new DatabaseError('RANGE_EXHAUSTED', `${what} is ${last}, which is the largest possible number`, { last });
}
