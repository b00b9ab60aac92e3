/** Where recovery puts what it reads: implemented by the collections, called in order of seq. */

import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { DanglingReferences } from '../definition/dangling-reference.js';
import type { CollectionImage } from '../image/image-tables.js';
import type { StoredIndexState } from '../journal/index-state-record.js';
import type { UndecodedTarget } from '../journal/put-run.js';
import type { StoredDocument } from '../journal/stored-document.js';
import type { StoreKey } from '../structures/store-key.js';

export interface RecoveryTarget {
  /**
   * Applies one put of the journal; replaces an older document of the key. Indexes may be built in `finish`.
   *
   * @param isNew the writer knew of no older one: revision 1, or a snapshot. Damage and salvage may make it untrue.
   */
  put(stored: StoredDocument, isNew: boolean): void;
  /**
   * The store that keeps documents of a snapshot as bytes; undefined, or left out: they are read at once, and `put`.
   */
  undecodedTargetOf?(definition: CollectionDefinition): UndecodedTarget | undefined;
  /**
   * Takes all documents of a collection with its indexes, as a snapshot has them; left out: they are `put` one by one.
   *
   * @returns false, with nothing changed, when they are to be put.
   */
  adoptImage?(definition: CollectionDefinition, image: CollectionImage): Promise<boolean>;
  /** Whether documents of a collection stay in the file of an image; left out: none do. */
  keepsInFile?(definition: CollectionDefinition): boolean;
  delete(definition: CollectionDefinition, key: StoreKey): void;
  sequence(definition: CollectionDefinition, value: number): void;
  /** A piece of the state of an index, as a snapshot holds it behind its documents. Left out: it is passed over. */
  indexState?(state: StoredIndexState): void;
  /** The snapshot that they came from cannot be read. */
  forgetIndexStates?(): void;
  /** All effects are in; build what was put off. May give the event loop turns. */
  finish(): void | Promise<void>;
}

/** Where a text index came from at the opening. */
export type SearchOpening = 'loaded' | 'built' | 'rebuilt: other version' | 'rebuilt: unreadable state';

/** The findings of the opening, given to `onRecovery` and kept in `db.recovery`. */
export interface RecoveryReport {
  /** The last process closed the database properly. */
  readonly isClean: boolean;
  readonly lastSeq: number;
  readonly transactionCount: number;
  readonly pageCount: number;
  /** Bytes of a torn tail that were cut off; 0 when there was none. */
  readonly cutBytes: number;
  /** Milliseconds of reading the directory and building indexes; views are made afterwards. */
  readonly durationMs: number;
  /**
   * By how many milliseconds the machine's clock is behind the last time in the journal; 0: it is not. Until it has caught
   * up, every transaction is of that time.
   */
  readonly clockBehindMs: number;
  /** Collections found on disk that no definition knows: their documents are kept, byte for byte. */
  readonly unknownCollections: readonly string[];
  /** Models other than today's that documents on disk were written by, with what changed since. */
  readonly evolvedModels: readonly EvolvedModel[];
  /** Milliseconds it took to build the indexes of each collection; they are built at every opening. */
  readonly indexBuildMs: Readonly<Record<string, number>>;
  /**
   * How the text index of each collection with `@Search` came to be: `loaded` from the snapshot, `built` from all documents,
   * or `rebuilt` from them because the snapshot holds the state of another version of class, package or Unicode, or one that
   * could not be read.
   */
  readonly searchIndexes: Readonly<Record<string, SearchOpening>>;
  /** Snapshots that could not be read; an older one and a longer replay took their place, nothing is lost. */
  readonly damagedSnapshots: readonly LostRange[];
  /** With `references: 'report'`, or after salvage: keys in fields whose documents are not there. Absent: there are none. */
  readonly danglingReferences?: DanglingReferences;
  /** The losses of salvage; empty unless `recovery: 'salvage'` met damage. */
  readonly lost: readonly LostRange[];
}

/** Documents of another model than today's that were read. */
export interface EvolvedModel {
  /** The collection as it is called today. */
  readonly collection: string;
  readonly fingerprint: string;
  /** The changes since then, in words: `adds range index age`. */
  readonly changes: readonly string[];
  /** Documents whose last version is of that model. */
  readonly documentCount: number;
}

/** How far recovery has come. */
export interface RecoveryProgress {
  readonly readBytes: number;
  readonly totalBytes: number;
  readonly transactionCount: number;
}

export interface LostRange {
  readonly file: string;
  readonly offset: number;
  readonly byteCount: number;
  readonly reason: string;
}
