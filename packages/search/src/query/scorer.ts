/**
 * Ranks documents by BM25 (S. Robertson, H. Zaragoza: The Probabilistic Relevance Framework, 2009), field by field:
 *
 *   score = Σ weight · idf · f · (k + 1) / (f + k · (1 − b + b · length / average length))
 *   idf   = ln(1 + (documents − with the term + 0.5) / (with the term + 0.5))
 *
 * The documents with a term are counted while its postings are read, over those that are there. So a score is the one
 * that a new index over the same documents gives, to the last bit: sums run in the order of the question, its fields
 * and the terms.
 */
import type { StoreKey } from '@nuthatch/runtime/search';
import type { FieldPostings } from '../index/field-postings.js';
import { PostingSink } from '../index/posting-sink.js';
import type { TextIndex } from '../index/text-index.js';

const K = 1.2;
const B = 0.75;
/** Room for postings that is kept for the next question. */
const MOST_KEPT = 2 ** 20;

/** Documents that meet a question, in no order, with their scores. */
export interface Scored {
  readonly keys: readonly StoreKey[];
  readonly scores: Float64Array;
}

/** A term of one field that counts as a word of the question, more or less. */
export interface AskedTerm {
  readonly field: FieldPostings;
  readonly term: number;
  readonly weight: number;
}

/** A term that is asked, and where its postings lie among those of the question. */
interface ReadTerm extends AskedTerm {
  readonly from: number;
  readonly to: number;
}

/** Held between questions: columns over all rows are not made for each. */
export class Scorer {
  #scores = new Float64Array(0);
  /** Words met so far. */
  #met = new Uint16Array(0);
  /** Rows of the answer so far. */
  #touched = new Uint32Array(0);
  #touchedCount = 0;
  #sink = new PostingSink();

  /**
   * @param words the terms of each word of the question.
   * @param isAll every word is to be met.
   */
  score(index: TextIndex, words: readonly (readonly AskedTerm[])[], isAll: boolean): Scored {
    const { rows } = index;
    if (this.#scores.length < rows.end) {
      this.#scores = new Float64Array(rows.isLive.length);
      this.#met = new Uint16Array(rows.isLive.length);
      this.#touched = new Uint32Array(rows.isLive.length);
    }
    const sink = this.#sink;
    sink.clear();
    const read = words.map((terms) =>
      terms.map(({ field, term, weight }): ReadTerm => {
        const from = sink.size;
        field.read(term, rows.isLive, sink);
        return { field, term, weight, from, to: sink.size };
      }),
    );
    // The rarest word first: the others are looked up in its documents. By the documents that are there, so that sums run
    // in one order whatever was written before.
    if (isAll) read.sort((a, b) => sizeOf(a) - sizeOf(b));
    this.#touchedCount = 0;
    for (const [place, terms] of read.entries()) for (const term of terms) this.#add(term, place, isAll);
    // The room that one question of many terms needed is not kept for all others.
    if (sink.rows.length > MOST_KEPT) this.#sink = new PostingSink();
    return this.#taken(rows, words.length, isAll);
  }

  #taken(rows: TextIndex['rows'], wordCount: number, isAll: boolean): Scored {
    const count = this.#touchedCount;
    const keys: StoreKey[] = [];
    const scores = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      const row = this.#touched[index]!;
      if (!isAll || this.#met[row] === wordCount) {
        scores[keys.length] = this.#scores[row]!;
        keys.push(rows.keyOf(row));
      }
      this.#scores[row] = 0;
      this.#met[row] = 0;
    }
    return { keys, scores: scores.subarray(0, keys.length) };
  }

  #add({ field, weight, from, to }: ReadTerm, place: number, isAll: boolean): void {
    const { rows, counts } = this.#sink;
    const size = to - from;
    if (size === 0) return;
    const scores = this.#scores;
    const met = this.#met;
    const touched = this.#touched;
    let count = this.#touchedCount;
    const { lengths } = field;
    const rarity = weight * (K + 1) * Math.log(1 + (field.documentCount - size + 0.5) / (size + 0.5));
    const short = K * (1 - B);
    const long = (K * B) / field.averageLength;
    for (let index = from; index < to; index++) {
      const row = rows[index]!;
      const before = met[row]!;
      // Documents that lack an earlier word are out.
      if (isAll && before < place) continue;
      if (before === 0) touched[count++] = row;
      const times = counts[index]!;
      scores[row]! += (rarity * times) / (times + short + long * lengths[row]!);
      met[row] = place + 1;
    }
    this.#touchedCount = count;
  }
}

function sizeOf(terms: readonly ReadTerm[]): number {
  let size = 0;
  for (const { from, to } of terms) size += to - from;
  return size;
}
