/** Opens a node: the directory is its copy, and the journal that it shares with others comes in front. */
import { resolve } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { RELEASES_DEFINITION } from '../definition/release-records.js';
import { SYNC_DEFINITION } from '../definition/sync-records.js';
import { NodeFileSystem } from '../file-system/node-file-system.js';
import { TransientJournal } from '../journal/transient-journal.js';
import { StoredDocuments } from '../recovery/stored-documents.js';
import { UnknownCollections } from '../recovery/unknown-collections.js';
import type { ResolvedOptions } from './database-options.js';
import type { OpenedJournal } from './open-journal.js';
import type { JoinedJournal, SharedJournal } from './shared-journal.js';

/** In the directory of a node: whose copy it is. Its contents are the cluster package's own. */
const COPY_MARK = 'node.json';

/**
 * Writes to a node's copy that the other nodes do not see would make it differ from the journal.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE`.
 */
export async function requireNoCopy({ directory, fileSystem = new NodeFileSystem() }: ResolvedOptions): Promise<void> {
  if (directory === undefined) return;
  // What is wrong with the place itself, opening says.
  const mark = await fileSystem.stat(`${resolve(directory)}/${COPY_MARK}`).catch(() => undefined);
  if (mark === undefined) return;
  const what = `${directory} is the copy of a node: open it with the \`journal\` that it shares`;
  throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory });
}

/**
 * @param openOwn opens the node's own journal; a new one is of the database that the shared journal is of.
 * @throws DatabaseError `INVALID_OPTION`; as `SharedJournal.join`, and what `openOwn` throws.
 */
export async function openNode(
  journal: SharedJournal,
  options: ResolvedOptions,
  definitions: readonly CollectionDefinition[],
  openOwn: (options: ResolvedOptions, uuid: string) => Promise<OpenedJournal>,
): Promise<OpenedJournal> {
  requireNodeOptions(options);
  const directory = options.directory === undefined ? undefined : resolve(options.directory);
  const joined = await journal.join({ directory, fileSystem: options.fileSystem ?? new NodeFileSystem() });
  let own: OpenedJournal;
  try {
    own = joined.image === undefined ? await openOwn(options, joined.uuid) : await filled(options, joined, openOwn);
  } catch (error) {
    await Promise.allSettled([joined.leave()]);
    throw error;
  }
  const unknown = own.files?.unknown ?? own.unknown ?? new UnknownCollections();
  const stored = [...definitions, SYNC_DEFINITION, RELEASES_DEFINITION];
  const documents = new StoredDocuments(stored, { upcast: own.upcast, unknown });
  const { maxPendingBytes } = options;
  try {
    const node = joined.attach({ own: own.journal, definitions: stored, documents, maxPendingBytes });
    // Copies come of one beginning, whichever image each was made of: it is the same for all nodes.
    const incarnation = own.nodeIdentity?.incarnation ?? incarnationOf(own);
    return { ...own, journal: node, node, nodeIdentity: { uuid: joined.uuid, incarnation }, unknown };
  } catch (error) {
    // The lock goes back: the caller gets no database to close.
    await Promise.allSettled([own.journal.close(), joined.leave()]);
    throw error;
  }
}

/** What would make a copy that is not the journal, or would promise of the engine what it does not do. */
function requireNodeOptions({ recovery, encryption }: ResolvedOptions): void {
  if (recovery === 'salvage')
    throw refused('recovery', "a node's copy is whole or made anew: remove its directory instead of salvaging it");
  if (encryption !== undefined)
    throw refused(
      'encryption',
      'a shared journal is not encrypted: the engine would hold in plain what is secret here',
    );
}

function refused(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}

/** A node in memory, filled from an image that is let go of then. */
async function filled(
  options: ResolvedOptions,
  { image, uuid }: JoinedJournal,
  openOwn: (options: ResolvedOptions, uuid: string) => Promise<OpenedJournal>,
): Promise<OpenedJournal> {
  const own = await openOwn({ ...options, ...image }, uuid);
  const { journal, files, recovery, marks, upcast } = own;
  const { lastSeq } = journal;
  await journal.close();
  const nodeIdentity = { uuid, incarnation: incarnationOf(own) };
  const unknown = files!.unknown;
  return {
    journal: new TransientJournal(undefined, lastSeq),
    files: undefined,
    ...{ recovery, marks, upcast, unknown, nodeIdentity },
  };
}

function incarnationOf({ files }: OpenedJournal): number {
  return files?.journal.checkpointPort.log.identity.incarnation ?? 1;
}
