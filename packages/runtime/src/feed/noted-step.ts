import type { WriteTarget } from '../commit/write-record.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { type ReleaseStep, stepOf } from '../definition/release-records.js';
import type { StoreKey } from '../structures/store-key.js';

/** A change that a release, or what else is done with releases, has made. */
interface SteppedChange {
  comeBy(step: ReleaseStep): void;
}

/**
 * Notes what a hidden document says of a change: it stands behind the write of its document, in the same transaction.
 * O(collections).
 *
 * @param places of the changes so far, by collection and key.
 */
export function noteStep(
  definition: CollectionDefinition,
  document: object | undefined,
  changes: readonly SteppedChange[],
  places: ReadonlyMap<WriteTarget, ReadonlyMap<StoreKey, number>>,
): void {
  const head = document && stepOf(definition, document);
  if (head === undefined) return;
  for (const [target, byKey] of places) {
    const place = target.name === head.collection ? byKey.get(head.key) : undefined;
    if (place !== undefined) changes[place]!.comeBy(head.step);
  }
}
