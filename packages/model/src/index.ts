/** The public face of the model package; re-exports only, each by its name: what is not listed is the package's own. */
export { BLOB_HASH_PATTERN, BLOB_REF_TYPE, type BlobRef, mayHoldBlobs } from './blob-ref.js';
export { canonicalText, compact, compactRow } from './canonical-text.js';
export {
  CLASS_METADATA_KEY,
  type ClassMetadata,
  type IndexCondition,
  type IndexMetadata,
  type ReferenceMetadata,
  readClassMetadata,
  readViewMetadata,
  VIEW_METADATA_KEY,
  type ViewMetadata,
} from './class-metadata.js';
export { furtherValidation, hasOpaqueRule } from './class-rules.js';
export { collectionNameOf } from './collection-name.js';
export { dateOfIsoText, dateOfText } from './date-text.js';
export {
  type DocumentDeclaration,
  declarationFingerprint,
  declarationOf,
  declarationOfMetadata,
  type IndexDeclaration,
} from './declaration.js';
export { deepFreeze } from './deep-freeze.js';
export { describeType } from './describe-type.js';
export type { Key, KeyLike, ReleasedKey } from './document-key.js';
export type {
  BytesType,
  CollectionStorage,
  ComputedFieldModel,
  DocumentModel,
  FieldDefault,
  FieldModel,
  FieldType,
  IndexKind,
  IndexModel,
  KeyGeneration,
  KeyModel,
  LifetimeModel,
  LiteralValue,
  ObjectType,
  OnDelete,
  RecordType,
  RecursiveType,
  ReferenceModel,
  ScalarKind,
  SearchModel,
  StringType,
  SyncMode,
  TupleType,
  VariantModel,
  VectorMetric,
  VectorModel,
} from './document-model.js';
export {
  isKeyGeneration,
  isOnDelete,
  isVectorMetric,
  KEY_GENERATIONS,
  MAX_VECTOR_DIMENSIONS,
  ON_DELETE,
  VECTOR_METRICS,
} from './document-model.js';
export { DatabaseError, type ErrorFacts } from './errors/database-error.js';
export { ERROR_CATALOGUE, type ErrorCode, type ErrorEntry } from './errors/error-catalogue.js';
export { ALL_FIELDS, fieldBit, fieldBits } from './field-bits.js';
export { finderName } from './finder-name.js';
export { isJsonData } from './json-data.js';
export { type JsonSchemaTarget, type JsonSchemaUse, jsonSchemaOf, jsonSchemasOf } from './json-schema.js';
export type { JsonSchema } from './json-schema-rules.js';
export { keyName } from './key-name.js';
export { KNOWN_RULES, ruleNameOfDecorator } from './known-rules.js';
export {
  checkModel,
  checkModels,
  DATABASE_MEMBERS,
  isDangerousName,
  MAX_TYPE_DEPTH,
  promiseLike,
} from './model-check.js';
export { diffModels, isWider, type ModelChange } from './model-diff.js';
export { fingerprintOf, modelFingerprint } from './model-fingerprint.js';
export { MODEL_PROBLEMS, type ModelProblem, type ModelProblemCode } from './model-problem.js';
export { isModelShape } from './model-shape.js';
export { modelsHash } from './models-hash.js';
export { mayBeNull, replaceReferences, unfold } from './recursive-type.js';
export { referenceFinderName, referenceIndexes, referenceTypeOf } from './references.js';
export { LANGUAGE_PACKAGES, SEARCH_LANGUAGES } from './search-languages.js';
export type { RuleArgument, ValidationRule } from './validation-rule.js';
export {
  type AggregateModel,
  type TopModel,
  type ViewDeclaration,
  type ViewFieldModel,
  type ViewModel,
  viewDeclarationFingerprint,
} from './view-model.js';
export {
  addViolation,
  joinViolations,
  MAX_VIOLATIONS,
  oneMore,
  type Violation,
  type ViolationList,
} from './violation.js';
