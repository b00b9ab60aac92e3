/** Opens a node: the directory is its copy, and the journal that it shares with others comes in front. */
import { resolve } from 'node:path';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { RELEASES_DEFINITION } from '../definition/release-records.js';
import { SYNC_DEFINITION } from '../definition/sync-records.js';
import { NodeFileSystem } from '../file-system/node-file-system.js';
import { StoredDocuments } from '../recovery/stored-documents.js';
import { UnknownCollections } from '../recovery/unknown-collections.js';
import type { ResolvedOptions } from './database-options.js';
import type { OpenedJournal } from './open-journal.js';
import type { SharedJournal } from './shared-journal.js';

/**
 * @param openOwn opens the node's own journal.
 * @throws DatabaseError as `SharedJournal.join`, and what `openOwn` throws.
 */
export async function openNode(
  journal: SharedJournal,
  options: ResolvedOptions,
  definitions: readonly CollectionDefinition[],
  openOwn: () => Promise<OpenedJournal>,
): Promise<OpenedJournal> {
  const directory = options.directory === undefined ? undefined : resolve(options.directory);
  const joined = await journal.join({ directory, fileSystem: options.fileSystem ?? new NodeFileSystem() });
  let own: OpenedJournal;
  try {
    own = await openOwn();
  } catch (error) {
    await Promise.allSettled([joined.leave()]);
    throw error;
  }
  const unknown = own.files?.unknown ?? new UnknownCollections();
  const stored = [...definitions, SYNC_DEFINITION, RELEASES_DEFINITION];
  const documents = new StoredDocuments(stored, { upcast: own.upcast, unknown });
  const { maxPendingBytes } = options;
  const node = joined.attach({ own: own.journal, definitions: stored, documents, maxPendingBytes });
  return { ...own, journal: node, node, nodeUuid: joined.uuid, unknown };
}
