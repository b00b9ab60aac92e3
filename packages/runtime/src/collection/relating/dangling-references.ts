/** Looks through all documents for keys whose documents are not there: at opening, and when a load has ended. */
import type { DanglingReference, DanglingReferences } from '../../definition/dangling-reference.js';
import type { Steps } from '../../scheduling/steps.js';
import type { StoreKey } from '../../structures/store-key.js';
import { danglingReference } from './reference-errors.js';
import { isThere, type ReferenceLink } from './reference-link.js';

/** Listed at most, so that a report of a database without any of its targets stays small. */
const MAX_LISTED = 1_000;

/** Keys are read from the index of each field, documents only where one is missing. O(keys that are referred to). */
export function* danglingReferences(links: readonly ReferenceLink[]): Steps<DanglingReferences> {
  const missing: DanglingReference[] = [];
  let count = 0;
  for (const link of links) {
    const { from, to, field, referrers } = link;
    const gone = new Set<StoreKey>();
    yield* referrers.keys((key) => {
      if (field.isPinned || !to.store.has(key)) gone.add(key);
    });
    for (const key of gone) {
      for (const slot of Array.from(referrers.slotsOf(key))) {
        const fields = [field.name];
        // Of a document that is bytes still, the value is good until the next look.
        for (const value of field.valuesOf(field.valueIn(from.store.peek(slot, fields)))) {
          if (field.storeKeyOf(value) !== key || isThere(link, value)) continue;
          count++;
          if (missing.length < MAX_LISTED) missing.push(danglingReference(link, from.store.keyOf(slot), value));
        }
      }
      yield;
    }
  }
  return { count, missing };
}
