/**
 * One collection held still while writes go on: before-images of the keys that were written since, the collection
 * itself for all others.
 *
 * Opening is O(1), whatever the size; a write costs one look-up for each open view, and the first one to a key an
 * image. Documents are frozen, so an image is a few references; it keeps an old document alive until the release.
 */
import type { Entry } from '../store/entry.js';
import { NumberSet } from '../structures/number-set.js';
import type { StoreKey } from '../structures/store-key.js';

export interface ViewedDocument {
  readonly key: StoreKey;
  readonly document: object;
  readonly revision: number;
  readonly expiresAt: number | undefined;
  readonly ordinal: number;
}

/** What a view needs of the store. */
export interface ViewedStore {
  readonly size: number;
  get(key: StoreKey): Entry | undefined;
  entries(): Iterable<Entry>;
}

export class CollectionView {
  readonly #store: ViewedStore;
  /** Undefined: the key had no document. */
  readonly #images = new Map<StoreKey, ViewedDocument | undefined>();
  readonly #onRelease: (view: CollectionView) => void;
  /** Documents the view holds. */
  readonly size: number;

  constructor(store: ViewedStore, onRelease: (view: CollectionView) => void) {
    this.#store = store;
    this.size = store.size;
    this.#onRelease = onRelease;
  }

  /** Called before a key is written, with the entry it has now. O(1). */
  keep(key: StoreKey, entry: Entry | undefined): void {
    if (this.#images.has(key)) return;
    this.#images.set(key, entry === undefined ? undefined : imageOf(entry));
  }

  /** The document of a key as it was. O(1). Read the answer at once: it may be the live entry. */
  get(key: StoreKey): ViewedDocument | undefined {
    return this.#images.get(key) ?? (this.#images.has(key) ? undefined : this.#store.get(key));
  }

  /** Every document as it was, once, in no order. May be read in slices; each answer is to be read at once. */
  *documents(): IterableIterator<ViewedDocument> {
    const passed = new NumberSet();
    for (const entry of this.#store.entries()) {
      if (this.#images.has(entry.key)) continue;
      passed.add(entry.ordinal);
      yield entry;
    }
    // Keys written while the walk went on have an image too, but their entry was handed out already.
    for (const image of this.#images.values()) if (image !== undefined && !passed.has(image.ordinal)) yield image;
  }

  /** Ends the view: writes no longer keep images for it. Idempotent. */
  release(): void {
    this.#images.clear();
    this.#onRelease(this);
  }
}

function imageOf({ key, document, revision, expiresAt, ordinal }: Entry): ViewedDocument {
  return { key, document, revision, expiresAt, ordinal };
}
