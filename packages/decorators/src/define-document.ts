/** Declares a document class without decorators; everything decorators say can be said, and the types as well. */
import {
  type ClassMetadata,
  checkModel,
  collectionNameOf,
  DatabaseError,
  type DocumentModel,
  deepFreeze,
  type IndexCondition,
  type IndexMetadata,
  type IndexModel,
  readClassMetadata,
  referenceIndexes,
} from '@nuthatch/model';
import { checkedCollections, type DocumentOptions } from './document.js';
import { type DocumentOf, type Fields, fieldModels } from './field-builder.js';
import type { IndexOptions } from './index-decorator.js';
import { writeClassMetadata } from './metadata-store.js';

/** A class made by `defineDocument()`. */
export type DefinedDocument<F extends Fields> = new () => DocumentOf<F>;

export interface DefinitionOptions<Name extends string> extends DocumentOptions {
  /** Documents are drafts until they are released; see `Released`. */
  readonly released?: boolean;
  /** Composite indexes. */
  readonly indexes?: readonly (
    | { readonly unique: readonly Name[]; readonly where?: IndexOptions['where'] }
    | { readonly range: readonly Name[] }
  )[];
}

const MODELS = new WeakMap<object, DocumentModel>();

/**
 * Makes a document class: `const Player = defineDocument('Player', { id: field.string().id(), … })`, with
 * `type Player = InstanceType<typeof Player>` beside it.
 *
 * @throws DatabaseError `INVALID_DECORATOR` without a name or an id; `INVALID_MODEL` when the model has problems.
 */
export function defineDocument<F extends Fields>(
  name: string,
  fields: F,
  options: DefinitionOptions<keyof F & string> = {},
): DefinedDocument<F> {
  if (!name) throw new DatabaseError('INVALID_DECORATOR', 'defineDocument needs a name', {});
  const metadata = toMetadata(name, fields, options);
  if (metadata.keyFields.length === 0) {
    throw new DatabaseError('INVALID_DECORATOR', `${name} has no id field`, { name });
  }
  const model = toModel(metadata, fields);
  const problems = checkModel(model);
  if (problems[0]) {
    const what = `${name}: ${problems.map(({ message }) => message).join('; ')}`;
    throw new DatabaseError('INVALID_MODEL', what, { name, problems });
  }
  const documentClass = makeClass(name, fields);
  writeClassMetadata(documentClass, metadata);
  MODELS.set(documentClass, model);
  return documentClass as DefinedDocument<F>;
}

/** The full model of a class made by `defineDocument()`; `undefined` for any other class. */
export function modelOf(documentClass: object): DocumentModel | undefined {
  const model = MODELS.get(documentClass);
  const declared = readClassMetadata(documentClass)?.references;
  if (model === undefined || model.references !== undefined || declared === undefined) return model;
  // Once all classes are there: two may refer to each other.
  const references = declared.map(({ target, ...reference }) => ({
    ...reference,
    to: readClassMetadata(target())?.collection ?? '',
  }));
  const indexes = [...model.indexes, ...referenceIndexes({ ...model, references })];
  const whole = deepFreeze({ ...model, indexes, references });
  MODELS.set(documentClass, whole);
  return whole;
}

function makeClass(name: string, fields: Fields): new () => object {
  const holder = {
    [name]: class {
      constructor() {
        for (const [field, { specification }] of Object.entries(fields)) {
          Object.defineProperty(this, field, {
            value: specification.makeDefault?.(),
            writable: true,
            enumerable: true,
            configurable: true,
          });
        }
      }
    },
  };
  return holder[name]!;
}

function toMetadata(name: string, fields: Fields, options: DefinitionOptions<string>): ClassMetadata {
  const entries = Object.entries(fields);
  const ids = entries.filter(([, { specification }]) => specification.isId);
  const generate = ids.map(([, { specification }]) => specification.idOptions.generate).find(Boolean);
  const [expiresField, ...others] = entries
    .filter(([, { specification }]) => specification.isExpiry)
    .map(([field]) => field);
  if (others.length > 0) {
    const what = `${name} expires at ${expiresField} and at ${others.join(', ')}, but a document has one expiry`;
    throw new DatabaseError('INVALID_DECORATOR', what, { name, fields: [expiresField, ...others] });
  }
  const [lifetime, secondLifetime] = entries.flatMap(([field, { specification }]) =>
    specification.lifetime === undefined ? [] : [{ field, ...specification.lifetime }],
  );
  if (secondLifetime !== undefined) {
    const what = `${name} has the lifetimes ${lifetime!.field} and ${secondLifetime.field}, but a document has one`;
    throw new DatabaseError('INVALID_DECORATOR', what, { name, fields: [lifetime!.field, secondLifetime.field] });
  }
  const collections = checkedCollections(options);
  const vectors = entries.flatMap(([field, { specification }]) =>
    specification.vector === undefined ? [] : [{ field, ...specification.vector }],
  );
  const references = entries.flatMap(([field, { specification }]) =>
    specification.reference === undefined ? [] : [{ field, ...specification.reference }],
  );
  const search = entries.flatMap(([field, { specification }]) =>
    specification.search === undefined ? [] : [{ field, ...specification.search }],
  );
  return {
    name,
    collection: options.collection ?? collections?.[0] ?? collectionNameOf(name),
    ...(collections && { collections }),
    storage: options.storage ?? 'disk',
    ...(options.minReader && { minReader: options.minReader }),
    ...(options.sync !== undefined && options.sync !== 'revision' && { sync: options.sync }),
    keyFields: ids.map(([field]) => field),
    ...(generate && { generate }),
    indexes: [
      ...entries.flatMap(([field, { specification }]) => fieldIndexes(field, specification.indexes)),
      ...(options.indexes ?? []).map(compositeIndex),
    ],
    ...(expiresField !== undefined && { expiresField }),
    ...(options.released === true && { released: true }),
    ...(lifetime && { lifetime }),
    ...(vectors.length > 0 && { vectors }),
    ...(references.length > 0 && { references }),
    ...(search.length > 0 && { search }),
    rules: Object.fromEntries(entries.map(([field, { specification }]) => [field, specification.rules])),
  };
}

function fieldIndexes(
  field: string,
  indexes: readonly { readonly kind: IndexMetadata['kind']; readonly options: IndexOptions }[],
): readonly IndexMetadata[] {
  return indexes.map(({ kind, options }) => ({ name: field, kind, fields: [field], ...conditions(options) }));
}

function compositeIndex(index: NonNullable<DefinitionOptions<string>['indexes']>[number]): IndexMetadata {
  const fields = 'unique' in index ? index.unique : index.range;
  if (fields.length < 2 || new Set(fields).size !== fields.length) {
    const what = `a composite index needs two or more different fields, got [${fields.join(', ')}]`;
    throw new DatabaseError('INVALID_DECORATOR', what, { fields });
  }
  const where = 'unique' in index ? index.where : undefined;
  return {
    name: fields.join('_'),
    kind: 'unique' in index ? 'unique' : 'range',
    fields,
    ...conditions({ ...(where && { where }) }),
  };
}

function conditions({ where, caseInsensitive }: IndexOptions): Pick<IndexMetadata, 'where' | 'caseInsensitive'> {
  return {
    ...(where && { where: where as IndexCondition }),
    ...(caseInsensitive && { caseInsensitive: true as const }),
  };
}

function toModel(metadata: ClassMetadata, fields: Fields): DocumentModel {
  return deepFreeze({
    name: metadata.name,
    collection: metadata.collection,
    storage: metadata.storage,
    key: { fields: metadata.keyFields, ...(metadata.generate && { generate: metadata.generate }) },
    fields: fieldModels(fields),
    computed: [],
    indexes: metadata.indexes.map(
      ({ where, ...index }): IndexModel => (where ? { ...index, where: collapse(where) } : index),
    ),
    ...(metadata.expiresField !== undefined && { expires: metadata.expiresField }),
    ...(metadata.minReader && { minReader: metadata.minReader }),
    ...(metadata.sync && { sync: metadata.sync }),
    ...(metadata.released && { released: metadata.released }),
    ...(metadata.lifetime && { lifetime: metadata.lifetime }),
    ...(metadata.vectors?.length && { vectors: metadata.vectors }),
    ...(metadata.search && { search: metadata.search }),
  });
}

/** The condition's own text, whitespace collapsed. */
function collapse(where: IndexCondition): string {
  return where.toString().replace(/\s+/g, ' ');
}
