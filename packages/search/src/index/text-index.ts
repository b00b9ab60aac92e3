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
import { Rows } from './rows.js';

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
}

const LIMITS: PackingLimits = { leastRecent: 262_144, mostParts: 6, leastGone: 4_096, goneShare: 0.25 };

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
        const packed = yield* packing(parts, field.terms.size, this.rows.isLive);
        field.replace(parts, packed);
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

/** Parts at the end that are not packed. */
function recentCount({ parts }: FieldPostings): number {
  let count = 0;
  while (count < parts.length && !('bytes' in parts[parts.length - 1 - count]!)) count++;
  return count;
}
