/**
 * Writes a new snapshot, then drops the files that it replaces.
 *
 *   view at seq ─▶ snapshot file ─▶ read back and verify ─▶ journal synced up to seq ─▶ manifest ─▶ cold documents are
 *   read from it ─▶ old files removed
 *
 * Writes go on all the while; only the switch of the manifest takes a turn between two batches. The snapshot before
 * this one and the pages after it are kept, so that a snapshot found damaged costs a longer replay and no document. An
 * error before the manifest's rename changes nothing; one from there on ends the journal.
 */

import type { FileSystem } from '../file-system/file-system.js';
import type { CheckpointPort, FileJournal } from '../journal/file-journal.js';
import { snapshotName } from '../journal/journal-format.js';
import type { Manifest, SnapshotEntry } from '../journal/manifest.js';
import type { Covered } from '../journal/replay-backlog.js';
import { readSnapshot } from '../recovery/snapshot-reader.js';
import { SLICE_MS } from '../scheduling/slice-clock.js';
import { nowMs } from '../time/real-time.js';
import { ColdFiles } from './cold-files.js';
import {
  endOfPage,
  failed,
  install,
  nextPage,
  removeFiles,
  removeUnfinished,
  verifying,
  withoutFile,
} from './compaction-steps.js';
import { Pace } from './pace.js';
import type { ColdMoves, SnapshotSource, SnapshotView } from './snapshot-source.js';
import { type WrittenSnapshot, writeWhole } from './snapshot-writer.js';

export interface CompactionInput {
  readonly journal: FileJournal;
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly source: SnapshotSource;
  /** Runs work in a turn in which memory shows what the journal holds. Default: memory always does. */
  readonly atSettled?: ((work: () => void) => Promise<void>) | undefined;
  /**
   * Longest stretch without giving the event loop a turn; 2 ms at most while writes wait. Default 2 ms: with the frame that is
   * sealed in it, below 5 ms.
   */
  readonly sliceMs?: number;
  /** Whether it is no longer wanted: then it ends with `GivenUp` before the manifest is switched, and all is as before. */
  readonly isGivenUp?: (() => boolean) | undefined;
}

export interface CompactionReport {
  readonly seq: number;
  /** False: only what changed since the snapshot before was written. */
  readonly isWhole: boolean;
  /** Length of the file that was written. */
  readonly snapshotBytes: number;
  readonly removedFiles: readonly string[];
  /** Files that the manifest no longer names and that could not be removed; the next open tries again. */
  readonly leftFiles: readonly string[];
  /** Blobs that no state needs any more; absent when a tool compacts, which removes none. */
  readonly removedBlobCount?: number;
  /** Blobs that were encrypted anew, with the key of today. */
  readonly renewedBlobCount?: number;
  readonly durationMs: number;
}

/**
 * Compacts once. One at a time, and to be awaited before the journal is closed: the caller sees to both.
 *
 * @throws DatabaseError `DATABASE_FAILED`, `DATABASE_CLOSED`,
 *   `JOURNAL_WRITE_FAILED` (the journal goes on unless `journal` itself has failed), `JOURNAL_DAMAGED` when the new
 *   snapshot cannot be read back.
 */
export async function compact(input: CompactionInput): Promise<CompactionReport> {
  const { journal, fileSystem, directory } = input;
  const startMs = nowMs();
  const port = journal.checkpointPort;
  port.requireOpen();
  const { entry, covered, cold, moves } = await makeSnapshot(input, port);
  const files = new ColdFiles(moves);
  let dropped: readonly string[];
  try {
    // Memory is ahead of the disk: the snapshot holds transactions that may yet fail, and must not outlive them.
    await journal.flush();
    const file = `${directory}/${snapshotName(entry.number)}`;
    await files.open(file, port, cold).catch((error: unknown) => {
      throw failed(file, error);
    });
    dropped = await install(journal, entry.seq, covered, () => port.log.manifest.planSnapshot(entry));
    // Before any file goes: cold documents are read from the one before until they have moved.
    await files.move();
  } finally {
    await files.end();
  }
  const leftFiles = await removeFiles(fileSystem, directory, dropped);
  return {
    seq: entry.seq,
    isWhole: true,
    snapshotBytes: entry.byteCount,
    removedFiles: dropped.filter((name) => !leftFiles.includes(name)),
    leftFiles,
    durationMs: nowMs() - startMs,
  };
}

/**
 * Rewrites the database: a snapshot of `source` takes the place of everything, history included; a new incarnation
 * begins. Entirely as before until the manifest is in force, entirely new from then on. Nothing may be appended meanwhile.
 *
 * @throws DatabaseError as `compact`; an error of the switch itself ends the journal.
 */
export async function rewrite(
  input: CompactionInput & { readonly changes: Partial<Manifest> },
): Promise<SnapshotEntry> {
  const { journal, fileSystem, directory, changes } = input;
  const port = journal.checkpointPort;
  port.requireOpen();
  await journal.flush();
  const { entry, moves } = await makeSnapshot(input, port);
  moves?.end();
  let dropped: readonly string[] = [];
  await port.between(async () => {
    dropped = await port.log.restart(entry, changes);
  });
  await removeFiles(fileSystem, directory, dropped);
  return entry;
}

/** Writes the state of this turn to a file of its own and reads it back; no file is left when that fails. */
async function makeSnapshot(
  input: CompactionInput,
  port: CheckpointPort,
): Promise<WrittenSnapshot & { readonly covered: Covered; readonly moves: ColdMoves | undefined }> {
  const { journal, fileSystem, directory } = input;
  const { models } = port;
  const place = { fileSystem, directory };
  const { identity, codecs } = port.log;
  const snapshotNumber = port.log.manifest.nextSnapshotNumber;
  const file = `${directory}/${snapshotName(snapshotNumber)}`;
  const pace = new Pace(input.sliceMs ?? SLICE_MS.writing, () => journal.isBusy, input.isGivenUp);
  let moves: ColdMoves | undefined;
  try {
    await removeUnfinished(fileSystem, file);
    const { seq, covered, view } = await openAtSeq(input, port);
    moves = view.moves;
    let written: WrittenSnapshot;
    try {
      await nextPage(journal);
      const timeMs = port.log.clock.now();
      written = await writeWhole({ ...place, identity, codecs, models, view, snapshotNumber, seq, pace, timeMs });
    } finally {
      view.release();
    }
    await readSnapshot(fileSystem, directory, identity.uuid, written.entry, { codecs }, verifying(pace));
    return { ...written, covered, moves };
  } catch (error) {
    moves?.end();
    throw await withoutFile(fileSystem, file, failed(file, error));
  }
}

/** In one turn: the view is of exactly this seq. */
async function openAtSeq(
  { journal, source, atSettled }: CompactionInput,
  port: CheckpointPort,
): Promise<{ readonly seq: number; readonly covered: Covered; readonly view: SnapshotView }> {
  const open = (): { readonly seq: number; readonly covered: Covered; readonly view: SnapshotView } => {
    return { ...endOfPage(journal, port), view: source.openView() };
  };
  if (atSettled === undefined) return open();
  let opened: ReturnType<typeof open> | undefined;
  await atSettled(() => {
    opened = open();
  });
  return opened!;
}
