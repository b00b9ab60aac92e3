/**
 * What leads from the documents of a reader to those of a newer image, as one transaction: for a reader that was too far
 * behind to be given every change.
 */
import type { Collection } from '../../collection/collection.js';
import type { Effect } from '../../journal/effect.js';
import { STEP_DOCUMENTS, type Steps } from '../../scheduling/steps.js';
import type { StoreKey } from '../../structures/store-key.js';

/** O(documents of both), in steps. Neither may change meanwhile. */
export function* imageDifference(
  own: ReadonlyMap<string, Collection>,
  newer: ReadonlyMap<string, Collection>,
): Steps<readonly Effect[]> {
  const effects: Effect[] = [];
  for (const [name, collection] of own) {
    const other = newer.get(name);
    if (other !== undefined) yield* addDifference(collection, other, effects);
  }
  return effects;
}

function* addDifference(own: Collection, newer: Collection, effects: Effect[]): Steps {
  const { definition } = own;
  let count = 0;
  for (const slot of own.store.slots()) {
    const key = own.store.keyOf(slot);
    if (newer.store.get(key) === undefined) effects.push({ kind: 'delete', definition, key });
    if (++count % STEP_DOCUMENTS === 0) yield;
  }
  for (const slot of newer.store.slots()) {
    const { store } = newer;
    const key = store.keyOf(slot);
    const revision = store.revisionOf(slot);
    const expiresAt = store.expiresAtOf(slot);
    const document = store.peek(slot, undefined);
    if (!isSame(own, key, { document, revision, expiresAt })) {
      effects.push({ kind: 'put', definition, key, document, revision, expiresAt });
    }
    if (++count % STEP_DOCUMENTS === 0) yield;
  }
}

/** A document that was deleted and inserted again has the first revision again: its fields decide. */
function isSame(
  own: Collection,
  key: StoreKey,
  other: { readonly document: object; readonly revision: number; readonly expiresAt: number | undefined },
): boolean {
  const { store } = own;
  const slot = store.get(key);
  return (
    slot !== undefined &&
    store.revisionOf(slot) === other.revision &&
    store.expiresAtOf(slot) === other.expiresAt &&
    own.changedFields(store.peek(slot, undefined), other.document).length === 0
  );
}
