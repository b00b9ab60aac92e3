/**
 * Documents that are decoded on first read: their bytes from the snapshot are kept until a read needs the document.
 *
 * The fields that indexes are built of are projected into columns meanwhile: see projected-columns.ts.
 *
 * A document without a read since the opening costs only its bytes, which the garbage collector does not trace, and
 * opening makes no object for it. Each body of a frame counts its documents and is released when the last one was read.
 * In the worst case one document of each body is never read; then all bytes stay beside the objects.
 *
 *   place of a document := where its body begins in the row of all bodies + its offset therein
 */
import type { ByteReader } from '../codec/byte-reader.js';
import type { Column } from '../structures/column.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import { NumberColumn } from './number-column.js';
import type { PartialDocument } from './partial-document.js';
import type { ProjectedColumn } from './projected-column.js';
import type { ProjectedColumns, ProjectedNumbers, ProjectedTags, ProjectedTexts } from './projected-columns.js';
import { TagColumn } from './tag-column.js';
import { TextColumn } from './text-column.js';
import type { UndecodedForm } from './undecoded-form.js';
import { UndecodedKeys } from './undecoded-keys.js';

/** Documents whose fields are projected together. */
const MAX_ROWS = 256;

/** A column of a store: the document of a slot, or the place of one that is not decoded; undefined: no entry. */
export type DocumentColumn = Column<object | number | undefined>;

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
  #rowCount = 0;
  /** Of the first row. */
  #firstSlot = 0;
  /** Those asked for last, and the object they are put in. */
  #wantedFields: readonly string[] | undefined;
  #wanted: readonly ProjectedColumn[] = [];
  #wantedValues: Record<string, unknown> = {};
  /** The bodies; undefined once all documents of one are gone. */
  readonly #bodies: (ByteReader | undefined)[] = [];
  /** Where each begins, side by side. */
  readonly #bodyStarts: number[] = [];
  /** How many documents are left in each. */
  readonly #counts: number[] = [];
  #endPlace = 0;
  #count = 0;
  /** The body found last: neighbours are read in turn. */
  #last = 0;

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
    this.#texts = form.textFields.map((name) => new TextColumn(name, (place) => this.#readerAt(place)));
    const keyTexts = this.#texts.find(({ name }) => name === keyField);
    if (keyTexts !== undefined) keyTexts.onLeave = onKeyDecoded;
    this.keys = keyTexts === undefined ? undefined : new UndecodedKeys(keyTexts);
  }

  /** Documents that are not decoded yet. */
  get count(): number {
    return this.#count;
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
    const isNext = slot === this.#firstSlot + this.#rowCount && reader === this.#bodies[this.#bodies.length - 1];
    if (!isNext || this.#rowCount === MAX_ROWS) this.#beginRows(reader, slot);
    const { scan } = this.#form;
    scan.pass(reader, this.#starts, this.#rowCount * scan.projectedCount);
    if (reader.remaining > 0) return undefined;
    this.#rowCount++;
    const body = this.#bodies.length - 1;
    this.#counts[body] = this.#counts[body]! + 1;
    this.#count++;
    return this.#bodyStarts[body]! + position;
  }

  #beginRows(reader: ByteReader, slot: Slot): void {
    this.projectAdded();
    this.#firstSlot = slot;
    const last = this.#bodies.length - 1;
    if (last >= 0 && this.#bodies[last] === reader) return;
    const start = this.#endPlace;
    this.#bodyStarts.push(start);
    this.#counts.push(0);
    this.#endPlace += reader.byteCount;
    for (const texts of this.#texts) texts.startPlace = start;
    this.#bodies.push(reader);
  }

  /**
   * Projects the fields of documents that were added: to be called before any is asked for. A field after the other: so
   * the engine compiles each kind of column once, as a short loop.
   */
  projectAdded(): void {
    const rowCount = this.#rowCount;
    const reader = this.#bodies.at(-1);
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
    return typeof this.#documents.get(slot) === 'number';
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
    const document = this.#form.decode(this.#readerAt(place));
    for (const texts of this.#texts) texts.leave(slot, (document as Readonly<Record<string, unknown>>)[texts.name]);
    const body = this.#bodyOf(place);
    const left = this.#counts[body]! - 1;
    this.#counts[body] = left;
    if (left === 0) this.#bodies[body] = undefined;
    this.#count--;
    this.#documents.set(slot, document);
    return document;
  }

  /** The parts of a document by which some of its fields are read alone; see UndecodedForm. */
  partial(fields: readonly string[]): PartialDocument | undefined {
    return this.#form.partial(fields);
  }

  /** Puts some fields into `row`, and leaves the document as bytes. O(bytes up to the last of them). */
  readPart(place: number, partial: PartialDocument, row: Record<string, unknown>): void {
    partial.read(this.#readerAt(place), row);
  }

  /** A passing copy of the document: whole, or only projected fields, then good until the next call. */
  peek(place: number, slot: Slot, fields: readonly string[] | undefined): object {
    if (fields === undefined || !this.#areProjected(fields)) return this.#form.decode(this.#readerAt(place));
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
    this.#bodies.length = 0;
    this.#bodyStarts.length = 0;
    this.#counts.length = 0;
    this.#endPlace = 0;
    this.#count = 0;
    this.#last = 0;
    this.forgetColumns();
    for (const texts of this.#texts) {
      texts.setCount(0);
      texts.forget();
    }
    this.keys?.clear();
  }

  #readerAt(place: number): ByteReader {
    const body = this.#bodyOf(place);
    const reader = this.#bodies[body]!;
    reader.seek(place - this.#bodyStarts[body]!, reader.byteCount);
    return reader;
  }

  #bodyOf(place: number): number {
    const starts = this.#bodyStarts;
    let low = this.#last;
    const next = starts[low + 1];
    if (place >= starts[low]! && (next === undefined || place < next)) return low;
    low = 0;
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= place) low = middle;
      else high = middle;
    }
    this.#last = low;
    return low;
  }
}

function copyColumn(rows: Int32Array, column: number, width: number, to: Int32Array): void {
  for (let row = 0; row < to.length; row++) to[row] = rows[row * width + column]!;
}
