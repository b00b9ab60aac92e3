/** The typed face of `@Search`: what generated repositories of such classes have beside their own. */
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import { SearchCondition } from '../collection/indexing/search-condition.js';
import type { SearchHost } from '../collection/indexing/search-host.js';
import { isIgnoringUndefined, withoutUndefined } from '../collection/indexing/without-undefined.js';
import type { MaybeUndefined, SearchOptions } from '../collection/query-types.js';
import { showValue } from '../definition/show-value.js';
import { Query } from './query.js';
import type { CollectionTypes } from './repository-types.js';

/** Options of a search, with the conditions that hold beside it. */
export interface SearchQueryOptions<T extends CollectionTypes, F extends string> extends SearchOptions<F> {
  /** Conditions that must hold too, as `find` takes them. */
  readonly where?: T['where'];
  /** Conditions in `where` that are undefined are left out, as in `find`. Default false: they are refused. */
  readonly ignoreUndefined?: boolean;
}

/** The options with which conditions may be undefined. */
type LooseSearchOptions<T extends CollectionTypes, F extends string> = SearchOptions<F> & {
  readonly where: MaybeUndefined<T['where']>;
  readonly ignoreUndefined: true;
};

/** Of a class with `@Search`. */
export interface SearchReads<T extends CollectionTypes, F extends string> {
  /**
   * Documents with the words of a text, the best first: ranked by BM25 over the fields with `@Search`. A query like any
   * other: `limit`, `page`, `count`, `watch`, and `orderBy` in the place of the rank. Case and accents do not count.
   *
   * O(documents with each word), and O(all words) once after an opening or for `fuzzy`. A text without a word finds
   * nothing. `watch` searches anew at each durable change of a text, any of which may change the ranks.
   *
   * @throws DatabaseError `INVALID_QUERY` for what is not a text, for more than 256 different words (32 with `prefix: true` or `fuzzy`), or for other options;
   *   `UNINDEXED_FIELD`, `INVALID_INDEX_VALUE`, `INVALID_KEY` for the conditions; `INVALID_OPTION` for another `ignoreUndefined`.
   */
  search(text: string, options: LooseSearchOptions<T, F>): Query<T>;
  search(text: string, options?: SearchQueryOptions<T, F>): Query<T>;
}

/** The same, outside of transactions. */
export interface SearchLoading {
  /**
   * Resolves when the text index is ready. An opening loads its state from the snapshot afterwards, in slices, and the first
   * search runs the rest in one turn: 0.2 s at 200,000 documents of 80 words. Who awaits this before holds no loop. Once
   * all is there, and in a database without a snapshot, it resolves at once.
   *
   * Rejects with what a document throws that cannot be read; the next call tries again.
   */
  searchReady(): Promise<void>;
}

/** Puts `search` on repositories, and `searchReady` on that outside of transactions. */
export function addSearch(
  { repository, transaction }: { readonly repository: object; readonly transaction: object },
  collection: Collection,
  search: SearchHost,
): void {
  const searched = {
    ready: () => search.ready(),
    store: collection.store,
    keyOf: (document: object) => collection.keys.ofDocument(document),
  };
  const value = (text: unknown, options?: unknown): Query<CollectionTypes> => {
    const { where, own } = partsOf(collection.name, options);
    return Query.search(collection, new SearchCondition(search.ask(text, own), searched), where);
  };
  for (const prototype of [repository, transaction])
    Object.defineProperty(prototype, 'search', { value, writable: true, configurable: true, enumerable: false });
  const ready = (): Promise<void> => search.complete();
  Object.defineProperty(repository, 'searchReady', { value: ready, writable: true, configurable: true });
}

/** @throws DatabaseError `INVALID_QUERY`; `INVALID_OPTION` for an `ignoreUndefined` that is neither true nor false. */
function partsOf(collection: string, options: unknown): { readonly where: object; readonly own: unknown } {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return { where: {}, own: options };
  const { ignoreUndefined, ...others } = options as { readonly ignoreUndefined?: unknown };
  const isLoose = isIgnoringUndefined({ ignoreUndefined });
  if (!('where' in others)) return { where: {}, own: others };
  const { where, ...own } = others as { readonly where: unknown };
  if (typeof where === 'object' && where !== null) return { where: isLoose ? withoutUndefined(where) : where, own };
  const what = `a search of ${collection} has \`where\` ${showValue(where)}; give conditions as \`find\` takes them, or leave it out`;
  throw new DatabaseError('INVALID_QUERY', what, { collection });
}
