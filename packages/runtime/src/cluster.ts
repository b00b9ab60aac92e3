/** The face of the engine for the cluster package; re-exports only. Not for applications. */

export { blobDamaged, blobMissing } from './blobs/blob-errors.js';
export type { BlobPlace } from './blobs/blob-form.js';
export type { BlobId } from './blobs/blob-name.js';
export type { ReadableBlob } from './blobs/blob-reader.js';
export { BlobStore } from './blobs/blob-store.js';
export type { BlobWriter } from './blobs/blob-writer.js';
export { removeBlobs } from './blobs/copy-blobs.js';
export { ByteWriter } from './codec/byte-writer.js';
export { keptFieldsOf } from './codec/kept-fields.js';
export type {
  BlobNeeds,
  JoinedJournal,
  NodeJournal,
  NodeParts,
  NodePlace,
  SharedJournal,
} from './database/shared-journal.js';
export type { CollectionDefinition } from './definition/collection-definition.js';
export { isOwnCollection } from './definition/own-collections.js';
export { RELEASES_COLLECTION } from './definition/release-records.js';
export { showValue } from './definition/show-value.js';
export { unknownOption } from './definition/unknown-option.js';
export { directoryError, withDirectoryErrors } from './file-system/directory-error.js';
export type { FileSystem } from './file-system/file-system.js';
export { MemoryFileSystem } from './file-system/memory-file-system.js';
export { NodeFileSystem } from './file-system/node-file-system.js';
export { firstChain, frameCrcSeed, fromHex, isSameChain, toHex } from './journal/chain.js';
export type { Durability } from './journal/durability.js';
export { type Effect, effectAt, effectCount, type JournaledTransaction } from './journal/effect.js';
export { databaseFailed } from './journal/failed-journal.js';
export { type FrameHeader, frameBytesOf, readFrameHeader } from './journal/frame-reader.js';
export type {
  Journal,
  JournalListener,
  JournalStats,
  SharedJournalListener,
  StoredTransaction,
} from './journal/journal.js';
export { CHAIN_BYTES, FRAME_FIELD, FRAME_HEADER_BYTES, FRAME_MAGIC, LAST_MODEL_ID } from './journal/journal-format.js';
export { ModelTable, type StoredModel } from './journal/model-table.js';
export { PLAIN_CODEC } from './journal/page-codec.js';
export { SeqWaiters } from './journal/seq-waiters.js';
export type { StoredDocument } from './journal/stored-document.js';
export { writeClaimRecord, writeModelRecord, writeTransaction } from './journal/transaction-writer.js';
export { DirectoryHistory, documentsOfAnyClass } from './recovery/directory-history.js';
export { FrameTransactions } from './recovery/frame-transactions.js';
export type { GivenNumber } from './recovery/keeping-target.js';
export { LastState } from './recovery/last-state.js';
export { readState } from './recovery/read-state.js';
export type { RecoveryTarget } from './recovery/recovery-target.js';
export type { StoredDocuments } from './recovery/stored-documents.js';
export { NOT_BEGUN, SLICE_MS, SliceClock } from './scheduling/slice-clock.js';
export type { StoreKey } from './structures/store-key.js';
export { afterTurn, every, later, nowMs, sleep, soon, type Timer, turn } from './time/real-time.js';
export { type DumpedDatabase, dumpLines, keyToJson } from './tools/dump.js';
