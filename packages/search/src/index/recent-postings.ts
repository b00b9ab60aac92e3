/**
 * Postings of documents that were written lately: one list per term, the newest first, in three columns.
 *
 * To add one takes no longer the more there are. A list is read by leaps through memory, and a posting takes 9 bytes. So they
 * are packed (packed-postings.ts) when there are many.
 */
import type { PostingPart } from './posting-part.js';
import type { PostingSink } from './posting-sink.js';

const NONE = -1;

export class RecentPostings implements PostingPart {
  #heads: Int32Array = new Int32Array(1_024).fill(NONE);
  #rows: Uint32Array = new Uint32Array(1_024);
  #before: Int32Array = new Int32Array(1_024);
  #counts: Uint8Array = new Uint8Array(1_024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get byteCount(): number {
    return this.#size * 3;
  }

  /** The row has the term so often. O(1). */
  add(term: number, row: number, count: number): void {
    if (term >= this.#heads.length)
      this.#heads = grown(this.#heads, term + 1, Int32Array).fill(NONE, this.#heads.length);
    const at = this.#size++;
    if (at === this.#rows.length) {
      this.#rows = grown(this.#rows, at + 1, Uint32Array);
      this.#before = grown(this.#before, at + 1, Int32Array);
      this.#counts = grown(this.#counts, at + 1, Uint8Array);
    }
    this.#rows[at] = row;
    this.#counts[at] = Math.min(count, 255);
    this.#before[at] = this.#heads[term]!;
    this.#heads[term] = at;
  }

  /** The same with other numbers of the terms. O(terms + postings). */
  copy(numberFor: (term: number) => number): RecentPostings {
    const copy = new RecentPostings();
    for (let term = 0; term < this.#heads.length; term++) {
      if (this.#heads[term] === NONE) continue;
      const number = numberFor(term);
      const list: number[] = [];
      for (let at = this.#heads[term]!; at !== NONE; at = this.#before[at]!) list.push(at);
      for (const at of list.reverse()) copy.add(number, this.#rows[at]!, this.#counts[at]!);
    }
    return copy;
  }

  read(term: number, isLive: Uint8Array, sink: PostingSink): void {
    if (term >= this.#heads.length) return;
    const rows = this.#rows;
    const before = this.#before;
    for (let at = this.#heads[term]!; at !== NONE; at = before[at]!) {
      const row = rows[at]!;
      if (isLive[row] === 1) sink.add(row, this.#counts[at]!);
    }
  }
}

/** A copy with room for at least so many. */
export function grown<A extends Int32Array | Uint32Array | Uint8Array>(
  array: A,
  least: number,
  kind: new (length: number) => A,
): A {
  const longer = new kind(Math.max(least, array.length * 2));
  longer.set(array);
  return longer;
}
