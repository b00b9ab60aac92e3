/**
 * Loads the newest snapshot that can be read; a damaged one is reported, and the one before it takes its place.
 *
 * Documents that a damaged one had put in before are overwritten: every document that changed since the older state has
 * its put or delete in the pages that are replayed after it.
 */
import { DatabaseError } from '@nuthatch/model';
import { IMAGE_FORMAT_VERSION, snapshotName } from '../journal/journal-format.js';
import type { SnapshotEntry } from '../journal/manifest.js';
import type { RecoveryInput } from './recovery-input.js';
import type { LostRange } from './recovery-target.js';
import { DECODE_ONLY, readSnapshot } from './snapshot-reader.js';
import { ImageFrames } from './tables/image-frames.js';
import { loadImage } from './tables/load-image.js';
import { PassedBodies } from './tables/passed-bodies.js';

export interface LoadedSnapshot {
  /** Null: recovery begins with the pages alone. */
  readonly snapshot: SnapshotEntry | null;
  readonly damaged: readonly LostRange[];
  /** No snapshot could be read though the pages do not go back to the beginning: only salvage gets this far. */
  readonly isLosing: boolean;
  /** When it was written; 0 without one. */
  readonly timeMs: number;
  /** Its length when it has no tables, though the target takes them; else 0. */
  readonly untabledBytes: number;
  /** Frames whose key was not there. */
  readonly undecodedFrameCount: number;
}

/**
 * Loads it into the applier's target. I/O: the snapshot, once.
 *
 * @throws DatabaseError `JOURNAL_DAMAGED` when nothing is left to begin with, unless salvage is asked for.
 */
export async function loadSnapshot(input: RecoveryInput, onRead: (bytes: number) => void): Promise<LoadedSnapshot> {
  const { manifest, fileSystem, directory, applier, models, documents } = input;
  const damaged: LostRange[] = [];
  for (const entry of [manifest.snapshot, manifest.previousSnapshot]) {
    if (!entry) continue;
    let undecodedFrameCount = 0;
    let timeMs = 0;
    let kept: ImageFrames | undefined;
    const file = new PassedBodies(input, entry);
    try {
      await readSnapshot(fileSystem, directory, manifest.uuid, entry, input, {
        keepsFrames: applier.takesImages,
        begin: (formatVersion) => {
          if (formatVersion >= IMAGE_FORMAT_VERSION && applier.takesImages)
            kept = new ImageFrames((modelId) => input.held !== undefined && applier.keepsInFile(modelId));
        },
        model: (model) => {
          models.add(model);
          documents.add(model);
        },
        isPassing: () => kept?.isPassing === true,
        passed: (offset, header) => {
          kept?.pass(offset, header);
          onRead(offset);
        },
        frame: async (frame, codec) => {
          timeMs = frame.header.timeMs;
          if (codec && kept !== undefined) kept.add(frame, codec);
          else if (codec) await applier.apply(frame, -1, codec);
          else undecodedFrameCount++;
          onRead(frame.offset);
        },
      });
      // What an opening leaves unread is looked through by one that is asked to mend.
      if (kept?.hasPassed === true && input.mode === 'salvage')
        await readSnapshot(fileSystem, directory, manifest.uuid, entry, input, DECODE_ONLY);
      if (kept !== undefined) await loadImage(kept, input, file.storedBy(kept.codec));
      const isInPlace = kept?.hasTables === true && !isColdInMemory(kept, input);
      const untabledBytes = applier.takesImages && !isInPlace ? entry.byteCount : 0;
      return { snapshot: entry, damaged, isLosing: false, timeMs, undecodedFrameCount, untabledBytes };
    } catch (error) {
      await file.closeAll();
      if (!DatabaseError.is(error, 'JOURNAL_DAMAGED')) throw error;
      applier.forgetIndexStates();
      damaged.push(rangeOf(directory, snapshotName(entry.number), entry, error));
    }
  }
  const [newest] = damaged;
  if (!newest || manifest.pages[0]?.firstSeq === 1)
    return { snapshot: null, damaged, isLosing: false, timeMs: 0, undecodedFrameCount: 0, untabledBytes: 0 };
  if (input.mode === 'refuse') {
    const { file, offset, reason } = newest;
    const what = `${file} at ${offset}: ${reason}; no older one is left`;
    throw new DatabaseError('JOURNAL_DAMAGED', what, { file, offset, reason });
  }
  return { snapshot: null, damaged, isLosing: true, timeMs: 0, undecodedFrameCount: 0, untabledBytes: 0 };
}

/** Whether documents of a cold class are in memory, since the image was written before the class was cold. */
function isColdInMemory(kept: ImageFrames, { held, applier }: RecoveryInput): boolean {
  if (held === undefined) return false;
  return kept.tables.some(
    ({ description: { modelId, cold } }) =>
      cold === undefined && typeof modelId === 'number' && applier.keepsInFile(modelId),
  );
}

/** What of an image cannot be read. @param name of its file. */
export function rangeOf(
  directory: string,
  name: string,
  entry: { readonly byteCount: number },
  error: DatabaseError,
): LostRange {
  const file = `${directory}/${name}`;
  const offset = typeof error.facts.offset === 'number' ? error.facts.offset : 0;
  const reason = typeof error.facts.reason === 'string' ? error.facts.reason : error.message;
  return { file, offset, byteCount: Math.max(0, entry.byteCount - offset), reason };
}
