/**
 * Makes a new directory that holds a database as it was after some transaction: from a backup, or from the pages of a
 * directory in use. The source is only read, without its lock.
 *
 *   choose a snapshot at or before the point ─▶ replay up to it ─▶ new snapshot + empty page ─▶ manifest, last of all
 *
 * How far back one can go is what compaction has left: the older of the two snapshots, or seq 1 before the second
 * compaction. The new directory keeps the database's uuid and goes on with the next seq under a higher incarnation: the
 * transactions after the point are given up there, so followers of the database start again.
 *
 * A crash in between leaves a directory that is marked as unfinished, which is refused; an error leaves none of it.
 */
import { DatabaseError } from '@nuthatch/model';
import { renewBlobs } from '../blobs/blob-renewal.js';
import { copyBlobs } from '../blobs/copy-blobs.js';
import { directoryError } from '../file-system/directory-error.js';
import { leavingNoDirectory } from '../file-system/durable-directory.js';
import type { FileSystem } from '../file-system/file-system.js';
import { toHex } from '../journal/chain.js';
import { createPage } from '../journal/create-page.js';
import { oldestSeqOf } from '../journal/deltas.js';
import { DELTA_MAGIC, deltaName, SNAPSHOT_MAGIC, snapshotName } from '../journal/journal-format.js';
import {
  type DeltaEntry,
  type Manifest,
  readManifest,
  type SnapshotEntry,
  writeManifest,
} from '../journal/manifest.js';
import { type PageCodecs, PLAIN_CODECS } from '../journal/page-codecs.js';
import { fillDirectory } from '../recovery/fill-directory.js';
import { KeepingTarget } from '../recovery/keeping-target.js';
import { type ReadPages, readPages, requireDatabase } from '../recovery/read-directory.js';
import { requireEmpty } from '../recovery/require-empty.js';
import { DECODE_ONLY, imageHeader, readSnapshot } from '../recovery/snapshot-reader.js';
import { readSteadily } from '../recovery/steady-read.js';
import { findLeftOut, type LeftOut } from './left-out.js';
import { Pace } from './pace.js';
import { writeSnapshot } from './snapshot-writer.js';
import { viewOf } from './state-view.js';

export interface RestoreInput {
  readonly fileSystem: FileSystem;
  /** A database directory: a backup, or one in use. */
  readonly directory: string;
  /** Must not exist, or be empty. */
  readonly destination: string;
  /** How the new files are stored, and the keys of the old ones. Default: plain, without keys. */
  readonly codecs?: PageCodecs;
  /** The last transaction to hold. At most one of `atSeq` and `atTime`; neither: all there is. */
  readonly atSeq?: number;
  /** Every transaction before the first one with a later wall clock, in milliseconds since 1970. */
  readonly atTime?: number;
}

export interface RestoreReport {
  /** The restored database holds every transaction up to here and none after. */
  readonly lastSeq: number;
  /** Wall clock of that transaction when it was replayed from a page; undefined when it is the snapshot's. */
  readonly lastTime: number | undefined;
  readonly documentCount: number;
  readonly incarnation: number;
  /** The part of the directory that is not in the restored one; undefined: nothing, or no point was asked for. */
  readonly leftOut: LeftOut | undefined;
}

/**
 * Restores. I/O: what lies between the chosen snapshot and the point, once; memory: all documents.
 *
 * @throws DatabaseError `RESTORE_OUT_OF_RANGE` with what is available; `INVALID_OPTION`, `DIRECTORY_UNUSABLE`,
 *   `JOURNAL_DAMAGED` for damage before the point, `FORMAT_UNSUPPORTED`, `BACKUP_UNFINISHED`.
 */
export async function restoreDirectory(input: RestoreInput): Promise<RestoreReport> {
  const { fileSystem, directory, destination } = input;
  checkPoint(input);
  try {
    await requireEmpty(fileSystem, destination);
    const found = await readSteadily(() => readUpToPoint(input));
    return await leavingNoDirectory(fileSystem, destination, () =>
      fillDirectory(fileSystem, destination, (held) => write({ ...input, fileSystem: held }, found)),
    );
  } catch (error) {
    throw directoryError(error, directory);
  }
}

function checkPoint({ atSeq, atTime }: RestoreInput): void {
  if (atSeq !== undefined && atTime !== undefined)
    throw new DatabaseError('INVALID_OPTION', '`atSeq` and `atTime` exclude each other', { option: 'atSeq' });
  if (atSeq !== undefined && !(Number.isSafeInteger(atSeq) && atSeq >= 1))
    throw new DatabaseError('INVALID_OPTION', '`atSeq` must be a whole number of 1 or more', { option: 'atSeq' });
  if (atTime !== undefined && !Number.isFinite(atTime))
    throw new DatabaseError('INVALID_OPTION', '`atTime` must be milliseconds since 1970', { option: 'atTime' });
}

interface PointFound extends ReadPages {
  readonly state: KeepingTarget;
  readonly lastSeq: number;
  /** Wall clock of the last transaction, or of the snapshot that holds it. */
  readonly lastMs: number;
  readonly leftOut: LeftOut | undefined;
}

async function readUpToPoint(input: RestoreInput): Promise<PointFound> {
  const { fileSystem, directory, atSeq, atTime, codecs = PLAIN_CODECS } = input;
  await requireDatabase(fileSystem, directory);
  const manifest = await readManifest(fileSystem, directory);
  const usable = manifest === undefined ? [] : await usableSnapshots(input, manifest);
  if (manifest !== undefined && !canReach(manifest, usable, atSeq)) throw await outOfRange(input, manifest, undefined);
  const state = new KeepingTarget();
  const limit = {
    ...(atSeq === undefined ? {} : { seq: atSeq }),
    ...(atTime === undefined ? {} : { timeMs: atTime }),
  };
  const read = await readPages({
    fileSystem,
    directory,
    mode: 'refuse',
    target: state,
    codecs,
    limit,
    mayBeginWith: ({ number }) => usable.includes(number),
  });
  const lastSeq = Math.max(read.applier.appliedSeq, read.result.imageSeq);
  if ((atSeq !== undefined && lastSeq < atSeq) || lastSeq === 0)
    // Reading ended where the time asked for did: what comes after it is in the mark of a proper close, if anywhere.
    throw await outOfRange(
      input,
      read.report.manifest,
      atTime === undefined ? read.report.lastSeq : read.report.manifest.clean?.lastSeq,
    );
  const { applier, result } = read;
  const hasReplayed = applier.appliedSeq === lastSeq || result.snapshot === null;
  const lastMs = hasReplayed ? applier.appliedMs : result.lastMs;
  const isAll = atSeq === undefined && atTime === undefined;
  const behind = { fileSystem, directory, codecs, manifest: read.report.manifest, lastSeq, atTime };
  return { ...read, state, lastSeq, lastMs, leftOut: isAll ? undefined : await findLeftOut(behind) };
}

/** Whether the point may be after a state from which every transaction can be replayed. */
function canReach(manifest: Manifest, usable: readonly number[], atSeq: number | undefined): boolean {
  const oldestSeq = oldestSeqOf(manifest);
  if (oldestSeq === 0) return true;
  const isLate = (image: SnapshotEntry | null): boolean =>
    image !== null && image.seq >= oldestSeq && usable.includes(image.number);
  const images = [manifest.snapshot, manifest.previousSnapshot, ...(manifest.deltas ?? [])];
  return (atSeq === undefined || atSeq >= oldestSeq) && images.some(isLate);
}

/** Numbers of the snapshots and deltas that are of the point or before it. */
async function usableSnapshots(input: RestoreInput, manifest: Manifest): Promise<readonly number[]> {
  const usable: number[] = [];
  for (const entry of [manifest.snapshot, manifest.previousSnapshot, ...(manifest.deltas ?? [])]) {
    if (entry === null) continue;
    const isEarly = input.atSeq === undefined || entry.seq <= input.atSeq;
    const isOld = input.atTime === undefined || (await timeOf(input, entry)) <= input.atTime;
    if (isEarly && isOld) usable.push(entry.number);
  }
  return usable;
}

/** When a snapshot was begun: all of its transactions are older. A file that cannot be read is of no time. */
async function timeOf({ fileSystem, directory }: RestoreInput, entry: SnapshotEntry | DeltaEntry): Promise<number> {
  const isDelta = 'afterSeq' in entry;
  const file = `${directory}/${isDelta ? deltaName(entry.number) : snapshotName(entry.number)}`;
  const header = await imageHeader(fileSystem, file, isDelta ? DELTA_MAGIC : SNAPSHOT_MAGIC);
  return header?.createdMs ?? Number.POSITIVE_INFINITY;
}

async function outOfRange(
  input: RestoreInput,
  manifest: Manifest,
  lastSeq: number | undefined,
): Promise<DatabaseError> {
  const { atSeq, atTime, directory } = input;
  const images = [manifest.previousSnapshot, manifest.snapshot, ...(manifest.deltas ?? [])];
  const oldest = images.find((image) => image !== null && image.seq === oldestSeqOf(manifest));
  const oldestSeq = oldest?.seq ?? 1;
  const oldestMs = oldest ? await timeOf(input, oldest) : undefined;
  const oldestTime = oldestMs !== undefined && Number.isFinite(oldestMs) ? new Date(oldestMs).toISOString() : undefined;
  const since = oldestTime === undefined ? `seq ${oldestSeq}` : `seq ${oldestSeq} (${oldestTime})`;
  const upTo = lastSeq === undefined ? 'the present' : `seq ${lastSeq}`;
  const asked = atSeq === undefined ? new Date(atTime ?? 0).toISOString() : `seq ${atSeq}`;
  const what = `${directory} can be restored from ${since} up to ${upTo}, not at ${asked}`;
  return new DatabaseError('RESTORE_OUT_OF_RANGE', what, {
    directory,
    atSeq,
    atTime,
    oldestSeq,
    oldestTime,
    lastSeq,
  });
}

async function write(input: RestoreInput, found: PointFound): Promise<RestoreReport> {
  const { fileSystem, destination: directory, codecs = PLAIN_CODECS } = input;
  const { models, state, lastSeq, result, applier } = found;
  // Properties that this version does not know are copied.
  const { clean: _, deltas: __, ...source } = found.report.manifest;
  models.reserve(source.lastModelId);
  const identity = { uuid: source.uuid, incarnation: source.incarnation + 1, epoch: source.epoch + 1 };
  const snapshotNumber = 1;
  const createdMs = Math.max(Date.now(), found.lastMs);
  const view = viewOf(state);
  const snapshot = await writeSnapshot({
    ...{ fileSystem, directory, identity, codecs, models, view, snapshotNumber },
    seq: lastSeq,
    pace: new Pace(20, () => false),
    timeMs: createdMs,
  });
  await readSnapshot(fileSystem, directory, identity.uuid, snapshot, { codecs }, DECODE_ONLY);
  // All of them: which the state needs is soon known to the process that opens it.
  await copyBlobs({ fileSystem, directory: input.directory, destination: directory });
  await renewBlobs({ fileSystem, directory, uuid: identity.uuid, codecs });
  const { chain, frameId } = result;
  const pageNumber = (source.pages.at(-1)?.number ?? 0) + 1;
  const page = await createPage(fileSystem, directory, identity, codecs, {
    ...{ pageNumber, frameId, chain, models: [] },
    firstSeq: lastSeq + 1,
    createdMs,
  });
  await page.handle.close();
  await writeManifest(fileSystem, directory, {
    ...source,
    ...identity,
    pages: [page.entry],
    snapshot,
    previousSnapshot: null,
    salvaged: [],
    lastModelId: models.lastId,
    clean: { page: pageNumber, byteCount: page.byteCount, lastSeq, chain: toHex(chain) },
  });
  const documentCount = [...state.documents()].length;
  const lastTime = applier.appliedSeq === lastSeq ? applier.appliedMs : undefined;
  return { lastSeq, lastTime, documentCount, incarnation: identity.incarnation, leftOut: found.leftOut };
}
