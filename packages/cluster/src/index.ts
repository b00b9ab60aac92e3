/** Several nodes share one database over a journal in an existing engine. */
export type { SharedJournal } from '@nuthatch/runtime/cluster';
export { type AdoptCopyReport, adoptCopy } from './care/adopt-copy.js';
export { type AdoptReport, adoptJournal } from './care/adopt-journal.js';
export {
  type CopyComparison,
  compareCopy,
  type DocumentDifference,
  type DocumentVersion,
} from './care/compare-copy.js';
export { type CopyState, type CopyStatus, copyStatus } from './care/copy-status.js';
export { type ExportReport, exportJournal } from './care/export-journal.js';
export { type ImportReport, importDirectory } from './care/import-directory.js';
export { type JournalStatus, journalStatus } from './care/journal-status.js';
export type { LostEffect, LostTransaction } from './care/lost-transactions.js';
export { storeImage, type TruncateOptions, type TruncateReport, truncateJournal } from './care/truncate-journal.js';
export type {
  ImageEntry,
  ImagePlace,
  JournalEngine,
  JournalPlace,
  JournalUsage,
  StoredFrame,
  Truncation,
} from './engine/journal-engine.js';
export { type CassandraJournalOptions, cassandraJournal } from './engines/cassandra/cassandra-journal.js';
export { type FileJournalOptions, fileJournal } from './engines/files/file-journal.js';
export { type JetStreamJournalOptions, jetstreamJournal } from './engines/jetstream/jetstream-journal.js';
export type { EngineCall, EngineFaults } from './engines/memory/memory-engine.js';
export { type MemoryJournalOptions, memoryJournal } from './engines/memory/memory-journal.js';
export { type PostgresJournalOptions, postgresJournal } from './engines/postgres/postgres-journal.js';
export type { JournalOptions } from './journal-options.js';
