/**
 * The documents of a store's entries: they become objects on their first read, and bytes again where a cache says so.
 *
 * Each document is in one place at a time, or decoded with its bytes still there: see document-places.ts and
 * undecoded/cached-documents.ts.
 */
import { SLICE_MS } from '../scheduling/slice-clock.js';
import { runStepsInSlices } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import { CachedDocuments, type CachedDocumentsParts } from '../undecoded/cached-documents.js';
import type { UndecodedDocuments } from '../undecoded/undecoded-documents.js';
import { type DocumentPlaces, IN_FILE, IN_IMAGE } from './document-places.js';
import type { EntryKeys } from './entry-keys.js';
import { FieldPick } from './field-pick.js';
import type { MovingDocuments } from './moving-documents.js';
import type { SlotSupply } from './slot-supply.js';

export interface StoreCache extends Pick<CachedDocumentsParts, 'cache' | 'sizeOf'> {
  /** Whether somebody relies on the very object of a key. */
  readonly isPinned: (key: StoreKey) => boolean;
}

export class EntryDocuments {
  readonly #places: DocumentPlaces;
  readonly #keys: EntryKeys;
  readonly #slots: SlotSupply;
  /** Undefined: documents stay decoded. */
  #cached: CachedDocuments | undefined;
  #isTidying = false;
  /** Entries come from disk: none goes back to bytes. */
  isRecovering = false;
  /** Set while an image of a cold store is written. */
  moving: MovingDocuments | undefined;

  /** @param cache has documents become bytes again when there are too many; undefined: a document stays once it is decoded. */
  constructor(places: DocumentPlaces, keys: EntryKeys, slots: SlotSupply, cache: StoreCache | undefined) {
    this.#places = places;
    this.#keys = keys;
    this.#slots = slots;
    const { undecoded } = places;
    if (cache !== undefined && undecoded !== undefined) this.#cached = this.#cachedBy(cache, undecoded);
    places.hasUndecoded = this.#cached !== undefined;
  }

  #cachedBy({ cache, sizeOf, isPinned }: StoreCache, undecoded: UndecodedDocuments): CachedDocuments {
    return new CachedDocuments({
      cache,
      sizeOf,
      undecoded,
      documents: this.#places.column,
      read: (place, slot) => {
        if (place >= 0) return undecoded.read(place);
        if (place === IN_IMAGE) this.#keys.noteMade(slot);
        return this.#places.image!.read(slot);
      },
      leave: (place, slot, document) => {
        if (place === IN_IMAGE) this.#leaveImage(slot);
        else if (place === IN_FILE) this.#places.image!.leave(slot);
        else undecoded.detach(place, slot, document);
      },
      isPinned: (slot) => isPinned(this.#keys.of(slot)),
      beforeEncoding: (slot) => {
        this.#keys.remember(slot);
        if (undecoded.isWasteful()) this.#tidy(undecoded);
      },
    });
  }

  /** Decoded documents of the cache; undefined: there is none. */
  get cached(): CachedDocuments | undefined {
    return this.#cached;
  }

  /** Documents that are bytes now. O(1). */
  get undecodedCount(): number {
    const { undecoded, image } = this.#places;
    return (undecoded?.count ?? 0) + (image?.count ?? 0) - (this.#cached?.placedCount ?? 0);
  }

  get #isCaching(): boolean {
    return this.#cached !== undefined && !this.isRecovering;
  }

  /** The current document, frozen. O(1), or O(document) for its first read. */
  of(slot: Slot): object {
    return this.resolved(slot, this.#places.column.get(slot));
  }

  /** @param document what the column holds for the slot. */
  resolved(slot: Slot, document: object | number | undefined): object {
    if (typeof document === 'number') return this.#decode(slot, document);
    this.#cached?.note(slot);
    return document as object;
  }

  /** @param documents what the column holds for the slots. */
  resolveAll(slots: readonly Slot[], documents: object[]): void {
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]!;
      // Asked for again: one that was decoded for this list may be another one of it.
      if (typeof documents[index] === 'number') documents[index] = this.of(slot);
      else this.#cached?.note(slot);
    }
  }

  /** As `of`, before its indexes and the entry are written to. O(document). */
  toWrite(slot: Slot): object {
    return this.#isCaching ? this.#cached!.detach(slot) : this.of(slot);
  }

  /** Makes ready to read some fields, each named once, getters among them. O(model) while documents are bytes, else O(fields). */
  pick(fields: readonly string[]): FieldPick {
    const { hasUndecoded, form } = this.#places;
    return new FieldPick(fields, hasUndecoded ? form?.partial(fields) : undefined);
  }

  /** See `ShardedStore.rowOf`. */
  rowOf(slot: Slot, pick: FieldPick): Record<string, unknown> {
    const { partial } = pick;
    const { hasUndecoded, column } = this.#places;
    const document = column.get(slot);
    if (partial === undefined || !hasUndecoded || typeof document !== 'number')
      return pick.of(this.resolved(slot, document));
    const row = pick.empty();
    this.#places.readPart(slot, document, partial, row);
    return row;
  }

  /** See `ShardedStore.look`. */
  look(slot: Slot, pick: FieldPick): object {
    const { partial } = pick;
    const { hasUndecoded, column } = this.#places;
    const document = column.get(slot);
    if (partial === undefined || !hasUndecoded || typeof document !== 'number') return this.resolved(slot, document);
    this.#places.readPart(slot, document, partial, pick.looked);
    return pick.looked;
  }

  #decode(slot: Slot, place: number): object {
    if (this.#isCaching) return this.#cached!.decode(place, slot);
    let document: object;
    if (place === IN_IMAGE) {
      this.#keys.noteLeaving(slot);
      document = this.#places.image!.decode(slot);
      this.#places.column.set(slot, document);
    } else {
      const undecoded = this.#places.undecoded!;
      document = undecoded.decode(place, slot);
      if (undecoded.count === 0) undecoded.clear();
      else if (undecoded.isWasteful() && !this.isRecovering) this.#tidy(undecoded);
    }
    if (this.undecodedCount === 0) this.#forgetBytes();
    return document;
  }

  /** The document of a slot is another one from now on. O(1). */
  put(slot: Slot, document: object | number): void {
    this.#places.column.set(slot, document);
    if (this.#cached !== undefined) this.#putCached(this.#cached, slot, document);
  }

  #putCached(cached: CachedDocuments, slot: Slot, document: object | number): void {
    if (this.isRecovering || typeof document === 'number') return;
    this.moving?.noteWritten(slot);
    cached.put(slot, document);
  }

  /** The document of a slot is about to be another one. O(document). */
  touch(slot: Slot): void {
    if (this.#isCaching) this.#cached!.detach(slot);
    else if (this.#places.isRow(slot)) this.#leaveImage(slot);
    else this.of(slot);
  }

  /** A row of the image is bytes no longer, and its document is not needed. */
  #leaveImage(slot: Slot): void {
    this.#keys.noteLeaving(slot);
    this.#places.image!.leave(slot);
    if (!this.#isCaching && this.undecodedCount === 0) this.#forgetBytes();
  }

  /** The entry of a slot is gone. O(1). */
  remove(slot: Slot): void {
    if (this.#places.hasUndecoded) this.touch(slot);
    this.#places.column.set(slot, undefined);
    this.moving?.noteWritten(slot);
    this.#cached?.remove(slot);
  }

  /** Before `remove`, of what came from disk: a document that is bytes is not decoded for it. O(columns). */
  dropBytes(slot: Slot): void {
    const { column, undecoded } = this.#places;
    const place = column.get(slot);
    if (typeof place !== 'number' || place === IN_IMAGE) return;
    undecoded!.drop(place, slot);
    column.set(slot, undefined);
  }

  /** Moves documents together, in slices between the turns of the event loop. */
  #tidy(undecoded: UndecodedDocuments): void {
    if (this.#isTidying) return;
    this.#isTidying = true;
    const done = (): void => {
      this.#isTidying = false;
    };
    void runStepsInSlices(undecoded.tidying(this.#slots.end, this.#cached), SLICE_MS.writing).then(done, done);
  }

  /** No document is bytes any more. */
  #forgetBytes(): void {
    this.#places.hasUndecoded = this.#cached !== undefined;
    this.#keys.forgetColumn();
  }

  /** Indexes are built: documents may go back to bytes from now on. O(1), or O(documents) where there is a cache. */
  endRecovery(): void {
    const { undecoded, column } = this.#places;
    if (undecoded?.count === 0) undecoded.clear();
    if (this.undecodedCount === 0) this.#forgetBytes();
    undecoded?.forgetColumns();
    if (!this.isRecovering) return;
    this.isRecovering = false;
    if (this.#cached === undefined) return;
    for (let slot = 0; slot < this.#slots.end; slot++) {
      const document = column.get(slot);
      if (typeof document === 'object') this.#cached.put(slot, document);
    }
  }

  /** Every document is an object from now on, and stays one. O(documents). */
  decodeAll(): void {
    this.stopCaching();
    if (!this.#places.hasUndecoded) return;
    for (let slot = 0; slot < this.#slots.end; slot++) if (this.#places.hasEntry(slot)) this.of(slot);
  }

  /** From now on documents stay decoded. */
  stopCaching(): void {
    if (this.#cached === undefined) return;
    for (let slot = 0; slot < this.#slots.end; slot++) if (this.#places.hasEntry(slot)) this.#cached.detach(slot);
    this.#cached.clear();
    this.#cached = undefined;
    this.#places.hasUndecoded = (this.#places.undecoded?.count ?? 0) > 0;
  }

  share(other: EntryDocuments): void {
    this.#places.column.share(other.#places.column);
  }

  part(): void {
    this.#places.column.part();
  }

  clear(): void {
    const { column, undecoded } = this.#places;
    column.clear();
    this.#cached?.clear();
    undecoded?.clear();
    this.#places.hasUndecoded = this.#cached !== undefined;
    this.#places.forgetImage();
  }
}
