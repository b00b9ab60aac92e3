/**
 * The images of a store: the one it was opened from, whose rows are its first entries, and the next one, to whose file the
 * documents of a cold store move.
 */
import { ColdDocuments } from '../image/cold-documents.js';
import { ImageDocuments } from '../image/image-documents.js';
import type { ColdBytes, CollectionImage, PutReader } from '../image/image-tables.js';
import { inParts, STEP_DOCUMENTS, type Steps } from '../scheduling/steps.js';
import type { Slot } from '../structures/slot.js';
import { type DocumentPlaces, IN_FILE, IN_IMAGE } from './document-places.js';
import type { EntryDocuments } from './entry-documents.js';
import type { EntryKeys } from './entry-keys.js';
import type { EntryWrites } from './entry-writes.js';
import { MovingDocuments, type WrittenRows } from './moving-documents.js';
import type { SlotSupply } from './slot-supply.js';

export class StoreImages {
  readonly #places: DocumentPlaces;
  readonly #keys: EntryKeys;
  readonly #slots: SlotSupply;
  readonly #documents: EntryDocuments;
  readonly #writes: EntryWrites;
  /** Documents of the image stay in its file. */
  readonly #isCold: boolean;

  constructor(
    places: DocumentPlaces,
    keys: EntryKeys,
    slots: SlotSupply,
    documents: EntryDocuments,
    writes: EntryWrites,
    isCold: boolean,
  ) {
    this.#places = places;
    this.#keys = keys;
    this.#slots = slots;
    this.#documents = documents;
    this.#writes = writes;
    this.#isCold = isCold;
  }

  /**
   * Takes the documents of an image as its own, where there are none. O(rows / 65,536), and the rows that expire.
   *
   * @returns false, with nothing changed, when documents of the class cannot stay bytes.
   */
  *adopting({ rows, bodies }: CollectionImage): Steps<boolean> {
    const places = this.#places;
    const { form } = places;
    if (form === undefined || this.#slots.end > 0) return false;
    const { rowCount, cold } = rows;
    const image =
      cold === undefined
        ? new ImageDocuments(rows, bodies, form, this.#keys)
        : new ColdDocuments(form, bodies.puts, { ...rows, cold });
    places.image = image;
    places.imageEnd = rowCount;
    places.hasUndecoded ||= rowCount > 0;
    this.#slots.takeRows(rowCount);
    this.#documents.isRecovering = true;
    places.column.fill(rowCount, IN_IMAGE);
    yield;
    this.#keys.adoptRows(rowCount);
    const { revisions, expiries } = this.#writes;
    revisions.fill(rowCount, rows.revisions, rows.largeRevisions);
    yield;
    const { expiryRows, expiryTimes } = rows;
    yield* inParts(expiryRows.length, (from, to) => {
      for (let index = from; index < to; index++) expiries.set(expiryRows[index]!, expiryTimes[index]!);
    });
    if (!rows.isInKeyOrder) this.#slots.order.lose();
    else if (rowCount > 0) this.#slots.order.note(image.keyAt(rowCount - 1));
    return true;
  }

  /** Whether an entry's document is in the file of the image, and not in memory. O(1). */
  isInFile(slot: Slot): boolean {
    if (!this.#isCold) return false;
    const document = this.#places.column.get(slot);
    return typeof document === 'number' && document < 0;
  }

  /** Documents that are in the file of the image and not in memory. O(1). */
  get coldCount(): number {
    const { image } = this.#places;
    return image instanceof ColdDocuments ? image.count - (this.#documents.cached?.imageCount ?? 0) : 0;
  }

  /** Documents that were read from the file of the image since the opening. O(1). */
  get coldReadCount(): number {
    const { image } = this.#places;
    return image instanceof ColdDocuments ? image.readCount : 0;
  }

  /**
   * An image of the documents as they are now begins to be written. From now on it is noted which of them are written to.
   *
   * @returns undefined where documents stay in memory.
   */
  beginMoving(): MovingDocuments | undefined {
    if (!this.#isCold) return undefined;
    this.#documents.moving = new MovingDocuments();
    return this.#documents.moving;
  }

  /** The image will not be used. */
  endMoving(moving: MovingDocuments): void {
    if (this.#documents.moving === moving) this.#documents.moving = undefined;
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
    const { image, form, undecoded } = this.#places;
    if (image instanceof ColdDocuments) onMoved(image.moveTo(bytes, bySlot.places));
    else {
      const found = image instanceof ImageDocuments ? image.rows : undefined;
      this.#places.image = new ColdDocuments(form!, puts, {
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
    if (undecoded?.count === 0) undecoded.clear();
    this.endMoving(moving);
  }

  /** The document of a slot is in the file of the image: its bytes in memory are not needed any more. O(document). */
  #leaveMemory(slot: Slot): void {
    const { column } = this.#places;
    const [cached, undecoded] = [this.#documents.cached!, this.#places.undecoded!];
    const image = this.#places.image as ColdDocuments;
    const held = column.get(slot);
    if (held === undefined || (typeof held === 'number' && held < 0)) return;
    const place = typeof held === 'number' ? held : cached.placeOf(slot);
    if (place < 0 && !cached.isWithoutBytes(slot)) return;
    this.#keys.remember(slot);
    image.join();
    if (place >= 0) undecoded.detach(place, slot, typeof held === 'number' ? undecoded.read(held) : held);
    if (typeof held === 'number') column.set(slot, IN_FILE);
    else cached.gain(slot, IN_FILE, place < 0);
  }
}
