/** Whether a reader was generated from the classes of the database: it reads their bytes by its own code. */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { ViewDefinition } from '../../definition/view-definition.js';
import type { CollectionIdentity } from './messages.js';

/** Of classes and views; keys and values need none. O(collections). */
export function identitiesOf(
  definitions: readonly CollectionDefinition[],
  views: readonly ViewDefinition[],
): readonly CollectionIdentity[] {
  const ofClasses = definitions
    .filter(({ isKeyValue }) => isKeyValue !== true)
    .map(
      ({ model, fingerprint, declarationFingerprint }): CollectionIdentity => [
        model.collection,
        `${fingerprint} ${declarationFingerprint}`,
      ],
    );
  return [
    ...ofClasses,
    ...views.map(
      ({ model, view, declarationFingerprint }): CollectionIdentity => [
        model.collection,
        `${JSON.stringify(view)} ${declarationFingerprint}`,
      ],
    ),
  ];
}

/** @throws DatabaseError `MODEL_MISMATCH` with the names of collections that differ. */
export function requireSameIdentities(own: readonly CollectionIdentity[], others: readonly CollectionIdentity[]): void {
  const [ours, theirs] = [new Map(own), new Map(others)];
  const collections = [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((name) => ours.get(name) !== theirs.get(name))
    .sort();
  if (collections.length === 0) return;
  const what = `the reader was built from other classes than the database: ${collections.join(', ')}`;
  throw new DatabaseError('MODEL_MISMATCH', what, { collections });
}
