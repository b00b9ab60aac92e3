/**
 * Documents that are still bytes: what a snapshot held of them, kept as it was read until somebody asks for one.
 *
 * A document that nobody has touched since the opening then costs its bytes, which the collector does not trace, and
 * opening makes no object for it. Each body of a frame counts its documents and is let go of when the last one was
 * taken: in the worst case, one document of each body untouched, all bytes stay beside the objects.
 *
 *   place of a document := where its body begins in the row of all bodies + its offset therein
 */
import type { ByteReader } from '../codec/byte-reader.js';
import type { DocumentScan } from '../codec/document-scan.js';
import type { FieldNotes } from '../codec/noted-field.js';
import { NotedTexts } from '../codec/noted-texts.js';
import type { Slot } from '../structures/slot.js';

/** What is to be known of a class's documents so that they can stay bytes. */
export interface PackedForm {
  /** Tells the places of fields that are noted on the way, until `forgetNotes`. */
  readonly scan: DocumentScan;
  /** Those of them that are texts of one document each: they stay bytes, and are found by a hash. */
  readonly textFields: readonly string[];
  decode(reader: ByteReader): object;
}

/** Documents whose fields are noted together. */
const MOST_ROWS = 256;

export class PackedDocuments {
  readonly #form: PackedForm;
  /** Of the text fields. */
  readonly texts: readonly NotedTexts[];
  #notes: readonly FieldNotes[] = [];
  /** Where the noted fields begin in documents that were added last, a row for each; none of them is noted yet. */
  readonly #starts: Int32Array;
  readonly #fieldStarts = new Int32Array(MOST_ROWS);
  #rowCount = 0;
  /** Of the first row. */
  #firstSlot = 0;
  /** Those asked for last, and the object they are put in. */
  #wantedFields: readonly string[] | undefined;
  #wanted: readonly FieldNotes[] = [];
  #noted: Record<string, unknown> = {};
  /** The bodies; undefined once all documents of one are gone. */
  readonly #bodies: (ByteReader | undefined)[] = [];
  /** Where each begins, side by side. */
  readonly #bodyStarts: number[] = [];
  /** How many documents are left in each. */
  readonly #counts: number[] = [];
  #endPlace = 0;
  #count = 0;
  /** The body found last: neighbours are asked for one after the other. */
  #last = 0;

  constructor(form: PackedForm) {
    this.#form = form;
    this.#starts = new Int32Array(MOST_ROWS * form.scan.notedCount);
    this.texts = form.textFields.map((name) => new NotedTexts(name, (place) => this.#readerAt(place)));
  }

  /** Documents that are bytes still. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes in the document the reader stands at, if it can be taken in as bytes; the reader then stands behind it. Its
   * data must never change.
   *
   * @param slot where it will stand; rising.
   * @returns its place; undefined when bytes are left over behind it.
   * @throws DatabaseError `JOURNAL_DAMAGED` for bytes that the codec refuses.
   */
  add(reader: ByteReader, slot: Slot): number | undefined {
    const { position } = reader;
    const isNext = slot === this.#firstSlot + this.#rowCount && reader === this.#bodies[this.#bodies.length - 1];
    if (!isNext || this.#rowCount === MOST_ROWS) this.#beginRows(reader, slot);
    const { scan } = this.#form;
    scan.pass(reader, this.#starts, this.#rowCount * scan.notedCount);
    if (reader.remaining > 0) return undefined;
    this.#rowCount++;
    const body = this.#bodies.length - 1;
    this.#counts[body] = (this.#counts[body] as number) + 1;
    this.#count++;
    return (this.#bodyStarts[body] as number) + position;
  }

  #beginRows(reader: ByteReader, slot: Slot): void {
    this.noteAdded();
    this.#firstSlot = slot;
    const last = this.#bodies.length - 1;
    if (last >= 0 && this.#bodies[last] === reader) return;
    const start = this.#endPlace;
    this.#bodyStarts.push(start);
    this.#counts.push(0);
    this.#endPlace += reader.byteCount;
    for (const texts of this.texts) texts.startPlace = start;
    this.#bodies.push(reader);
  }

  /**
   * Notes the fields of documents that were added: to be called before any is asked for. A field after the other: so
   * the engine compiles each kind of notes once, as a short loop.
   */
  noteAdded(): void {
    const rowCount = this.#rowCount;
    const reader = this.#bodies.at(-1);
    if (rowCount === 0 || reader === undefined) return;
    this.#rowCount = 0;
    const { scan } = this.#form;
    const { position, end } = reader;
    if (this.#notes.length === 0) this.#notes = scan.notes(this.texts);
    for (const [field, noted] of this.#notes.entries()) {
      const starts = this.#fieldStarts.subarray(0, rowCount);
      copyColumn(this.#starts, field, scan.notedCount, starts);
      // Slots in between have documents.
      if (noted.count !== this.#firstSlot) noted.setCount(this.#firstSlot);
      noted.note(reader, starts);
    }
    this.#firstSlot += rowCount;
    reader.seek(position, end);
  }

  /** What was noted of a field; undefined: nothing, or no more. */
  notesOf(field: string): FieldNotes | undefined {
    return this.#notes.find((noted) => noted.name === field);
  }

  /** The document of a place, frozen, which is bytes no longer. O(document). */
  take(place: number, slot: Slot): object {
    const document = this.#form.decode(this.#readerAt(place));
    for (const texts of this.texts) texts.leave(slot, (document as Readonly<Record<string, unknown>>)[texts.name]);
    const body = this.#bodyOf(place);
    const left = (this.#counts[body] as number) - 1;
    this.#counts[body] = left;
    if (left === 0) this.#bodies[body] = undefined;
    this.#count--;
    return document;
  }

  /** A passing copy of the document: whole, or only fields that are noted, then good until the next call. */
  peek(place: number, slot: Slot, fields: readonly string[] | undefined): object {
    if (fields === undefined || !this.#areNoted(fields)) return this.#form.decode(this.#readerAt(place));
    const noted = this.#noted;
    for (const note of this.#wanted) noted[note.name] = note.at(slot);
    return noted;
  }

  #areNoted(fields: readonly string[]): boolean {
    if (fields !== this.#wantedFields) {
      this.#wantedFields = fields;
      this.#wanted = this.#notes.filter((note) => fields.includes(note.name));
      this.#noted = {};
    }
    return this.#wanted.length === fields.length;
  }

  /** Indexes are built: from now on documents are peeked at whole. */
  forgetNotes(): void {
    this.#notes = [];
    this.#rowCount = 0;
    this.#wantedFields = undefined;
    this.#wanted = [];
    this.#noted = {};
  }

  clear(): void {
    this.#bodies.length = 0;
    this.#bodyStarts.length = 0;
    this.#counts.length = 0;
    this.#endPlace = 0;
    this.#count = 0;
    this.#last = 0;
    this.forgetNotes();
    for (const texts of this.texts) {
      texts.setCount(0);
      texts.forget();
    }
  }

  #readerAt(place: number): ByteReader {
    const body = this.#bodyOf(place);
    const reader = this.#bodies[body] as ByteReader;
    reader.seek(place - (this.#bodyStarts[body] as number), reader.byteCount);
    return reader;
  }

  #bodyOf(place: number): number {
    const starts = this.#bodyStarts;
    let low = this.#last;
    const next = starts[low + 1];
    if (place >= (starts[low] as number) && (next === undefined || place < next)) return low;
    low = 0;
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] as number) <= place) low = middle;
      else high = middle;
    }
    this.#last = low;
    return low;
  }
}

function copyColumn(rows: Int32Array, column: number, width: number, to: Int32Array): void {
  for (let row = 0; row < to.length; row++) to[row] = rows[row * width + column] as number;
}
