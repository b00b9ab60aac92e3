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
  readonly scan: DocumentScan;
  /** Fields that are noted on the way, until `forgetNotes`. */
  readonly notedFields: ReadonlySet<string>;
  /** Those of them that are texts of one document each: they stay bytes, and are found by a hash. */
  readonly textFields: readonly string[];
  decode(reader: ByteReader): object;
}

export class PackedDocuments {
  readonly #form: PackedForm;
  /** Of the text fields. */
  readonly texts: readonly NotedTexts[];
  #notes: readonly (FieldNotes | undefined)[] = [];
  /** How many documents all notes are of. */
  #notedCount = 0;
  /** Those asked for last, and the object they are put in. */
  #wantedFields: readonly string[] | undefined;
  #wanted: readonly FieldNotes[] = [];
  #noted: Record<string, unknown> = {};
  /** The bodies; undefined once all documents of one are gone. */
  readonly #bodies: (ByteReader | undefined)[] = [];
  /** Where each begins, side by side. */
  readonly #starts: number[] = [];
  /** How many documents are left in each. */
  readonly #counts: number[] = [];
  #endPlace = 0;
  #count = 0;
  /** The body found last: neighbours are asked for one after the other. */
  #last = 0;

  constructor(form: PackedForm) {
    this.#form = form;
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
    const { scan, notedFields } = this.#form;
    if (this.#notes.length === 0) this.#notes = scan.noting(notedFields, this.texts);
    // Slots in between have documents.
    if (this.#notedCount !== slot) this.#setNotedCount(slot);
    const body = this.#bodyOfReader(reader);
    let isWhole = false;
    try {
      scan.pass(reader, this.#notes);
      isWhole = reader.remaining === 0;
    } finally {
      if (!isWhole) this.#setNotedCount(slot);
    }
    if (!isWhole) return undefined;
    this.#notedCount = slot + 1;
    this.#counts[body] = (this.#counts[body] as number) + 1;
    this.#count++;
    return (this.#starts[body] as number) + position;
  }

  #setNotedCount(count: number): void {
    for (const noted of this.#notes) noted?.setCount(count);
    this.#notedCount = count;
  }

  /** What was noted of a field; undefined: nothing, or no more. */
  notesOf(field: string): FieldNotes | undefined {
    return this.#notes.find((noted) => noted?.name === field);
  }

  #bodyOfReader(reader: ByteReader): number {
    const last = this.#bodies.length - 1;
    if (last >= 0 && this.#bodies[last] === reader) return last;
    const start = this.#endPlace;
    this.#starts.push(start);
    this.#counts.push(0);
    this.#endPlace += reader.byteCount;
    for (const texts of this.texts) texts.startPlace = start;
    return this.#bodies.push(reader) - 1;
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
      this.#wanted = this.#notes.filter((note) => note !== undefined && fields.includes(note.name)) as FieldNotes[];
      this.#noted = {};
    }
    return this.#wanted.length === fields.length;
  }

  /** Indexes are built: from now on documents are peeked at whole. */
  forgetNotes(): void {
    this.#notes = [];
    this.#notedCount = 0;
    this.#wantedFields = undefined;
    this.#wanted = [];
    this.#noted = {};
  }

  clear(): void {
    this.#bodies.length = 0;
    this.#starts.length = 0;
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
    reader.seek(place - (this.#starts[body] as number), reader.byteCount);
    return reader;
  }

  #bodyOf(place: number): number {
    const starts = this.#starts;
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
