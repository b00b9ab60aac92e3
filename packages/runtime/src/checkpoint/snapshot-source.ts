/**
 * Where a snapshot takes its documents from: the collections, or anything else that can hold a state still.
 *
 * `openView` is called in a turn of its own, with no transaction running, and must be quick; what happens afterwards
 * must not be seen through the view (documents are frozen, so a list of entries or an overlay of before-images does).
 */

import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { SavedState } from '../definition/ranked-index.js';
import type { ColdBytes } from '../image/image-tables.js';
import type { StoredDocument } from '../journal/stored-document.js';
import type { CollectionSource } from './tables/collection-tables.js';
import type { WrittenCold } from './written-cold.js';

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
  /**
   * The documents of a cold collection on their way to the file; undefined, or left out, for others. Good until `moved` or
   * `givenUp`, also when the view was released.
   */
  readonly moves?: ColdMoves | undefined;
  release(): void;
}

/** Cold collections follow an image to its file. */
export interface ColdMoves {
  /** Documents of a collection are in the file from now on. Reads and writes go on meanwhile. */
  moved(written: WrittenCold, bytes: ColdBytes): Promise<void>;
  /** The image is not used, or all that were to move have moved: no more is noted for it. */
  end(): void;
}

export interface SnapshotSource {
  openView(): SnapshotView;
}
