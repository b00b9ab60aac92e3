/**
 * Documents that are decoded on first read: their bytes from the disk are kept until a read needs the document.
 *
 * The fields that indexes are built of are projected into columns meanwhile: see projected-columns.ts.
 *
 * A document without a read since the opening costs only its bytes, which the garbage collector does not trace, and
 * opening makes no object for it. Bodies of frames hold the bytes: see held-bodies.ts. A later version in the journal takes
 * the place of a document's bytes, and at the end the documents of bodies that are mostly rests move together. In the
 * worst case one document of each body is never read; then all bytes stay beside the objects.
 */
import type { ByteReader } from '../codec/byte-reader.js';
import type { ByteWriter } from '../codec/byte-writer.js';
import type { EncodedDocument } from '../codec/encoded-document.js';
import { KeptBodies } from '../codec/kept-bodies.js';
import { inParts, type Steps } from '../scheduling/steps.js';
import type { Column } from '../structures/column.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import { HeldBodies } from './held-bodies.js';
import { NumberColumn } from './number-column.js';
import type { PartialDocument } from './partial-document.js';
import type { ProjectedColumn } from './projected-column.js';
import type { ProjectedColumns, ProjectedNumbers, ProjectedTags, ProjectedTexts } from './projected-columns.js';
import { TagColumn } from './tag-column.js';
import { TextColumn } from './text-column.js';
import type { UndecodedForm } from './undecoded-form.js';
import { UndecodedKeys } from './undecoded-keys.js';

/** Bytes beyond what documents need, before these are moved together. */
const WASTEFUL_BYTES = 16 * 1024 * 1024;

/** Documents whose fields are projected together. */
const MAX_ROWS = 256;

/** A column of a store: the document of a slot, or the place of one that is not decoded; undefined: no entry. */
export type DocumentColumn = Column<object | number | undefined>;

/** Decoded documents that have bytes too. */
export interface PlacedDocuments {
  /** -1: the document has none. */
  placeOf(slot: Slot): number;
  setPlace(slot: Slot, place: number): void;
}

export class UndecodedDocuments implements ProjectedColumns {
  readonly #form: UndecodedForm;
  readonly #documents: DocumentColumn;
  /** Undefined where keys are not texts of their documents. */
  readonly keys: UndecodedKeys | undefined;
  /** Of the text fields. */
  readonly #texts: readonly TextColumn[];
  #columns: readonly ProjectedColumn[] = [];
  /** Where the projected fields begin in documents that were added last, a row for each; none is in a column yet. */
  readonly #starts: Int32Array;
  readonly #fieldStarts = new Int32Array(MAX_ROWS);
  /** Of a document that is passed over for its length. */
  readonly #passed: Int32Array;
  #rowCount = 0;
  /** Of the first row. */
  #firstSlot = 0;
  /** Those asked for last, and the object they are put in. */
  #wantedFields: readonly string[] | undefined;
  #wanted: readonly ProjectedColumn[] = [];
  #wantedValues: Record<string, unknown> = {};
  readonly #bodies = new HeldBodies();
  /** Documents that became bytes again. */
  readonly #kept = new KeptBodies();

  /**
   * @param keyField the text field that is the key, if one is.
   * @param onKeyDecoded told of each key that `keys` finds no more, since its document is decoded now.
   */
  constructor(
    form: UndecodedForm,
    documents: DocumentColumn,
    keyField: string | undefined,
    onKeyDecoded: (key: string, slot: Slot) => void,
  ) {
    this.#form = form;
    this.#documents = documents;
    this.#starts = new Int32Array(MAX_ROWS * form.scan.projectedCount);
    this.#passed = new Int32Array(form.scan.projectedCount);
    this.#texts = form.textFields.map((name) => new TextColumn(name, (place) => this.#bodies.readerAt(place)));
    const keyTexts = this.#texts.find(({ name }) => name === keyField);
    if (keyTexts !== undefined) keyTexts.onLeave = onKeyDecoded;
    this.keys = keyTexts === undefined ? undefined : new UndecodedKeys(keyTexts);
  }

  /** Documents that are not decoded yet. */
  get count(): number {
    return this.#bodies.count;
  }

  /** Length of the bytes that hold them. */
  get heldBytes(): number {
    return this.#bodies.heldBytes;
  }

  /** The bytes are several times the documents in them: to be tidied. O(1). */
  isWasteful(beyondBytes = WASTEFUL_BYTES): boolean {
    return this.#bodies.isWasteful(beyondBytes);
  }

  /**
   * Takes in the document the reader stands at, if it can be taken in as bytes; the reader then stands after it. Its
   * data must never change.
   *
   * @param slot where it will stand; rising.
   * @returns its place; undefined when bytes are left over after it.
   * @throws DatabaseError `JOURNAL_DAMAGED` for bytes that the codec refuses.
   */
  add(reader: ByteReader, slot: Slot): number | undefined {
    const { position } = reader;
    const isNext = slot === this.#firstSlot + this.#rowCount && reader === this.#bodies.last;
    if (!isNext || this.#rowCount === MAX_ROWS) this.#beginRows(reader, slot);
    const { scan } = this.#form;
    scan.pass(reader, this.#starts, this.#rowCount * scan.projectedCount);
    if (reader.remaining > 0) return undefined;
    this.#rowCount++;
    return this.#bodies.add(position, reader.position);
  }

  #beginRows(reader: ByteReader, slot: Slot): void {
    this.projectAdded();
    this.#firstSlot = slot;
    this.#openBody(reader);
  }

  #openBody(reader: ByteReader): void {
    const start = this.#bodies.open(reader);
    for (const texts of this.#texts) texts.startPlace = start;
  }

  /**
   * Inspects the document the reader stands at and does not leave: for `keyThere`, then `replace`. All that were added
   * before are to be projected.
   *
   * @returns false when it cannot be taken in as bytes.
   * @throws DatabaseError `JOURNAL_DAMAGED` for bytes that the codec refuses.
   */
  inspect(reader: ByteReader): boolean {
    const { position, end } = reader;
    const { scan } = this.#form;
    scan.pass(reader, this.#starts, 0);
    const isWhole = reader.remaining === 0 && this.#bodies.hasRoomFor(reader.byteCount);
    reader.seek(position, end);
    if (this.#columns.length === 0) this.#columns = scan.columns(this.#texts);
    return isWhole;
  }

  /** Of the document inspected: the slot that its key is found at as a text; undefined: none, or keys are no texts. */
  slotOfKey(reader: ByteReader): Slot | undefined {
    if (this.keys === undefined) return undefined;
    reader.seek(this.#keyStart, reader.byteCount);
    return this.keys.texts.findNext(reader);
  }

  /** Of the document inspected, where keys are texts. */
  keyOf(reader: ByteReader): string {
    reader.seek(this.#keyStart, reader.byteCount);
    return reader.string();
  }

  get #keyStart(): number {
    return this.#starts[this.#columns.indexOf(this.keys!.texts)]!;
  }

  /**
   * Takes in the document inspected for a slot that was given out already.
   *
   * @param end where it ends.
   * @param held the place of the slot's document so far; undefined: it has none.
   * @returns its place.
   */
  replace(reader: ByteReader, position: number, end: number, slot: Slot, held: number | undefined): number {
    this.#openBody(reader);
    for (let field = 0; field < this.#columns.length; field++) {
      const column = this.#columns[field]!;
      if (column.count <= slot) column.setCount(slot + 1);
      column.replace(slot, reader, this.#starts[field]!);
    }
    const place = this.#bodies.add(position, end);
    if (held !== undefined) this.#remove(held);
    return place;
  }

  /** A document less at a place. O(document). */
  #remove(place: number): void {
    const reader = this.#bodies.readerAt(place);
    const { position } = reader;
    this.#form.scan.pass(reader, this.#passed, 0);
    this.#bodies.remove(place, reader.position - position);
  }

  /** The document in a slot is gone, and nobody has read it. O(columns). */
  drop(place: number, slot: Slot): void {
    for (const texts of this.#texts) texts.drop(slot);
    this.#remove(place);
  }

  /**
   * Projects the fields of documents that were added: to be called before any is asked for. A field after the other: so
   * the engine compiles each kind of column once, as a short loop.
   */
  projectAdded(): void {
    const rowCount = this.#rowCount;
    const reader = this.#bodies.last;
    if (rowCount === 0 || reader === undefined) return;
    this.#rowCount = 0;
    const { scan } = this.#form;
    const { position, end } = reader;
    if (this.#columns.length === 0) this.#columns = scan.columns(this.#texts);
    for (const [field, column] of this.#columns.entries()) {
      const starts = this.#fieldStarts.subarray(0, rowCount);
      copyColumn(this.#starts, field, scan.projectedCount, starts);
      // Slots in between have documents.
      if (column.count !== this.#firstSlot) column.setCount(this.#firstSlot);
      column.append(reader, starts);
    }
    this.#firstSlot += rowCount;
    reader.seek(position, end);
  }

  isProjected(slot: Slot): boolean {
    const place = this.#documents.get(slot);
    // One of an image has a number below 0.
    return typeof place === 'number' && place >= 0;
  }

  numbers(field: string): ProjectedNumbers | undefined {
    const column = this.#columnOf(field);
    return column instanceof NumberColumn ? column : undefined;
  }

  tags(field: string): ProjectedTags | undefined {
    const column = this.#columnOf(field);
    return column instanceof TagColumn ? column : undefined;
  }

  texts(field: string): ProjectedTexts | undefined {
    return this.#texts.find(({ name, onLeave }) => name === field && onLeave === undefined);
  }

  #columnOf(field: string): ProjectedColumn | undefined {
    return this.#columns.find(({ name }) => name === field);
  }

  /** The key of a document that is not decoded; undefined where it is not a text of the document. O(1). */
  keyAt(slot: Slot): StoreKey | undefined {
    return this.keys?.texts.at(slot);
  }

  /** The first read of a document, which from now on is the one of its slot. Frozen. O(document). */
  decode(place: number, slot: Slot): object {
    const document = this.read(place);
    this.detach(place, slot, document);
    this.#documents.set(slot, document);
    return document;
  }

  /** The document at a place, whose bytes stay. O(document). */
  read(place: number): object {
    return this.#form.decode(this.#bodies.readerAt(place));
  }

  /** The bytes of the document at a place. O(document). */
  encodedAt(place: number): EncodedDocument {
    const reader = this.#bodies.readerAt(place);
    const { data, position: start } = reader;
    this.#form.scan.pass(reader, this.#passed, 0);
    return { data, start, end: reader.position };
  }

  /** The document of a slot has no bytes from now on: its texts are strings. */
  detach(place: number, slot: Slot, document: object): void {
    for (const texts of this.#texts) texts.leave(slot, (document as Readonly<Record<string, unknown>>)[texts.name]);
    this.#remove(place);
  }

  /** Appends the bytes of a document. */
  encode(document: object, writer: ByteWriter): void {
    this.#form.encode(document, writer);
  }

  /** Keeps a copy of a document's bytes; its texts stay strings. @returns its place. O(bytes). */
  keep(bytes: Uint8Array): number {
    const reader = this.#kept.keep(bytes, false);
    this.#openBody(reader);
    return this.#bodies.add(reader.position, reader.end);
  }

  /** The parts of a document by which some of its fields are read alone; see UndecodedForm. */
  partial(fields: readonly string[]): PartialDocument | undefined {
    return this.#form.partial(fields);
  }

  /** Puts some fields into `row`, and leaves the document as bytes. O(bytes up to the last of them). */
  readPart(place: number, partial: PartialDocument, row: Record<string, unknown>): void {
    partial.read(this.#bodies.readerAt(place), row);
  }

  /** A reader that stands at the document, good until the next call. O(1). */
  bytesAt(place: number): ByteReader {
    return this.#bodies.readerAt(place);
  }

  /** A passing copy of the document: whole, or only projected fields, then good until the next call. */
  peek(place: number, slot: Slot, fields: readonly string[] | undefined): object {
    if (fields === undefined || !this.#areProjected(fields)) return this.read(place);
    const fieldsOf = this.#wantedValues;
    for (const column of this.#wanted) fieldsOf[column.name] = column.at(slot);
    return fieldsOf;
  }

  #areProjected(fields: readonly string[]): boolean {
    if (fields !== this.#wantedFields) {
      this.#wantedFields = fields;
      this.#wanted = this.#columns.filter(({ name }) => fields.includes(name));
      this.#wantedValues = {};
    }
    return this.#wanted.length === fields.length;
  }

  /** Indexes are built: from now on documents are peeked at whole. */
  forgetColumns(): void {
    this.#columns = [];
    this.#rowCount = 0;
    this.#wantedFields = undefined;
    this.#wanted = [];
    this.#wantedValues = {};
  }

  clear(): void {
    this.#bodies.clear();
    this.forgetColumns();
    for (const texts of this.#texts) {
      texts.setCount(0);
      texts.forget();
    }
    this.keys?.clear();
  }

  /**
   * Moves the documents of bodies that are mostly rests to bodies of their own. All that were added are to be projected.
   * O(slots), and the documents that move.
   *
   * @param end the slot after the last one.
   * @param cached decoded documents that have bytes too.
   */
  *tidying(end: Slot, cached?: PlacedDocuments): Steps {
    const isRest = this.#bodies.restsNow();
    if (isRest === undefined) return;
    const documents = this.#documents;
    yield* inParts(end, (from, to) => {
      for (let slot = from; slot < to; slot++) {
        const held = documents.get(slot);
        const isBytes = typeof held === 'number';
        const place = isBytes ? held : (cached?.placeOf(slot) ?? -1);
        if (place < 0 || !isRest(place)) continue;
        const moved = this.#move(place, slot);
        if (isBytes) documents.set(slot, moved);
        else cached?.setPlace(slot, moved);
      }
    });
  }

  /** @returns the place it has then: the same where its texts could not be found at another. */
  #move(place: number, slot: Slot): number {
    if (!this.#bodies.hasRoomFor(this.#bodies.heldBytes) && this.#texts.some((texts) => texts.isHashed(slot)))
      return place;
    const reader = this.#bodies.readerAt(place);
    const { position } = reader;
    this.#form.scan.pass(reader, this.#passed, 0);
    const bytes = reader.data.subarray(position, reader.position);
    const next = this.keep(bytes);
    for (const texts of this.#texts) texts.move(slot, next - place);
    this.#bodies.remove(place, bytes.length);
    return next;
  }
}

function copyColumn(rows: Int32Array, column: number, width: number, to: Int32Array): void {
  for (let row = 0; row < to.length; row++) to[row] = rows[row * width + column]!;
}
