/**
 * Where a snapshot takes its documents from: the collections, or anything else that can hold a state still.
 *
 * `openView` is called in a turn of its own, with no transaction running, and must be quick; what happens afterwards
 * must not be seen through the view (documents are frozen, so a list of entries or an overlay of before-images does).
 */

import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { SavedState } from '../definition/ranked-index.js';
import type { StoredDocument } from '../journal/stored-document.js';
import type { CollectionSource } from './tables/collection-tables.js';

/** The state of one index of a collection. */
export interface SnapshotIndexState extends SavedState {
  readonly collection: string;
  readonly index: string;
}

/** One state, held still until released. */
export interface SnapshotView {
  /** All collections that are stored on disk, empty ones too. */
  readonly definitions: readonly CollectionDefinition[];
  /** Highest number given out, for each collection that gives out numbers. */
  sequences(): Iterable<{ readonly definition: CollectionDefinition; readonly value: number }>;
  /**
   * How the tables of a collection are made, so that an opening has its indexes at once; undefined, or left out: they are
   * built at each opening.
   */
  tablesOf?(definition: CollectionDefinition): CollectionSource | undefined;
  /** Every document once, those of one collection together; read in slices. */
  documents(): Iterable<StoredDocument>;
  /** The states of indexes at that moment, whose bytes are made afterwards. Left out: none. */
  indexStates?(): Iterable<SnapshotIndexState>;
  release(): void;
}

export interface SnapshotSource {
  openView(): SnapshotView;
}
