/**
 * One collection held still while writes go on: before-images of the keys that were written since, the collection
 * itself for all others.
 *
 * Opening is O(1), whatever the size; a write costs one look-up for each open view, and the first one to a key an
 * image. Documents are frozen, so an image is a few references; it keeps an old document alive until the release.
 */
import type { EncodedDocument } from '../codec/encoded-document.js';
import type { ShardedStore } from '../store/sharded-store.js';
import { GrowingMap } from '../structures/growing-map.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';

export interface ViewedDocument {
  readonly key: StoreKey;
  readonly document: object;
  readonly revision: number;
  readonly expiresAt: number | undefined;
  /** Where its entry was. */
  readonly slot: Slot;
}

/** Takes a document, or some fields of it beside its bytes. */
export type TakeEncoded<Taken> = (
  slot: Slot,
  key: StoreKey,
  document: object,
  encoded: EncodedDocument | undefined,
  revision: number,
  expiresAt: number | undefined,
) => Taken;

/** Documents as they were before they were written. They grow as the collection does, in no long turn. */
class Images {
  /** Undefined: the key had no document. */
  readonly byKey = new GrowingMap<StoreKey, ViewedDocument | undefined>();
  /** The same by the slots they had: another document may have one by now. */
  readonly bySlot = new GrowingMap<Slot, ViewedDocument>();
}

export class CollectionView {
  readonly #store: ShardedStore;
  /** Made by the first write: most views, those of filters, end before there is one. */
  #images: Images | undefined = undefined;
  readonly #onRelease: (view: CollectionView) => void;
  readonly #reading: (slot: Slot) => object;
  /** Documents the view holds. */
  readonly size: number;
  /** The first slot that no document had had yet. */
  readonly #end: Slot;

  /** @param reading how the reader is given documents that nobody wrote to: whole by default. */
  constructor(store: ShardedStore, onRelease: (view: CollectionView) => void, reading?: (slot: Slot) => object) {
    this.#store = store;
    this.size = store.size;
    this.#end = store.end;
    this.#onRelease = onRelease;
    this.#reading = reading ?? ((slot) => store.documentOf(slot));
  }

  /** Called before a key is written. O(1). */
  keep(key: StoreKey): void {
    this.#images ??= new Images();
    const { byKey, bySlot } = this.#images;
    if (byKey.has(key)) return;
    const image = this.#written(key);
    byKey.set(key, image);
    if (image !== undefined) bySlot.set(image.slot, image);
  }

  /** Whether anything was written since. O(1). */
  get isTouched(): boolean {
    return this.#images !== undefined;
  }

  /** The document that was in a slot, or undefined. O(1). */
  at(slot: Slot): ViewedDocument | undefined {
    return this.#at(slot, this.#reading);
  }

  #at(slot: Slot, reading: (slot: Slot) => object): ViewedDocument | undefined {
    const image = this.#images?.bySlot.get(slot);
    if (image !== undefined) return image;
    if (!this.#store.hasEntry(slot)) return undefined;
    const key = this.#store.keyOf(slot);
    // A document that came later has an image that says: there was none.
    return this.#images?.byKey.has(key) === true ? undefined : this.#imageWith(slot, key, reading(slot));
  }

  /** The document of a key as it was. O(1). */
  get(key: StoreKey): ViewedDocument | undefined {
    const images = this.#images?.byKey;
    if (images === undefined) return this.#now(key);
    return images.get(key) ?? (images.has(key) ? undefined : this.#now(key));
  }

  /** Where the document of a key is: the entry that has it still, or the document itself. O(1). */
  placeOf(key: StoreKey): Slot | object | undefined {
    const images = this.#images?.byKey;
    return images?.has(key) === true ? images.get(key)?.document : this.#store.get(key);
  }

  /**
   * Every document as it was, once, in the order of the slots that they had. May be read in slices.
   *
   * @param isPassing they are looked at and forgotten: what is bytes since the opening stays bytes.
   */
  *documents(isPassing: boolean = false): IterableIterator<ViewedDocument> {
    const reading = isPassing ? (slot: Slot) => this.#store.peek(slot, undefined) : this.#reading;
    for (let slot = 0; slot < this.#end; slot++) {
      const viewed = this.#at(slot, reading);
      if (viewed !== undefined) yield viewed;
    }
  }

  /**
   * As `documents` in passing, for a reader that writes them on as bytes: what is bytes is not made into a document.
   *
   * @param fields those that are read of such documents; stored ones, each once.
   * @param take makes of each what is given out: no object is made only to be read once.
   */
  *encodedDocuments<Taken>(fields: readonly string[], take: TakeEncoded<Taken>): IterableIterator<Taken> {
    const store = this.#store;
    const pick = store.pick(fields);
    for (let slot = 0; slot < this.#end; slot++) {
      const encoded = this.#images?.bySlot.has(slot) === true ? undefined : store.encodedAt(slot);
      if (encoded === undefined) {
        const viewed = this.#at(slot, (other) => store.peek(other, undefined));
        if (viewed !== undefined)
          yield take(slot, viewed.key, viewed.document, undefined, viewed.revision, viewed.expiresAt);
        continue;
      }
      const key = store.keyOf(slot);
      if (this.#images?.byKey.has(key) === true) continue;
      const document = pick.partial === undefined ? store.peek(slot, undefined) : store.rowOf(slot, pick);
      yield take(slot, key, document, encoded, store.revisionOf(slot), store.expiresAtOf(slot));
    }
  }

  /** Ends the view: writes no longer keep images for it. Idempotent. */
  release(): void {
    this.#images = undefined;
    this.#onRelease(this);
  }

  #now(key: StoreKey): ViewedDocument | undefined {
    const slot = this.#store.get(key);
    return slot === undefined ? undefined : this.#imageWith(slot, key, this.#reading(slot));
  }

  /** What is about to be written to: whole, whatever the reader wants of it. */
  #written(key: StoreKey): ViewedDocument | undefined {
    const slot = this.#store.get(key);
    return slot === undefined ? undefined : this.#imageWith(slot, key, this.#store.documentOf(slot));
  }

  #imageWith(slot: Slot, key: StoreKey, document: object): ViewedDocument {
    const store = this.#store;
    return {
      key,
      document,
      revision: store.revisionOf(slot),
      expiresAt: store.expiresAtOf(slot),
      slot,
    };
  }
}
