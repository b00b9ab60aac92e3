/** Compacts a directory that nobody has open, without the user's code. */
import { renewBlobs } from '../blobs/blob-renewal.js';
import { type CompactionReport, compact } from '../checkpoint/compaction.js';
import { viewOf } from '../checkpoint/state-view.js';
import type { FileSystem } from '../file-system/file-system.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { KeepingTarget } from '../recovery/keeping-target.js';
import { openFileJournal } from '../recovery/open-file-journal.js';
import { requireDatabase } from '../recovery/read-directory.js';
import { storedDefinition } from '../recovery/stored-definition.js';

export interface CompactDirectoryInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** How the new files are stored, and the keys of the old ones. Default: plain, without keys. */
  readonly codecs?: PageCodecs;
}

/**
 * Opens, compacts once, closes. Documents keep the models they were written with. Memory: all documents.
 *
 * @throws DatabaseError `DATABASE_LOCKED` while a process has it open (it compacts by itself then), `DIRECTORY_UNUSABLE`,
 *   `JOURNAL_DAMAGED`, `JOURNAL_WRITE_FAILED`.
 */
export async function compactDirectory(input: CompactDirectoryInput): Promise<CompactionReport> {
  const { directory } = input;
  await requireDatabase(input.fileSystem, directory);
  const state = new KeepingTarget();
  const { journal, fileSystem } = await openFileJournal({ ...input, definitions: [], define: storedDefinition }, state);
  try {
    const report = await compact({ journal, fileSystem, directory, source: { openView: () => viewOf(state) } });
    const { codecs, identity } = journal.checkpointPort.log;
    const renewedBlobCount = await renewBlobs({ fileSystem, directory, uuid: identity.uuid, codecs });
    return { ...report, renewedBlobCount };
  } finally {
    await journal.close();
  }
}
