/** The public face of the engine; re-exports only. */
export { DatabaseError, ERROR_CATALOGUE } from '@nuthatch/model';
export type { DocumentModel, ErrorCode, ErrorFacts, Key, KeyLike, Violation } from '@nuthatch/model';
export { Database, openDatabase, type DatabaseState } from './database.js';
export type { DatabaseEventMap } from './database-events.js';
export type { DatabaseOptions, OpenProgress } from './database-options.js';
export type { CollectionStats, DatabaseStats, IndexStats } from './database-stats.js';
export { type Command, CommandContext } from './command.js';
export type { Durability } from './journal/durability.js';
export type { JournalStats } from './journal/journal.js';
export type { LostRange, RecoveryReport } from './recovery/recovery-target.js';
export type { BackupReport } from './checkpoint/backup.js';
export type { CompactionReport } from './checkpoint/compaction.js';
export type { ChangeOrigin } from './commit/transaction.js';
export type { Change } from './feed/change.js';
export type { Subscription } from './feed/change-feed.js';
export type { ChangesOptions } from './feed/change-reader.js';
export { Query } from './collection/query.js';
export { Repository } from './repository/repository.js';
export { TransactionRepository } from './repository/transaction-repository.js';
export type {
  CollectionTypes,
  Direction,
  Page,
  Patch,
  PutOptions,
  QueryDelta,
  QueryPlan,
  RangeQuery,
  RevisionOptions,
  TagQuery,
  UpdateOptions,
  WriteOptions,
} from './repository/repository-types.js';
export { type KeyValueOptions, type KeyValueSetOptions, KeyValueStore, openKeyValue } from './key-value/key-value-store.js';
export type { FileHandle, FileSystem } from './file-system/file-system.js';
export { MemoryFileSystem } from './file-system/memory-file-system.js';
// What generated code is made with.
export type { CollectionDefinition, DocumentClass } from './definition/collection-definition.js';
export type { DocumentCodec } from './codec/document-codec.js';
export { ByteReader } from './codec/byte-reader.js';
export { ByteWriter } from './codec/byte-writer.js';
export { createModelCodec } from './codec/model-codec.js';
export { frozenArray, ownBytes } from './document/frozen-array.js';
export { FrozenDate, frozenDate, FrozenMap, frozenMap, FrozenSet, frozenSet } from './document/frozen-values.js';
export {
  broken,
  elementsOf,
  isRecord,
  literalAt,
  literalIndex,
  mismatch,
  refuseStored,
  refuseVariant,
  unknownFieldFinder,
  type Violations,
} from './definition/generated-support.js';
