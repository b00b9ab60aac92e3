/** The face of the engine for the cluster package; re-exports only. Not for applications. */

export { ByteWriter } from './codec/byte-writer.js';
export type {
  JoinedJournal,
  NodeJournal,
  NodeParts,
  NodePlace,
  SharedJournal,
} from './database/shared-journal.js';
export type { CollectionDefinition } from './definition/collection-definition.js';
export { showValue } from './definition/show-value.js';
export { unknownOption } from './definition/unknown-option.js';
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
export { CHAIN_BYTES, FRAME_FIELD, FRAME_HEADER_BYTES } from './journal/journal-format.js';
export { ModelTable, type StoredModel } from './journal/model-table.js';
export { PLAIN_CODEC } from './journal/page-codec.js';
export { SeqWaiters } from './journal/seq-waiters.js';
export { writeModelRecord, writeTransaction } from './journal/transaction-writer.js';
export { FrameTransactions } from './recovery/frame-transactions.js';
export type { StoredDocuments } from './recovery/stored-documents.js';
export { NOT_BEGUN, SLICE_MS, SliceClock } from './scheduling/slice-clock.js';
export { afterTurn, every, later, nowMs, sleep, soon, type Timer, turn } from './time/real-time.js';
