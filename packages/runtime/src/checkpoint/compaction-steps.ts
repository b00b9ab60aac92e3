/** The steps that whole snapshots and deltas are written in: waiting for a page, the switch of the manifest, files that go. */
import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../file-system/file-system.js';
import { errnoOf } from '../file-system/node-call.js';
import type { CheckpointPort, FileJournal } from '../journal/file-journal.js';
import type { Covered } from '../journal/replay-backlog.js';
import type { SnapshotPlan } from '../journal/snapshot-plan.js';
import { DECODE_ONLY, type SnapshotVisitor } from '../recovery/snapshot-reader.js';
import { nowMs, sleep, turn } from '../time/real-time.js';
import { NoDelta } from './delta/last-effects.js';
import { GivenUp } from './given-up.js';
import type { Pace } from './pace.js';

/** A slow disk is not waited for longer: the image is what was asked for. */
const LONGEST_PAGE_WAIT_MS = 100;

/**
 * Lets the writers begin the next page before the image is written: that takes half a dozen syncs in turn: 40 ms beside
 * an image, and 3 ms now. When nobody writes there is nothing to wait for.
 */
export async function nextPage(journal: FileJournal): Promise<void> {
  const endMs = nowMs() + LONGEST_PAGE_WAIT_MS;
  await turn();
  while (journal.isBusy && journal.isPageEnding && nowMs() < endMs) await sleep(1);
}

/** What a compaction covers. In one turn: from here on writes go to the next page, so that this one can be dropped whole some day. */
export function endOfPage(
  journal: FileJournal,
  { log: { backlog } }: CheckpointPort,
): { seq: number; covered: Covered } {
  const seq = journal.lastSeq;
  journal.endPage();
  return { seq, covered: { byteCount: backlog.byteCount + journal.stats().pendingBytes, tally: backlog.tally.copy() } };
}

/** Reads all that was written, in slices. */
export function verifying(pace: Pace): SnapshotVisitor {
  return {
    ...DECODE_ONLY,
    frame: async (found, codec) => {
      await DECODE_ONLY.frame(found, codec);
      if (pace.isOver) await pace.pause();
    },
  };
}

/** Removes what was half made; if that fails too the next open does it, and the error says so. */
export async function withoutFile(fileSystem: FileSystem, file: string, error: unknown): Promise<unknown> {
  try {
    await removeUnfinished(fileSystem, file);
    return error;
  } catch (removeError) {
    if (!DatabaseError.is(error)) return error;
    const what = `a snapshot failed and ${file} could not be removed`;
    return new DatabaseError(error.code, what, { ...error.facts, removeError: String(removeError) }, { cause: error });
  }
}

/**
 * Switches the manifest between two batches; returns the files it no longer names.
 *
 * @param seq of the image: when nothing was written since, all of the backlog is covered, whatever was estimated.
 * @param covered what the image covers of the backlog.
 * @param planned asked in the turn of the switch.
 */
export async function install(
  journal: FileJournal,
  seq: number,
  covered: Covered,
  planned: () => SnapshotPlan,
): Promise<readonly string[]> {
  const port = journal.checkpointPort;
  const all = journal.lastSeq === seq ? { ...covered, byteCount: Number.POSITIVE_INFINITY } : covered;
  let dropped: readonly string[] = [];
  let stageError: unknown;
  await port.between(async () => {
    const plan = planned();
    try {
      await port.log.manifest.stage(plan.manifest);
    } catch (error) {
      // The old manifest is in force: this compaction is off, the journal is well.
      stageError = error;
      return;
    }
    await port.log.commitSnapshot(plan.manifest, all);
    dropped = plan.dropped;
  });
  if (stageError !== undefined) throw failed('the manifest', stageError);
  return dropped;
}

export async function removeFiles(
  fileSystem: FileSystem,
  directory: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const name of names) {
    try {
      await fileSystem.remove(`${directory}/${name}`);
    } catch {
      // Reported: the files are of no more use, and no harm; the next open removes them.
      left.push(name);
    }
  }
  return left;
}

export async function removeUnfinished(fileSystem: FileSystem, file: string): Promise<void> {
  if ((await fileSystem.stat(file)) !== undefined) await fileSystem.remove(file);
}

export function failed(file: string, cause: unknown): unknown {
  if (DatabaseError.is(cause) || cause instanceof GivenUp || cause instanceof NoDelta) return cause;
  const errno = errnoOf(cause);
  const what = `writing ${file} failed${typeof errno === 'string' ? ` with ${errno}` : ''}`;
  return new DatabaseError('JOURNAL_WRITE_FAILED', what, { file, operation: 'snapshot', errno }, { cause });
}
