/** The public face of copying; re-exports only. */

export { CollectionChecksum, type CollectionSummary, pagesOf, summaryOfStore } from './collection-checksum.js';
export type { CollectionShape, ColumnKind, ColumnShape, IndexShape, TagTableShape } from './collection-shape.js';
export { type ShapeOptions, shapesOf } from './collection-shapes.js';
export { copyTo, ddlOf } from './copy.js';
export type { CollectionReport, CopyOptions, CopyProgress, CopyReport } from './copy-options.js';
export { type CopyPosition, completeAt, isUsable, POSITION_TABLE } from './copy-position.js';
export { type CopyableDatabase, type CopySource, type SourceSnapshot, sourceOf } from './copy-source.js';
export {
  type CollectionWriter,
  type ExternalStore,
  type KeyValues,
  keyValuesOf,
  type PlainDocument,
  type StoreChange,
  type StorePage,
  type TargetDifference,
  type WrittenCounts,
} from './external-store.js';
export { fromJsonValue, toJsonValue } from './json-face.js';
export type { JsonValue } from './json-value.js';
export { type LoadSource, loadFrom } from './load.js';
export type { LoadedCollection, LoadOptions, LoadProgress, LoadReport, RejectedRow } from './load-options.js';
export { Mirror, mirror } from './mirror.js';
export type { MirrorEvent, MirrorOptions, MirrorStatus } from './mirror-options.js';
export { type CassandraStoreOptions, cassandra } from './targets/cassandra/cassandra.js';
export type { CassandraClient, CassandraQueryOptions, CassandraResult } from './targets/cassandra/cassandra-session.js';
export { CassandraStore } from './targets/cassandra/cassandra-store.js';
export { type CsvFileOptions, csvFile } from './targets/csv/csv-file.js';
export { csvOf } from './targets/csv/csv-text.js';
export { MemoryStore, type MemoryStoreOptions } from './targets/memory/memory-store.js';
export { requireDatabaseUrl } from './targets/sql/database-url.js';
export { type ImportModelOptions, importModel } from './targets/sql/import-model.js';
export type { KnexPool } from './targets/sql/knex-pool.js';
export { sql } from './targets/sql/sql.js';
export { SqlStore, type SqlStoreOptions } from './targets/sql/sql-store.js';
export { type SqlTableOptions, sqlTable } from './targets/sql/sql-table.js';
