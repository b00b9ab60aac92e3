/**
 * Keys of the documents that watched queries show: while there is `cacheBytes`, such a document stays the object that
 * the listener was given. A key may be shown by several queries.
 */
import type { StoreKey } from '../../structures/store-key.js';
import { soon } from '../../time/real-time.js';

export class PinnedKeys {
  readonly #counts = new Map<StoreKey, number>();
  readonly #passing: StoreKey[] = [];

  /** O(1). */
  has(key: StoreKey): boolean {
    return this.#counts.size > 0 && this.#counts.has(key);
  }

  pin(key: StoreKey): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Unpins a key once the caller of this turn has pinned its rows. */
  whenHeld(key: StoreKey): void {
    if (this.#passing.length === 0) soon(() => this.#unpinPassing());
    this.#passing.push(key);
  }

  #unpinPassing(): void {
    for (const key of this.#passing.splice(0)) this.unpin(key);
  }

  unpin(key: StoreKey): void {
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
  }
}
