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

/** Held between questions: columns over all rows are not made for each. */
export class Scorer {
  #scores = new Float64Array(0);
  /** Words met so far. */
  #met = new Uint16Array(0);
  readonly #sink = new PostingSink();

  /**
   * @param words the terms of each word of the question.
   * @param isAll every word is to be met.
   */
  score(index: TextIndex, words: readonly (readonly AskedTerm[])[], isAll: boolean): Scored {
    const { rows } = index;
    if (this.#scores.length < rows.end) {
      this.#scores = new Float64Array(rows.isLive.length);
      this.#met = new Uint16Array(rows.isLive.length);
    }
    const touched: number[] = [];
    for (const [place, terms] of words.entries())
      for (const asked of terms) this.#add(asked, rows.isLive, place, isAll, touched);
    const keys: StoreKey[] = [];
    const scores = new Float64Array(touched.length);
    for (const row of touched) {
      if (!isAll || this.#met[row] === words.length) {
        scores[keys.length] = this.#scores[row]!;
        keys.push(rows.keyOf(row));
      }
      this.#scores[row] = 0;
      this.#met[row] = 0;
    }
    return { keys, scores: scores.subarray(0, keys.length) };
  }

  #add({ field, term, weight }: AskedTerm, isLive: Uint8Array, place: number, isAll: boolean, touched: number[]): void {
    const sink = this.#sink;
    field.read(term, isLive, sink);
    const { rows, counts, size } = sink;
    if (size === 0) return;
    const scores = this.#scores;
    const met = this.#met;
    const { lengths } = field;
    const rarity = weight * (K + 1) * Math.log(1 + (field.documentCount - size + 0.5) / (size + 0.5));
    const short = K * (1 - B);
    const long = (K * B) / field.averageLength;
    for (let index = 0; index < size; index++) {
      const row = rows[index]!;
      const before = met[row]!;
      // Documents that lack an earlier word are out.
      if (isAll && before < place) continue;
      if (before === 0) touched.push(row);
      const count = counts[index]!;
      scores[row]! += (rarity * count) / (count + short + long * lengths[row]!);
      met[row] = place + 1;
    }
  }
}
