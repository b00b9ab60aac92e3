/**
 * How an entry comes, changes and goes. An entry is a slot and its row of columns: document, key, revision and expiry.
 *
 * The order within each call matters: what a write replaces is told of before anything is changed, and a document that
 * was bytes hands its key to the table as it is touched, so that the key is removed last.
 */
import { CountColumn } from '../structures/count-column.js';
import { GrowingMap } from '../structures/growing-map.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import type { DocumentPlaces } from './document-places.js';
import type { EntryDocuments } from './entry-documents.js';
import type { EntryKeys } from './entry-keys.js';
import type { SlotSupply } from './slot-supply.js';

export class EntryWrites {
  readonly #places: DocumentPlaces;
  readonly #keys: EntryKeys;
  readonly #slots: SlotSupply;
  readonly #documents: EntryDocuments;
  /** Change numbers of the documents, 1 at insert. */
  readonly revisions = new CountColumn();
  /** Epoch milliseconds; of the entries that expire. */
  readonly expiries = new GrowingMap<Slot, number>();
  /** See `ShardedStore.onSuperseded`. */
  onSuperseded: ((slot: Slot, isReplaced: boolean) => void) | undefined;

  constructor(places: DocumentPlaces, keys: EntryKeys, slots: SlotSupply, documents: EntryDocuments) {
    this.#places = places;
    this.#keys = keys;
    this.#slots = slots;
    this.#documents = documents;
  }

  /** Makes the entry of a key that has none. O(1). */
  add(key: StoreKey, document: object, revision: number, expiresAt: number | undefined): Slot {
    const slot = this.#slots.take(key);
    this.#keys.add(key, slot);
    this.put(slot, document, revision, expiresAt);
    return slot;
  }

  /** Gives an entry its next document. O(1). */
  replace(slot: Slot, document: object, revision: number, expiresAt: number | undefined): void {
    if (this.#places.hasUndecoded) this.#documents.touch(slot);
    this.put(slot, document, revision, expiresAt);
  }

  /** As `replace`, of a slot whose document was touched, or that has none. @param document itself, or the place of its bytes. */
  put(slot: Slot, document: object | number, revision: number, expiresAt: number | undefined): void {
    this.#documents.put(slot, document);
    this.revisions.set(slot, revision);
    this.setExpiry(slot, expiresAt);
  }

  /** O(1). */
  setExpiry(slot: Slot, expiresAt: number | undefined): void {
    if (expiresAt !== undefined) this.expiries.set(slot, expiresAt);
    else if (this.expiries.size > 0) this.expiries.delete(slot);
  }

  /** Removes the entry of a key. @returns the slot it had, or undefined. O(1). */
  delete(key: StoreKey): Slot | undefined {
    const slot = this.#keys.get(key);
    if (slot === undefined) return undefined;
    this.supersede(slot);
    // First: a document that was bytes puts its key into the map as it is touched.
    this.release(slot);
    this.#keys.remove(key, slot);
    return slot;
  }

  /** What is about to be replaced or deleted may be a row of the image, by which indexes go. */
  supersede(slot: Slot, isReplaced = false): void {
    if (slot < this.#places.imageEnd) this.onSuperseded?.(slot, isReplaced);
  }

  /** The entry of a slot is gone; its key still leads to it. O(1). */
  release(slot: Slot): void {
    this.#documents.remove(slot);
    this.#keys.noteFree(slot);
    this.setExpiry(slot, undefined);
    this.#slots.giveBack(slot);
  }

  /** As `release`, before there are indexes. */
  drop(slot: Slot): void {
    this.#documents.dropBytes(slot);
    this.release(slot);
  }

  share(other: EntryWrites): void {
    this.revisions.share(other.revisions);
    this.expiries.share(other.expiries);
  }

  part(): void {
    this.revisions.part();
    this.expiries.part();
  }

  clear(): void {
    this.revisions.clear();
    this.expiries.clear();
  }
}
