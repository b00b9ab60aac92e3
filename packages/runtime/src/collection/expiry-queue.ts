/**
 * Documents with an end, soonest first. A binary heap with lazy removal: an item counts only while the document still
 * has the expiry the item was made for, so a later write without or with another `ttlMs` is never purged by an old one.
 */
import type { StoreKey } from '../commit/effect.js';

export interface ExpiryItem<C> {
  readonly expiresAt: number;
  readonly collection: C;
  readonly key: StoreKey;
}

export class ExpiryQueue<C> {
  readonly #heap: ExpiryItem<C>[] = [];
  /** Called when the soonest expiry became sooner. */
  onSooner: (() => void) | undefined;

  get size(): number {
    return this.#heap.length;
  }

  /** Epoch milliseconds of the soonest expiry, or undefined. O(1). */
  get soonest(): number | undefined {
    return this.#heap[0]?.expiresAt;
  }

  /** O(log n). */
  add(collection: C, key: StoreKey, expiresAt: number): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push({ expiresAt, collection, key });
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if ((heap[parent] as ExpiryItem<C>).expiresAt <= expiresAt) break;
      this.#swap(index, parent);
      index = parent;
    }
    if (index === 0) this.onSooner?.();
  }

  /** Takes the soonest item when its time has come, or undefined. O(log n). */
  takeDue(nowMs: number): ExpiryItem<C> | undefined {
    const heap = this.#heap;
    const soonest = heap[0];
    if (soonest === undefined || soonest.expiresAt > nowMs) return undefined;
    const last = heap.pop() as ExpiryItem<C>;
    if (heap.length === 0) return soonest;
    heap[0] = last;
    for (let index = 0; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && (heap[child] as ExpiryItem<C>).expiresAt < (heap[least] as ExpiryItem<C>).expiresAt)
          least = child;
      }
      if (least === index) return soonest;
      this.#swap(index, least);
      index = least;
    }
  }

  #swap(a: number, b: number): void {
    const item = this.#heap[a] as ExpiryItem<C>;
    this.#heap[a] = this.#heap[b] as ExpiryItem<C>;
    this.#heap[b] = item;
  }
}
