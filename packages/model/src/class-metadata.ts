/**
 * The metadata that decorators leave on a class, and the place where the runtime finds it without importing the
 * decorators.
 *
 * The record is kept by reflect-metadata under `CLASS_METADATA_KEY`; `Reflect.getOwnMetadata` is global once
 * reflect-metadata is loaded, so the runtime needs no dependency to read it. Never change the key's text.
 */
import type {
  CollectionStorage,
  IndexKind,
  KeyGeneration,
  LifetimeModel,
  OnDelete,
  SearchModel,
  SyncMode,
  VectorModel,
} from './document-model.js';
import type { ValidationRule } from './validation-rule.js';
import type { AggregateModel } from './view-model.js';
import type { Violation } from './violation.js';

export const CLASS_METADATA_KEY = Symbol.for('nuthatch:document');

/** Where `@View` leaves its record. Never change its text. */
export const VIEW_METADATA_KEY = Symbol.for('nuthatch:view');

/** Decides whether a document is in a conditional index. Gets the whole document; must be pure. */
export type IndexCondition = (document: never) => boolean;

/** The record of one decorated class, own declarations and inherited ones merged. */
export interface ClassMetadata {
  readonly name: string;
  readonly collection: string;
  /** False: `collection` was made from the class's name as it is at run time, which a minifier may have changed. */
  readonly isCollectionNamed?: boolean | undefined;
  /** Several collections of the class, the first of which is `collection`; absent: there is one. */
  readonly collections?: readonly string[] | undefined;
  readonly storage: CollectionStorage;
  /** See DocumentModel; absent: 0. */
  readonly minReader?: number | undefined;
  /** See DocumentModel; absent: by revision. */
  readonly sync?: SyncMode | undefined;
  /** See DocumentModel; absent: documents are not released. */
  readonly released?: true | undefined;
  /** See DocumentModel; a subclass's replaces its base's. */
  readonly lifetime?: LifetimeModel | undefined;
  /** See DocumentModel; absent: there are none. A field decorated again in a subclass replaces the base's. */
  readonly vectors?: readonly VectorModel[] | undefined;
  /** Fields of `@Ref`; a subclass's replace its base's. Absent: none. */
  readonly references?: readonly ReferenceMetadata[] | undefined;
  /** Fields with `@Search`, each once; a subclass's replaces its base's. */
  readonly search?: readonly SearchModel[] | undefined;
  readonly keyFields: readonly string[];
  readonly generate?: KeyGeneration | undefined;
  readonly indexes: readonly IndexMetadata[];
  /** The date field that says when a document is deleted (`@Expires()`); a subclass's replaces its base's. */
  readonly expiresField?: string | undefined;
  /** Rules by field that the generator compiles (see known-rules.ts), read from class-validator's own storage. */
  readonly rules: Readonly<Record<string, readonly ValidationRule[]>>;
  /** True when class-validator knows a rule of this class that the generator does not compile. */
  readonly hasOpaqueRules?: boolean | undefined;
  /** Rules that say they answer a promise, `name: isFree`: no write can wait for them. Absent: none. */
  readonly asyncRules?: readonly string[] | undefined;
  /** Runs class-validator on a document, all rules of the class; absent when it has none. See class-rules.ts. */
  readonly validate?: ((document: object) => readonly Violation[]) | undefined;
}

/** See ReferenceModel. */
export interface ReferenceMetadata {
  readonly field: string;
  /** The class of the documents: a function, since two classes may refer to each other. */
  readonly target: () => object;
  readonly onDelete?: OnDelete;
  readonly pin?: true;
}

export interface IndexMetadata {
  readonly name: string;
  readonly kind: IndexKind;
  readonly fields: readonly string[];
  readonly where?: IndexCondition;
  readonly caseInsensitive?: true;
}

/** The class's record, or `undefined` for a class no decorator has touched. O(1). */
export function readClassMetadata(documentClass: object): ClassMetadata | undefined {
  const reflect = Reflect as { getOwnMetadata?: (key: symbol, target: object) => unknown };
  return reflect.getOwnMetadata?.(CLASS_METADATA_KEY, documentClass) as ClassMetadata | undefined;
}

/** The record of a class of rows. */
export interface ViewMetadata {
  readonly name: string;
  readonly collection: string;
  /** As in ClassMetadata. */
  readonly isCollectionNamed: boolean;
  /** The class of the documents it is made of; a function, since that may be declared later. */
  readonly of: () => object;
  /** Which documents count: a condition as data, or a function. Absent: all. */
  readonly where?: object | IndexCondition | undefined;
  readonly groupBy?: readonly string[] | undefined;
  /** Field → how it comes about; fields that are taken over have no entry. */
  readonly aggregates: Readonly<Record<string, AggregateModel>>;
  readonly indexes: readonly IndexMetadata[];
}

/** The record of a class of rows, or `undefined` for another class. O(1). */
export function readViewMetadata(viewClass: object): ViewMetadata | undefined {
  const reflect = Reflect as { getOwnMetadata?: (key: symbol, target: object) => unknown };
  return reflect.getOwnMetadata?.(VIEW_METADATA_KEY, viewClass) as ViewMetadata | undefined;
}
