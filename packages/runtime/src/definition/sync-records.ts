/**
 * The records of sync, in the database itself: answered transactions, leases, ranges, a replica's outbox and cursor. A
 * collection of the engine's own, so that pages, snapshots, backups and tools need to know nothing new, and that it is
 * written in the same frame as the documents it belongs to. It has no repository and is announced to nobody.
 *
 * Never change its names: files hold them.
 */
import type { CollectionDefinition } from './collection-definition.js';
import { keyedValuesDefinition } from './keyed-values.js';

/** No class can have this name. */
const SYNC_COLLECTION = '$sync';

export const SYNC_DEFINITION = {
  ...keyedValuesDefinition('SyncRecord', SYNC_COLLECTION),
  isHidden: true,
} as CollectionDefinition<object>;
