/**
 * Long work cut into short steps: the caller decides after each step whether the event loop gets a turn.
 *
 * A generator that yields about every tenth of a millisecond; what it returns is the result. Inner loops of a step
 * belong into functions of their own, which the engine compiles as ever.
 */

import { SliceClock } from './slice-clock.js';

export type Steps<Result = void> = Generator<undefined, Result, undefined>;

/** Items of which one step takes care, where each costs some ten nanoseconds. */
export const STEP_ITEMS = 4_096;
/** Keys of which one step takes care, where each may be a text that has to be made of bytes. */
export const STEP_KEYS = 512;
/** Comparisons in one step, where each may look at texts or at several parts of a value. */
export const STEP_COMPARISONS = 1_024;
/** Documents of which one step takes care, where each may have to be read. */
export const STEP_DOCUMENTS = 64;

/**
 * Runs work over many items step by step.
 *
 * @param part takes care of the items from the first number to before the second; when it answers false, no more is done.
 * @returns whether all was done.
 */
export function* inParts(count: number, part: (from: number, to: number) => unknown): Steps<boolean> {
  for (let from = 0; from < count; from += STEP_ITEMS) {
    if (part(from, Math.min(count, from + STEP_ITEMS)) === false) return false;
    yield;
  }
  return true;
}

/** Runs all steps in one go. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Runs all steps, and gives the event loop a turn whenever `sliceMs` are over. */
export async function runStepsInSlices<Result>(steps: Steps<Result>, sliceMs: number): Promise<Result> {
  const clock = new SliceClock(sliceMs);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (clock.isOver()) await clock.rest();
  }
}
