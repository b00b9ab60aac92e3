/**
 * Copies an open database to another directory, consistent up to the seq at which it was asked for.
 *
 * Snapshots and sealed pages never change, so they are copied while writes go on, and one that the destination has
 * from an earlier backup is not copied again. Of the page being written, what is synced is copied. The destination's
 * manifest comes last. The result opens like any directory.
 *
 *   lock ─▶ mark as unfinished ─▶ files ─▶ blobs ─▶ manifest ─▶ what it does not name removed ─▶ mark removed
 *
 * A crash in between leaves the mark: such a directory is refused with `BACKUP_UNFINISHED`, also when it held an
 * earlier backup, until the next one into it has succeeded. Keep two destinations in turn to have one at any time.
 */
import { randomUUID } from 'node:crypto';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { copyBlobs } from '../blobs/copy-blobs.js';
import { copyFile } from '../file-system/copy-file.js';
import { directoryError } from '../file-system/directory-error.js';
import { leavingNoDirectory, makeDurableDirectory } from '../file-system/durable-directory.js';
import type { FileSystem } from '../file-system/file-system.js';
import { HeldDirectory } from '../file-system/held-directory.js';
import type { FileJournal } from '../journal/file-journal.js';
import {
  deltaName,
  isNumberedName,
  isUnfinishedBackup,
  pageName,
  snapshotName,
  unfinishedBackupName,
} from '../journal/journal-format.js';
import { type Manifest, readManifest, writeManifest } from '../journal/manifest.js';
import { readDirectory } from '../recovery/read-directory.js';
import { readSteadily } from '../recovery/steady-read.js';

export interface BackupInput {
  readonly journal: FileJournal;
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Missing, empty, or an earlier backup of the same database. */
  readonly destination: string;
}

export interface BackupReport {
  /** The backup holds every transaction up to here and none after. */
  readonly lastSeq: number;
  readonly copiedBytes: number;
  /** Files that an earlier backup had brought already. */
  readonly keptFiles: readonly string[];
  /** All blobs of the backup, those that an earlier one had brought too. */
  readonly blobCount: number;
}

/**
 * Backs up. No compaction may run at the same time, since it removes files; the caller sees to that.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` for a destination with other things in it or a disk that fails, `DATABASE_LOCKED` for one that
 *   is open, the database's own directory included, `DATABASE_FAILED`, `DATABASE_CLOSED`.
 */
export async function backup(input: BackupInput): Promise<BackupReport> {
  try {
    return await backUp(input);
  } catch (error) {
    throw directoryError(error, input.destination);
  }
}

async function backUp(input: BackupInput): Promise<BackupReport> {
  const { journal, fileSystem, directory, destination } = input;
  const { uuid } = journal.checkpointPort.log.identity;
  return copyInto({ fileSystem, directory, destination, uuid }, () => syncedManifest(journal));
}

/**
 * The manifest of this moment as a proper close would leave it; all it names is synced.
 *
 * @throws DatabaseError `DATABASE_FAILED`, `DATABASE_CLOSED`.
 */
export async function syncedManifest(journal: FileJournal): Promise<Manifest> {
  const port = journal.checkpointPort;
  await journal.flush();
  let manifest: Manifest | undefined;
  await port.between(async () => {
    await port.log.sync();
    manifest = port.log.cleanManifest();
  });
  return manifest as unknown as Manifest;
}

export interface CopyInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly destination: string;
  readonly uuid: string;
}

/**
 * Copies a directory nobody has open here: closed, or in use by another process. Writes of that process during the copy
 * may be in it or not; what it had written before is.
 *
 * @throws DatabaseError as `backup`, and `JOURNAL_DAMAGED`: what is damaged is not copied.
 */
export async function copyDirectory(input: Omit<CopyInput, 'uuid'>): Promise<BackupReport> {
  const { fileSystem, directory } = input;
  try {
    // Compaction may take files away under the copy: then it begins again.
    return await readSteadily(async () => {
      const found = await readDirectory({ fileSystem, directory, mode: 'refuse', isLocking: false });
      const { clean: _, ...manifest } = found.manifest;
      const now = found.end ? { ...manifest, clean: found.end } : manifest;
      return copyInto({ ...input, uuid: now.uuid }, async () => now);
    });
  } catch (error) {
    throw directoryError(error, directory);
  }
}

async function copyInto(input: CopyInput, manifest: () => Promise<Manifest>): Promise<BackupReport> {
  requireOutside(input);
  return leavingNoDirectory(input.fileSystem, input.destination, () => copyUnder(input, manifest));
}

async function copyUnder(input: CopyInput, manifest: () => Promise<Manifest>): Promise<BackupReport> {
  const { fileSystem, destination, uuid } = input;
  await makeDurableDirectory(fileSystem, destination);
  return HeldDirectory.during(fileSystem, destination, async (held) => {
    const earlier = await readDestination(held, destination, uuid);
    const now = await manifest();
    if (earlier !== undefined) {
      requireEarlier(earlier, now, destination);
      await requireApart({ ...input, fileSystem: held });
    }
    return await copyAll({ ...input, fileSystem: held }, now, earlier);
  });
}

async function copyAll(input: CopyInput, now: Manifest, earlier: Manifest | undefined): Promise<BackupReport> {
  const { fileSystem, directory, destination } = input;
  const mark = `${destination}/${unfinishedBackupName(now.uuid)}`;
  await leaveMark(fileSystem, destination, mark);
  let copiedBytes = 0;
  const keptFiles: string[] = [];
  const files = filesOf(now);
  for (const file of files) {
    const known = earlier && filesOf(earlier).find((other) => other.name === file.name);
    const there = await fileSystem.stat(`${destination}/${file.name}`);
    const isKept = known && file.isFinal && known.chain === file.chain && there?.byteCount === file.byteCount;
    if (isKept) keptFiles.push(file.name);
    else {
      const [from, to] = [`${directory}/${file.name}`, `${destination}/${file.name}`];
      copiedBytes += await copyFile(fileSystem, from, to, file.byteCount);
    }
  }
  // After the manifest was made: each blob that it needs was there before.
  const blobs = await copyBlobs(input);
  await fileSystem.syncDirectory(destination);
  await writeManifest(fileSystem, destination, now);
  for (const name of await fileSystem.list(destination)) {
    if (isNumberedName(name) && !files.some((file) => file.name === name))
      await fileSystem.remove(`${destination}/${name}`);
  }
  await blobs.removeOthers();
  // From here on it is a backup.
  await fileSystem.remove(mark);
  await fileSystem.syncDirectory(destination);
  return {
    lastSeq: now.clean?.lastSeq ?? 0,
    copiedBytes: copiedBytes + blobs.copiedBytes,
    keptFiles,
    blobCount: blobs.count,
  };
}

/** Durable before anything else is changed. Its name says all; it is empty. */
async function leaveMark(fileSystem: FileSystem, destination: string, mark: string): Promise<void> {
  if ((await fileSystem.stat(mark)) === undefined) {
    const handle = await fileSystem.open(mark, 'create-exclusive');
    await handle.close();
  }
  await fileSystem.syncDirectory(destination);
}

/** A file of a backup: what of it belongs to the state of the manifest. */
export interface BackupFile {
  readonly name: string;
  readonly byteCount: number;
  readonly chain: string;
  /** Never changes any more. */
  readonly isFinal: boolean;
}

/** The files that a manifest names, in the order they were written. */
export function filesOf(manifest: Manifest): readonly BackupFile[] {
  const files: BackupFile[] = [];
  for (const snapshot of [manifest.snapshot, manifest.previousSnapshot]) {
    if (snapshot) files.push({ name: snapshotName(snapshot.number), isFinal: true, ...snapshot });
  }
  for (const delta of manifest.deltas ?? []) files.push({ name: deltaName(delta.number), isFinal: true, ...delta });
  for (const { number, sealed } of manifest.pages) {
    const end = sealed ?? manifest.clean;
    if (end)
      files.push({ name: pageName(number), byteCount: end.byteCount, chain: end.chain, isFinal: sealed !== undefined });
  }
  return files;
}

/** The manifest of an earlier backup; undefined for an empty destination and for a first backup that was interrupted. */
async function readDestination(
  fileSystem: FileSystem,
  destination: string,
  uuid: string,
): Promise<Manifest | undefined> {
  const manifest = await readManifest(fileSystem, destination);
  if (manifest?.uuid === uuid) return manifest;
  // The lock is ours, and so may be the temp files of locks of processes that died.
  const names = (await fileSystem.list(destination)).filter((name) => !name.startsWith('lock'));
  const isUnfinished = names.includes(unfinishedBackupName(uuid)) && names.filter(isUnfinishedBackup).length === 1;
  if (!manifest && (names.length === 0 || isUnfinished)) return undefined;
  const what = `${destination} is neither empty nor an earlier backup of this database`;
  throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: destination });
}

/**
 * A directory that holds more than is to be copied is not a backup of it: the two were named the wrong way round, or it was
 * opened and written to.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE`; nothing was changed.
 */
function requireEarlier(earlier: Manifest, now: Manifest, destination: string): void {
  const why = whyNotEarlier(earlier, now);
  if (why === undefined) return;
  throw new DatabaseError('DIRECTORY_UNUSABLE', `${destination} is not an earlier backup of this database: ${why}`, {
    directory: destination,
  });
}

function whyNotEarlier({ clean, incarnation }: Manifest, now: Manifest): string | undefined {
  // A backup is written as a proper close would leave it.
  if (clean === undefined) return 'it was not closed properly, so it was opened as a database';
  const givenSeq = now.clean?.lastSeq ?? 0;
  if (clean.lastSeq > givenSeq)
    return `it holds seq ${clean.lastSeq}, but the database to back up ends with seq ${givenSeq}`;
  return incarnation > now.incarnation ? 'the database has been restored to an earlier state since then' : undefined;
}

/** Both may be named differently and be one place. @throws DatabaseError `DIRECTORY_UNUSABLE`; nothing was changed. */
async function requireApart({ fileSystem, directory, destination }: CopyInput): Promise<void> {
  // The next opening removes the rest that a crash leaves, with the other temp files.
  const name = `apart-${randomUUID()}.nut.tmp`;
  const probe = await fileSystem.open(`${destination}/${name}`, 'create-exclusive');
  await probe.close();
  const isOne = (await fileSystem.stat(`${directory}/${name}`)) !== undefined;
  await fileSystem.remove(`${destination}/${name}`);
  if (!isOne) return;
  const what = `${destination} is the directory to back up`;
  throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: destination });
}

/** By name, before anything is locked or made; `requireApart` finds the directory under another name. */
function requireOutside({ directory, destination }: CopyInput): void {
  const way = relative(resolve(directory), resolve(destination));
  if (way !== '' && (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))) return;
  const what = `${destination} ${way === '' ? 'is' : 'lies in'} the directory to back up: what removes the one removes the other`;
  throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: destination });
}
