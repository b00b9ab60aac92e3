/**
 * The declaration: the part of a model that decorators know at run time.
 *
 * TypeScript's types are gone when the program runs, so a class cannot say what type its fields have; it can say its
 * name, collection, key, indexes and validation rules. `openDatabase` compares this part of the generated code with the
 * class, so that code generated before an edit is refused.
 */
import { compact } from './canonical-text.js';
import { type ClassMetadata, type IndexMetadata, type ReferenceMetadata, readClassMetadata } from './class-metadata.js';
import { hasOpaqueRule } from './class-rules.js';
import type {
  CollectionStorage,
  DocumentModel,
  IndexKind,
  IndexModel,
  KeyGeneration,
  LifetimeModel,
  ReferenceModel,
  SearchModel,
  SyncMode,
  VectorModel,
} from './document-model.js';
import { fingerprintOf } from './model-fingerprint.js';
import type { ValidationRule } from './validation-rule.js';

export interface DocumentDeclaration {
  readonly name: string;
  readonly collection: string;
  readonly storage: CollectionStorage;
  readonly key: { readonly fields: readonly string[]; readonly generate?: KeyGeneration };
  readonly indexes: readonly IndexDeclaration[];
  /** Absent when documents have no expiry of their own, so that the fingerprint stays as it was. */
  readonly expires?: string;
  /** Absent when it is 0, for the same reason. */
  readonly minReader?: number;
  /** Absent when replicas write by revision. */
  readonly sync?: SyncMode;
  /** Absent when the class is not `@Released()`. */
  readonly released?: true;
  readonly lifetime?: LifetimeModel;
  /** In alphabetical order of their fields; absent when there are none. */
  readonly vectors?: readonly VectorModel[];
  /** In alphabetical order of the fields; absent when there are none. */
  readonly references?: readonly ReferenceModel[];
  /** In alphabetical order of fields. */
  readonly search?: readonly SearchModel[];
  /** Fields with rules, in alphabetical order; rules in alphabetical order of their text. */
  readonly rules: readonly { readonly field: string; readonly rules: readonly ValidationRule[] }[];
}

export interface IndexDeclaration {
  readonly name: string;
  readonly kind: IndexKind;
  readonly fields: readonly string[];
  readonly isConditional: boolean;
  readonly isCaseInsensitive: boolean;
}

/** The declaration within a model. */
export function declarationOf(model: DocumentModel): DocumentDeclaration {
  return {
    name: model.name,
    collection: model.collection,
    storage: model.storage,
    key: { fields: model.key.fields, ...(model.key.generate && { generate: model.key.generate }) },
    indexes: sortedIndexes(model.indexes, model.references),
    ...(model.expires !== undefined && { expires: model.expires }),
    ...(model.minReader && { minReader: model.minReader }),
    ...(model.sync && { sync: model.sync }),
    ...(model.released && { released: model.released }),
    ...(model.lifetime && { lifetime: model.lifetime }),
    ...(model.vectors?.length && { vectors: sortedVectors(model.vectors) }),
    ...(model.references && { references: sortedReferences(model.references) }),
    ...(model.search && { search: sortedSearch(model.search) }),
    rules: sortedRules(model.fields.map((field) => [field.name, field.rules] as const)),
  };
}

/**
 * The declaration that a class's decorators made.
 *
 * @param model the generated model it is to be compared with. The names that a class has at run time are taken from it,
 *   since a minifier gives classes other ones: `esbuild --minify` makes `class a` of `class Player`. Rules of a field that the model leaves to class-validator
 *   are not compared: the generator reads `@Max(LIMIT * 2)` as opaque, the running program sees a number.
 */
export function declarationOfMetadata(
  metadata: ClassMetadata,
  model?: Pick<DocumentModel, 'fields'> & Partial<Pick<DocumentModel, 'name' | 'collection' | 'references'>>,
): DocumentDeclaration {
  const left = new Set(model?.fields.filter(hasOpaqueRule).map((field) => field.name));
  return {
    name: model?.name ?? metadata.name,
    collection: collectionIn(metadata, model?.collection),
    storage: metadata.storage,
    key: { fields: metadata.keyFields, ...(metadata.generate && { generate: metadata.generate }) },
    indexes: sortedIndexes(metadata.indexes, metadata.references),
    ...(metadata.expiresField !== undefined && { expires: metadata.expiresField }),
    ...(metadata.minReader && { minReader: metadata.minReader }),
    ...(metadata.sync && { sync: metadata.sync }),
    ...(metadata.released && { released: metadata.released }),
    ...(metadata.lifetime && { lifetime: metadata.lifetime }),
    ...(metadata.vectors?.length && { vectors: sortedVectors(metadata.vectors) }),
    ...((metadata.references?.length ?? 0) > 0 && {
      references: sortedReferences(metadata.references!.map((each) => referenceOf(each, model?.references))),
    }),
    ...(metadata.search && { search: sortedSearch(metadata.search) }),
    rules: sortedRules(Object.entries(metadata.rules).filter(([field]) => !left.has(field))),
  };
}

/** The collection of the model, where the class may be of it by what its decorators say. */
function collectionIn(
  { collection, collections, isCollectionNamed }: ClassMetadata,
  generated: string | undefined,
): string {
  const isOne = isCollectionNamed === false || (generated !== undefined && collections?.includes(generated) === true);
  return (isOne ? generated : undefined) ?? collection;
}

/** Fingerprint of a declaration. */
export function declarationFingerprint(declaration: DocumentDeclaration): string {
  return fingerprintOf(compact(declaration));
}

function sortedSearch(search: readonly SearchModel[]): readonly SearchModel[] {
  return [...search].sort((a, b) => (a.field < b.field ? -1 : 1));
}

/** The collection that a class is of stands in its own metadata; of a class whose name was minified, in the model. */
function referenceOf(
  { field, target, onDelete, pin }: ReferenceMetadata,
  models: readonly ReferenceModel[] = [],
): ReferenceModel {
  const metadata = readClassMetadata(target());
  const isNamed = metadata?.isCollectionNamed !== false;
  const to = (isNamed ? undefined : models.find((model) => model.field === field)?.to) ?? metadata?.collection ?? '';
  return { field, to, ...(onDelete && { onDelete }), ...(pin && { pin }) };
}

function sortedReferences(references: readonly ReferenceModel[]): readonly ReferenceModel[] {
  return [...references].sort((a, b) => (a.field < b.field ? -1 : 1));
}

/**
 * In order of name: decorators run in another order than they stand in the source. Tags of a field that refers to
 * documents are left out: it has that index without being decorated.
 */
function sortedIndexes(
  all: readonly (IndexModel | IndexMetadata)[],
  references: readonly { readonly field: string }[] = [],
): readonly IndexDeclaration[] {
  const isByItself = ({ kind, name }: IndexModel | IndexMetadata): boolean =>
    kind === 'tag' && references.some(({ field }) => field === name);
  const indexes = references.length === 0 ? [...all] : all.filter((index) => !isByItself(index));
  return indexes
    .map((index) => ({
      name: index.name,
      kind: index.kind,
      fields: index.fields,
      isConditional: index.where !== undefined,
      isCaseInsensitive: index.caseInsensitive === true,
    }))
    .sort((a, b) => (a.name + a.kind < b.name + b.kind ? -1 : 1));
}

function sortedVectors(vectors: readonly VectorModel[]): readonly VectorModel[] {
  return [...vectors].sort((a, b) => (a.field < b.field ? -1 : 1));
}

/** A field with an opaque rule is class-validator's as a whole, see class-rules.ts; its rules are not compared. */
function sortedRules(rules: readonly (readonly [string, readonly ValidationRule[]])[]): DocumentDeclaration['rules'] {
  return rules
    .filter(([, list]) => list.length > 0 && !hasOpaqueRule({ rules: list }))
    .map(([field, list]) => ({ field, rules: [...list].sort((a, b) => (compact(a) < compact(b) ? -1 : 1)) }))
    .sort((a, b) => (a.field < b.field ? -1 : 1));
}
