/** The face of the engine for the sync package; re-exports only. Not for applications. */
export { ByteReader } from './codec/byte-reader.js';
export { ByteWriter } from './codec/byte-writer.js';
export type { Collection } from './collection/collection.js';
export {
  type DatabaseIdentity,
  type SyncPort,
  type SyncTransaction,
  syncPortOf,
  type TransactionGuard,
} from './database/sync-port.js';
export type { CollectionDefinition } from './definition/collection-definition.js';
export type { DocumentChange } from './feed/change-batch.js';
export type { StoreKey } from './structures/store-key.js';
