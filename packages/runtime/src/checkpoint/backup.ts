/**
 * Copies an open database to another directory, consistent up to the seq at which it was asked for.
 *
 * Snapshots and sealed pages never change, so they are copied while writes go on, and one that the destination has
 * from an earlier backup is not copied again. Of the page being written, what is synced is copied. The destination's
 * manifest comes last. The result opens like any directory. While a backup into the directory of an earlier one runs,
 * and when it is interrupted, that directory is no backup until the next one into it has succeeded.
 */
import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../file-system/file-system.js';
import type { FileJournal } from '../journal/file-journal.js';
import { pageName, snapshotName } from '../journal/journal-format.js';
import { type Manifest, readManifest, writeManifest } from '../journal/manifest.js';

const COPY_BYTES = 1024 * 1024;

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
}

/**
 * Backs up. No compaction may run at the same time, since it removes files; the caller sees to that.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` for a destination with other things in it, `DATABASE_FAILED`,
 *   `DATABASE_CLOSED`; Node's own errors for the destination's disk.
 */
export async function backup(input: BackupInput): Promise<BackupReport> {
  const { journal, fileSystem, directory, destination } = input;
  const port = journal.checkpointPort;
  if (!port) throw new DatabaseError('DATABASE_CLOSED', 'the journal is not recovered yet');
  const earlier = await openDestination(fileSystem, destination, port.log.identity.uuid);
  await journal.flush();
  let manifest: Manifest | undefined;
  await port.between(async () => {
    await port.log.sync();
    manifest = port.log.cleanManifest();
  });
  const now = manifest as unknown as Manifest;

  let copiedBytes = 0;
  const keptFiles: string[] = [];
  for (const file of filesOf(now)) {
    const known = earlier && filesOf(earlier).find((other) => other.name === file.name);
    const there = await fileSystem.stat(`${destination}/${file.name}`);
    const isKept = known && file.isFinal && known.chain === file.chain && there?.byteCount === file.byteCount;
    if (isKept) keptFiles.push(file.name);
    else copiedBytes += await copyFile(fileSystem, directory, destination, file.name, file.byteCount);
  }
  await fileSystem.syncDirectory(destination);
  await writeManifest(fileSystem, destination, now);
  return { lastSeq: now.clean?.lastSeq ?? 0, copiedBytes, keptFiles };
}

interface BackupFile {
  readonly name: string;
  readonly byteCount: number;
  readonly chain: string;
  /** Never changes any more. */
  readonly isFinal: boolean;
}

function filesOf(manifest: Manifest): readonly BackupFile[] {
  const files: BackupFile[] = [];
  for (const snapshot of [manifest.snapshot, manifest.previousSnapshot]) {
    if (snapshot) files.push({ name: snapshotName(snapshot.number), isFinal: true, ...snapshot });
  }
  for (const { number, sealed } of manifest.pages) {
    const end = sealed ?? manifest.clean;
    if (end)
      files.push({ name: pageName(number), byteCount: end.byteCount, chain: end.chain, isFinal: sealed !== undefined });
  }
  return files;
}

async function openDestination(
  fileSystem: FileSystem,
  destination: string,
  uuid: string,
): Promise<Manifest | undefined> {
  await fileSystem.makeDirectory(destination);
  const manifest = await readManifest(fileSystem, destination);
  if (manifest?.uuid === uuid) return manifest;
  const names = await fileSystem.list(destination);
  if (!manifest && names.length === 0) return undefined;
  const what = `${destination} is neither empty nor an earlier backup of this database`;
  throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: destination });
}

/** Copies the first `byteCount` bytes, synced. */
async function copyFile(
  fileSystem: FileSystem,
  from: string,
  to: string,
  name: string,
  byteCount: number,
): Promise<number> {
  const source = await fileSystem.open(`${from}/${name}`, 'read');
  try {
    if (await fileSystem.stat(`${to}/${name}`)) await fileSystem.remove(`${to}/${name}`);
    const target = await fileSystem.open(`${to}/${name}`, 'create-exclusive');
    try {
      const buffer = new Uint8Array(Math.min(COPY_BYTES, byteCount));
      for (let done = 0; done < byteCount; ) {
        const count = await source.read(buffer.subarray(0, Math.min(buffer.length, byteCount - done)), done);
        if (count === 0)
          throw new DatabaseError('JOURNAL_DAMAGED', `${from}/${name} ends at ${done}`, { file: name, offset: done });
        await target.write(buffer.subarray(0, count), done);
        done += count;
      }
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  return byteCount;
}
