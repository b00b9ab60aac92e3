import type { CollectionStorage, SyncMode } from '@nuthatch/model';

/** What `@Document` and `defineDocument` may say of a collection. */
export interface ReadDocumentOptions {
  readonly collection?: string;
  /** Several, in the place of one. */
  readonly collections?: readonly string[];
  readonly storage?: CollectionStorage;
  readonly minReader?: number;
  readonly sync?: SyncMode;
  /** Of `defineDocument` alone; classes have a decorator for it. */
  readonly released?: true;
}

/**
 * The options of a source, those left out that are none. @param refuse called with what is wrong with each of these.
 */
export function checkDocumentOptions(
  { collection, collections, storage, minReader, sync, released }: Readonly<Record<string, unknown>>,
  refuse: (what: string) => void,
): ReadDocumentOptions {
  if (collection !== undefined && typeof collection !== 'string') refuse('`collection` is not a string');
  const isNames = isListOfNames(collections);
  if (collections !== undefined && !isNames) refuse('`collections` is not a list of names, each once');
  if (collections !== undefined && collection !== undefined) refuse('`collection` stands beside `collections`');
  const isStorage = storage === 'disk' || storage === 'memory' || storage === 'cold';
  if (storage !== undefined && !isStorage) refuse("`storage` is not 'disk', 'memory' or 'cold'");
  const isReader = Number.isSafeInteger(minReader) && (minReader as number) >= 0;
  if (minReader !== undefined && !isReader) refuse('`minReader` is not a whole number of 0 or more');
  const isSync = sync === 'checkOut' || sync === 'lastWrite';
  if (sync !== undefined && sync !== 'revision' && !isSync)
    refuse("`sync` is not 'checkOut', 'revision' or 'lastWrite'");
  if (released !== undefined && typeof released !== 'boolean') refuse('`released` is not true or false');
  return {
    ...(typeof collection === 'string' && { collection }),
    ...(isNames && { collections }),
    ...(isStorage && { storage }),
    ...(isReader && minReader !== 0 && { minReader: minReader as number }),
    ...(isSync && { sync: sync as SyncMode }),
    ...(released === true && { released: true as const }),
  };
}

function isListOfNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((name) => typeof name === 'string') &&
    new Set(value).size === value.length
  );
}
