/**
 * The public face of the engine; re-exports only.
 *
 * Generated code and tools have subpaths of their own, `/generated` and `/tools`; their names are also exported here:
 * generated code of earlier versions imports all of it from the root, and both hold types that applications name.
 */

export type { BlobRef, ErrorCode, ErrorFacts, Violation } from '@nuthatch/model';
export { DatabaseError, ERROR_CATALOGUE } from '@nuthatch/model';
export type { BlobSource } from './blobs/blob-source.js';
export type { BlobStream, Blobs, PutBlobOptions, ReadBlobOptions } from './blobs/blobs.js';
export type { BackupReport } from './checkpoint/backup.js';
export type { CompactionReport } from './checkpoint/compaction.js';
export type { CompactionRule } from './checkpoint/compaction-rule.js';
export type { PluginIndex } from './collection/indexing/plugin-index.js';
export type { MemoryPressure } from './commit/memory-limit.js';
export { type Command, CommandContext } from './database/command.js';
export { type DatabaseDescription, describeDatabase } from './database/database-description.js';
export type { DatabaseEventMap } from './database/database-events.js';
export type { DatabaseSnapshot, SnapshotCollections, SnapshotLife } from './database/database-snapshot.js';
export type {
  CollectionStats,
  CompactionStats,
  DatabaseStats,
  IndexStats,
  VectorStats,
} from './database/database-stats.js';
export type {
  BackupTrace,
  ClockJumpMessage,
  CompactionTrace,
  DatabaseTrace,
  DiagnosticsMessages,
  DiagnosticsTraces,
  FailureMessage,
  ListenerErrorMessage,
  OpenTrace,
  RecoveryMessage,
} from './database/diagnostics.js';
export type { CompactOptions } from './database/maintenance.js';
export type { DatabaseSource } from './diagnostics/database-source.js';
export type { CommitMessage, FsyncMessage } from './diagnostics/journal-messages.js';
export { type Plain, plain } from './document/plain.js';
export type { Change, ChangeJson } from './feed/change.js';
export type { ChangeEvent } from './feed/change-events.js';
export type { ReaderStats, Subscription } from './feed/change-feed.js';
export type { ChangeGap } from './feed/change-gap.js';
export type { ChangeStream, ChangeTransaction } from './feed/change-transactions.js';
export type {
  ChangesOptions,
  DroppingChangesOptions,
  OverflowPolicy,
  WholeChangesOptions,
} from './feed/changes-options.js';
export type { FileHandle, FileSystem } from './file-system/file-system.js';
export { MemoryFileSystem } from './file-system/memory-file-system.js';
export { NodeFileSystem } from './file-system/node-file-system.js';
export * from './generated.js';
export type { ApproximateVectors } from './indexes/approximate-vectors.js';
export type { Durability } from './journal/durability.js';
export type { ChangeOrigin } from './journal/effect.js';
export type { JournalStats } from './journal/journal.js';
export type { ClockJump } from './journal/journal-clock.js';
export type { EncryptionOptions, KeySource } from './journal/page-codecs.js';
export { type KeyValueOptions, KeyValueStore, openKeyValue } from './key-value/key-value-store.js';
export { keptValue, type MissingValue, requiredValue } from './migration/migration-values.js';
export type { EvolvedModel, LostRange, RecoveryReport } from './recovery/recovery-target.js';
export { CollectionSnapshot } from './repository/collection-snapshot.js';
export type { KeyValueAccess } from './repository/key-value/key-value-access.js';
export { KeyValueCollection } from './repository/key-value/key-value-collection.js';
export type { KeyValueRange } from './repository/key-value/key-value-entries.js';
export type { KeyValueChange, KeyValueEvent } from './repository/key-value/key-value-events.js';
export { type KeyValueSetOptions, KeyValueTransaction } from './repository/key-value/key-value-transaction.js';
export type { JsonDocument } from './repository/reflect/json-document.js';
export type {
  CollectionDescription,
  JsonChange,
  JsonEntry,
  JsonPage,
  JsonPageQuery,
  ReflectedCollection,
} from './repository/reflect/reflected-collection.js';
export type { Reflection } from './repository/reflect/reflection.js';
export * from './tools.js';
