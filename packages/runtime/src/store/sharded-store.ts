/**
 * All entries of one collection. Knows neither indexes nor journal; no code outside keeps its Maps.
 *
 * An entry is a slot, a row of columns: its current document, revision and expiry, so that a change of a field that is
 * not indexed replaces the document here and touches no index. A Map leads from key to slot: one shard up to 112,347
 * documents at the default capacity, where a look-up costs as much as that of a plain Map; then a table of cells in
 * shards that are split one at a time, so that growth holds the loop for no more than about 3 ms and a collection may
 * pass a Map's 2^24 entries. See structures/slot-table.ts, structures/column.ts.
 *
 * A document that a snapshot held is decoded on first read: until then its place among the bytes stands in the column
 * instead of it. No code outside sees a difference. See undecoded/undecoded-documents.ts.
 *
 * This is the face of the store. Its parts, each of which knows those before it:
 *
 *   slot-supply        which slot is next, and which are free
 *   document-places    where each document lies
 *   entry-keys         from key to slot and back
 *   entry-documents    what is decoded on a read, and what becomes bytes again
 *   entry-writes       how an entry comes, changes and goes
 *   recovered-entries  how entries come back from disk                  `recovered`
 *   store-images       the image it was opened from, and the next one  `images`
 */
import { DatabaseError } from '@nuthatch/model';
import type { ByteReader } from '../codec/byte-reader.js';
import type { EncodedDocument } from '../codec/encoded-document.js';
import { STEP_ITEMS, type Steps } from '../scheduling/steps.js';
import type { GrowingMapOptions } from '../structures/growing-map.js';
import type { Slot } from '../structures/slot.js';
import { SlotTable } from '../structures/slot-table.js';
import { compareStoreKeys, type StoreKey } from '../structures/store-key.js';
import type { FieldSteps } from '../undecoded/field-steps.js';
import type { ProjectedColumns, ProjectedReader } from '../undecoded/projected-columns.js';
import type { DocumentColumn } from '../undecoded/undecoded-documents.js';
import type { UndecodedForm } from '../undecoded/undecoded-form.js';
import { DocumentPlaces } from './document-places.js';
import { EntryDocuments, type StoreCache } from './entry-documents.js';
import { EntryKeys } from './entry-keys.js';
import { EntryWrites } from './entry-writes.js';
import type { FieldPick } from './field-pick.js';
import { RecoveredEntries } from './recovered-entries.js';
import { SlotSupply } from './slot-supply.js';
import { StoreImages } from './store-images.js';

export interface ShardedStoreOptions extends GrowingMapOptions {
  /** The field of a document that holds its key, unchanged. Left out: keys are kept in a column of their own. */
  readonly keyField?: string | undefined;
  /** How documents are decoded on first read; left out: all are at once. */
  readonly undecodedForm?: UndecodedForm | undefined;
  /** Has documents become bytes again when there are too many; left out: a document stays once it is decoded. */
  readonly cache?: StoreCache | undefined;
  /** Documents of the image stay in its file: needs `undecodedForm` and `cache`. */
  readonly isCold?: boolean;
}

export class ShardedStore implements ProjectedReader {
  /** Of `#keys` and `#places`, at hand without a step: a read by key, the hottest call of all, takes 3 % longer with one. */
  readonly #table: SlotTable<StoreKey>;
  readonly #column: DocumentColumn;
  #hasUndecoded: boolean;
  readonly #places: DocumentPlaces;
  readonly #slots: SlotSupply;
  readonly #keys: EntryKeys;
  readonly #documents: EntryDocuments;
  readonly #writes: EntryWrites;
  /** How entries come back from disk. */
  readonly recovered: RecoveredEntries;
  /** The image it was opened from, and the next one, which cold documents move to. */
  readonly images: StoreImages;

  /** @throws DatabaseError `INVALID_OPTION` when a limit is not a whole number of 1 or more. */
  constructor(options: ShardedStoreOptions = {}) {
    requireLimits(options);
    const { keyField, undecodedForm, cache } = options;
    const table = new SlotTable<StoreKey>(options);
    const places = new DocumentPlaces(undecodedForm, keyField, (key, slot) => table.add(key, slot));
    const slots = new SlotSupply(places);
    const keys = new EntryKeys(table, keyField, places, slots);
    const documents = new EntryDocuments(places, keys, slots, cache);
    const writes = new EntryWrites(places, keys, slots, documents);
    const isCold = options.isCold === true && undecodedForm !== undefined && cache !== undefined;
    this.#table = table;
    this.#column = places.column;
    this.#places = places;
    this.#hasUndecoded = places.hasUndecoded;
    places.onUndecoded = (has) => {
      this.#hasUndecoded = has;
    };
    this.#slots = slots;
    this.#keys = keys;
    this.#documents = documents;
    this.#writes = writes;
    this.recovered = new RecoveredEntries(places, keys, slots, documents, writes);
    this.images = new StoreImages(places, keys, slots, documents, writes, isCold);
  }

  /** Number of documents. O(1). */
  get size(): number {
    return this.#keys.size;
  }

  /**
   * True as long as keys came in their own order and no slot was given out again, as with generated ids and without
   * deletes: range indexes then need no key to tell which of two entries comes first.
   */
  get isInKeyOrder(): boolean {
    return this.#slots.order.isKept;
  }

  /** As long as slots are in key order: the first slot whose key is above `key`. O(log n), and the free slots it meets. */
  slotBehind(key: StoreKey): Slot {
    let low = 0;
    for (let high = this.end; low < high; ) {
      const middle = (low + high) >>> 1;
      let slot = middle;
      while (slot < high && !this.hasEntry(slot)) slot++;
      if (slot < high && compareStoreKeys(this.keyOf(slot), key) <= 0) low = slot + 1;
      else high = middle;
    }
    return low;
  }

  /** Number of hash partitions. O(shards). */
  get shardCount(): number {
    return this.#table.shardCount;
  }

  /** The entry of a key. O(1). */
  get(key: StoreKey): Slot | undefined {
    const slot = this.#table.get(key);
    return slot !== undefined ? slot : this.#keys.getUndecoded(key);
  }

  /** The document of a key. O(1). */
  find(key: StoreKey): object | undefined {
    const slot = this.get(key);
    return slot === undefined ? undefined : this.documentOf(slot);
  }

  /** O(1). */
  has(key: StoreKey): boolean {
    return this.get(key) !== undefined;
  }

  /** O(1). */
  keyOf(slot: Slot): StoreKey {
    return this.#keys.of(slot);
  }

  /** Whether there is an entry in a slot that was given out once. O(1). */
  hasEntry(slot: Slot): boolean {
    return this.#column.get(slot) !== undefined;
  }

  /** The current document, frozen. O(1). */
  documentOf(slot: Slot): object {
    const document = this.#column.get(slot);
    // Asked first, since to ask for the type reads the document itself: a get took 190 ns instead of 110.
    return this.#hasUndecoded ? this.#documents.resolved(slot, document) : (document as object);
  }

  /** As `documentOf`, before its indexes and the entry are written to. O(document). */
  documentToWrite(slot: Slot): object {
    return this.#documents.toWrite(slot);
  }

  /** Before an entry is replaced: nothing of it is read from now on until then. O(1), or O(document). */
  holdToWrite(slot: Slot): void {
    this.documentOf(slot);
    this.documentToWrite(slot);
  }

  /**
   * As `documentOf`, to be looked at and forgotten: a document that is bytes stays bytes. O(document).
   *
   * @param fields those needed; the answer is then good until the next call. Undefined: all of them.
   */
  peek(slot: Slot, fields: readonly string[] | undefined): object {
    return this.#places.peek(slot, fields);
  }

  /** The bytes of a document that is not decoded; undefined: it is, or has to be encoded anew. O(document). */
  encodedAt(slot: Slot): EncodedDocument | undefined {
    return this.#places.encodedAt(slot);
  }

  /** The document of an entry where it is an object already; undefined: it is bytes. O(1). */
  madeAt(slot: Slot): object | undefined {
    const document = this.#column.get(slot);
    return typeof document === 'number' ? undefined : document;
  }

  /** The way from field to field of documents that are bytes; undefined where they are only read whole. */
  get fieldSteps(): FieldSteps | undefined {
    return this.#places.form?.steps();
  }

  /**
   * A reader that stands at the bytes of an entry's document, good until the next call; undefined: only all of it can be
   * read. O(1), or a read of the file.
   */
  bytesAt(slot: Slot): ByteReader | undefined {
    return this.#places.bytesAt(slot);
  }

  /** Whether an entry's document is in the file of the image, and not in memory. O(1). */
  isInFile(slot: Slot): boolean {
    return this.images.isInFile(slot);
  }

  /** Makes ready to read some fields, each named once, getters among them. O(model) while documents are bytes, else O(fields). */
  pick(fields: readonly string[]): FieldPick {
    return this.#documents.pick(fields);
  }

  /**
   * A new object with the fields. A document that is bytes stays bytes, where the pick has a `partial`. O(fields), or
   * O(bytes up to the last of them).
   */
  rowOf(slot: Slot, pick: FieldPick): Record<string, unknown> {
    return this.#documents.rowOf(slot, pick);
  }

  /** As `rowOf`, to be looked at and forgotten: the document itself, or an object that is good until the next call. */
  look(slot: Slot, pick: FieldPick): object {
    return this.#documents.look(slot, pick);
  }

  /** The documents of many entries, as an array of the caller's own. O(slots). */
  documentsOf(slots: readonly Slot[]): object[] {
    const documents = this.#column.pick(slots) as object[];
    if (this.#hasUndecoded) this.#documents.resolveAll(slots, documents);
    return documents;
  }

  /** The document's change number, 1 at insert. O(1). */
  revisionOf(slot: Slot): number {
    return this.#writes.revisions.get(slot);
  }

  /** Epoch milliseconds at which the document expires; undefined: never. O(1). */
  expiresAtOf(slot: Slot): number | undefined {
    const { expiries } = this.#writes;
    return expiries.size === 0 ? undefined : expiries.get(slot);
  }

  /** Count of the entries that expire. O(1). */
  get expiringCount(): number {
    return this.#writes.expiries.size;
  }

  /** Slots and expiries of the entries that expire. Not to be held over a write. */
  expiries(): Iterable<[Slot, number]> {
    return this.#writes.expiries;
  }

  /** Makes the entry of a key that has none. O(1). */
  add(key: StoreKey, document: object, revision: number, expiresAt: number | undefined): Slot {
    return this.#writes.add(key, document, revision, expiresAt);
  }

  /** Gives an entry its next document. O(1). */
  replace(slot: Slot, document: object, revision: number, expiresAt: number | undefined): void {
    this.#writes.replace(slot, document, revision, expiresAt);
  }

  /** O(1). */
  setExpiry(slot: Slot, expiresAt: number | undefined): void {
    this.#writes.setExpiry(slot, expiresAt);
  }

  /** Removes the entry of a key. @returns the slot it had, or undefined. O(1). */
  delete(key: StoreKey): Slot | undefined {
    return this.#writes.delete(key);
  }

  /** Documents that are bytes now. O(1). */
  get undecodedCount(): number {
    return this.#documents.undecodedCount;
  }

  /** Length of the bytes that they are held in. O(bodies of frames). */
  get undecodedBytes(): number {
    return this.#places.heldBytes;
  }

  /** Entries whose keys are found in the table of the image. O(1). */
  get imageCount(): number {
    return this.#places.image?.size ?? 0;
  }

  /** The first slot that never was a row of the image. */
  get imageEnd(): Slot {
    return this.#places.imageEnd;
  }

  /** Whether the document of a slot is a row of the image. O(1). */
  isUntouched(slot: Slot): boolean {
    return this.#places.isRow(slot);
  }

  /**
   * Told of each row whose document of the image counts no longer, before anything is changed; while an opening goes on,
   * indexes follow by it. `isReplaced`: another document of the same key takes its place.
   */
  set onSuperseded(listener: ((slot: Slot, isReplaced: boolean) => void) | undefined) {
    this.#writes.onSuperseded = listener;
  }

  /** See ProjectedReader. */
  get projected(): ProjectedColumns | undefined {
    const { undecoded } = this.#places;
    return undecoded !== undefined && undecoded.count > 0 ? undecoded : undefined;
  }

  /**
   * Holds the entries of another store of the class, which both only read from now on: whichever is to be written to
   * parts first. O(1), or O(documents) when some are still bytes.
   */
  share(other: ShardedStore): void {
    // Decoding is a write, and the bytes belong to the other store.
    this.#documents.stopCaching();
    other.#documents.decodeAll();
    other.#keys.takeFromImage();
    other.#places.forgetImage();
    this.#keys.share(other.#keys);
    this.#documents.share(other.#documents);
    this.#writes.share(other.#writes);
    this.#slots.share(other.#slots);
  }

  /** Ends the sharing for this one; documents stay shared. O(entries), at the speed of memory. */
  part(): void {
    for (const part of [this.#keys, this.#documents, this.#writes, this.#slots]) part.part();
  }

  /** O(shards). */
  clear(): void {
    for (const part of [this.#keys, this.#documents, this.#writes, this.#slots, this.recovered]) part.clear();
  }

  /** Every entry, in order of `slots`; nothing may be written until all steps are done. O(entries). */
  *slotsInSteps(): Steps<Slot[]> {
    const slots: Slot[] = [];
    for (let from = 0; from < this.end; from += STEP_ITEMS) {
      const to = Math.min(this.end, from + STEP_ITEMS);
      for (let slot = from; slot < to; slot++) if (this.hasEntry(slot)) slots.push(slot);
      yield;
    }
    return slots;
  }

  /** The first slot that no document has had yet. */
  get end(): Slot {
    return this.#slots.end;
  }

  /** Keys of the documents in slots below `end`, in their order; documents may go meanwhile. */
  *keysUpTo(end: Slot): IterableIterator<StoreKey> {
    for (let slot = 0; slot < end; slot++) if (this.hasEntry(slot)) yield this.keyOf(slot);
  }

  /**
   * Every entry, safe while writes go on: an entry that is there all along comes exactly once; one that is added
   * meanwhile may or may not come; one that is deleted before its turn does not come. For a view that stands still
   * take a copy (`[...store.slots()]`) in one turn. In order of insertion as long as nothing was deleted.
   */
  slots(): IterableIterator<Slot> {
    return this.slotsFrom(0);
  }

  /** As `slots`, from one of them on. */
  *slotsFrom(first: Slot): IterableIterator<Slot> {
    for (let slot = first; slot < this.end; slot++) if (this.hasEntry(slot)) yield slot;
  }
}

function requireLimits(options: ShardedStoreOptions): void {
  for (const name of ['shardCapacity', 'maxShards'] as const) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw new DatabaseError(
      'INVALID_OPTION',
      `\`${name}\` must be a whole number of 1 or more, found ${String(value)}`,
      { option: name, value },
    );
  }
}
