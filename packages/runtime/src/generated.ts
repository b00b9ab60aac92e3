/**
 * The parts of generated code: emitted modules import from here, and from nowhere else of the engine.
 *
 * A change of a name or of its meaning breaks code that was generated before: see test/golden/generated.
 */

export type { DocumentModel, Key, KeyLike } from '@nuthatch/model';
export { oneMore } from '@nuthatch/model';
export { decodeAnyValue, encodeAnyValue } from './codec/any-value-codec.js';
export { ByteReader } from './codec/byte-reader.js';
export { ByteWriter } from './codec/byte-writer.js';
export type { DocumentCodec } from './codec/document-codec.js';
export type { FindOptions } from './collection/indexing/without-undefined.js';
export type {
  CombinedConditions,
  CompositeQuery,
  ConditionPlan,
  CountedPage,
  Direction,
  KeyQuery,
  MaybeUndefined,
  Page,
  PageOptions,
  QueryDelta,
  QueryPlan,
  RangeQuery,
  TagQuery,
  ValueQuery,
} from './collection/query-types.js';
export { Database } from './database/database.js';
export type { DatabaseState } from './database/database-life.js';
export type { DatabaseOptions, OpenProgress } from './database/database-options.js';
export { openDatabase } from './database/open-database.js';
export type { CollectionDefinition, DocumentClass } from './definition/collection-definition.js';
export {
  broken,
  checkWithin,
  elementsOf,
  keyInPath,
  literalAt,
  literalIndex,
  mismatch,
  refuseStored,
  refuseVariant,
  sealWithin,
  unknownFieldFinder,
  type Violations,
} from './definition/generated-support.js';
export type { ViewDefinition } from './definition/view-definition.js';
export {
  isBytesValue,
  isDateValue,
  isFloatsValue,
  isMapValue,
  isPlainRecord,
  isRecord,
  isSetValue,
} from './document/brands.js';
export { bufferOver, frozenArray, ownBuffer, ownBytes, ownFloats, sealedArray } from './document/frozen-array.js';
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
export { isNumberName, makeRecord, recordEntries } from './document/record-data.js';
export type {
  CollectionMigration,
  DatabaseMigration,
  Migration,
  MigrationSource,
  MigrationTarget,
} from './migration/migration.js';
export type {
  Aggregated,
  AggregatedGroup,
  Aggregates,
  DistinctValue,
  GroupField,
} from './repository/aggregate-types.js';
export { type CompositeIndex, type FieldIndex, type IndexQuery, LiveIndex } from './repository/live-index.js';
export {
  type NearestHit,
  type NearestOptions,
  NearestQuery,
  type VectorField,
  type VectorOf,
} from './repository/nearest-query.js';
export { Query } from './repository/query.js';
export { RelatedQuery, type RelatedRow } from './repository/related-query.js';
export type { RelatedReads } from './repository/related-reads.js';
export type {
  LifetimeRepository,
  LifetimeTransaction,
  Release,
  ReleasedRepository,
  ReleasedTransaction,
} from './repository/released-types.js';
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
export type { FieldOf, RowQuery } from './repository/row-types.js';
export type { SearchLoading, SearchReads } from './repository/search-members.js';
export { TransactionRepository } from './repository/transaction-repository.js';
export { ViewRepository, type ViewTypes } from './repository/view-repository.js';
export { type DocumentSchema, schemaOf } from './schema/document-schema.js';
export type { JsonInput } from './schema/json-input.js';
export type { StandardIssue, StandardProps, StandardResult } from './schema/standard-schema.js';
