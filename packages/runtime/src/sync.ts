/** The face of the engine for the sync package; re-exports only. Not for applications. */

export type { BlobId } from './blobs/blob-name.js';
export type { ReadableBlob } from './blobs/blob-reader.js';
export type { BlobStore } from './blobs/blob-store.js';
export type { BlobWriter } from './blobs/blob-writer.js';
export { decodeAnyValue, encodeAnyValue } from './codec/any-value-codec.js';
export { ByteReader } from './codec/byte-reader.js';
export { ByteWriter } from './codec/byte-writer.js';
export { keptFieldsOf } from './codec/kept-fields.js';
export type { Collection, SequenceGuide } from './collection/collection.js';
export type { Condition } from './collection/indexing/collection-index.js';
export { asksForKeys, asksForOthers, indexesOf } from './collection/indexing/condition-tree.js';
export type { ReleaseState } from './collection/releasing/release-store.js';
export type { CarriedRelease } from './collection/releasing/replicated-releases.js';
export { InterestMap } from './collection/watch/interest-map.js';
export { expiryOf } from './collection/writing/expiry-of.js';
export type { DatabaseOptions } from './database/database-options.js';
export {
  type DatabaseIdentity,
  type SyncPort,
  syncPortOf,
  type TransactionGuard,
} from './database/sync-port.js';
export type { SyncTransaction } from './database/sync-transaction.js';
export { blobFinder } from './definition/blob-references.js';
export type { CollectionDefinition } from './definition/collection-definition.js';
export { type HeadRecord, RELEASES_COLLECTION, type ReleaseStep, stepOf } from './definition/release-records.js';
export { channelOf } from './diagnostics/channel-port.js';
export type { DatabaseSource } from './diagnostics/database-source.js';
export { withShownGetters } from './document/shown-getters.js';
export type { DocumentChange } from './feed/change-batch.js';
export type { PlacedChange } from './feed/journal-past.js';
export { type StoredCollection, StoredDocuments } from './recovery/stored-documents.js';
export { UnreadableDocument } from './recovery/unreadable-documents.js';
export type { StoreKey } from './structures/store-key.js';
export { every, later, nowMs, soon, type Timer, turn } from './time/real-time.js';
