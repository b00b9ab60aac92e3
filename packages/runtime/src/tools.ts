/**
 * Care of a directory without the classes that wrote it: backup, restore, dump, check, repair, migrate. And what the
 * other packages of Nuthatch share with the engine: what they wait by, and how they call listeners.
 */

export type { LeftOut } from './checkpoint/left-out.js';
export type { RestoreInput, RestoreReport } from './checkpoint/restore.js';
export type { UnpackInput, UnpackReport } from './checkpoint/unpack-backup.js';
export { createModelCodec } from './codec/model-codec.js';
export { isAskedByWords } from './collection/indexing/condition-words.js';
export {
  type DirectoryQueries,
  type QueryDirectoryInput,
  queryDirectory,
  type ReadableCollection,
} from './database/query-directory.js';
export { anyFromJson, anyToJson } from './document/any-json.js';
export { documentSizer } from './document/document-bytes.js';
export { type JsonValues, jsonValues } from './document/json-values.js';
export { whenLive } from './feed/when-live.js';
export type { Manifest, PageEntry, SnapshotEntry } from './journal/manifest.js';
export { type CensusInput, type CollectionCensus, censusOfDirectory } from './migration/directory-census.js';
export { type MigrateInput, type MigrateReport, migrateDirectory } from './migration/migrate-directory.js';
export type { MigrateDirection, MigrateProgress } from './migration/migrate-progress.js';
export type { RestartReason } from './migration/migration-parts.js';
export type { ChangedDocument } from './migration/migration-plan.js';
export {
  type MigrationStatus,
  type MigrationStatusInput,
  type MigrationStepStatus,
  migrationStatus,
  type StoredModelStatus,
} from './migration/migration-status.js';
export type { DirectoryReport, FrameSummary } from './recovery/read-directory.js';
export type { RepairInput, RepairReport } from './recovery/repair.js';
export { SLICE_MS, SliceClock } from './scheduling/slice-clock.js';
export * as told from './structures/told.js';
export * as realTime from './time/real-time.js';
export {
  auditTrail,
  type BackupDirectoryInput,
  backupDirectory,
  compactDirectory,
  dumpDirectory,
  holderOfDirectory,
  importDump,
  inspectDirectory,
  readDocuments,
  repairDirectory,
  restoreDirectory,
  type StorageOptions,
  type ToolInput,
  unpackBackup,
  verifyDirectory,
} from './tools/directory-tools.js';
export type { DumpInput } from './tools/dump.js';
export type { DirectoryHolder } from './tools/holder-of-directory.js';
export type { ImportInput, ImportReport } from './tools/import-dump.js';
export type { InspectedModel, InspectedTransaction, InspectInput, InspectReport } from './tools/inspect-directory.js';
export type { DirectoryDocuments, ReadDocumentsInput } from './tools/read-documents.js';
export type { VerifyInput, VerifyReport } from './tools/verify-directory.js';
