import type { StoreKey } from '@nuthatch/runtime/sync';

/** Documents of several collections, by name and key. */
export class NamedDocuments {
  readonly #keys = new Map<string, Set<StoreKey>>();

  add(collection: string, key: StoreKey): void {
    const keys = this.#keys.get(collection);
    if (keys === undefined) this.#keys.set(collection, new Set([key]));
    else keys.add(key);
  }

  has(collection: string, key: StoreKey): boolean {
    return this.#keys.get(collection)?.has(key) === true;
  }
}
