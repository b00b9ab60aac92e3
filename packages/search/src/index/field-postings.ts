/** One field of all documents: its terms, their postings, and how many terms each document has in it. */
import type { Steps } from '@nuthatch/runtime/search';
import { type PackedPostings, PostingPacker } from './packed-postings.js';
import type { PostingPart } from './posting-part.js';
import { PostingSink } from './posting-sink.js';
import { grown, RecentPostings } from './recent-postings.js';
import { TermTable } from './term-table.js';

/** Terms that are packed in one step. */
const STEP_POSTINGS = 8_192;
/** Each term counts as some postings more: many have but one. */
const TERM_COST = 16;

export class FieldPostings {
  #terms = new TermTable();
  /** Whole, the oldest first; never changed, only replaced. */
  #parts: readonly PostingPart[] = [];
  #recent = new RecentPostings();
  #lengths: Uint32Array = new Uint32Array(1_024);
  /** Of documents that are there and have any term in this field. */
  #documentCount = 0;
  #totalLength = 0;

  /** Begins with what was saved. */
  begin(terms: TermTable, packed: PackedPostings, lengths: Uint32Array): void {
    this.#terms = terms;
    this.#parts = [packed];
    this.#recent = new RecentPostings();
    this.#lengths = lengths;
    this.#documentCount = 0;
    this.#totalLength = 0;
    for (const length of lengths) this.#note(length);
  }

  get terms(): TermTable {
    return this.#terms;
  }

  /** Documents that have a term in it. */
  get documentCount(): number {
    return this.#documentCount;
  }

  /** Terms of a document on average. */
  get averageLength(): number {
    return this.#documentCount === 0 ? 0 : this.#totalLength / this.#documentCount;
  }

  get lengths(): Uint32Array {
    return this.#lengths;
  }

  /** Postings that are not packed. */
  get recentSize(): number {
    return this.#recent.size;
  }

  get size(): number {
    let size = this.#recent.size;
    for (const part of this.#parts) size += part.size;
    return size;
  }

  get parts(): readonly PostingPart[] {
    return this.#parts;
  }

  /** A document that is new has these terms. O(terms). */
  add(row: number, terms: readonly string[]): void {
    if (row >= this.#lengths.length) this.#lengths = grown(this.#lengths, row + 1, Uint32Array);
    this.#lengths[row] = terms.length;
    if (terms.length === 0) return;
    this.#note(terms.length);
    const counts = new Map<string, number>();
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    for (const [term, count] of counts) this.#recent.add(this.#terms.numberFor(term), row, count);
  }

  /** A document is gone; its postings stay until they are packed anew, and nobody reads them. O(1). */
  remove(row: number): void {
    const length = this.#lengths[row]!;
    if (length === 0) return;
    this.#documentCount--;
    this.#totalLength -= length;
    this.#lengths[row] = 0;
  }

  /** Adds the postings of a term whose documents are there. O(postings of the term). */
  read(term: number, isLive: Uint8Array, sink: PostingSink): void {
    for (const part of this.#parts) part.read(term, isLive, sink);
    this.#recent.read(term, isLive, sink);
  }

  /** What was written up to now is changed no more: it becomes a part. O(terms) of memory. */
  freeze(): void {
    if (this.#recent.size === 0) return;
    this.#parts = [...this.#parts, this.#recent];
    this.#recent = new RecentPostings();
  }

  /** One part takes the place of those. They must be the last ones, or all, as they were when it was begun. */
  replace(parts: readonly PostingPart[], packed: PackedPostings): void {
    const from = this.#parts.indexOf(parts[0]!);
    this.#parts = [...this.#parts.slice(0, from), packed, ...this.#parts.slice(from + parts.length)];
  }

  /**
   * The same with other numbers of the terms, which `packed` has already: terms that no document has any more are forgotten.
   * Parts that came since those were begun are copied. O(terms + postings of these).
   */
  renumber(parts: readonly PostingPart[], packed: PackedPostings, terms: TermTable): void {
    const from = this.#parts.indexOf(parts[0]!);
    // Only recent postings come behind the end of all parts.
    const later = [...this.#parts.slice(from + parts.length), this.#recent];
    const numberFor = (old: number): number => terms.numberFor(this.#terms.termOf(old));
    const copies = later.map((part) => (part as RecentPostings).copy(numberFor));
    this.#recent = copies.pop()!;
    this.#parts = [packed, ...copies];
    this.#terms = terms;
  }

  #note(length: number): void {
    if (length === 0) return;
    this.#documentCount++;
    this.#totalLength += length;
  }
}

/**
 * Packs parts into one, without documents that are gone. Writes go on meanwhile. O(postings).
 *
 * @param rowOf the number that each row is given; undefined: its own.
 * @param termAt the number of the term that comes in this place; undefined: its place.
 */
export function* packing(
  parts: readonly PostingPart[],
  termCount: number,
  isLive: Uint8Array,
  rowOf?: Uint32Array,
  termAt?: (place: number) => number,
  onTerm?: (place: number, postingCount: number, endByte: number) => void,
): Steps<PackedPostings> {
  const sink = new PostingSink();
  let room = 0;
  for (const part of parts) room += part.byteCount;
  const packer = new PostingPacker(room);
  let cost = 0;
  for (let place = 0; place < termCount; place++) {
    const term = termAt === undefined ? place : termAt(place);
    sink.clear();
    for (const part of parts) part.read(term, isLive, sink);
    packer.add(sink, rowOf);
    onTerm?.(place, sink.size, packer.byteCount);
    cost += sink.size + TERM_COST;
    if (cost < STEP_POSTINGS) continue;
    cost = 0;
    yield;
  }
  return packer.finish();
}
