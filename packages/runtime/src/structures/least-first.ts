/**
 * The places of many numbers by rising number, taken one by one: a binary heap over places. To take the first k of n costs
 * O(n + k · log n), and nothing is made for those that are not taken.
 */
export class LeastFirst {
  readonly #numbers: Float64Array;
  readonly #isBefore: (a: number, b: number) => boolean;
  readonly #heap: Uint32Array;
  #count: number;

  /** @param isBefore which of two places comes first when their numbers are equal. */
  constructor(numbers: Float64Array, count: number, isBefore: (a: number, b: number) => boolean) {
    this.#numbers = numbers;
    this.#isBefore = isBefore;
    this.#heap = new Uint32Array(count);
    this.#count = count;
    for (let place = 0; place < count; place++) this.#heap[place] = place;
    for (let from = (count >>> 1) - 1; from >= 0; from--) this.#sink(from);
  }

  /** The next place; undefined: all are taken. */
  next(): number | undefined {
    if (this.#count === 0) return undefined;
    const heap = this.#heap;
    const first = heap[0]!;
    heap[0] = heap[--this.#count]!;
    this.#sink(0);
    return first;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const count = this.#count;
    const place = heap[from]!;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= count) break;
      if (below + 1 < count && this.#comesBefore(heap[below + 1]!, heap[below]!)) below++;
      if (!this.#comesBefore(heap[below]!, place)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = place;
  }

  #comesBefore(a: number, b: number): boolean {
    const difference = this.#numbers[a]! - this.#numbers[b]!;
    return difference < 0 || (difference === 0 && this.#isBefore(a, b));
  }
}
