/**
 * How the documents of one collection come back from disk: lined up as they are read, then found by their keys, then
 * indexed. Nothing may be written meanwhile. A crash leaves nothing: all of it is memory.
 */
import type { DocumentModel } from '@nuthatch/model';
import type { CollectionImage } from '../image/image-tables.js';
import type { UndecodedTarget } from '../journal/put-run.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { SLICE_MS } from '../scheduling/slice-clock.js';
import { runStepsInSlices, STEP_DOCUMENTS, STEP_ITEMS, type Steps } from '../scheduling/steps.js';
import type { ShardedStore } from '../store/sharded-store.js';
import { NumberSet } from '../structures/number-set.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import type { CollectionIndexes } from './indexing/collection-indexes.js';
import type { ImageValues } from './indexing/index-filling.js';
import type { SearchHost } from './indexing/search-host.js';
import { expiryOf } from './writing/expiry-of.js';

/** The part of an image's rows that may change in indexes before all are built anew. */
const REBUILT_SHARE = 1 / 8;

export class CollectionRecovery {
  readonly #model: DocumentModel;
  readonly #store: ShardedStore;
  readonly #indexes: CollectionIndexes;
  readonly #queueExpiry: (key: StoreKey, expiresAt: number) => void;
  readonly #search: SearchHost | undefined;
  /** Rows of the image that were deleted, in the order in which they left; undefined: there is no image. */
  #superseded: Slot[] | undefined;
  /** Rows that have another document of the same key, and what indexes hold of them: mostly it has the same values. */
  #replaced: Map<Slot, ImageValues> = new Map();

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
    this.#store.recovered.put(key, document, revision, expiresAt, isNew);
    this.#search?.note(key);
  }

  /** Takes documents as bytes. */
  get undecodedTarget(): UndecodedTarget {
    const store = this.#store;
    const search = this.#search;
    if (search?.isNoting !== true) return store.recovered;
    return {
      needsKeys: true,
      recoverUndecoded: (key, reader, revision, expiresAt, isNew) => {
        if (!store.recovered.recoverUndecoded(key, reader, revision, expiresAt, isNew)) return false;
        search.note(key!);
        return true;
      },
    };
  }

  delete(key: StoreKey): void {
    this.#store.recovered.delete(key);
    this.#search?.note(key);
  }

  /**
   * Takes the documents and indexes of an image, where there are none. O(rows / 65,536 + leaves of ranges).
   *
   * @returns false, with nothing changed, when its documents have to be read one by one.
   */
  async adopt(image: CollectionImage): Promise<boolean> {
    if (!(await runStepsInSlices(this.#adopting(image), SLICE_MS.reading))) return false;
    const passed = new NumberSet();
    const superseded: Slot[] = [];
    const replaced = new Map<Slot, ImageValues>();
    this.#superseded = superseded;
    this.#replaced = replaced;
    this.#store.onSuperseded = (slot, isReplaced) => {
      const isFirst = !passed.has(slot);
      if (isFirst) {
        passed.add(slot);
        replaced.set(slot, this.#indexes.imageValuesOf(slot));
      }
      if (isReplaced) return;
      const values = replaced.get(slot);
      if (values === undefined) return;
      replaced.delete(slot);
      superseded.push(slot);
      this.#indexes.leaveImage(slot, values);
    };
    return true;
  }

  *#adopting(image: CollectionImage): Steps<boolean> {
    if (!(yield* this.#store.images.adopting(image))) return false;
    yield* this.#indexes.adopting(image.indexes);
    return true;
  }

  /** Lets go of every recovered document: what the journal holds of them no longer counts. O(documents). */
  discard(): void {
    this.#endImage();
    this.#store.clear();
    this.#search?.forget();
  }

  /** All effects are in: documents can be asked for. O(documents). */
  settle(): Promise<void> {
    return runStepsInSlices(this.#store.recovered.settling(), SLICE_MS.reading);
  }

  /** Builds every index over what was recovered, and queues what expires. O(documents · indexes). */
  async finish(): Promise<void> {
    await runStepsInSlices(this.#building(), SLICE_MS.reading);
    await runStepsInSlices(this.#queueing(), SLICE_MS.reading);
    await this.#search?.begin();
  }

  *#building(): Steps {
    const superseded = this.#superseded;
    if (superseded === undefined) return yield* this.#indexes.rebuilding();
    const store = this.#store;
    // A slot may have another entry by now.
    const added = superseded.filter((slot) => store.hasEntry(slot));
    for (const slot of store.slotsFrom(store.imageEnd)) if (added.push(slot) % STEP_ITEMS === 0) yield;
    const changed = yield* this.#indexes.changedOf(this.#replaced);
    this.#endImage();
    // To build all at once costs less: each of them touches parts of an index that are still as the image brought them.
    if (added.length + changed.size > store.imageEnd * REBUILT_SHARE) yield* this.#indexes.rebuilding();
    else yield* this.#indexes.completing(added, changed);
  }

  /** From now on nothing is followed. */
  #endImage(): void {
    this.#superseded = undefined;
    this.#replaced = new Map();
    this.#store.onSuperseded = undefined;
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
        // The model of an image has this field.
        if (slot < store.imageEnd && store.isUntouched(slot)) continue;
        store.setExpiry(slot, expiryOf(store.peek(slot, fields), expires));
        if (++count % STEP_DOCUMENTS === 0) yield;
      }
    }
    yield* store.recovered.ending();
    for (const [slot, expiresAt] of store.expiries()) {
      this.#queueExpiry(store.keyOf(slot), expiresAt);
      if (++count % STEP_DOCUMENTS === 0) yield;
    }
  }
}
