/**
 * The words of all documents: per field the terms with their postings (field-postings.ts), and the documents by rows.
 *
 * A write adds the postings of the new document and marks the row of the old one as gone: O(words of the document). What
 * lies packed is never changed. Recent postings are packed when there are many, and all is packed anew when much of it is
 * gone, both in short steps while reads and writes go on. How many documents have a term is counted when it is asked for,
 * over the documents that are there: so no count can drift.
 */
import { runSteps, type Steps, type StoreKey } from '@nuthatch/runtime/search';
import { FieldPostings, packing } from './field-postings.js';
import type { PostingPart } from './posting-part.js';
import { PostingSink } from './posting-sink.js';
import { Rows } from './rows.js';
import { TermTable } from './term-table.js';

/** Terms between two steps, where each may have many postings. */
const STEP_TERMS = 16;

/** When what is there is packed. */
export interface PackingLimits {
  /** Recent postings that are packed, at least; with more documents an eighth of all. */
  readonly leastRecent: number;
  /** Parts that a question looks through, at most. */
  readonly mostParts: number;
  /** Rows that are gone before all is packed anew, at least. */
  readonly leastGone: number;
  /** The same as a share of those that are there. */
  readonly goneShare: number;
  /** Terms of a field that are looked through for those that no document has any more, at least. */
  readonly leastTerms: number;
}

const LIMITS: PackingLimits = {
  leastRecent: 262_144,
  mostParts: 6,
  leastGone: 4_096,
  goneShare: 0.25,
  leastTerms: 65_536,
};

export class TextIndex {
  readonly rows = new Rows();
  readonly fields: readonly FieldPostings[];
  /** Counts changes: what was found before another change is not asked any more. */
  version = 0;
  #isPacking = false;

  readonly #limits: PackingLimits;

  constructor(fieldCount: number, limits: PackingLimits = LIMITS) {
    this.#limits = limits;
    this.fields = Array.from({ length: fieldCount }, () => new FieldPostings());
  }

  /** @param terms of each field. O(terms). */
  add(key: StoreKey, terms: readonly (readonly string[])[]): void {
    this.version++;
    const row = this.rows.add(key);
    for (const [place, field] of this.fields.entries()) field.add(row, terms[place]!);
  }

  /** @returns whether it was there. O(fields). */
  remove(key: StoreKey): boolean {
    const row = this.rows.remove(key);
    if (row === undefined) return false;
    this.version++;
    for (const field of this.fields) field.remove(row);
    return true;
  }

  /** Whether packing has something to do. O(fields). */
  get isPackingDue(): boolean {
    if (this.#isPacking) return false;
    let recent = 0;
    let size = 0;
    let parts = 0;
    for (const field of this.fields) {
      recent += field.recentSize;
      size += field.size;
      parts = Math.max(parts, field.parts.length);
    }
    return recent >= Math.max(this.#limits.leastRecent, size / 8) || parts > this.#limits.mostParts || this.#isMuchGone;
  }

  get #isMuchGone(): boolean {
    const { goneCount, size } = this.rows;
    const { leastGone, goneShare } = this.#limits;
    return goneCount >= leastGone && goneCount > size * goneShare;
  }

  /** Packs what is recent, or all when much is gone. Reads and writes go on between its steps. */
  *packing(): Steps {
    if (this.#isPacking) return;
    this.#isPacking = true;
    try {
      const isWhole = this.#isMuchGone || this.fields.some(({ parts }) => parts.length > this.#limits.mostParts);
      const gone = isWhole ? this.rows.gone() : [];
      for (const field of this.fields) {
        field.freeze();
        const parts = isWhole ? field.parts : field.parts.slice(field.parts.length - recentCount(field));
        if (parts.length === 0) continue;
        yield* field.terms.sorting();
        if (isWhole && field.terms.size >= this.#limits.leastTerms) yield* renewing(field, parts, this.rows.isLive);
        else field.replace(parts, yield* packing(parts, field.terms.size, this.rows.isLive));
      }
      this.rows.release(gone);
    } finally {
      this.#isPacking = false;
    }
  }

  /** Packs at once: nobody asks before all is there. */
  packNow(): void {
    if (this.isPackingDue) runSteps(this.packing());
  }
}

/** Packs all, and forgets the terms that no document has any more when they are half of all. */
function* renewing(field: FieldPostings, parts: readonly PostingPart[], isLive: Uint8Array): Steps {
  const { terms } = field;
  const sorted = yield* terms.sorting();
  const sink = new PostingSink();
  const next = new TermTable();
  for (const [place, term] of sorted.entries()) {
    sink.clear();
    for (const part of parts) part.read(terms.numberOf(term)!, isLive, sink);
    if (sink.size > 0) next.begin(term);
    if (place % STEP_TERMS === 0) yield;
  }
  if (next.size * 2 > terms.size) {
    field.replace(parts, yield* packing(parts, terms.size, isLive));
    return;
  }
  const numberAt = (place: number): number => terms.numberOf(next.termOf(place))!;
  field.renumber(parts, yield* packing(parts, next.size, isLive, undefined, numberAt), next);
}

/** Parts at the end that are not packed. */
function recentCount({ parts }: FieldPostings): number {
  let count = 0;
  while (count < parts.length && !('bytes' in parts[parts.length - 1 - count]!)) count++;
  return count;
}
