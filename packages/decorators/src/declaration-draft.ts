import type { IndexMetadata, KeyGeneration } from '@nuthatch/model';

/** What the decorators of one class, without its bases, have said so far. */
export interface DeclarationDraft {
  readonly keyFields: string[];
  generate?: KeyGeneration;
  expiresField?: string;
  /** Indexes of fields and getters. */
  readonly indexes: IndexMetadata[];
  /** Composite indexes, declared on the class. */
  readonly classIndexes: IndexMetadata[];
}
