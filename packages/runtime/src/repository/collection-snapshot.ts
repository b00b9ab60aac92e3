/** One collection of `db.snapshot()`: the reads that need no index. */

import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { CollectionView } from '../collection/collection-view.js';
import { SLICE_MS, SliceClock } from '../scheduling/slice-clock.js';

/** Documents between two looks at the clock. */
const DOCUMENTS_PER_LOOK = 32;

export class CollectionSnapshot<K = unknown, D = object> implements Iterable<D>, AsyncIterable<D> {
  readonly #collection: Collection;
  readonly #view: CollectionView;
  #isClosed = false;

  /** Use `db.snapshot()`. */
  constructor(collection: Collection) {
    this.#collection = collection;
    this.#view = collection.openView();
  }

  /** Count of documents then. O(1). */
  get size(): number {
    return this.#view.size;
  }

  /** The document of a key as it was, or undefined. O(1). @throws DatabaseError `INVALID_KEY`; `INVALID_QUERY` when closed. */
  get(key: K): D | undefined {
    return this.#open().get(this.#collection.keys.toStoreKey(key))?.document as D | undefined;
  }

  /**
   * Calls `fn` with the document of a key as it was: see `view` of the repository. O(1), and what `fn` reads.
   *
   * @throws DatabaseError as `get`; `VIEW_ENDED`, `READ_ONLY_VALUE`; what `fn` throws.
   */
  view<R>(key: K, fn: (document: D) => R): R | undefined {
    const { keys, faces } = this.#collection;
    return faces.view(this.#open().placeOf(keys.toStoreKey(key)), fn as (document: never) => R);
  }

  /** Whether the key had a document. O(1). @throws DatabaseError as `get`. */
  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  /** Every document as it was, in no order, as an array. O(documents) in one turn; `for await` works in slices. */
  all(): D[] {
    return [...this];
  }

  /** Every document as it was, once, in no order; may be read slowly while writes go on. @throws DatabaseError `INVALID_QUERY` when closed. */
  *[Symbol.iterator](): IterableIterator<D> {
    for (const { document } of this.#open().documents()) {
      yield document as D;
      this.#open();
    }
  }

  /** As the synchronous iteration, in slices: the event loop has its turn every few milliseconds. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<D> {
    const clock = new SliceClock(SLICE_MS.reading, DOCUMENTS_PER_LOOK);
    for (const document of this) {
      if (clock.isOver()) await clock.rest();
      this.#open();
      yield document;
    }
  }

  /** Called by the snapshot it belongs to. */
  close(): void {
    this.#isClosed = true;
    this.#view.release();
  }

  #open(): CollectionView {
    if (this.#isClosed)
      throw new DatabaseError('INVALID_QUERY', `a snapshot of ${this.#collection.name} was read after it was closed`);
    return this.#view;
  }
}
