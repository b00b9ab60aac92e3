/**
 * What a directory holds of each document in the end, while its effects come by in order of seq: one value per collection
 * and key, as targets that read without the user's code need it. Marks of storage are heeded as an opening heeds them.
 *
 * Memory: the values.
 */
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { type MarkedStorage, STORAGE_COLLECTION, type StorageMark } from '../definition/storage-mark.js';
import type { StoredDocument } from '../journal/stored-document.js';
import type { StoreKey } from '../structures/store-key.js';

export class LastState<V> {
  readonly #collections = new Map<string, Map<StoreKey, V>>();
  readonly #marks = new Map<StoreKey, MarkedStorage>();

  /** @param value that stands for the document; undefined: nothing is kept of it, nor of an earlier one of its key. O(1). */
  put({ definition, key, document }: StoredDocument, value: V | undefined): void {
    const { collection } = definition.model;
    if (collection === STORAGE_COLLECTION) this.#mark(document as StorageMark);
    let values = this.#collections.get(collection);
    if (value === undefined) {
      values?.delete(key);
      return;
    }
    if (values === undefined) {
      values = new Map();
      this.#collections.set(collection, values);
    }
    values.set(key, value);
  }

  /** O(1). */
  delete({ model: { collection } }: CollectionDefinition, key: StoreKey): void {
    if (collection === STORAGE_COLLECTION) this.#marks.delete(key);
    this.#collections.get(collection)?.delete(key);
  }

  /** Collection by collection, those of copies that a crash has cut short left out. */
  *collections(): IterableIterator<readonly [string, ReadonlyMap<StoreKey, V>]> {
    for (const [collection, values] of this.#collections)
      if (this.#marks.get(collection) !== 'copying') yield [collection, values];
  }

  /** None of the documents before a mark counts, unless it says that they are the collection. */
  #mark({ collection, storage }: StorageMark): void {
    this.#marks.set(collection, storage);
    if (storage !== 'disk') this.#collections.delete(collection);
  }
}
