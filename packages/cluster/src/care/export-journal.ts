/** Makes a database directory of a shared journal. Needs no classes: all collections are carried along as bytes. */
import { dirname } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { openDatabase } from '@nuthatch/runtime';
import { NodeFileSystem, type SharedJournal } from '@nuthatch/runtime/cluster';
import { BlobEngine } from '../blobs/blob-engine.js';
import { COPY_MARK_NAME, type CopyMark, NodeCopy } from '../node/node-copy.js';
import { requirePath } from './copy-status.js';
import { directoryState, lastSeqOf, UnpackedJournal } from './database-states.js';
import { digestOf, requireDigest } from './import-directory.js';
import { takeBlobs } from './moved-blobs.js';
import { withWholeJournal } from './with-journal.js';
import { withWorkDirectory } from './work-directory.js';

export interface ExportReport {
  /** The directory holds every transaction up to here and none after; where there are blobs, the last one is its own. */
  readonly seq: bigint;
  /** Position of the frame that it ends with. */
  readonly position: number;
  /** Digest of all documents, in the journal and in the directory, 64 hexadecimal digits. */
  readonly digest: string;
}

/**
 * Makes a database directory of a shared journal, as it is now, for `openDatabase({ directory })`. Nodes may go on
 * meanwhile. The database keeps its identity, seqs and revisions: replicas of the nodes go on with it.
 *
 * The directory appears when it is whole and was compared with the journal by a digest. A crash leaves another one beside
 * it, `‹directory›.work-‹pid›-‹count›`, which the next call removes.
 *
 * I/O: the journal is read twice and written once. Memory: all documents as bytes.
 *
 * @param directory must not exist.
 * @throws DatabaseError `DIRECTORY_UNUSABLE`, `INVALID_OPTION`, `JOURNAL_NOT_FOUND`, `JOURNAL_UNFINISHED`,
 *   `JOURNAL_UNREACHABLE`, `JOURNAL_UNSAFE`, `JOURNAL_DAMAGED`; `CHANGES_GONE` when nodes store images and truncate, or
 *   remove a file, meanwhile: repeat it.
 */
export function exportJournal(journal: SharedJournal, directory: string): Promise<ExportReport> {
  return withWholeJournal(journal, async ({ engine, uuid }, { unreachableMs }) => {
    const path = requirePath(directory);
    const fileSystem = new NodeFileSystem();
    if ((await fileSystem.stat(path)) !== undefined) {
      const what = `${path} exists already: an export makes a directory of its own`;
      throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: path });
    }
    return withWorkDirectory(path, async (work) => {
      // First: frames behind an image that is there now are read by what comes next.
      const unpacked = await UnpackedJournal.of(engine, uuid, `${work}/image`);
      const copy = `${work}/copy`;
      const { place } = await madeCopy(journal, copy);
      // From now on it is nobody's copy.
      await fileSystem.remove(`${copy}/${COPY_MARK_NAME}`);
      await fileSystem.syncDirectory(copy);
      const digest = await digestOf(directoryState(copy));
      await requireDigest(engine, unpacked.stateAt(place.position), digest);
      await takeBlobs(copy, new BlobEngine(engine, unreachableMs));
      const seq = BigInt(await lastSeqOf(copy));
      await fileSystem.rename(copy, path);
      await fileSystem.syncDirectory(dirname(path));
      return { seq, position: place.position, digest };
    });
  });
}

/** A copy of the journal as a node makes it, closed. @returns its mark. */
export async function madeCopy(journal: SharedJournal, directory: string): Promise<CopyMark> {
  const db = await openDatabase<object, object>([], { directory, journal, compaction: 'manual' });
  try {
    await db.barrier();
  } finally {
    await db.close();
  }
  return (await NodeCopy.markOf({ directory, fileSystem: new NodeFileSystem() }))!;
}
