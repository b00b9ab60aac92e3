import { STEP_KEYS, type Steps } from '../../scheduling/steps.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';

/** The parts of a collection's store that are used. */
interface Keys {
  slots(): Iterable<Slot>;
  keyOf(slot: Slot): StoreKey;
}

/**
 * The greatest id that a sequence could have given out; 0 when there is none. For a sequence that is behind the documents:
 * their ids were given by hand before the class gave them out, or a dump was written by hand. O(documents).
 */
export function* greatestId(keys: Keys): Steps<number> {
  let greatest = 0;
  let count = 0;
  for (const slot of keys.slots()) {
    const id = Number(keys.keyOf(slot));
    if (id > greatest && Number.isSafeInteger(id)) greatest = id;
    if (++count % STEP_KEYS === 0) yield;
  }
  return greatest;
}
