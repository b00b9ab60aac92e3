/**
 * The terms of one field and their numbers. Numbers are given in the order of arrival and stay.
 *
 * For beginnings and similar words the terms are needed in order: most lie sorted, and the new ones beside them, until
 * there are so many that both are sorted together.
 */
import { GrowingMap, STEP_ITEMS, type Steps, sortedOrder } from '@nuthatch/runtime/search';

/** New terms that are looked through one by one before all are sorted. */
const MOST_UNSORTED = 2_048;

export class TermTable {
  readonly #numbers = new GrowingMap<string, number>();
  readonly #terms: string[] = [];
  /** In order; `#unsorted` begins where they end. */
  #sorted: string[] = [];
  #sortedCount = 0;

  /** Takes the next of the terms to begin with, which come in order. */
  begin(term: string): void {
    this.#add(term);
    this.#sorted.push(term);
    this.#sortedCount++;
  }

  get size(): number {
    return this.#terms.length;
  }

  /** The number of a term; undefined: no document ever had it. O(length). */
  numberOf(term: string): number | undefined {
    return this.#numbers.get(term);
  }

  /** The number of a term, a new one if need be. O(length). */
  numberFor(term: string): number {
    return this.#numbers.get(term) ?? this.#add(term);
  }

  termOf(number: number): string {
    return this.#terms[number]!;
  }

  #add(term: string): number {
    const number = this.#terms.push(term) - 1;
    this.#numbers.set(term, number);
    return number;
  }

  /** All terms in order. O(1), or when many are new O(terms · log terms). */
  inOrder(): readonly string[] {
    const recent = this.#terms.slice(this.#sortedCount);
    if (recent.length > 0) {
      this.#sorted = merged(this.#sorted, recent.sort(compareTexts));
      this.#sortedCount = this.#terms.length;
    }
    return this.#sorted;
  }

  /** Sorts new terms among the others in short steps; what comes meanwhile waits for the next time. O(terms). */
  *sorting(): Steps<readonly string[]> {
    const from = this.#sortedCount;
    const recent = this.#terms.slice(from);
    if (recent.length === 0) return this.#sorted;
    const order = yield* sortedOrder(recent, undefined);
    const sorted = this.#sorted;
    const all: string[] = [];
    let at = 0;
    for (let index = 0; index < order.length; index++) {
      const term = recent[order[index]!]!;
      while (at < sorted.length && sorted[at]! < term) {
        all.push(sorted[at++]!);
        if (all.length % STEP_ITEMS === 0) yield;
      }
      all.push(term);
      if (all.length % STEP_ITEMS === 0) yield;
    }
    while (at < sorted.length) {
      all.push(sorted[at++]!);
      if (all.length % STEP_ITEMS === 0) yield;
    }
    // A question may have sorted them meanwhile, and more.
    if (this.#sortedCount === from) {
      this.#sorted = all;
      this.#sortedCount = from + recent.length;
    }
    return all;
  }

  /** Sorted terms, and those that are not sorted yet. */
  #lists(): readonly [sorted: readonly string[], unsorted: readonly string[]] {
    if (this.#terms.length - this.#sortedCount > MOST_UNSORTED) return [this.inOrder(), []];
    return [this.#sorted, this.#terms.slice(this.#sortedCount)];
  }

  /** Terms that begin with the text, in order. O(log terms + answer). */
  beginningWith(text: string): string[] {
    const [sorted, unsorted] = this.#lists();
    const found: string[] = [];
    for (let at = placeOf(sorted, text); at < sorted.length && sorted[at]!.startsWith(text); at++)
      found.push(sorted[at]!);
    const more = unsorted.filter((term) => term.startsWith(text));
    return more.length === 0 ? found : [...found, ...more].sort(compareTexts);
  }

  /** Terms with at most so many edits (a letter more, less or another one), in order. O(terms), mostly a part of them. */
  similarTo(text: string, mostEdits: number): SimilarTerm[] {
    const [sorted, unsorted] = this.#lists();
    const edits = new EditDistances(text, mostEdits);
    const found: SimilarTerm[] = [];
    for (let at = 0; at < sorted.length; ) {
      const term = sorted[at]!;
      const distance = edits.to(term);
      if (distance <= mostEdits) found.push({ term, distance });
      const dead = edits.deadUnits;
      // All terms that begin so are too far away: the first one behind them is looked for.
      at = dead === 0 ? at + 1 : placeBehind(sorted, term.slice(0, dead), at + 1);
    }
    for (const term of unsorted) {
      const distance = edits.to(term);
      if (distance <= mostEdits) found.push({ term, distance });
    }
    return unsorted.length === 0 ? found : found.sort((a, b) => compareTexts(a.term, b.term));
  }
}

export interface SimilarTerm {
  readonly term: string;
  readonly distance: number;
}

/**
 * Edits between a text and terms that come in order: rows of the table for letters that two terms share are kept
 * (R. A. Wagner, M. J. Fischer, 1974). Of a row only the cells are made that few edits can reach (E. Ukkonen, 1985): the
 * cost of a letter does not go by the length of the text.
 */
export class EditDistances {
  readonly #text: string;
  readonly #most: number;
  /** Of a row only cells within `most` of its own number are right, and those beside them, which are too many. */
  readonly #rows: Uint8Array[];
  #before = '';
  /** Rows that hold for `#before`. */
  #ready = 0;
  /** Letters of the last term after which no end of it could come near enough; 0: there are none such. */
  deadUnits = 0;

  constructor(text: string, most: number) {
    this.#text = text;
    this.#most = most;
    this.#rows = [Uint8Array.from({ length: text.length + 1 }, (_, index) => Math.min(most + 1, index))];
  }

  /** The edits; what is more than is asked for may be any number above it. */
  to(term: string): number {
    const text = this.#text;
    const most = this.#most;
    let shared = 0;
    const end = Math.min(term.length, this.#before.length, this.#ready);
    while (shared < end && term.charCodeAt(shared) === this.#before.charCodeAt(shared)) shared++;
    this.#before = term;
    this.#ready = shared;
    this.deadUnits = 0;
    for (let at = shared; at < term.length; at++) {
      const row = this.#rows[at]!;
      // Cells that no row reaches stay as they are made: too many.
      const next = (this.#rows[at + 1] ??= new Uint8Array(text.length + 1).fill(most + 1));
      const unit = term.charCodeAt(at);
      const from = Math.max(0, at - most);
      const to = Math.min(text.length, at + 1 + most);
      let least = from === 0 ? (next[0] = Math.min(most + 1, at + 1)) : most + 1;
      let best = next[from]!;
      for (let index = from; index < to; index++) {
        const kept = row[index]! + (text.charCodeAt(index) === unit ? 0 : 1);
        best = Math.min(kept, row[index + 1]! + 1, best + 1);
        next[index + 1] = best;
        if (best < least) least = best;
      }
      if (least > most) {
        this.deadUnits = at + 1;
        return most + 1;
      }
      this.#ready = at + 1;
    }
    return this.#rows[term.length]![text.length]!;
  }
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where the first text stands that is not less. */
function placeOf(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the first text stands from `from` on that does not begin so. Mostly it is near. */
function placeBehind(sorted: readonly string[], beginning: string, from: number): number {
  let step = 1;
  let low = from;
  while (low < sorted.length && sorted[low]!.startsWith(beginning)) {
    low += step;
    step *= 2;
  }
  if (step === 1) return from;
  // Between the last one that began so and the first that did not.
  let first = low - step / 2 + 1;
  let last = Math.min(low, sorted.length);
  while (first < last) {
    const middle = (first + last) >>> 1;
    if (sorted[middle]!.startsWith(beginning)) first = middle + 1;
    else last = middle;
  }
  return first;
}

function merged(a: readonly string[], b: readonly string[]): string[] {
  const all: string[] = [];
  let i = 0;
  let k = 0;
  while (i < a.length && k < b.length) all.push(a[i]! < b[k]! ? a[i++]! : b[k++]!);
  while (i < a.length) all.push(a[i++]!);
  while (k < b.length) all.push(b[k++]!);
  return all;
}
