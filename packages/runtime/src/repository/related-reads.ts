/** The members of repositories whose classes refer to others: `related`, and finders of what refers to a document. */
import { DatabaseError, referenceFinderName } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import { linkOf, referringTo, relatedDocuments } from '../collection/relating/related-documents.js';
import type { DocumentClass } from '../definition/collection-definition.js';
import { definitionOfClass } from '../definition/definitions-of-classes.js';
import { showValue } from '../definition/show-value.js';
import { Query } from './query.js';
import type { CollectionTypes, RelatedOf } from './repository-types.js';

/** Of a class with `@Ref`. */
export interface RelatedReads<T extends CollectionTypes> {
  /**
   * The document that a field refers to, or undefined; of an array or set of keys all documents, in order. The document
   * that is given stays plain. O(keys).
   *
   * @throws DatabaseError `INVALID_QUERY` for a field that refers to nothing, or when `document` is no object, or a document of
   *   another class.
   */
  related<F extends keyof RelatedOf<T> & string>(document: T['document'], field: F): RelatedOf<T>[F];
}

/** @param prototypes of the classes of one collection. */
export function addRelatedMembers(prototypes: readonly object[], collection: Collection): void {
  const { links } = collection;
  for (const prototype of prototypes) {
    if (links !== undefined && links.outgoing.length > 0)
      define(prototype, 'related', (document: unknown, field: unknown) => {
        const link = linkOf(collection, field);
        return relatedDocuments(link, requireDocument(collection, document));
      });
    for (const link of links?.incoming ?? [])
      define(prototype, referenceFinderName(link.from.definition.model, link.field.model), (key: unknown) =>
        Query.ofCondition(link.from as Collection, referringTo(link, key)),
      );
  }
}

/**
 * Any object with the fields of the class will do: a copy, an older state, one of another database. A document of another
 * class has none of them, or others of their names.
 */
function requireDocument({ name, definition: { documentClass } }: Collection, document: unknown): object {
  const what = `\`related\` takes a document of ${name}`;
  if (typeof document !== 'object' || document === null)
    throw new DatabaseError('INVALID_QUERY', `${what}, found ${showValue(document)}`, { collection: name });
  const type: unknown = document.constructor;
  const other = typeof type === 'function' ? definitionOfClass(type as DocumentClass) : undefined;
  if (other === undefined || document instanceof documentClass) return document;
  const { name: given } = other.model;
  throw new DatabaseError('INVALID_QUERY', `${what}, found one of the class ${given}`, { collection: name, given });
}

function define(prototype: object, name: string, value: unknown): void {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
}
