/**
 * Salvages a damaged directory into a new one. The damaged one is only read: whatever goes wrong, it is as it was.
 */
import type { BlobPlace } from '../blobs/blob-form.js';
import { transferBlobs } from '../blobs/transfer-blobs.js';
import type { BlobDamage } from '../blobs/verify-blobs.js';
import { leavingNoDirectory } from '../file-system/durable-directory.js';
import type { FileSystem } from '../file-system/file-system.js';
import { type PageCodecs, PLAIN_CODECS } from '../journal/page-codecs.js';
import { KeepingTarget } from './keeping-target.js';
import { NewDirectory } from './new-directory.js';
import { type DirectoryReport, readDirectory } from './read-directory.js';
import { requireEmpty } from './require-empty.js';

export interface RepairInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Where to: must not exist, or be empty. */
  readonly destination: string;
  /** How the new files are stored, and the keys of the old ones. Default: plain, without keys. */
  readonly codecs?: PageCodecs;
}

export interface RepairReport extends DirectoryReport {
  readonly documentCount: number;
}

/**
 * Reads all that can be read and writes it as a new database: documents with revision and expiry, and sequences.
 * History is not kept: seqs begin at 1. Memory: all documents.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when the destination is not empty; as `readDirectory` and `openFileJournal`.
 */
export async function repairDirectory(input: RepairInput): Promise<RepairReport> {
  const { fileSystem, directory, destination, codecs = PLAIN_CODECS } = input;
  await requireEmpty(fileSystem, destination);
  const state = new KeepingTarget();
  const report = await readDirectory({ fileSystem, directory, target: state, codecs });
  const { migrations = [] } = report.manifest;
  const blobs = { fileSystem, directory, uuid: report.manifest.uuid, codecs };
  const filled = await leavingNoDirectory(fileSystem, destination, async () =>
    fill(await NewDirectory.open(fileSystem, destination, migrations, codecs), state, blobs),
  );
  return { ...report, documentCount: filled.documentCount, lost: [...report.lost, ...filled.lost] };
}

async function fill(
  made: NewDirectory,
  state: KeepingTarget,
  blobs: BlobPlace,
): Promise<{ readonly documentCount: number; readonly lost: readonly BlobDamage[] }> {
  let documentCount = 0;
  try {
    const lost = await transferBlobs(blobs, made.blobPlace);
    for (const { definition, value } of state.sequences()) await made.add({ kind: 'sequence', definition, value });
    for (const document of state.documents()) {
      await made.add({ kind: 'put', ...document });
      documentCount++;
    }
    await made.finish();
    return { documentCount, lost };
  } catch (error) {
    await made.abandon();
    throw error;
  }
}
