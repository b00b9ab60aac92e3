import type { IndexMetadata, KeyGeneration } from '@nuthatch/model';

/** The declarations by the decorators of one class so far, without its bases. */
export interface DeclarationDraft {
  readonly keyFields: string[];
  generate?: KeyGeneration;
  expiresField?: string;
  /** Indexes of fields and getters. */
  readonly indexes: IndexMetadata[];
  /** Composite indexes, declared on the class. */
  readonly classIndexes: IndexMetadata[];
}
