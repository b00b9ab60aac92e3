import type {
  AggregateModel,
  IndexMetadata,
  KeyGeneration,
  LifetimeModel,
  ReferenceMetadata,
  SearchModel,
  VectorModel,
} from '@nuthatch/model';

/** The declarations by the decorators of one class so far, without its bases. */
export interface DeclarationDraft {
  readonly keyFields: string[];
  generate?: KeyGeneration;
  expiresField?: string;
  lifetime?: LifetimeModel;
  released?: true;
  references?: ReferenceMetadata[];
  /** Searched fields, by `@Search` on the class. */
  classSearch?: readonly SearchModel[];
  /** The same by `@Search` on each field. */
  fieldSearch?: SearchModel[];
  /** Indexes of fields and getters. */
  readonly indexes: IndexMetadata[];
  readonly vectors: VectorModel[];
  /** Composite indexes, declared on the class. */
  readonly classIndexes: IndexMetadata[];
  /** Fields of a class of rows, by name. */
  aggregates?: Map<string, AggregateModel>;
}
