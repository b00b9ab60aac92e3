export {
  type BlobRef,
  DatabaseError,
  type ErrorCode,
  type Key,
  type KeyLike,
  type ReleasedKey,
  readClassMetadata,
  readViewMetadata,
} from '@nuthatch/model';
export * from './aggregate-decorators.js';
export * from './class-index-decorator.js';
export * from './define-document.js';
export * from './document.js';
export * from './expires-decorator.js';
export * from './field-builder.js';
export type { FieldDecorator } from './field-decorator.js';
export * from './index-decorator.js';
export * from './key.js';
export { Lifetime, type LifetimeOptions } from './lifetime-decorator.js';
export * from './range-decorator.js';
export { type PinnedValue, type PinOptions, Ref, type RefOptions, type RefValue } from './ref-decorator.js';
export * from './released-decorator.js';
export * from './search-decorator.js';
export * from './tag-decorator.js';
export { Vector, type VectorOptions, type VectorValue } from './vector-decorator.js';
export * from './view-decorator.js';
