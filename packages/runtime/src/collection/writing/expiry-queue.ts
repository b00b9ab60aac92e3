/**
 * Documents with an end, soonest first. A binary heap with lazy removal: an item counts only while the document still
 * has the expiry the item was made for, so a later write without or with another `ttlMs` is never purged by an old one.
 * Each add looks at a few items and drops those that no longer count: however often documents put their end off, there
 * are about twice as many items as documents that expire.
 */
import type { StoreKey } from '../../structures/store-key.js';

export interface ExpiryItem<C> {
  readonly expiresAt: number;
  readonly collection: C;
  readonly key: StoreKey;
}

/** Items looked at for each one added. */
const SWEEP_COUNT = 3;
/** So few are not worth looking at. */
const MIN_SWEPT_COUNT = 256;

export class ExpiryQueue<C> {
  readonly #heap: ExpiryItem<C>[] = [];
  readonly #isCurrent: (item: ExpiryItem<C>) => boolean;
  /** The sweep goes from the end to the root, then again: what fills a gap comes from behind, where it has been. */
  #sweepAt = 0;
  /** Called when the soonest expiry became sooner. */
  onSooner: (() => void) | undefined;

  /** @param isCurrent whether the item's document is there and still has its expiry. O(1). */
  constructor(isCurrent: (item: ExpiryItem<C>) => boolean) {
    this.#isCurrent = isCurrent;
  }

  /** Items held, some of them out of date. */
  get size(): number {
    return this.#heap.length;
  }

  /** Epoch milliseconds of the soonest expiry, or undefined. O(1). */
  get soonest(): number | undefined {
    return this.#heap[0]?.expiresAt;
  }

  /**
   * O(log n).
   *
   * @param isSweeping look for items that no longer count; in vain while a database is being opened.
   */
  add(collection: C, key: StoreKey, expiresAt: number, isSweeping = true): void {
    this.#heap.push({ expiresAt, collection, key });
    if (this.#rise(this.#heap.length - 1) === 0) this.onSooner?.();
    if (isSweeping && this.#heap.length > MIN_SWEPT_COUNT) this.#sweep();
  }

  /** Takes the soonest item when its time has come, or undefined. O(log n). */
  takeDue(nowMs: number): ExpiryItem<C> | undefined {
    const soonest = this.#heap[0];
    if (soonest === undefined || soonest.expiresAt > nowMs) return undefined;
    this.#remove(0);
    return soonest;
  }

  #sweep(): void {
    for (let count = 0; count < SWEEP_COUNT; count++) {
      if (this.#sweepAt <= 0 || this.#sweepAt > this.#heap.length) this.#sweepAt = this.#heap.length;
      this.#sweepAt--;
      if (!this.#isCurrent(this.#heap[this.#sweepAt]!)) this.#remove(this.#sweepAt);
    }
  }

  #remove(index: number): void {
    const last = this.#heap.pop()!;
    if (index === this.#heap.length) return;
    this.#heap[index] = last;
    this.#sink(this.#rise(index));
  }

  /** @returns where it came to stand. */
  #rise(from: number): number {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.expiresAt <= heap[index]!.expiresAt) break;
      this.#swap(index, parent);
      index = parent;
    }
    return index;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    for (let index = from; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && heap[child]!.expiresAt < heap[least]!.expiresAt) least = child;
      }
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #swap(a: number, b: number): void {
    const item = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = item;
  }
}
