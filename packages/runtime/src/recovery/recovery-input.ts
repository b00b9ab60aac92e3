/** The input and the findings of recovery; recovery.ts lies between. */
import type { FileSystem } from '../file-system/file-system.js';
import type { HeldDirectory } from '../file-system/held-directory.js';
import type { DeltaEntry, Hole, Manifest, PageEntry, SnapshotEntry } from '../journal/manifest.js';
import type { ModelTable } from '../journal/model-table.js';
import type { PageCodec } from '../journal/page-codec.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import type { ReplayTally } from '../journal/replay-tally.js';
import type { FrameApplier } from './frame-applier.js';
import type { RecoveryMode } from './page-list.js';
import type { FoundFrame } from './page-scanner.js';
import type { LostRange, RecoveryProgress } from './recovery-target.js';
import type { StoredDocuments } from './stored-documents.js';

export interface RecoveryInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly manifest: Manifest;
  readonly mode: RecoveryMode;
  readonly models: ModelTable;
  readonly documents: StoredDocuments;
  readonly applier: FrameApplier;
  readonly codecs: PageCodecs;
  /** Keeps the files of cold documents open; left out: documents of cold collections are read like all others. */
  readonly held?: HeldDirectory | undefined;
  /** Frames whose key is not there are checked and not decoded; default false: `ENCRYPTION_KEY_REQUIRED`. */
  readonly mayLackKeys?: boolean;
  /** Told of every good frame of the pages, before it is applied. */
  readonly onFrame?: ((frame: FoundFrame, page: PageEntry) => void) | undefined;
  readonly onProgress?: ((progress: RecoveryProgress) => void) | undefined;
}

/** The contents of the pages. */
export interface RecoveryResult {
  /** Chain value, id and last seq of the last good frame. */
  readonly chain: Uint8Array;
  readonly frameId: number;
  readonly lastSeq: number;
  /** The latest time in what was read, in epoch milliseconds; 0: there is none. */
  readonly lastMs: number;
  /** When the last page began, in epoch milliseconds. */
  readonly pageCreatedMs: number;
  readonly transactionCount: number;
  /** Of the last page that was read; undefined when its header or key was not there. */
  readonly codec: PageCodec | undefined;
  /** Frames of pages and of the snapshot that were checked but not decoded, for want of a key. */
  readonly undecodedFrameCount: number;
  /** Where the last page ends once the torn tail is cut off. */
  readonly endOffset: number;
  /** Length of all that stands after it. */
  readonly tailBytes: number;
  /** The same without the zeros at its end, which are room made ahead and no loss. */
  readonly cutBytes: number;
  /** Length of the frames whose transactions the snapshot does not hold. */
  readonly replayBytes: number;
  /** Length of the snapshot when it has no tables, though the target takes them; else 0. */
  readonly untabledBytes: number;
  /** Wall clock of the first of them; undefined when there is none. */
  readonly replayFromMs: number | undefined;
  /** Their contents. */
  readonly tally: ReplayTally;
  /** Length of all pages and snapshots. */
  readonly diskBytes: number;
  /** Length of the deltas that were applied. */
  readonly deltaBytes: number;
  /** The seq that snapshot and deltas go to; pages go on from there. */
  readonly imageSeq: number;
  /** Deltas that are not known to be damaged. */
  readonly deltas: readonly DeltaEntry[];
  /** The snapshot it began with. */
  readonly snapshot: SnapshotEntry | null;
  /** Deltas too. */
  readonly damagedSnapshots: readonly LostRange[];
  readonly lost: readonly LostRange[];
  /** Old and new holes, for the manifest. */
  readonly holes: readonly Hole[];
  /** Every page as it was found, sealed ones with their true end. */
  readonly pages: readonly PageEntry[];
}
