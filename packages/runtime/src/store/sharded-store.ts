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
 */
import { DatabaseError } from '@nuthatch/model';
import type { ByteReader } from '../codec/byte-reader.js';
import type { EncodedDocument } from '../codec/encoded-document.js';
import { ColdDocuments } from '../image/cold-documents.js';
import { ImageDocuments, type ImageOwner } from '../image/image-documents.js';
import type { ColdBytes, CollectionImage, PutReader } from '../image/image-tables.js';
import type { StoreImage } from '../image/store-image.js';
import { SLICE_MS } from '../scheduling/slice-clock.js';
import {
  inParts,
  runSteps,
  runStepsInSlices,
  STEP_DOCUMENTS,
  STEP_ITEMS,
  STEP_KEYS,
  type Steps,
} from '../scheduling/steps.js';
import { Column } from '../structures/column.js';
import { CountColumn } from '../structures/count-column.js';
import { GrowingMap, type GrowingMapOptions } from '../structures/growing-map.js';
import type { Slot } from '../structures/slot.js';
import { SlotTable } from '../structures/slot-table.js';
import { compareStoreKeys, type StoreKey } from '../structures/store-key.js';
import { CachedDocuments, type CachedDocumentsParts } from '../undecoded/cached-documents.js';
import type { FieldSteps } from '../undecoded/field-steps.js';
import type { PartialDocument } from '../undecoded/partial-document.js';
import type { ProjectedColumns, ProjectedReader } from '../undecoded/projected-columns.js';
import { type DocumentColumn, UndecodedDocuments } from '../undecoded/undecoded-documents.js';
import type { UndecodedForm } from '../undecoded/undecoded-form.js';
import type { UndecodedKeys } from '../undecoded/undecoded-keys.js';
import { FieldPick } from './field-pick.js';
import { KeyOrder } from './key-order.js';
import { MovingDocuments, type WrittenRows } from './moving-documents.js';

/** Bytes of replaced documents that an opening leaves in memory, beside a share of what there is. */
const MOST_RESTS_BYTES = 1024 * 1024;

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

export interface StoreCache extends Pick<CachedDocumentsParts, 'cache' | 'sizeOf'> {
  /** Whether somebody relies on the very object of a key. */
  readonly isPinned: (key: StoreKey) => boolean;
}

/** Stands in the column of documents for one that is still bytes of the image. */
const IN_IMAGE = -1;
/** Stands for one that is in the file of the image, and whose key is in the column of keys. -2 is taken: see CachedDocuments. */
const IN_FILE = -3;

export class ShardedStore implements ProjectedReader, ImageOwner {
  readonly #slots: SlotTable<StoreKey>;
  readonly #keyField: string | undefined;
  readonly #documents: DocumentColumn = new Column();
  readonly #undecoded: UndecodedDocuments | undefined;
  readonly #form: UndecodedForm | undefined;
  /** The tables that the snapshot brought along; undefined: it had none for this class. */
  #image: StoreImage | undefined;
  /** Set while an image of a cold store is written. */
  #moving: MovingDocuments | undefined;
  readonly #isCold: boolean;
  /** Slots below it are rows of the image, or were. */
  #imageEnd: Slot = 0;
  /**
   * Told of each row whose document of the image counts no longer, before anything is changed; while an opening goes on,
   * indexes follow by it.
   */
  onSuperseded: ((slot: Slot) => void) | undefined;
  /** Whether any document is not decoded, or may be so again: kept here, since every read asks. */
  #hasUndecoded = false;
  /** Undefined: documents stay decoded. */
  #cached: CachedDocuments | undefined;
  /** Entries come from disk: none goes back to bytes. */
  #isRecovering = false;
  #isTidying = false;
  /** Change numbers of the documents, 1 at insert. */
  readonly #revisions = new CountColumn();
  /** Kept where a document does not hold its key, and as long as documents are bytes whose keys are not texts. */
  readonly #keys = new Column<StoreKey>();
  #hasKeys: boolean;
  /** Epoch milliseconds; of the entries that expire. */
  readonly #expiries = new GrowingMap<Slot, number>();
  /** Slots to be given out again, the last one first. */
  readonly #free = new Column<Slot>();
  #freeCount = 0;
  /** The lowest slot that was never given out. */
  #end = 0;
  readonly #order = new KeyOrder();
  /** So many slots, the last ones, cannot be found by their keys yet: see `recover`. */
  #arrivedCount = 0;

  /** @throws DatabaseError `INVALID_OPTION` when a limit is not a whole number of 1 or more. */
  constructor(options: ShardedStoreOptions = {}) {
    for (const name of ['shardCapacity', 'maxShards'] as const) {
      const value = options[name];
      if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
      throw new DatabaseError(
        'INVALID_OPTION',
        `\`${name}\` must be a whole number of 1 or more, found ${String(value)}`,
        { option: name, value },
      );
    }
    this.#slots = new SlotTable(options);
    this.#keyField = options.keyField;
    this.#hasKeys = options.keyField === undefined;
    const { undecodedForm, keyField } = options;
    this.#form = undecodedForm;
    this.#isCold = options.isCold === true && undecodedForm !== undefined && options.cache !== undefined;
    if (undecodedForm !== undefined)
      this.#undecoded = new UndecodedDocuments(undecodedForm, this.#documents, keyField, (key, slot) =>
        this.#slots.add(key, slot),
      );
    if (options.cache !== undefined && this.#undecoded !== undefined)
      this.#cached = this.#cachedBy(options.cache, this.#undecoded);
    this.#hasUndecoded = this.#cached !== undefined;
  }

  #cachedBy({ cache, sizeOf, isPinned }: StoreCache, undecoded: UndecodedDocuments): CachedDocuments {
    return new CachedDocuments({
      cache,
      sizeOf,
      undecoded,
      documents: this.#documents,
      read: (place, slot) => {
        if (place >= 0) return undecoded.read(place);
        const image = this.#image!;
        // Once it is decoded, its key is looked for in the column.
        if (place === IN_IMAGE && this.#keyField === undefined) this.#keys.set(slot, image.keyAt(slot));
        return image.read(slot);
      },
      leave: (place, slot, document) => {
        if (place === IN_IMAGE) this.#leaveImage(slot);
        else if (place === IN_FILE) this.#image!.leave(slot);
        else undecoded.detach(place, slot, document);
      },
      isPinned: (slot) => isPinned(this.keyOf(slot)),
      beforeEncoding: (slot) => {
        if (this.#keyField !== undefined) this.#rememberKey(slot);
        if (undecoded.isWasteful()) this.#tidy(undecoded);
      },
    });
  }

  /** Moves documents together, in slices between the turns of the event loop. */
  #tidy(undecoded: UndecodedDocuments): void {
    if (this.#isTidying) return;
    this.#isTidying = true;
    const done = (): void => {
      this.#isTidying = false;
    };
    void runStepsInSlices(undecoded.tidying(this.#end, this.#cached), SLICE_MS.writing).then(done, done);
  }

  /** Number of documents. O(1). */
  get size(): number {
    return this.#slots.size + (this.#undecoded?.keys?.size ?? 0) + (this.#image?.size ?? 0);
  }

  /**
   * True as long as keys came in their own order and no slot was given out again, as with generated ids and without
   * deletes: range indexes then need no key to tell which of two entries comes first.
   */
  get isInKeyOrder(): boolean {
    return this.#order.isKept;
  }

  /** As long as slots are in key order: the first slot whose key is above `key`. O(log n), and the free slots it meets. */
  slotBehind(key: StoreKey): Slot {
    let low = 0;
    for (let high = this.#end; low < high; ) {
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
    return this.#slots.shardCount;
  }

  /** The entry of a key. O(1). */
  get(key: StoreKey): Slot | undefined {
    const slot = this.#slots.get(key);
    if (slot !== undefined) return slot;
    if (this.#image !== undefined) {
      const row = this.#image.find(key);
      if (row !== undefined) return row;
    }
    return this.#hasUndecoded ? this.#undecoded?.keys?.find(key) : undefined;
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
    const document = this.#documents.get(slot);
    if (document === IN_IMAGE) return this.#image!.keyAt(slot);
    if (this.#keyField === undefined) return this.#keys.get(slot);
    if (typeof document === 'number') return this.#undecoded?.keyAt(slot) ?? this.#keys.get(slot);
    return (document as Record<string, StoreKey>)[this.#keyField]!;
  }

  /** Whether there is an entry in a slot that was given out once. O(1). */
  hasEntry(slot: Slot): boolean {
    return this.#documents.get(slot) !== undefined;
  }

  /** The current document, frozen. O(1). */
  documentOf(slot: Slot): object {
    const document = this.#documents.get(slot);
    // Asked first, since to ask for the type reads the document itself: a get took 190 ns instead of 110.
    return this.#hasUndecoded ? this.#resolved(slot, document) : (document as object);
  }

  #resolved(slot: Slot, document: object | number | undefined): object {
    if (typeof document === 'number') return this.#decode(slot, document);
    this.#cached?.note(slot);
    return document as object;
  }

  /** As `documentOf`, before its indexes and the entry are written to. O(document). */
  documentToWrite(slot: Slot): object {
    return this.#isCaching ? this.#cached!.detach(slot) : this.documentOf(slot);
  }

  /** Before an entry is replaced: nothing of it is read from now on until then. O(1), or O(document). */
  holdToWrite(slot: Slot): void {
    this.documentOf(slot);
    this.documentToWrite(slot);
  }

  get #isCaching(): boolean {
    return this.#cached !== undefined && !this.#isRecovering;
  }

  #readPart(slot: Slot, place: number, partial: PartialDocument, row: Record<string, unknown>): void {
    if (place < 0) this.#image!.readPart(slot, partial, row);
    else this.#undecoded!.readPart(place, partial, row);
  }

  /**
   * As `documentOf`, to be looked at and forgotten: a document that is bytes stays bytes. O(document).
   *
   * @param fields those needed; the answer is then good until the next call. Undefined: all of them.
   */
  peek(slot: Slot, fields: readonly string[] | undefined): object {
    const document = this.#documents.get(slot);
    if (typeof document !== 'number') return document!;
    if (document < 0) return this.#image!.peek(slot, fields);
    return this.#undecoded!.peek(document, slot, fields);
  }

  /** The bytes of a document that is not decoded; undefined: it is, or has to be encoded anew. O(document). */
  encodedAt(slot: Slot): EncodedDocument | undefined {
    const document = this.#documents.get(slot);
    if (typeof document !== 'number') return undefined;
    return document < 0 ? this.#image!.encodedAt(slot) : this.#undecoded!.encodedAt(document);
  }

  /** The document of an entry where it is an object already; undefined: it is bytes. O(1). */
  madeAt(slot: Slot): object | undefined {
    const document = this.#documents.get(slot);
    return typeof document === 'number' ? undefined : document;
  }

  /** The way from field to field of documents that are bytes; undefined where they are only read whole. */
  get fieldSteps(): FieldSteps | undefined {
    return this.#form?.steps();
  }

  /**
   * A reader that stands at the bytes of an entry's document, good until the next call; undefined: only all of it can be
   * read. O(1), or a read of the file.
   */
  bytesAt(slot: Slot): ByteReader | undefined {
    const place = this.#documents.get(slot) as number;
    return place < 0 ? this.#image!.bytesAt(slot) : this.#undecoded!.bytesAt(place);
  }

  /** Whether an entry's document is in the file of the image, and not in memory. O(1). */
  isInFile(slot: Slot): boolean {
    if (!this.#isCold) return false;
    const document = this.#documents.get(slot);
    return typeof document === 'number' && document < 0;
  }

  /** Makes ready to read some fields, each named once, getters among them. O(model) while documents are bytes, else O(fields). */
  pick(fields: readonly string[]): FieldPick {
    return new FieldPick(fields, this.#hasUndecoded ? this.#form?.partial(fields) : undefined);
  }

  /**
   * A new object with the fields. A document that is bytes stays bytes, where the pick has a `partial`. O(fields), or
   * O(bytes up to the last of them).
   */
  rowOf(slot: Slot, pick: FieldPick): Record<string, unknown> {
    const { partial } = pick;
    const document = this.#documents.get(slot);
    if (partial === undefined || !this.#hasUndecoded || typeof document !== 'number')
      return pick.of(this.documentOf(slot));
    const row = pick.empty();
    this.#readPart(slot, document, partial, row);
    return row;
  }

  /** As `rowOf`, to be looked at and forgotten: the document itself, or an object that is good until the next call. */
  look(slot: Slot, pick: FieldPick): object {
    const { partial } = pick;
    const document = this.#documents.get(slot);
    if (partial === undefined || !this.#hasUndecoded || typeof document !== 'number') return this.documentOf(slot);
    this.#readPart(slot, document, partial, pick.looked);
    return pick.looked;
  }

  /** The documents of many entries, as an array of the caller's own. O(slots). */
  documentsOf(slots: readonly Slot[]): object[] {
    const documents = this.#documents.pick(slots) as object[];
    if (this.#hasUndecoded) this.#resolveAll(slots, documents);
    return documents;
  }

  #resolveAll(slots: readonly Slot[], documents: object[]): void {
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]!;
      // Asked for again: one that was decoded for this list may be another one of it.
      if (typeof documents[index] === 'number') documents[index] = this.documentOf(slot);
      else this.#cached?.note(slot);
    }
  }

  /** The document's change number, 1 at insert. O(1). */
  revisionOf(slot: Slot): number {
    return this.#revisions.get(slot);
  }

  /** Epoch milliseconds at which the document expires; undefined: never. O(1). */
  expiresAtOf(slot: Slot): number | undefined {
    return this.#expiries.size === 0 ? undefined : this.#expiries.get(slot);
  }

  /** Makes the entry of a key that has none. O(1). */
  add(key: StoreKey, document: object, revision: number, expiresAt: number | undefined): Slot {
    const slot = this.#freeCount > 0 ? this.#reuse() : this.#next(key);
    if (this.#hasKeys) this.#keys.set(slot, key);
    this.#slots.add(key, slot);
    this.#put(slot, document, revision, expiresAt);
    return slot;
  }

  /** Gives an entry its next document. O(1). */
  replace(slot: Slot, document: object, revision: number, expiresAt: number | undefined): void {
    if (this.#hasUndecoded) this.#touch(slot);
    this.#put(slot, document, revision, expiresAt);
  }

  /** Its document is about to be another one. */
  #touch(slot: Slot): void {
    if (this.#isCaching) this.#cached!.detach(slot);
    else if (this.isUntouched(slot)) this.#leaveImage(slot);
    else this.documentOf(slot);
  }

  /** A row of the image is bytes no longer, and its document is not needed. */
  #leaveImage(slot: Slot): void {
    const image = this.#image!;
    if (this.#hasKeys) this.#keys.set(slot, image.keyAt(slot));
    image.leave(slot);
    if (!this.#isCaching && this.undecodedCount === 0) this.#forgetBytes();
  }

  #put(slot: Slot, document: object | number, revision: number, expiresAt: number | undefined): void {
    this.#documents.set(slot, document);
    this.#revisions.set(slot, revision);
    this.setExpiry(slot, expiresAt);
    if (this.#isCaching && typeof document === 'object') {
      this.#moving?.noteWritten(slot);
      this.#cached!.put(slot, document);
    }
  }

  /** Documents that are bytes now. O(1). */
  get undecodedCount(): number {
    return (this.#undecoded?.count ?? 0) + (this.#image?.count ?? 0) - (this.#cached?.placedCount ?? 0);
  }

  /** Entries whose keys are found in the table of the image. O(1). */
  get imageCount(): number {
    return this.#image?.size ?? 0;
  }

  /** See ImageOwner. */
  isUntouched(slot: Slot): boolean {
    return this.#documents.get(slot) === IN_IMAGE;
  }

  /** See ImageOwner. */
  hasKey(slot: Slot, key: StoreKey): boolean {
    return this.hasEntry(slot) && this.keyOf(slot) === key;
  }

  /** Length of the bytes that they are held in. O(bodies of frames). */
  get undecodedBytes(): number {
    return (this.#undecoded?.heldBytes ?? 0) + (this.#image?.heldBytes ?? 0);
  }

  /** Count of the entries that expire. O(1). */
  get expiringCount(): number {
    return this.#expiries.size;
  }

  /** Slots and expiries of the entries that expire. Not to be held over a write. */
  expiries(): Iterable<[Slot, number]> {
    return this.#expiries;
  }

  /** O(1). */
  setExpiry(slot: Slot, expiresAt: number | undefined): void {
    if (expiresAt !== undefined) this.#expiries.set(slot, expiresAt);
    else if (this.#expiries.size > 0) this.#expiries.delete(slot);
  }

  /** Removes the entry of a key. @returns the slot it had, or undefined. O(1). */
  delete(key: StoreKey): Slot | undefined {
    const slot = this.get(key);
    if (slot === undefined) return undefined;
    this.#supersede(slot);
    // First: a document that was bytes puts its key into the map as it is touched.
    this.#release(slot);
    if (this.#image?.forgetKey(key, slot) !== true) this.#slots.remove(key, slot);
    return slot;
  }

  /** Undefined where keys are kept in a column of their own. */
  #keyIn(document: object): StoreKey | undefined {
    return this.#keyField === undefined ? undefined : (document as Record<string, StoreKey>)[this.#keyField];
  }

  /** The slot of a new entry. */
  #next(key: StoreKey): Slot {
    if (this.#order.hasUnseen) this.#seeOrder();
    this.#order.note(key);
    return this.#end++;
  }

  #reuse(): Slot {
    this.#order.lose();
    return this.#free.get(--this.#freeCount);
  }

  #decode(slot: Slot, place: number): object {
    if (this.#isCaching) return this.#cached!.decode(place, slot);
    let document: object;
    if (place === IN_IMAGE) {
      const image = this.#image!;
      if (this.#hasKeys) this.#keys.set(slot, image.keyAt(slot));
      document = image.decode(slot);
      this.#documents.set(slot, document);
    } else {
      const undecoded = this.#undecoded!;
      document = undecoded.decode(place, slot);
      if (undecoded.count === 0) undecoded.clear();
      else if (undecoded.isWasteful() && !this.#isRecovering) this.#tidy(undecoded);
    }
    if (this.undecodedCount === 0) this.#forgetBytes();
    return document;
  }

  /** No document is bytes any more. */
  #forgetBytes(): void {
    this.#hasUndecoded = this.#cached !== undefined;
    this.#forgetKeys();
  }

  #rememberKeys(): void {
    this.#keys.fill(this.#imageEnd, IN_IMAGE);
    for (let slot = 0; slot < this.#end; slot++)
      if (!this.isUntouched(slot)) this.#keys.set(slot, this.hasEntry(slot) ? this.keyOf(slot) : 0);
    this.#hasKeys = true;
  }

  /**
   * Takes the documents of an image as its own, where there are none. O(rows / 65,536), and the rows that expire.
   *
   * @returns false, with nothing changed, when documents of the class cannot stay bytes.
   */
  *adoptingImage(image: CollectionImage): Steps<boolean> {
    if (this.#form === undefined || this.#end > 0) return false;
    const { rows, bodies } = image;
    const { rowCount } = rows;
    const { cold } = rows;
    const documents =
      cold === undefined
        ? new ImageDocuments(rows, bodies, this.#form, this)
        : new ColdDocuments(this.#form, bodies.puts, { ...rows, cold });
    this.#image = documents;
    this.#imageEnd = rowCount;
    this.#end = rowCount;
    this.#hasUndecoded ||= rowCount > 0;
    this.#isRecovering = true;
    this.#documents.fill(rowCount, IN_IMAGE);
    yield;
    if (this.#hasKeys) this.#keys.fill(rowCount, IN_IMAGE);
    this.#revisions.fill(rowCount, rows.revisions, rows.largeRevisions);
    yield;
    const { expiryRows, expiryTimes } = rows;
    yield* inParts(expiryRows.length, (from, to) => {
      for (let index = from; index < to; index++) this.#expiries.set(expiryRows[index]!, expiryTimes[index]!);
    });
    if (!rows.isInKeyOrder) this.#order.lose();
    else if (rowCount > 0) this.#order.note(documents.keyAt(rowCount - 1));
    return true;
  }

  /** Documents that are in the file of the image and not in memory. O(1). */
  get coldCount(): number {
    return this.#image instanceof ColdDocuments ? this.#image.count - (this.#cached?.imageCount ?? 0) : 0;
  }

  /** Documents that were read from the file of the image since the opening. O(1). */
  get coldReadCount(): number {
    return this.#image instanceof ColdDocuments ? this.#image.readCount : 0;
  }

  /**
   * An image of the documents as they are now begins to be written. From now on it is noted which of them are written to.
   *
   * @returns undefined where documents stay in memory.
   */
  beginMoving(): MovingDocuments | undefined {
    if (!this.#isCold) return undefined;
    this.#moving = new MovingDocuments();
    return this.#moving;
  }

  /** The image will not be used. */
  endMoving(moving: MovingDocuments): void {
    if (this.#moving === moving) this.#moving = undefined;
  }

  /**
   * The documents are in the file of the new image from now on; those that were written to since it was begun stay in memory.
   * Reads and writes may come between the steps. O(documents).
   *
   * @param onMoved called once no document is read from the file before this one any more, with that file.
   */
  *movingTo(
    moving: MovingDocuments,
    rows: WrittenRows,
    bytes: ColdBytes,
    puts: PutReader,
    onMoved: (before: ColdBytes | undefined) => void,
  ): Steps {
    const bySlot = yield* moving.bySlot(rows);
    const image = this.#image;
    if (image instanceof ColdDocuments) onMoved(image.moveTo(bytes, bySlot.places));
    else {
      const found = image instanceof ImageDocuments ? image.rows : undefined;
      this.#image = new ColdDocuments(this.#form!, puts, {
        keys: found?.keys,
        seed: found?.seed ?? 0,
        rowCount: image?.count ?? 0,
        cold: { ...bySlot, bytes },
      });
      onMoved(undefined);
    }
    const { slots } = moving;
    for (let row = 0; row < slots.length; row++) {
      if (row % STEP_DOCUMENTS === 0) yield;
      if (!moving.wasWritten(slots[row]!)) this.#leaveMemory(slots[row]!);
    }
    if (this.#undecoded?.count === 0) this.#undecoded.clear();
    this.endMoving(moving);
  }

  /** The document of a slot is in the file of the image: its bytes in memory are not needed any more. O(document). */
  #leaveMemory(slot: Slot): void {
    const [cached, undecoded] = [this.#cached!, this.#undecoded!];
    const image = this.#image as ColdDocuments;
    const held = this.#documents.get(slot);
    if (held === undefined || (typeof held === 'number' && held < 0)) return;
    const place = typeof held === 'number' ? held : cached.placeOf(slot);
    if (place < 0 && !cached.isWithoutBytes(slot)) return;
    if (this.#keyField !== undefined) this.#rememberKey(slot);
    image.join();
    if (place >= 0) undecoded.detach(place, slot, typeof held === 'number' ? undecoded.read(held) : held);
    if (typeof held === 'number') this.#documents.set(slot, IN_FILE);
    else cached.gain(slot, IN_FILE, place < 0);
  }

  /** The first slot that never was a row of the image. */
  get imageEnd(): Slot {
    return this.#imageEnd;
  }

  /** Of a document whose key is not among the texts, and which becomes bytes. */
  #rememberKey(slot: Slot): void {
    const key = this.keyOf(slot);
    // The column has no gaps: other documents hold their keys themselves, or as texts.
    if (!this.#hasKeys) {
      this.#keys.fill(this.#imageEnd, IN_IMAGE);
      for (let other = this.#imageEnd; other < this.#end; other++) this.#keys.set(other, 0);
      this.#hasKeys = true;
    }
    this.#keys.set(slot, key);
  }

  #forgetKeys(): void {
    if (this.#keyField === undefined) return;
    this.#keys.clear();
    this.#hasKeys = false;
  }

  /** As `delete`, of what was read from disk: a document that is bytes is not decoded for it. O(1). */
  recoverDelete(key: StoreKey): void {
    this.settleArrivals();
    const slot = this.get(key);
    if (slot === undefined) return;
    this.#supersede(slot);
    if (this.#image?.forgetKey(key, slot) !== true) this.#slots.remove(key, slot);
    this.#drop(slot);
  }

  /** What is about to be replaced or deleted may be a row of the image, by which indexes go. */
  #supersede(slot: Slot): void {
    if (slot < this.#imageEnd) this.onSuperseded?.(slot);
  }

  /** As `release`, before there are indexes. */
  #drop(slot: Slot): void {
    const place = this.#documents.get(slot);
    if (typeof place === 'number' && place !== IN_IMAGE) {
      this.#undecoded!.drop(place, slot);
      this.#documents.set(slot, undefined);
    }
    this.#release(slot);
  }

  #release(slot: Slot): void {
    if (this.#hasUndecoded) this.#touch(slot);
    this.#documents.set(slot, undefined);
    this.#moving?.noteWritten(slot);
    this.#cached?.remove(slot);
    if (this.#hasKeys) this.#keys.set(slot, 0);
    this.setExpiry(slot, undefined);
    this.#free.set(this.#freeCount++, slot);
  }

  /**
   * Takes in what was read from disk: the entry's next document, or a new entry. O(1), or that of `settleArrivals`.
   *
   * New entries are only lined up, and `settleArrivals` makes them known by their keys all at once: that halves the
   * look-ups of a journal that mostly inserts, and fills a large map in two thirds of the time. Until then nothing but
   * `recover` and `clear` may be called.
   *
   * @param isNew no entry of the key is there, as far as the journal says.
   */
  recover(key: StoreKey, document: object, revision: number, expiresAt: number | undefined, isNew: boolean): void {
    this.#isRecovering = true;
    if (isNew && this.#freeCount === 0) {
      const slot = this.#next(key);
      this.#arrivedCount++;
      if (this.#hasKeys) this.#keys.set(slot, key);
      this.#put(slot, document, revision, expiresAt);
      return;
    }
    this.settleArrivals();
    const slot = this.get(key);
    if (slot !== undefined) {
      this.#supersede(slot);
      this.replace(slot, document, revision, expiresAt);
    }
    // The document's own id, where that is its key: one text in memory, not two.
    else this.add(this.#keyIn(document) ?? key, document, revision, expiresAt);
  }

  /**
   * As `recover`, with the document the reader stands at, which is decoded on first read. Its bytes must never change.
   *
   * @param key may be left out unless `needsKeys`.
   * @param isNew no entry of the key is there, as far as the journal says.
   * @returns false, with nothing changed, when the document has to be read after all.
   * @throws DatabaseError `JOURNAL_DAMAGED` for bytes that no document has.
   */
  recoverUndecoded(
    key: StoreKey | undefined,
    reader: ByteReader,
    revision: number,
    expiresAt: number | undefined,
    isNew = true,
  ): boolean {
    if (this.#undecoded === undefined) return false;
    this.#isRecovering = true;
    if (!isNew || this.#freeCount > 0) return this.#recoverSettled(this.#undecoded, key, reader, revision, expiresAt);
    return this.#lineUp(this.#undecoded, key, reader, revision, expiresAt);
  }

  #lineUp(
    undecoded: UndecodedDocuments,
    key: StoreKey | undefined,
    reader: ByteReader,
    revision: number,
    expiresAt: number | undefined,
  ): boolean {
    const slot = this.#end;
    const place = undecoded.add(reader, slot);
    if (place === undefined) return false;
    this.#hasUndecoded = true;
    if (key === undefined) {
      this.#order.noteUnseen(slot);
      this.#end++;
    } else {
      if (!this.#hasKeys && this.needsKeys) this.#rememberKeys();
      this.#next(key);
      if (this.#hasKeys) this.#keys.set(slot, key);
    }
    this.#arrivedCount++;
    this.#put(slot, place, revision, expiresAt);
    return true;
  }

  /** As `recoverUndecoded` where there may be an entry of the key, or a slot is free. */
  #recoverSettled(
    undecoded: UndecodedDocuments,
    key: StoreKey | undefined,
    reader: ByteReader,
    revision: number,
    expiresAt: number | undefined,
  ): boolean {
    const { position, end } = reader;
    this.settleArrivals();
    if (undecoded.isWasteful()) runSteps(undecoded.tidying(this.#end));
    // Both may have moved it.
    reader.seek(position, end);
    if (!undecoded.inspect(reader)) return false;
    const text = undecoded.slotOfKey(reader);
    const found = text ?? this.#find(key ?? undecoded.keyOf(reader));
    reader.seek(position, end);
    const held = found === undefined ? undefined : this.#documents.get(found);
    // Once an object, it is replaced by an object.
    if (typeof held === 'object') return false;
    if (found !== undefined && held === IN_IMAGE)
      return this.#replaceRow(undecoded, key, reader, revision, expiresAt, found);
    if (found === undefined && this.#freeCount === 0) return this.#lineUp(undecoded, key, reader, revision, expiresAt);
    const slot = found ?? this.#reuse();
    const place = undecoded.replace(reader, position, end, slot, held);
    this.#hasUndecoded = true;
    if (found === undefined) this.#addReused(undecoded, slot, key);
    this.#put(slot, place, revision, expiresAt);
    reader.seek(end, end);
    return true;
  }

  /** A row of the image gets its next document, which stays bytes. */
  #replaceRow(
    undecoded: UndecodedDocuments,
    key: StoreKey | undefined,
    reader: ByteReader,
    revision: number,
    expiresAt: number | undefined,
    slot: Slot,
  ): boolean {
    const { position, end } = reader;
    const image = this.#image!;
    this.#supersede(slot);
    image.forgetKey(image.keyAt(slot), slot);
    const place = undecoded.replace(reader, position, end, slot, undefined);
    image.leave(slot);
    this.#hasUndecoded = true;
    this.#addReused(undecoded, slot, key);
    this.#put(slot, place, revision, expiresAt);
    reader.seek(end, end);
    return true;
  }

  /** As `get`, without a look at the texts of documents that are bytes. */
  #find(key: StoreKey): Slot | undefined {
    return this.#slots.get(key) ?? this.#image?.find(key);
  }

  /** Makes an entry known by its key. Its document is not in its column yet. */
  #addReused(undecoded: UndecodedDocuments, slot: Slot, key: StoreKey | undefined): void {
    if (!this.#hasKeys && this.needsKeys) this.#rememberKeys();
    const isText = undecoded.keys?.add(slot) === true;
    if (this.#hasKeys || !isText) {
      const known = key ?? (undecoded.keyAt(slot) as StoreKey);
      if (this.#hasKeys) this.#keys.set(slot, known);
      if (!isText) this.#slots.add(known, slot);
    }
  }

  /** Whether `recoverUndecoded` has to be told the key: it then is not a text of the document that stays one of bytes. */
  get needsKeys(): boolean {
    return this.#undecoded?.keys === undefined;
  }

  /** Documents came without their keys: whether these go on in order. */
  #seeOrder(): void {
    this.#undecoded?.projectAdded();
    if (this.#undecoded?.keys !== undefined) this.#order.see(this.#undecoded.keys.texts, this.#end);
  }

  /** `settling` in one go. */
  settleArrivals(): void {
    if (this.#arrivedCount > 0) runSteps(this.settling());
  }

  /** Makes entries that `recover` lined up known by their keys. Until it is done nothing may be called. O(new entries). */
  *settling(): Steps {
    if (this.#arrivedCount === 0) return;
    this.#undecoded?.projectAdded();
    if (this.#order.hasUnseen) this.#seeOrder();
    const from = this.#end - this.#arrivedCount;
    this.#arrivedCount = 0;
    const texts = this.#undecoded?.keys;
    const isWhole = texts === undefined || (yield* texts.hashing());
    if (!isWhole) this.#slots.clear();
    let { slots, keys } = yield* this.#keysFrom(isWhole ? from : 0);
    const isTwice = texts !== undefined && keys.some((key) => texts.find(key) !== undefined);
    if (texts !== undefined && (isTwice || (yield* this.#areTextsHeld(texts, from)))) {
      texts.giveUp();
      this.#slots.clear();
      ({ slots, keys } = yield* this.#keysFrom(0));
    }
    // A put that says it is the first may not be: another database has numbered it, or damage took the delete before it.
    if (this.#image !== undefined && !this.#order.isKept) yield* this.#supersedeBy(from);
    yield* this.#slots.filling(keys, slots);
    if (this.size < this.#end - this.#freeCount) this.#freeReplaced();
  }

  /** Whether the key of one found as a text, from a slot on, is one of the table too. */
  *#areTextsHeld(texts: UndecodedKeys, from: Slot): Steps<boolean> {
    for (let slot = this.#slots.size === 0 ? this.#end : from; slot < this.#end; slot++) {
      if (slot % STEP_ITEMS === 0) yield;
      if (texts.holds(slot) && this.#slots.get(this.keyOf(slot)) !== undefined) return true;
    }
    return false;
  }

  /** Rows of the image whose keys came again, in slots from one on: the later document counts. */
  *#supersedeBy(from: Slot): Steps {
    for (let slot = from; slot < this.#end; slot++) {
      if (slot % STEP_KEYS === 0) yield;
      if (!this.hasEntry(slot)) continue;
      const key = this.keyOf(slot);
      const row = this.#image!.find(key);
      if (row === undefined) continue;
      this.onSuperseded?.(row);
      this.#image!.forgetKey(key, row);
      this.#release(row);
    }
  }

  /** Entries from a slot on, but those whose keys are found as texts. */
  *#keysFrom(from: Slot): Steps<{ readonly slots: Slot[]; readonly keys: StoreKey[] }> {
    const slots: Slot[] = [];
    const keys: StoreKey[] = [];
    const texts = this.#undecoded?.keys;
    // Mostly all are.
    if (texts?.size === this.#end) return { slots, keys };
    for (let slot = from; slot < this.#end; slot++) {
      if (slot % STEP_ITEMS === 0) yield;
      if (texts?.holds(slot) === true || this.#documents.get(slot) === undefined) continue;
      const key = this.keyOf(slot);
      if (slot < this.#imageEnd && this.#image?.find(key) === slot) continue;
      slots.push(slot);
      keys.push(key);
    }
    return { slots, keys };
  }

  /** See ProjectedReader. */
  get projected(): ProjectedColumns | undefined {
    return this.#undecoded !== undefined && this.#undecoded.count > 0 ? this.#undecoded : undefined;
  }

  /** Indexes are built. O(1), or O(documents) when bodies are mostly rests of replaced documents. */
  *endingRecovery(): Steps {
    if (this.#undecoded?.isWasteful(MOST_RESTS_BYTES) === true) yield* this.#undecoded.tidying(this.#end);
    this.endRecovery();
  }

  /** As `endingRecovery`, without a look at the bodies. O(1). */
  endRecovery(): void {
    if (this.#undecoded?.count === 0) this.#undecoded.clear();
    if (this.undecodedCount === 0) this.#forgetBytes();
    this.#undecoded?.forgetColumns();
    if (!this.#isRecovering) return;
    this.#isRecovering = false;
    if (this.#cached === undefined) return;
    for (const slot of this.slots()) {
      const document = this.#documents.get(slot);
      if (typeof document === 'object') this.#cached.put(slot, document);
    }
  }

  /** Some keys came twice, as after a delete that is lost in damage: the later document counts. O(documents). */
  #freeReplaced(): void {
    for (const slot of this.slots()) if (this.get(this.keyOf(slot)) !== slot) this.#drop(slot);
  }

  /**
   * Holds the entries of another store of the class, which both only read from now on: whichever is to be written to
   * parts first. O(1), or O(documents) when some are still bytes.
   */
  share(other: ShardedStore): void {
    // Decoding is a write, and the bytes belong to the other store.
    for (const one of [this, other]) one.#stopCaching();
    for (const slot of other.#hasUndecoded ? other.slots() : []) other.documentOf(slot);
    other.#dissolveImage();
    this.#slots.share(other.#slots);
    this.#documents.share(other.#documents);
    this.#revisions.share(other.#revisions);
    this.#keys.share(other.#keys);
    this.#hasKeys = other.#hasKeys;
    this.#expiries.share(other.#expiries);
    this.#free.share(other.#free);
    this.#freeCount = other.#freeCount;
    this.#end = other.#end;
    this.#order.takeFrom(other.#order);
  }

  /** Keys are found in the table of slots alone; every document was touched. O(rows). */
  #dissolveImage(): void {
    const image = this.#image;
    if (image === undefined) return;
    for (let slot = 0; slot < this.#imageEnd; slot++) {
      if (!this.hasEntry(slot)) continue;
      const key = this.keyOf(slot);
      if (image.forgetKey(key, slot)) this.#slots.add(key, slot);
    }
    this.#image = undefined;
    this.#imageEnd = 0;
  }

  /** From now on documents stay decoded. */
  #stopCaching(): void {
    if (this.#cached === undefined) return;
    for (const slot of this.slots()) this.#cached.detach(slot);
    this.#cached.clear();
    this.#cached = undefined;
    this.#hasUndecoded = (this.#undecoded?.count ?? 0) > 0;
  }

  /** Ends the sharing for this one; documents stay shared. O(entries), at the speed of memory. */
  part(): void {
    this.#slots.part();
    this.#documents.part();
    this.#revisions.part();
    this.#keys.part();
    this.#expiries.part();
    this.#free.part();
  }

  /** O(shards). */
  clear(): void {
    this.#slots.clear();
    this.#documents.clear();
    this.#cached?.clear();
    this.#undecoded?.clear();
    this.#hasUndecoded = this.#cached !== undefined;
    this.#image = undefined;
    this.#imageEnd = 0;
    this.#revisions.clear();
    this.#keys.clear();
    this.#forgetKeys();
    this.#expiries.clear();
    this.#free.clear();
    this.#freeCount = 0;
    this.#end = 0;
    this.#order.clear();
    this.#arrivedCount = 0;
  }

  /** Every entry, in order of `slots`; nothing may be written until all steps are done. O(entries). */
  *slotsInSteps(): Steps<Slot[]> {
    const slots: Slot[] = [];
    for (let from = 0; from < this.#end; from += STEP_ITEMS) {
      const to = Math.min(this.#end, from + STEP_ITEMS);
      for (let slot = from; slot < to; slot++) if (this.hasEntry(slot)) slots.push(slot);
      yield;
    }
    return slots;
  }

  /** The first slot that no document has had yet. */
  get end(): Slot {
    return this.#end;
  }

  /** Keys of the documents in slots below `end`, in their order; documents may go meanwhile. */
  *keysUpTo(end: Slot): IterableIterator<StoreKey> {
    for (let slot = 0; slot < end; slot++) if (this.#documents.get(slot) !== undefined) yield this.keyOf(slot);
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
    for (let slot = first; slot < this.#end; slot++) if (this.#documents.get(slot) !== undefined) yield slot;
  }
}
