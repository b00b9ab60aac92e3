/** Documents in the order of their scores, the best first; those of equal score by key. */
import { compareStoreKeys, type StoreKey } from '../../structures/store-key.js';

/** An order that is found out when it is asked for: what it gives stays as it was. */
export interface RankSource {
  pinned(): Ranking;
}

/** A place in it. */
interface RankPlace {
  readonly value?: unknown;
  readonly key: StoreKey;
}

export class Ranking implements RankSource {
  readonly #keys: readonly StoreKey[];
  readonly #scores: Float64Array;
  #byKey: ReadonlyMap<StoreKey, number> | undefined;

  /** @param keys each once, with its score. */
  constructor(keys: readonly StoreKey[], scores: Float64Array) {
    this.#keys = keys;
    this.#scores = scores;
  }

  pinned(): Ranking {
    return this;
  }

  get count(): number {
    return this.#keys.length;
  }

  get keys(): readonly StoreKey[] {
    return this.#keys;
  }

  /** The first call is O(documents). */
  scoreOf(key: StoreKey): number | undefined {
    this.#byKey ??= new Map(this.#keys.map((each, index) => [each, this.#scores[index]!]));
    return this.#byKey.get(key);
  }

  /**
   * The keys in order, as they are asked for: O(documents) for the first, O(log documents) for each one more. A heap of
   * positions (J. W. J. Williams, 1964).
   */
  *best(after?: RankPlace): Iterable<StoreKey> {
    const keys = this.#keys;
    const scores = this.#scores;
    const heap = new Uint32Array(keys.length);
    let size = 0;
    for (let index = 0; index < keys.length; index++)
      if (after === undefined || comparePlaces(scores[index]!, keys[index]!, after.value as number, after.key) > 0)
        heap[size++] = index;
    const isBefore = (a: number, b: number): boolean => {
      const byScore = scores[b]! - scores[a]!;
      return byScore < 0 || (byScore === 0 && compareStoreKeys(keys[a]!, keys[b]!) < 0);
    };
    const sink = (from: number): void => {
      const item = heap[from]!;
      let at = from;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= size) break;
        if (child + 1 < size && isBefore(heap[child + 1]!, heap[child]!)) child++;
        if (!isBefore(heap[child]!, item)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = item;
    };
    for (let at = (size >> 1) - 1; at >= 0; at--) sink(at);
    while (size > 0) {
      const first = heap[0]!;
      heap[0] = heap[--size]!;
      if (size > 0) sink(0);
      yield keys[first]!;
    }
  }
}

/** Below 0: the first place comes sooner. */
export function comparePlaces(score: number, key: StoreKey, otherScore: number, otherKey: StoreKey): number {
  return otherScore - score || compareStoreKeys(key, otherKey);
}
