/**
 * How the documents of one collection come back from disk: lined up as they are read, then found by their keys, then
 * indexed. Nothing may be written meanwhile. A crash leaves nothing: all of it is memory.
 */
import type { DocumentModel } from '@nuthatch/model';
import type { UndecodedTarget } from '../journal/put-run.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { SLICE_MS } from '../scheduling/slice-clock.js';
import { runStepsInSlices, STEP_DOCUMENTS, type Steps } from '../scheduling/steps.js';
import type { ShardedStore } from '../store/sharded-store.js';
import type { StoreKey } from '../structures/store-key.js';
import type { CollectionIndexes } from './indexing/collection-indexes.js';
import type { SearchHost } from './indexing/search-host.js';
import { expiryOf } from './writing/expiry-of.js';

export class CollectionRecovery {
  readonly #model: DocumentModel;
  readonly #store: ShardedStore;
  readonly #indexes: CollectionIndexes;
  readonly #queueExpiry: (key: StoreKey, expiresAt: number) => void;
  readonly #search: SearchHost | undefined;

  /** @param queueExpiry has a document deleted at that time. */
  constructor(
    model: DocumentModel,
    store: ShardedStore,
    indexes: CollectionIndexes,
    queueExpiry: (key: StoreKey, expiresAt: number) => void,
    search?: SearchHost,
  ) {
    this.#search = search;
    this.#model = model;
    this.#store = store;
    this.#indexes = indexes;
    this.#queueExpiry = queueExpiry;
  }

  /**
   * Puts a document read from the journal; it can be asked for after `settle`, indexes after `finish`.
   *
   * @param isNew no document of the key is there, as far as the journal says.
   */
  put({ key, document, revision, expiresAt }: StoredDocument, isNew: boolean): void {
    this.#store.recover(key, document, revision, expiresAt, isNew);
    this.#search?.note(key);
  }

  /** Takes documents as bytes. */
  get undecodedTarget(): UndecodedTarget {
    const store = this.#store;
    const search = this.#search;
    if (search?.isNoting !== true) return store;
    return {
      needsKeys: true,
      recoverUndecoded: (key, reader, revision, expiresAt, isNew) => {
        if (!store.recoverUndecoded(key, reader, revision, expiresAt, isNew)) return false;
        search.note(key!);
        return true;
      },
    };
  }

  delete(key: StoreKey): void {
    this.#store.recoverDelete(key);
    this.#search?.note(key);
  }

  /** Lets go of every recovered document: what the journal holds of them no longer counts. O(documents). */
  discard(): void {
    this.#store.clear();
    this.#search?.forget();
  }

  /** All effects are in: documents can be asked for. O(documents). */
  settle(): Promise<void> {
    return runStepsInSlices(this.#store.settling(), SLICE_MS.reading);
  }

  /** Builds every index over what was recovered, and queues what expires. O(documents · indexes). */
  async finish(): Promise<void> {
    await runStepsInSlices(this.#indexes.rebuilding(), SLICE_MS.reading);
    await runStepsInSlices(this.#queueing(), SLICE_MS.reading);
    await this.#search?.begin();
  }

  /** Queues what expires, and lets go of the projected columns. */
  *#queueing(): Steps {
    const { expires } = this.#model;
    const store = this.#store;
    let count = 0;
    // Documents written before the class had its field of @Expires have another expiry, or none.
    if (expires !== undefined) {
      const fields = [expires];
      for (const slot of store.slots()) {
        store.setExpiry(slot, expiryOf(store.peek(slot, fields), expires));
        if (++count % STEP_DOCUMENTS === 0) yield;
      }
    }
    yield* store.endingRecovery();
    for (const [slot, expiresAt] of store.expiries()) {
      this.#queueExpiry(store.keyOf(slot), expiresAt);
      if (++count % STEP_DOCUMENTS === 0) yield;
    }
  }
}
