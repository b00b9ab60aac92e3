/** The answer of a query with the documents that its fields refer to: `find(…).with('club')`. */
import type { Collection } from '../collection/collection.js';
import type { CountedPage, Page, PageOptions } from '../collection/query-types.js';
import type { ReferenceLink } from '../collection/relating/reference-link.js';
import { linkOf, relatedDocuments } from '../collection/relating/related-documents.js';
import type { CollectionTypes, RelatedOf } from './repository-types.js';

/** A document, plain as ever, and beside it what it refers to. */
export interface RelatedRow<T extends CollectionTypes, F extends keyof RelatedOf<T>> {
  readonly document: T['document'];
  /** By field: a document or undefined, or all documents of an array or set of keys. */
  readonly related: { readonly [Field in F]: RelatedOf<T>[Field] };
}

/** The parts of a query that rows are made of. */
interface Asked<T extends CollectionTypes> {
  all(): T['document'][];
  count(): number;
  first(): T['document'] | undefined;
  page(options?: PageOptions): Page<T['document']>;
}

/** Lazy as the query it is made of; asked each time anew. */
export class RelatedQuery<T extends CollectionTypes, F extends keyof RelatedOf<T> & string>
  implements Iterable<RelatedRow<T, F>>
{
  readonly #query: Asked<T>;
  readonly #links: readonly ReferenceLink[];

  /** Use `with` of a query. @throws DatabaseError `INVALID_QUERY` for a field that refers to nothing. */
  constructor(query: Asked<T>, collection: Collection, fields: readonly F[]) {
    this.#query = query;
    this.#links = fields.map((field) => linkOf(collection, field));
  }

  /** Every row. O(documents looked at + keys). */
  all(): RelatedRow<T, F>[] {
    return this.#query.all().map((document) => this.#row(document));
  }

  /** As `count` of the query: each document makes one row. */
  count(): number {
    return this.#query.count();
  }

  first(): RelatedRow<T, F> | undefined {
    const document = this.#query.first();
    return document === undefined ? undefined : this.#row(document);
  }

  /** One page of rows and the way to the next, as the query gives it. @throws DatabaseError `INVALID_QUERY`. */
  page(options: PageOptions & { readonly total: true }): CountedPage<RelatedRow<T, F>>;
  page(options?: PageOptions): Page<RelatedRow<T, F>>;
  page(options?: PageOptions): Page<RelatedRow<T, F>> {
    const page = this.#query.page(options);
    return { ...page, items: page.items.map((document) => this.#row(document)) };
  }

  /** As `all`. */
  toJSON(): RelatedRow<T, F>[] {
    return this.all();
  }

  [Symbol.iterator](): IterableIterator<RelatedRow<T, F>> {
    return this.all()[Symbol.iterator]();
  }

  #row(document: T['document']): RelatedRow<T, F> {
    const related = this.#links.map((link) => [link.field.name, relatedDocuments(link, document)] as const);
    return { document, related: Object.fromEntries(related) as RelatedRow<T, F>['related'] };
  }
}
