/**
 * Reads every file that the manifest names and checks every byte of it, without the user's code and without a lock.
 *
 * An opening reads the newest snapshot and what lies after it. Here the one before and the pages that only it needs
 * are read as well: what one falls back to is to be whole too. Where there is nothing to fall back to (after a restore or
 * a migration the pages go on where the only snapshot ends) there is nothing more to read.
 */
import { verifyBlobs } from '../blobs/verify-blobs.js';
import type { FileSystem } from '../file-system/file-system.js';
import { deltaBehind } from '../journal/deltas.js';
import type { Manifest } from '../journal/manifest.js';
import { type PageCodecs, PLAIN_CODECS } from '../journal/page-codecs.js';
import { type DirectoryReport, type FrameSummary, readPages, requireDatabase } from '../recovery/read-directory.js';
import type { LostRange, RecoveryProgress } from '../recovery/recovery-target.js';
import { readSteadily } from '../recovery/steady-read.js';
import { ReferenceTarget } from './reference-target.js';

export interface VerifyInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Keys of encrypted files; without, their frames are checked but not decoded. */
  readonly codecs?: PageCodecs;
  /** Told now and then how far it has come. Begins again for what only the snapshot before the newest needs. */
  readonly onProgress?: (progress: RecoveryProgress) => void;
}

export interface VerifyReport {
  /**
   * Nothing is damaged or unfinished: the directory opens. A torn tail is no damage: the next opening cuts it.
   */
  readonly isWhole: boolean;
  /** Closed properly. False: a process has it open, or had when it ended. */
  readonly isClosed: boolean;
  readonly lastSeq: number;
  readonly frameCount: number;
  readonly pageCount: number;
  readonly snapshotCount: number;
  readonly deltaCount: number;
  readonly diskBytes: number;
  /** Length of the torn tail; in a database in use, also of a frame on its way. */
  readonly cutBytes: number;
  /** Encrypted frames that were checked by checksum and chain only, since their key was not given. */
  readonly undecodedFrameCount: number;
  /** Blobs, and the bytes of all of them. */
  readonly blobCount: number;
  readonly blobBytes: number;
  /** Encrypted blobs that were checked by checksum and chain only, since their key was not given. */
  readonly undecodedBlobCount: number;
  /** Blobs that a document refers to and that are not there: damage, but in a replica, which brings them when they are read. */
  readonly missingBlobCount: number;
  readonly damage: readonly LostRange[];
}

/**
 * Verifies. I/O: every byte of the database, the newer pages twice. Memory: one frame, and the references to blobs.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when there is no database, `FORMAT_UNSUPPORTED`.
 */
export async function verifyDirectory(input: VerifyInput): Promise<VerifyReport> {
  await requireDatabase(input.fileSystem, input.directory);
  return readSteadily(
    () => verifyOnce(input),
    ({ damage }) => damage,
  );
}

async function verifyOnce(input: VerifyInput): Promise<VerifyReport> {
  const frames = new Set<string>();
  const onFrame = ({ page, offset }: FrameSummary): void => void frames.add(`${page}:${offset}`);
  const references = new ReferenceTarget();
  const { report } = await readPages({ ...input, onFrame, target: references, mayLackKeys: true });
  const { manifest, lastSeq, cutBytes, diskBytes, undecodedFrameCount } = report;
  const newest = manifest.snapshot?.number;
  const older = hasFallback(manifest)
    ? (await readPages({ ...input, onFrame, mayBeginWith: ({ number }) => number !== newest })).report
    : undefined;
  // The delta before the newest one, and the pages after it.
  const newestDelta = deltaBehind(manifest)?.number;
  const withoutDelta =
    newestDelta === undefined
      ? undefined
      : (await readPages({ ...input, onFrame, mayBeginWith: ({ number }) => number !== newestDelta })).report;
  const { fileSystem, directory, codecs = PLAIN_CODECS } = input;
  const { blobs, ...found } = await verifyBlobs({ fileSystem, directory, uuid: manifest.uuid, codecs });
  // A delete that could not be decoded may have taken the reference away.
  const missing = undecodedFrameCount > 0 ? [] : references.missing(directory, blobs);
  const damage = unique([
    ...damageOf(report),
    ...(older === undefined ? [] : damageOf(older)),
    // Without both, what they stood in for is missing: that the one before is damaged says it all.
    ...(withoutDelta?.damagedSnapshots ?? []),
    ...(withoutDelta?.damagedSnapshots.length === 0 ? withoutDelta.lost : []),
    ...found.damage,
    ...(references.isReplica ? [] : missing),
  ]);
  return {
    isWhole: damage.length === 0,
    isClosed: manifest.clean !== undefined,
    ...{ lastSeq, cutBytes, diskBytes, undecodedFrameCount, damage },
    blobCount: blobs.length,
    blobBytes: blobs.reduce((sum, { size }) => sum + size, 0),
    undecodedBlobCount: found.undecodedCount,
    missingBlobCount: missing.length,
    frameCount: frames.size,
    pageCount: manifest.pages.length,
    deltaCount: manifest.deltas?.length ?? 0,
    snapshotCount: [manifest.snapshot, manifest.previousSnapshot].filter((entry) => entry !== null).length,
  };
}

/** Whether opening could do without the newest snapshot: by an older one, or by the whole history. */
function hasFallback({ snapshot, previousSnapshot, pages }: Manifest): boolean {
  return snapshot !== null && (previousSnapshot !== null || pages[0]?.firstSeq === 1);
}

function damageOf({ lost, damagedSnapshots }: DirectoryReport): readonly LostRange[] {
  return [...damagedSnapshots, ...lost];
}

function unique(ranges: readonly LostRange[]): readonly LostRange[] {
  return [...new Map(ranges.map((range) => [`${range.file}:${range.offset}`, range])).values()];
}
