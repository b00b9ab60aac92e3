/**
 * From key to slot and from slot to key.
 *
 *   key → slot   a table of all keys, but for those of documents that stay bytes: they are found in the image, or as texts
 *   slot → key   from the document, from its bytes, or from a column of keys
 *
 * The column is there for good where a document does not hold its key, and as long as documents are bytes whose keys are
 * no texts.
 */
import type { ImageOwner } from '../image/image-documents.js';
import { Column } from '../structures/column.js';
import type { Slot } from '../structures/slot.js';
import type { SlotTable } from '../structures/slot-table.js';
import type { StoreKey } from '../structures/store-key.js';
import { type DocumentPlaces, IN_IMAGE } from './document-places.js';
import type { SlotSupply } from './slot-supply.js';

export class EntryKeys implements ImageOwner {
  readonly table: SlotTable<StoreKey>;
  readonly #field: string | undefined;
  readonly #places: DocumentPlaces;
  readonly #slots: SlotSupply;
  readonly #column = new Column<StoreKey>();
  #hasColumn: boolean;

  /** @param field the field of a document that holds its key; undefined: none does. */
  constructor(table: SlotTable<StoreKey>, field: string | undefined, places: DocumentPlaces, slots: SlotSupply) {
    this.table = table;
    this.#field = field;
    this.#places = places;
    this.#slots = slots;
    this.#hasColumn = field === undefined;
  }

  /** Number of keys. O(1). */
  get size(): number {
    const { undecoded, image } = this.#places;
    return this.table.size + (undecoded?.keys?.size ?? 0) + (image?.size ?? 0);
  }

  /** The entry of a key. O(1). */
  get(key: StoreKey): Slot | undefined {
    return this.table.get(key) ?? this.getUndecoded(key);
  }

  /** As `get`, of a key that the table does not have. */
  getUndecoded(key: StoreKey): Slot | undefined {
    const { image, hasUndecoded, undecoded } = this.#places;
    if (image !== undefined) {
      const row = image.find(key);
      if (row !== undefined) return row;
    }
    return hasUndecoded ? undecoded?.keys?.find(key) : undefined;
  }

  /** As `get`, without a look at the texts of documents that are bytes. O(1). */
  getUntexted(key: StoreKey): Slot | undefined {
    return this.table.get(key) ?? this.#places.image?.find(key);
  }

  /** The key of an entry. O(1). */
  of(slot: Slot): StoreKey {
    const { column, image, undecoded } = this.#places;
    const document = column.get(slot);
    if (document === IN_IMAGE) return image!.keyAt(slot);
    if (this.#field === undefined) return this.#column.get(slot);
    if (typeof document === 'number') return undecoded?.keyAt(slot) ?? this.#column.get(slot);
    return (document as Record<string, StoreKey>)[this.#field]!;
  }

  /** The key that a document holds; undefined where keys are kept in the column. */
  heldBy(document: object): StoreKey | undefined {
    return this.#field === undefined ? undefined : (document as Record<string, StoreKey>)[this.#field];
  }

  /** See ImageOwner. */
  isUntouched(slot: Slot): boolean {
    return this.#places.isRow(slot);
  }

  /** See ImageOwner. */
  hasKey(slot: Slot, key: StoreKey): boolean {
    return this.#places.hasEntry(slot) && this.of(slot) === key;
  }

  /** Makes an entry known by its key, which leads to none. O(1). */
  add(key: StoreKey, slot: Slot): void {
    this.note(key, slot);
    this.table.add(key, slot);
  }

  /** The key leads to no entry from now on. O(1). */
  remove(key: StoreKey, slot: Slot): void {
    if (this.#places.image?.forgetKey(key, slot) !== true) this.table.remove(key, slot);
  }

  /** The key of a slot that is given out. O(1). */
  note(key: StoreKey, slot: Slot): void {
    if (this.#hasColumn) this.#column.set(slot, key);
  }

  /** A row is about to leave the image, which knows its key no longer then. O(1). */
  noteLeaving(slot: Slot): void {
    if (this.#hasColumn) this.#column.set(slot, this.#places.image!.keyAt(slot));
  }

  /** The document of a row is made while the image keeps it: its key is looked for in the column from now on. O(1). */
  noteMade(slot: Slot): void {
    if (this.#field === undefined) this.#column.set(slot, this.#places.image!.keyAt(slot));
  }

  /** The entry of a slot is gone. O(1). */
  noteFree(slot: Slot): void {
    if (this.#hasColumn) this.#column.set(slot, 0);
  }

  /** A document that stays bytes comes to a slot of its own. @param key undefined where it is a text of the document. */
  lineUp(key: StoreKey | undefined): void {
    if (key === undefined) {
      this.#slots.nextUnseen();
      return;
    }
    this.#rememberWhereTold();
    this.note(key, this.#slots.next(key));
  }

  /** Makes the entry of a document that stays bytes known by its key. Its place is not in the column of documents yet. */
  addUndecoded(key: StoreKey | undefined, slot: Slot): void {
    this.#rememberWhereTold();
    const undecoded = this.#places.undecoded!;
    const isText = undecoded.keys?.add(slot) === true;
    if (!this.#hasColumn && isText) return;
    const known = key ?? (undecoded.keyAt(slot) as StoreKey);
    this.note(known, slot);
    if (!isText) this.table.add(known, slot);
  }

  /** The documents of an image are taken in: it knows the keys of its rows. */
  adoptRows(rowCount: number): void {
    if (this.#hasColumn) this.#column.fill(rowCount, IN_IMAGE);
  }

  /** Of a document whose key is not among the texts, and which becomes bytes. O(1), or O(slots) for the first one. */
  remember(slot: Slot): void {
    if (this.#field === undefined) return;
    const key = this.of(slot);
    // The column has no gaps: other documents hold their keys themselves, or as texts.
    if (!this.#hasColumn) {
      this.#column.fill(this.#places.imageEnd, IN_IMAGE);
      for (let other = this.#places.imageEnd; other < this.#slots.end; other++) this.#column.set(other, 0);
      this.#hasColumn = true;
    }
    this.#column.set(slot, key);
  }

  #rememberWhereTold(): void {
    if (!this.#hasColumn && this.#places.undecoded?.keys === undefined) this.#rememberAll();
  }

  #rememberAll(): void {
    this.#column.fill(this.#places.imageEnd, IN_IMAGE);
    for (let slot = 0; slot < this.#slots.end; slot++)
      if (!this.isUntouched(slot)) this.#column.set(slot, this.#places.hasEntry(slot) ? this.of(slot) : 0);
    this.#hasColumn = true;
  }

  /** No document is bytes any more. */
  forgetColumn(): void {
    if (this.#field === undefined) return;
    this.#column.clear();
    this.#hasColumn = false;
  }

  /** Takes over the keys of the image, whose documents were all made. O(rows). */
  takeFromImage(): void {
    const { image, imageEnd } = this.#places;
    if (image === undefined) return;
    for (let slot = 0; slot < imageEnd; slot++) {
      if (!this.#places.hasEntry(slot)) continue;
      const key = this.of(slot);
      if (image.forgetKey(key, slot)) this.table.add(key, slot);
    }
  }

  share(other: EntryKeys): void {
    this.table.share(other.table);
    this.#column.share(other.#column);
    this.#hasColumn = other.#hasColumn;
  }

  part(): void {
    this.table.part();
    this.#column.part();
  }

  clear(): void {
    this.table.clear();
    this.#column.clear();
    this.forgetColumn();
  }
}
