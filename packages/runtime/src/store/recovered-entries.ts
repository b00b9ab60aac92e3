/**
 * Entries as they come back from disk: lined up as they are read, then made known by their keys all at once.
 *
 * That halves the look-ups of a journal that mostly inserts, and fills a large map in two thirds of the time. A key that is
 * there already is settled at once. Nothing is on disk here: a crash leaves what was read.
 */
import type { ByteReader } from '../codec/byte-reader.js';
import { runSteps, STEP_ITEMS, STEP_KEYS, type Steps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import type { UndecodedDocuments } from '../undecoded/undecoded-documents.js';
import type { UndecodedKeys } from '../undecoded/undecoded-keys.js';
import { type DocumentPlaces, IN_IMAGE } from './document-places.js';
import type { EntryDocuments } from './entry-documents.js';
import type { EntryKeys } from './entry-keys.js';
import type { EntryWrites } from './entry-writes.js';
import type { SlotSupply } from './slot-supply.js';

/** Bytes of replaced documents that an opening leaves in memory, beside a share of what there is. */
const MOST_RESTS_BYTES = 1024 * 1024;

export class RecoveredEntries {
  readonly #places: DocumentPlaces;
  readonly #keys: EntryKeys;
  readonly #slots: SlotSupply;
  readonly #documents: EntryDocuments;
  readonly #writes: EntryWrites;
  /** So many slots, the last ones, cannot be found by their keys yet. */
  #arrivedCount = 0;

  constructor(
    places: DocumentPlaces,
    keys: EntryKeys,
    slots: SlotSupply,
    documents: EntryDocuments,
    writes: EntryWrites,
  ) {
    this.#places = places;
    this.#keys = keys;
    this.#slots = slots;
    this.#documents = documents;
    this.#writes = writes;
  }

  /**
   * Takes in what was read from disk: the entry's next document, or a new entry. O(1), or that of `settle`.
   *
   * New entries are only lined up, and `settle` makes them known by their keys all at once. Until then nothing
   * but `put` and `clear` of the store may be called.
   *
   * @param isNew no entry of the key is there, as far as the journal says.
   */
  put(key: StoreKey, document: object, revision: number, expiresAt: number | undefined, isNew: boolean): void {
    this.#documents.isRecovering = true;
    if (isNew && this.#slots.freeCount === 0) {
      const slot = this.#slots.next(key);
      this.#arrivedCount++;
      this.#keys.note(key, slot);
      this.#writes.put(slot, document, revision, expiresAt);
      return;
    }
    this.settle();
    const slot = this.#keys.get(key);
    if (slot !== undefined) {
      this.#writes.supersede(slot, true);
      this.#writes.replace(slot, document, revision, expiresAt);
    }
    // The document's own id, where that is its key: one text in memory, not two.
    else this.#writes.add(this.#keys.heldBy(document) ?? key, document, revision, expiresAt);
  }

  /**
   * As `put`, with the document the reader stands at, which is decoded on first read. Its bytes must never change.
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
    const { undecoded } = this.#places;
    if (undecoded === undefined) return false;
    this.#documents.isRecovering = true;
    if (!isNew || this.#slots.freeCount > 0) return this.#putSettled(undecoded, key, reader, revision, expiresAt);
    return this.#lineUp(undecoded, key, reader, revision, expiresAt);
  }

  #lineUp(
    undecoded: UndecodedDocuments,
    key: StoreKey | undefined,
    reader: ByteReader,
    revision: number,
    expiresAt: number | undefined,
  ): boolean {
    const slot = this.#slots.end;
    const place = undecoded.add(reader, slot);
    if (place === undefined) return false;
    this.#places.hasUndecoded = true;
    this.#keys.lineUp(key);
    this.#arrivedCount++;
    this.#writes.put(slot, place, revision, expiresAt);
    return true;
  }

  /** As `recoverUndecoded` where there may be an entry of the key, or a slot is free. */
  #putSettled(
    undecoded: UndecodedDocuments,
    key: StoreKey | undefined,
    reader: ByteReader,
    revision: number,
    expiresAt: number | undefined,
  ): boolean {
    const { position, end } = reader;
    this.settle();
    if (undecoded.isWasteful()) runSteps(undecoded.tidying(this.#slots.end));
    // Both may have moved it.
    reader.seek(position, end);
    if (!undecoded.inspect(reader)) return false;
    const text = undecoded.slotOfKey(reader);
    const found = text ?? this.#keys.getUntexted(key ?? undecoded.keyOf(reader));
    reader.seek(position, end);
    const held = found === undefined ? undefined : this.#places.column.get(found);
    // Once an object, it is replaced by an object.
    if (typeof held === 'object') return false;
    if (found !== undefined && held === IN_IMAGE)
      return this.#replaceRow(undecoded, key, reader, revision, expiresAt, found);
    if (found === undefined && this.#slots.freeCount === 0)
      return this.#lineUp(undecoded, key, reader, revision, expiresAt);
    const slot = found ?? this.#slots.reuse();
    const place = undecoded.replace(reader, position, end, slot, held);
    this.#places.hasUndecoded = true;
    if (found === undefined) this.#keys.addUndecoded(key, slot);
    this.#writes.put(slot, place, revision, expiresAt);
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
    const image = this.#places.image!;
    this.#writes.supersede(slot, true);
    image.forgetKey(image.keyAt(slot), slot);
    const place = undecoded.replace(reader, position, end, slot, undefined);
    image.leave(slot);
    this.#places.hasUndecoded = true;
    this.#keys.addUndecoded(key, slot);
    this.#writes.put(slot, place, revision, expiresAt);
    reader.seek(end, end);
    return true;
  }

  /** Removes the entry of a key, of what was read from disk: a document that is bytes is not decoded for it. O(1). */
  delete(key: StoreKey): void {
    this.settle();
    const slot = this.#keys.get(key);
    if (slot === undefined) return;
    this.#writes.supersede(slot);
    this.#keys.remove(key, slot);
    this.#writes.drop(slot);
  }

  /** Whether `recoverUndecoded` has to be told the key: it then is not a text of the document that stays one of bytes. */
  get needsKeys(): boolean {
    return this.#places.undecoded?.keys === undefined;
  }

  /** `settling` in one go. */
  settle(): void {
    if (this.#arrivedCount > 0) runSteps(this.settling());
  }

  /** Makes entries that `put` lined up known by their keys. Until it is done nothing may be called. O(new entries). */
  *settling(): Steps {
    if (this.#arrivedCount === 0) return;
    const { undecoded, image } = this.#places;
    undecoded?.projectAdded();
    this.#slots.see();
    const from = this.#slots.end - this.#arrivedCount;
    this.#arrivedCount = 0;
    const { table } = this.#keys;
    const texts = undecoded?.keys;
    const isWhole = texts === undefined || (yield* texts.hashing());
    if (!isWhole) table.clear();
    let { slots, keys } = yield* this.#keysFrom(isWhole ? from : 0);
    const isTwice = texts !== undefined && keys.some((key) => texts.find(key) !== undefined);
    if (texts !== undefined && (isTwice || (yield* this.#areTextsHeld(texts, from)))) {
      texts.giveUp();
      table.clear();
      ({ slots, keys } = yield* this.#keysFrom(0));
    }
    // A put that says it is the first may not be: another database has numbered it, or damage took the delete before it.
    if (image !== undefined && !this.#slots.order.isKept) yield* this.#supersedeBy(from);
    yield* table.filling(keys, slots);
    if (this.#keys.size < this.#slots.end - this.#slots.freeCount) this.#freeReplaced();
  }

  /** Whether the key of one found as a text, from a slot on, is one of the table too. */
  *#areTextsHeld(texts: UndecodedKeys, from: Slot): Steps<boolean> {
    const { table } = this.#keys;
    for (let slot = table.size === 0 ? this.#slots.end : from; slot < this.#slots.end; slot++) {
      if (slot % STEP_ITEMS === 0) yield;
      if (texts.holds(slot) && table.get(this.#keys.of(slot)) !== undefined) return true;
    }
    return false;
  }

  /** Rows of the image whose keys came again, in slots from one on: the later document counts. */
  *#supersedeBy(from: Slot): Steps {
    for (let slot = from; slot < this.#slots.end; slot++) {
      if (slot % STEP_KEYS === 0) yield;
      if (!this.#places.hasEntry(slot)) continue;
      const key = this.#keys.of(slot);
      const image = this.#places.image!;
      const row = image.find(key);
      if (row === undefined) continue;
      this.#writes.supersede(row);
      image.forgetKey(key, row);
      this.#writes.release(row);
    }
  }

  /** Entries from a slot on, but those whose keys are found as texts. */
  *#keysFrom(from: Slot): Steps<{ readonly slots: Slot[]; readonly keys: StoreKey[] }> {
    const slots: Slot[] = [];
    const keys: StoreKey[] = [];
    const { undecoded, image, imageEnd } = this.#places;
    const texts = undecoded?.keys;
    // Mostly all are.
    if (texts?.size === this.#slots.end) return { slots, keys };
    for (let slot = from; slot < this.#slots.end; slot++) {
      if (slot % STEP_ITEMS === 0) yield;
      if (texts?.holds(slot) === true || !this.#places.hasEntry(slot)) continue;
      const key = this.#keys.of(slot);
      if (slot < imageEnd && image?.find(key) === slot) continue;
      slots.push(slot);
      keys.push(key);
    }
    return { slots, keys };
  }

  /** Some keys came twice, as after a delete that is lost in damage: the later document counts. O(documents). */
  #freeReplaced(): void {
    for (let slot = 0; slot < this.#slots.end; slot++)
      if (this.#places.hasEntry(slot) && this.#keys.get(this.#keys.of(slot)) !== slot) this.#writes.drop(slot);
  }

  /** Indexes are built. O(1), or O(documents) when bodies are mostly rests of replaced documents. */
  *ending(): Steps {
    const { undecoded } = this.#places;
    if (undecoded?.isWasteful(MOST_RESTS_BYTES) === true) yield* undecoded.tidying(this.#slots.end);
    this.end();
  }

  /** As `ending`, without a look at the bodies. O(1). */
  end(): void {
    this.#documents.endRecovery();
  }

  clear(): void {
    this.#arrivedCount = 0;
  }
}
