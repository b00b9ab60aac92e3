/** The public face of the engine; re-exports only. */

export type { DocumentModel, ErrorCode, ErrorFacts, Key, KeyLike, Violation } from '@nuthatch/model';
export { DatabaseError, ERROR_CATALOGUE, oneMore } from '@nuthatch/model';
export type { BackupReport } from './checkpoint/backup.js';
export type { CompactionReport } from './checkpoint/compaction.js';
export type { CompactionRule } from './checkpoint/compaction-rule.js';
export type { LeftOut } from './checkpoint/left-out.js';
export type { RestoreInput, RestoreReport } from './checkpoint/restore.js';
export type { UnpackInput, UnpackReport } from './checkpoint/unpack-backup.js';
export { decodeAnyValue, encodeAnyValue } from './codec/any-value-codec.js';
export { ByteReader } from './codec/byte-reader.js';
export { ByteWriter } from './codec/byte-writer.js';
export type { DocumentCodec } from './codec/document-codec.js';
export { createModelCodec } from './codec/model-codec.js';
export type { PluginIndex } from './collection/indexing/plugin-index.js';
export type { Direction, Page, QueryDelta, QueryPlan, RangeQuery, TagQuery } from './collection/query-types.js';
export { type Command, CommandContext } from './database/command.js';
export { Database, type DatabaseState } from './database/database.js';
export { type DatabaseDescription, describeDatabase } from './database/database-description.js';
export type { DatabaseEventMap } from './database/database-events.js';
export type { DatabaseOptions, OpenProgress } from './database/database-options.js';
export type { DatabaseSnapshot, SnapshotCollections, SnapshotLife } from './database/database-snapshot.js';
export type { CollectionStats, DatabaseStats, IndexStats } from './database/database-stats.js';
export { openDatabase } from './database/open-database.js';
// What generated code is made with.
export type { CollectionDefinition, DocumentClass } from './definition/collection-definition.js';
export {
  broken,
  checkWithin,
  elementsOf,
  literalAt,
  literalIndex,
  mismatch,
  refuseStored,
  refuseVariant,
  sealWithin,
  unknownFieldFinder,
  type Violations,
} from './definition/generated-support.js';
export { isBytesValue, isDateValue, isMapValue, isRecord, isSetValue } from './document/brands.js';
export { documentSizer } from './document/document-bytes.js';
export { bufferOver, frozenArray, ownBuffer, ownBytes, sealedArray } from './document/frozen-array.js';
export {
  FrozenDate,
  FrozenMap,
  FrozenSet,
  frozenDate,
  frozenMap,
  frozenSet,
  sealedMap,
  sealedSet,
} from './document/frozen-values.js';
export { checkJson, frozenJson } from './document/json-data.js';
export { type Plain, plain } from './document/plain.js';
export { isNumberName, makeRecord, recordEntries } from './document/record-data.js';
export type { Change, ChangeJson } from './feed/change.js';
export type { ChangeEvent } from './feed/change-events.js';
export type { Subscription } from './feed/change-feed.js';
export type { ChangeGap } from './feed/change-gap.js';
export type { ChangeStream, ChangeTransaction } from './feed/change-transactions.js';
export type {
  ChangesOptions,
  DroppingChangesOptions,
  OverflowPolicy,
  WholeChangesOptions,
} from './feed/changes-options.js';
export { whenLive } from './feed/when-live.js';
export type { FileHandle, FileSystem } from './file-system/file-system.js';
export { MemoryFileSystem } from './file-system/memory-file-system.js';
export { NodeFileSystem } from './file-system/node-file-system.js';
export type { Durability } from './journal/durability.js';
export type { ChangeOrigin } from './journal/effect.js';
export type { JournalStats } from './journal/journal.js';
export type { ClockJump } from './journal/journal-clock.js';
export type { Manifest, PageEntry, SnapshotEntry } from './journal/manifest.js';
export type { EncryptionOptions, KeySource } from './journal/page-codecs.js';
export type { KeyValueRange } from './key-value/key-value-entries.js';
export type { KeyValueChange, KeyValueEvent } from './key-value/key-value-events.js';
export { type KeyValueOptions, KeyValueStore, openKeyValue } from './key-value/key-value-store.js';
export { type KeyValueSetOptions, KeyValueTransaction } from './key-value/key-value-transaction.js';
export { type CensusInput, type CollectionCensus, censusOfDirectory } from './migration/directory-census.js';
export { type MigrateInput, type MigrateReport, migrateDirectory } from './migration/migrate-directory.js';
export type { MigrateDirection, MigrateProgress } from './migration/migrate-progress.js';
export type {
  CollectionMigration,
  DatabaseMigration,
  Migration,
  MigrationSource,
  MigrationTarget,
} from './migration/migration.js';
export type { RestartReason } from './migration/migration-parts.js';
export type { ChangedDocument } from './migration/migration-plan.js';
export {
  type MigrationStatus,
  type MigrationStatusInput,
  type MigrationStepStatus,
  migrationStatus,
  type StoredModelStatus,
} from './migration/migration-status.js';
export { keptValue, type MissingValue, requiredValue } from './migration/migration-values.js';
export type { DirectoryReport, FrameSummary } from './recovery/read-directory.js';
export type { EvolvedModel, LostRange, RecoveryReport } from './recovery/recovery-target.js';
export type { RepairInput, RepairReport } from './recovery/repair.js';
export { CollectionSnapshot } from './repository/collection-snapshot.js';
export { type CompositeIndex, type FieldIndex, type IndexQuery, LiveIndex } from './repository/live-index.js';
export { Query } from './repository/query.js';
export { Repository } from './repository/repository.js';
export type {
  CollectionTypes,
  Frozen,
  FrozenValue,
  Patch,
  PutOptions,
  ReturningEntry,
  RevisionOptions,
  UpdateOptions,
  UpsertInput,
  WriteOptions,
  WrittenEntry,
} from './repository/repository-types.js';
export { TransactionRepository } from './repository/transaction-repository.js';
export * as told from './structures/told.js';
/** For the packages of Nuthatch: what they wait by, and how they call listeners. */
export * as realTime from './time/real-time.js';
export {
  auditTrail,
  type BackupDirectoryInput,
  backupDirectory,
  compactDirectory,
  dumpDirectory,
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
export type { ImportInput, ImportReport } from './tools/import-dump.js';
export type { InspectedModel, InspectedTransaction, InspectInput, InspectReport } from './tools/inspect-directory.js';
export type { DirectoryDocuments, ReadDocumentsInput } from './tools/read-documents.js';
export type { VerifyInput, VerifyReport } from './tools/verify-directory.js';
