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
import { type AdoptReport, adoptInto } from './adopt-journal.js';
import { readCopy, requirePath } from './copy-status.js';
import { directoryState } from './database-states.js';
import { importInto, requireDigest } from './import-directory.js';
import { withEngine } from './with-journal.js';
import { withWorkDirectory } from './work-directory.js';

export interface AdoptCopyReport extends AdoptReport {
  /** Of the history that goes on. */
  readonly incarnation: number;
  /** Digest of all documents, in the copy and in the new journal, 64 hexadecimal digits. */
  readonly digest: string;
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
 * @throws DatabaseError `INVALID_OPTION` when the journal is there; `DATABASE_LOCKED`, `DIRECTORY_UNUSABLE`,
 *   `JOURNAL_UNSAFE`, `JOURNAL_UNREACHABLE`, `JOURNAL_DAMAGED`.
 */
export function adoptCopy(journal: SharedJournal, directory: string): Promise<AdoptCopyReport> {
  return withEngine(journal, async (engine) => {
    const path = requirePath(directory);
    await readCopy(path);
    const lock = await new NodeFileSystem().lock(path);
    let made: { readonly uuid: string; readonly digest: string; readonly incarnation: number };
    try {
      made = await withWorkDirectory(path, async (work) => {
        const restored = `${work}/copy`;
        const { incarnation } = await restoreDirectory({ directory: path, destination: restored });
        const { digest, uuid } = await importInto(engine, restored, restored);
        await requireDigest(engine, directoryState(path), digest);
        return { uuid, digest, incarnation };
      });
    } finally {
      await lock.release();
    }
    const { uuid, digest, incarnation } = made;
    return { ...(await adoptInto(engine, uuid, path)), digest, incarnation };
  });
}
