/** A state that was read without the user's code, as what a snapshot is written from. */
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { KeepingTarget } from '../recovery/keeping-target.js';
import type { SnapshotView } from './snapshot-source.js';

/** The state must not change until the snapshot is written. O(documents). */
export function viewOf(state: KeepingTarget): SnapshotView {
  const definitions = new Set<CollectionDefinition>();
  for (const { definition } of state.documents()) definitions.add(definition);
  for (const { definition } of state.sequences()) definitions.add(definition);
  return {
    definitions: [...definitions],
    sequences: () => state.sequences(),
    documents: () => state.documents(),
    release: () => undefined,
  };
}
