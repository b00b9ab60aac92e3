/**
 * Where the document of each slot lies, in one column:
 *
 *   object      the document itself
 *   0 or more   the place of its bytes among those of frames           undecoded/undecoded-documents.ts
 *   IN_IMAGE    a row of the image, which knows its key, too           image/image-documents.ts, cold-documents.ts
 *   IN_FILE     in the file of the image; its key is in the column of keys
 *   undefined   the slot has no entry
 *
 * Here documents are only looked at: what is bytes stays bytes. See entry-documents.ts for what becomes an object.
 */
import type { ByteReader } from '../codec/byte-reader.js';
import type { EncodedDocument } from '../codec/encoded-document.js';
import type { StoreImage } from '../image/store-image.js';
import { Column } from '../structures/column.js';
import type { Slot } from '../structures/slot.js';
import type { PartialDocument } from '../undecoded/partial-document.js';
import { type DocumentColumn, UndecodedDocuments } from '../undecoded/undecoded-documents.js';
import type { UndecodedForm } from '../undecoded/undecoded-form.js';

/** Stands in the column of documents for one that is still bytes of the image. */
export const IN_IMAGE = -1;
/** Stands for one that is in the file of the image, and whose key is in the column of keys. -2 is taken: see CachedDocuments. */
export const IN_FILE = -3;

export class DocumentPlaces {
  readonly column: DocumentColumn = new Column();
  /** How documents are decoded on first read; undefined: all are at once. */
  readonly form: UndecodedForm | undefined;
  readonly undecoded: UndecodedDocuments | undefined;
  /** The tables that the snapshot brought along; undefined: it had none for this class. */
  image: StoreImage | undefined;
  /** Slots below it are rows of the image, or were. */
  imageEnd: Slot = 0;
  #hasUndecoded = false;
  /** Told when `hasUndecoded` is another. */
  onUndecoded: ((has: boolean) => void) | undefined;

  /** @param onKeyDecoded told of each key that is found as a text no more, since its document is decoded now. */
  constructor(
    form: UndecodedForm | undefined,
    keyField: string | undefined,
    onKeyDecoded: (key: string, slot: Slot) => void,
  ) {
    this.form = form;
    this.undecoded = form && new UndecodedDocuments(form, this.column, keyField, onKeyDecoded);
  }

  /** Whether any document is not decoded, or may be so again. */
  get hasUndecoded(): boolean {
    return this.#hasUndecoded;
  }

  set hasUndecoded(has: boolean) {
    if (has === this.#hasUndecoded) return;
    this.#hasUndecoded = has;
    this.onUndecoded?.(has);
  }

  /** Whether there is an entry in a slot that was given out once. O(1). */
  hasEntry(slot: Slot): boolean {
    return this.column.get(slot) !== undefined;
  }

  /** Whether the document is a row of the image. O(1). */
  isRow(slot: Slot): boolean {
    return this.column.get(slot) === IN_IMAGE;
  }

  /** Length of the bytes that documents are held in. O(bodies of frames). */
  get heldBytes(): number {
    return (this.undecoded?.heldBytes ?? 0) + (this.image?.heldBytes ?? 0);
  }

  /** The document as it is, or a passing copy of one that is bytes; see `ShardedStore.peek`. O(document). */
  peek(slot: Slot, fields: readonly string[] | undefined): object {
    const document = this.column.get(slot);
    if (typeof document !== 'number') return document!;
    if (document < 0) return this.image!.peek(slot, fields);
    return this.undecoded!.peek(document, slot, fields);
  }

  /** See `ShardedStore.encodedAt`. */
  encodedAt(slot: Slot): EncodedDocument | undefined {
    const document = this.column.get(slot);
    if (typeof document !== 'number') return undefined;
    return document < 0 ? this.image!.encodedAt(slot) : this.undecoded!.encodedAt(document);
  }

  /** See `ShardedStore.bytesAt`. */
  bytesAt(slot: Slot): ByteReader | undefined {
    const place = this.column.get(slot) as number;
    return place < 0 ? this.image!.bytesAt(slot) : this.undecoded!.bytesAt(place);
  }

  /** Puts some fields of a document that is bytes into `row`. O(bytes up to the last of them). */
  readPart(slot: Slot, place: number, partial: PartialDocument, row: Record<string, unknown>): void {
    if (place < 0) this.image!.readPart(slot, partial, row);
    else this.undecoded!.readPart(place, partial, row);
  }

  forgetImage(): void {
    this.image = undefined;
    this.imageEnd = 0;
  }
}
