/**
 * Watched queries by the stretch of an order they ask for: which of them hold a value. O(log all + found).
 *
 * Stretches stand in order of their beginnings, as a balanced tree whose every node knows the latest end below it, built
 * when it is first asked. New ones stand apart until there are many, and those that ended are passed over until then, so
 * that watching and ending cost O(log all), amortised.
 */
import type { OrderedIndex, OrderPoint, Stretch } from '../indexing/collection-index.js';

interface Entry<T> extends Stretch {
  readonly live: T;
}

/** So many stand apart without a tree. */
const FEW = 32;

export class RangeWatchers<T> {
  readonly #index: Pick<OrderedIndex, 'compare'>;
  readonly #stretches = new Map<T, Stretch>();
  /** In order of their beginnings; some may have ended. */
  #tree: readonly Entry<T>[] = [];
  /** Side by side: the latest end at and below each node. */
  #latest: (OrderPoint | undefined)[] = [];
  #apart: Entry<T>[] = [];
  #endedCount = 0;

  constructor(index: Pick<OrderedIndex, 'compare'>) {
    this.#index = index;
  }

  get size(): number {
    return this.#stretches.size;
  }

  add(live: T, { from, to }: Stretch): void {
    this.#stretches.set(live, { from, to });
    this.#apart.push({ live, from, to });
  }

  delete(live: T): void {
    if (this.#stretches.delete(live)) this.#endedCount++;
  }

  /** Every query. */
  all(): Iterable<T> {
    return this.#stretches.keys();
  }

  /** Calls `found` with each query whose stretch holds the value. */
  find(value: unknown, found: (live: T) => void): void {
    if (Math.max(this.#apart.length, this.#endedCount) > FEW + this.#tree.length / 4) this.#build();
    for (const entry of this.#apart)
      if (this.#isBehind(value, entry.from) && this.#isBefore(value, entry.to)) this.#tell(entry, found);
    this.#findBelow(0, this.#tree.length, value, found);
  }

  #findBelow(low: number, high: number, value: unknown, found: (live: T) => void): void {
    if (low >= high) return;
    const middle = (low + high) >> 1;
    if (!this.#isBefore(value, this.#latest[middle])) return;
    this.#findBelow(low, middle, value, found);
    const entry = this.#tree[middle]!;
    // If a range begins after the value, so do all ranges to its right.
    if (!this.#isBehind(value, entry.from)) return;
    if (this.#isBefore(value, entry.to)) this.#tell(entry, found);
    this.#findBelow(middle + 1, high, value, found);
  }

  #tell({ live }: Entry<T>, found: (live: T) => void): void {
    if (this.#stretches.has(live)) found(live);
  }

  #build(): void {
    const entries = [...this.#stretches].map(([live, { from, to }]) => ({ live, from, to }));
    entries.sort((a, b) => this.#compareBeginnings(a.from, b.from));
    this.#tree = entries;
    this.#latest = new Array<OrderPoint | undefined>(entries.length);
    this.#note(0, entries.length);
    this.#apart = [];
    this.#endedCount = 0;
  }

  /** Notes the latest end of every node between two places; answers that of them all, or null when there is none. */
  #note(low: number, high: number): OrderPoint | undefined | null {
    if (low >= high) return null;
    const middle = (low + high) >> 1;
    let latest = this.#tree[middle]!.to;
    for (const other of [this.#note(low, middle), this.#note(middle + 1, high)])
      if (other !== null && (other === undefined || (latest !== undefined && this.#compareCuts(other, latest) > 0)))
        latest = other;
    this.#latest[middle] = latest;
    return latest;
  }

  #compareBeginnings(a: OrderPoint | undefined, b: OrderPoint | undefined): number {
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
    return this.#compareCuts(a, b);
  }

  #compareCuts(a: OrderPoint, b: OrderPoint): number {
    return this.#index.compare(a.value, b.value) || Number(a.isAfter) - Number(b.isAfter);
  }

  #isBehind(value: unknown, from: OrderPoint | undefined): boolean {
    if (from === undefined) return true;
    const order = this.#index.compare(value, from.value);
    return order > 0 || (order === 0 && !from.isAfter);
  }

  #isBefore(value: unknown, to: OrderPoint | undefined): boolean {
    if (to === undefined) return true;
    const order = this.#index.compare(value, to.value);
    return order < 0 || (order === 0 && to.isAfter);
  }
}
