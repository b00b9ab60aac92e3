/**
 * Makes a new journal of what one node holds: after the engine lost acknowledged frames for good, or was restored from a
 * backup that is older than the node's directory.
 *
 * The new journal has the uuid of the old one and the next incarnation: the history behind the loss was given up in one of
 * the two, and nobody can tell in which. So replicas are told with `SERVER_RESTORED` to adopt what the nodes have now,
 * and directories of other nodes are refused with `JOURNAL_DIVERGED` until somebody has looked at them. Seqs and
 * revisions go on from those of the copy.
 */
import { NodeFileSystem, type SharedJournal } from '@nuthatch/runtime/cluster';
import { restoreDirectory } from '@nuthatch/runtime/tools';
import { BlobEngine } from '../blobs/blob-engine.js';
import { type AdoptReport, adoptInto } from './adopt-journal.js';
import { readCopy, requirePath } from './copy-status.js';
import { directoryState } from './database-states.js';
import { importInto, requireDigest } from './import-directory.js';
import { countNotes, takeBlobs } from './moved-blobs.js';
import { refused, requireCluster, withEngine, withWholeJournal } from './with-journal.js';
import { withWorkDirectory } from './work-directory.js';

export interface AdoptCopyReport extends AdoptReport {
  /** Of the history that goes on. */
  readonly incarnation: number;
  /** Digest of all documents, in the copy and in the new journal, 64 hexadecimal digits. */
  readonly digest: string;
  /** Blobs that the former journal had and could not be read there: documents that refer to them lack them. */
  readonly lostBlobCount: number;
}

/**
 * Makes a journal of the directory of a node. The directory is set aside and becomes a copy of the new journal.
 *
 * Nodes are refused with `JOURNAL_UNFINISHED` until the journal is whole. A crash leaves that, or the new journal without
 * the directory: then `adoptJournal` does the rest. I/O: the directory is read twice, written twice beside itself. Memory:
 * all documents.
 *
 * @param journal under a name that there is no journal of.
 * @param directory of a node that is not running.
 * @param blobsOf the journal that the directory was a copy of: it has the files beside the documents, if there are any.
 * @throws DatabaseError `INVALID_OPTION` when the journal is there, or `blobsOf` is needed and was not given; `DATABASE_LOCKED`, `DIRECTORY_UNUSABLE`,
 *   `JOURNAL_UNSAFE`, `JOURNAL_UNREACHABLE`, `JOURNAL_DAMAGED`.
 */
export function adoptCopy(
  journal: SharedJournal,
  directory: string,
  blobsOf?: SharedJournal,
): Promise<AdoptCopyReport> {
  return withEngine(journal, async (engine, { unreachableMs }) => {
    const path = requirePath(directory);
    // Also where it turns out that it is not needed.
    if (blobsOf !== undefined) requireCluster(blobsOf, 'blobsOf');
    await readCopy(path);
    const lock = await new NodeFileSystem().lock(path);
    let made: Pick<AdoptCopyReport, 'digest' | 'incarnation' | 'lostBlobCount'> & { readonly uuid: string };
    try {
      made = await withWorkDirectory(path, async (work) => {
        const restored = `${work}/copy`;
        const { incarnation } = await restoreDirectory({ directory: path, destination: restored });
        const lostBlobCount = await takeBlobsOf(blobsOf, restored);
        const { digest, uuid } = await importInto(engine, restored, restored, unreachableMs);
        await requireDigest(engine, directoryState(path), digest);
        return { uuid, digest, incarnation, lostBlobCount };
      });
    } finally {
      await lock.release();
    }
    const { uuid, ...report } = made;
    return { ...(await adoptInto(engine, uuid, path)), ...report };
  });
}

/** @returns how many could not be had. */
async function takeBlobsOf(journal: SharedJournal | undefined, directory: string): Promise<number> {
  const count = await countNotes(directory);
  if (count === 0) return 0;
  if (journal === undefined) {
    const what = `${count} files beside the documents are in the engine of the journal that the directory was a copy of: name it`;
    throw refused('blobsOf', what);
  }
  return withWholeJournal(journal, ({ engine }, { unreachableMs }) =>
    takeBlobs(directory, new BlobEngine(engine, unreachableMs), 'leave'),
  );
}
